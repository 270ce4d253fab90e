// What the top of the page says, and which buttons it has. Pure.

import type { Answer, PassedOver, PrinterObjects, State } from "../../live/types";

/** error: it went wrong; act: a person is needed; good: at work; calm: at rest. */
export type Tone = "error" | "act" | "good" | "calm";

/** An answer to the question that is asked, or something of our own. */
export type Act =
  | { answer: Answer }
  | { own: "start" | "start_clear" | "start_ask" | "go_on" | "stop" | "stop_after" }
  | { own: "said_clear" | "resume" | "cancel" | "add" };

/** main: the one button that is needed now. side: beside it. more: behind a menu. */
export interface Acts {
  main: Act | null;
  side: Act[];
  more: Act[];
}

const BEHIND: Answer[] = ["skip", "stop"];
const NOTHING_LEFT = ["queue_empty", "nothing_to_print", "done"];

export function tone(now: State): Tone {
  if (now.phase === "blocked") {
    if (now.question === null && now.reason?.needs_start === false) return "calm";
    return now.status_type === "ERROR" ? "error" : "act";
  }
  if (now.reason !== null && now.run !== null) return "error"; // it is said to fail
  if (now.question !== null || now.phase === "paused") return "act";
  return now.phase === "idle" || now.phase === "inactive" ? "calm" : "good";
}

export function acts(now: State, klipper: PrinterObjects["print_stats"] | null): Acts {
  if (now.question !== null) return answers(now.question.answers.map((one) => one.answer));
  if (now.phase === "blocked") return { main: null, side: own("stop"), more: [] };
  if (now.phase === "paused") return { main: one("resume"), side: own("cancel"), more: [] };
  if (!now.active) return whenStopped(now, klipper);
  if (now.run !== null) return { main: null, side: own("stop_after"), more: [] };
  if (now.phase === "cooling") return { main: null, side: own("said_clear", "stop"), more: [] };
  const isEmpty = now.phase === "idle" && NOTHING_LEFT.includes(now.waits_for.code);
  return { main: isEmpty ? one("add") : null, side: own("stop"), more: [] };
}

function answers(offered: Answer[]): Acts {
  // "Not yet" only closes dialogs, and this is none.
  const [main, ...others] = offered.filter((answer) => answer !== "not_yet");
  const behind = others.filter((answer) => BEHIND.includes(answer));
  return {
    main: main === undefined ? null : { answer: main },
    side: others.filter((answer) => !BEHIND.includes(answer)).map((answer) => ({ answer })),
    more: behind.map((answer) => ({ answer })),
  };
}

function whenStopped(now: State, klipper: PrinterObjects["print_stats"] | null): Acts {
  if (now.run !== null) return { main: null, side: own("go_on"), more: [] };
  // A clearing script that was asked for by hand runs while the queue is stopped.
  const isBusy = now.phase !== "inactive";
  const isForeign = klipper !== null && ["printing", "paused"].includes(klipper.state);
  if (isBusy || isForeign) return { main: null, side: own("start"), more: [] };
  if (!now.jobs.some((job) => job.remaining > 0)) {
    return { main: one("add"), side: own("start"), more: [] };
  }
  if (now.bed.state !== "occupied") return { main: one("start"), side: [], more: [] };
  return { main: one("start_clear"), side: own("start_ask"), more: [] };
}

/** Start would be the person's word that the bed is clear. */
export const isStartAWord = (now: State): boolean =>
  now.phase === "inactive" && now.run === null && now.bed.state === "unknown";

/** It was about that print, and another one may be in the printer by now. */
export const isOfAnotherPrint = (act: Act, seen: State, now: State | null): boolean =>
  "own" in act && ["cancel", "resume"].includes(act.own) && now?.run?.id !== seen.run?.id;

/** Nothing goes on without somebody or something: since when is how long it waits. */
export const isWaiting = (now: State): boolean => now.phase === "blocked" || now.phase === "idle";

/** Finished jobs are passed over by nobody's surprise. */
export const passedOver = (now: State): PassedOver[] =>
  now.passed_over.filter((one) => one.code !== "done" && one.code !== "waits");

type Own = Extract<Act, { own: string }>["own"];
const one = (name: Own): Act => ({ own: name }) as Act;
const own = (...names: Own[]): Act[] => names.map(one);

/** The key of the big words, below `state.`. */
export function headline(now: State): string[] {
  if (now.phase === "blocked") return [`blocked_${now.reason?.code ?? ""}`, "blocked"];
  // Somebody says that the print under way fails.
  if (now.run !== null && now.reason !== null) return [`blocked_${now.reason.code}`, now.phase];
  if (now.phase === "idle") return [`idle_${now.waits_for.code}`, "idle"];
  if (now.phase === "printing" && !now.active) return ["printing_last"];
  if (now.phase === "inactive") return [`inactive_${now.waits_for.code}`, "inactive"];
  return [now.phase];
}
