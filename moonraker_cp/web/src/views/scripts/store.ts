// The hooks as the server has them, and what is edited here and not saved yet.
//
// Changes are kept until they are saved or dropped: when another view is shown, and in
// this browser when the page is closed.

import { effect, signal } from "@preact/signals";
import { hooks, setHook } from "../../live/calls";
import { onOnline } from "../../live/store";
import type { Finding, Hook, HookName } from "../../live/types";
import { wordsOf } from "../../ui";
import {
  changed,
  isSame,
  ofApi,
  toDrafts,
  toSent,
  type Draft,
  type HookDraft,
  type Sent,
} from "./drafts";

export const saved = signal<Hook[] | null>(null);
/** Why they could not be read; "": they could. */
export const unread = signal("");

type Drafts = Partial<Record<HookName, HookDraft>>;
const KEPT = "continuousprint-scripts";

export const drafts = signal<Drafts>(kept());
/** What the check of a saved hook has found, until it is changed again. */
export const found = signal<Partial<Record<HookName, Finding[] | null>>>({});

function kept(): Drafts {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    return typeof read === "object" && read !== null ? (read as Drafts) : {};
  } catch {
    return {};
  }
}

effect(() => {
  const now = drafts.value;
  try {
    if (Object.keys(now).length === 0) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, JSON.stringify(now));
  } catch {
    // Storage is full or forbidden: the page still asks before it is closed.
  }
});

addEventListener("beforeunload", (event) => {
  if (Object.keys(drafts.peek()).length > 0) event.preventDefault();
});

let isShown = false;

/** Keeps `saved` fresh while the view is shown; answers with what ends it. */
export function show(): () => void {
  isShown = true;
  void read();
  return () => {
    isShown = false;
  };
}

onOnline(() => {
  if (isShown) void read();
});

export async function read(): Promise<void> {
  try {
    saved.value = (await hooks()).hooks;
    unread.value = "";
  } catch (error) {
    unread.value = wordsOf(error);
  }
}

const baseOf = (all: Hook[] | null, name: HookName): Sent[] =>
  ofApi(all?.find((one) => one.hook === name)?.scripts ?? []);

/** The scripts of a hook as they are edited; those of moonraker.conf are not among them. */
export const scriptsOf = (name: HookName): Draft[] =>
  drafts.value[name]?.scripts ?? toDrafts(baseOf(saved.value, name));

/** Somebody else has saved this hook since the first change was made here. */
export function isStale(name: HookName): boolean {
  const draft = drafts.value[name];
  return (
    draft !== undefined && saved.value !== null && !isSame(baseOf(saved.value, name), draft.base)
  );
}

export function edit(name: HookName, change: (scripts: Draft[]) => Draft[]): void {
  const base = drafts.peek()[name]?.base ?? baseOf(saved.peek(), name);
  put(name, changed(base, change(scriptsOf(name))));
  found.value = { ...found.peek(), [name]: undefined };
}

export const drop = (name: HookName): void => put(name, null);

function put(name: HookName, draft: HookDraft | null): void {
  const { [name]: _, ...others } = drafts.peek();
  drafts.value = draft === null ? others : { ...others, [name]: draft };
}

/** over: also what somebody else has saved meanwhile. */
export async function save(name: HookName, over = false): Promise<"saved" | "conflict"> {
  const draft = drafts.peek()[name];
  if (draft === undefined) return "saved";
  saved.value = (await hooks()).hooks;
  if (!over && !isSame(baseOf(saved.peek(), name), draft.base)) return "conflict";
  const sent = toSent(draft.scripts);
  const answer = await setHook(name, sent);
  saved.value = (saved.peek() ?? []).map((one) => (one.hook === name ? answer.hook : one));
  const now = drafts.peek()[name];
  // What was typed meanwhile is still to be saved.
  if (now !== undefined) put(name, changed(ofApi(answer.hook.scripts), now.scripts));
  found.value = { ...found.peek(), [name]: answer.findings };
  return "saved";
}
