// Short words at the edge, read out by screen readers, with at most one thing to do.

import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { mdiClose } from "@mdi/js";
import { RpcError } from "../live/rpc";
import { t } from "../words";
import { said } from "../words/server";
import { IconButton } from "./basics";
import { dialogs } from "./overlays";

interface Toast {
  id: number;
  text: string;
  kind: "plain" | "error";
  action?: { label: string; run: () => unknown };
}

const STAYS = 6_000; // milliseconds; with something to do, or wrong, longer
const STAYS_LONG = 12_000;
const MOST = 3;

const NONE: Toast[] = [];
const toasts = signal(NONE);
/** Those that somebody points at or is in. */
const held = new Set<number>();
let last = 0;

const drop = (id: number): void => {
  toasts.value = toasts.value.filter((one) => one.id !== id);
};

export function toast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): void {
  const one: Toast = { id: ++last, text, kind: "plain", ...options };
  let spare = toasts.value.length + 1 - MOST;
  const stay = toasts.value.filter(({ id }) => held.has(id) || spare-- <= 0);
  toasts.value = [...stay, one];
}

/** What went wrong, in a sentence. */
export function wordsOf(error: unknown): string {
  if (error instanceof RpcError) {
    if (error.code !== 0) return said(error.message);
    return t(error.isInDoubt ? "app.not_answered" : "app.not_sent");
  }
  return error instanceof Error ? error.message : String(error);
}

/** Does it, and says what went wrong. Null: it did not work. */
export async function tried<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    toast(wordsOf(error), { kind: "error" });
    return null;
  }
}

/** Once in the app, and in each dialog: the topmost one has them, as all else is inert. */
export function ToastHost({ inside }: { inside?: RefObject<HTMLDialogElement> }) {
  const element = useRef<HTMLDivElement>(null);
  const top = dialogs.value.at(-1);
  const isHere = inside === undefined ? top === undefined : top !== undefined && top === inside.current;
  const all = isHere ? toasts.value : NONE;
  useEffect(() => {
    // Over the page and an open menu; in a dialog they stand above its buttons instead.
    const host = element.current;
    if (inside !== undefined || host === null || typeof host.showPopover !== "function") return;
    if (host.matches(":popover-open")) host.hidePopover();
    if (all.length > 0) host.showPopover();
  }, [all]);
  return (
    <div
      ref={element}
      class={inside === undefined ? "toasts" : "toasts inside"}
      popover={inside === undefined ? "manual" : undefined}
    >
      <div role="status" aria-live="polite">
        {all.filter((one) => one.kind === "plain").map(show)}
      </div>
      <div role="alert">{all.filter((one) => one.kind === "error").map(show)}</div>
    </div>
  );
}

const show = (one: Toast) => <Shown key={one.id} one={one} />;

/** Its time begins when nobody is at it any more. */
function Shown({ one }: { one: Toast }) {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const isHeld = isPointed || isFocused;
  useEffect(() => {
    if (isHeld) {
      held.add(one.id);
      return () => void held.delete(one.id);
    }
    const long = one.kind === "error" || one.action !== undefined;
    const timer = setTimeout(() => drop(one.id), long ? STAYS_LONG : STAYS);
    return () => clearTimeout(timer);
  }, [isHeld]);
  return (
    <div
      class={`toast ${one.kind}`}
      data-testid="toast"
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocusIn={() => setFocused(true)}
      onFocusOut={() => setFocused(false)}
    >
      <span class="wrap">{one.text}</span>
      {one.action && (
        <button
          type="button"
          class="button text"
          data-testid="toast-action"
          onClick={() => {
            drop(one.id);
            one.action?.run();
          }}
        >
          {one.action.label}
        </button>
      )}
      <IconButton icon={mdiClose} label={t("common.close")} onClick={() => drop(one.id)} />
    </div>
  );
}
