// Short words at the edge, read out by screen readers, with at most one thing to do.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { mdiClose } from "@mdi/js";
import { RpcError } from "../live/rpc";
import { t } from "../words";
import { said } from "../words/server";
import { IconButton } from "./basics";

interface Toast {
  id: number;
  text: string;
  kind: "plain" | "error";
  action?: { label: string; run: () => unknown };
}

const STAYS = 6_000; // milliseconds; with something to do, or wrong, longer
const STAYS_LONG = 12_000;
const MOST = 3;

const toasts = signal<Toast[]>([]);
let last = 0;

const drop = (id: number): void => {
  toasts.value = toasts.value.filter((one) => one.id !== id);
};

export function toast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): void {
  const one: Toast = { id: ++last, text, kind: "plain", ...options };
  toasts.value = [...toasts.value, one].slice(-MOST);
  const long = one.kind === "error" || one.action !== undefined;
  setTimeout(() => drop(one.id), long ? STAYS_LONG : STAYS);
}

/** What went wrong, in a sentence. */
export function wordsOf(error: unknown): string {
  if (error instanceof RpcError) return error.code === 0 ? t("app.not_sent") : said(error.message);
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

/** Once, in the app. */
export function ToastHost() {
  const element = useRef<HTMLDivElement>(null);
  const all = toasts.value;
  useEffect(() => {
    // Into the top layer, and above a dialog that was opened meanwhile.
    const host = element.current;
    if (host === null || typeof host.showPopover !== "function") return;
    if (host.matches(":popover-open")) host.hidePopover();
    if (all.length > 0) host.showPopover();
  }, [all]);
  return (
    <div ref={element} class="toasts" popover="manual">
      <div role="status" aria-live="polite">
        {all.filter((one) => one.kind === "plain").map(show)}
      </div>
      <div role="alert">{all.filter((one) => one.kind === "error").map(show)}</div>
    </div>
  );
}

const show = (one: Toast) => (
  <div key={one.id} class={`toast ${one.kind}`} data-testid="toast">
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
