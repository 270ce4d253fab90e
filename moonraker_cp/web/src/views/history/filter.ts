// What of the past is shown: from the words of the form to those of the API. Pure.

import type { HistoryFilter, Outcome } from "../../live/types";

export const OUTCOMES: readonly Outcome[] = ["success", "failure", "cancelled", "aborted"];

export type Period = "7" | "30" | "90" | "all" | "own";
export const PERIODS: readonly Period[] = ["7", "30", "90", "all", "own"];

/** As the form has it. from, to: "2026-03-12", both days included; only with "own". */
export interface Chosen {
  outcome: Outcome | "";
  contains: string;
  period: Period;
  from: string;
  to: string;
  file: string | null;
  job: { id: number; name: string } | null;
}

export const USUAL: Chosen = {
  outcome: "", contains: "", period: "30", from: "", to: "", file: null, job: null,
};

/** Midnight of that day, or of one so many days later, by this device's clock. */
export function dayBegins(seconds: number, later = 0): number {
  const day = new Date(seconds * 1000);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + later).getTime() / 1000;
}

/** "2026-03-12" -> its first second; null for what is no day. */
export function parseDay(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 ? date.getTime() / 1000 : null;
}

/** True: the last day lies before the first one, and nothing can be between them. */
export function isBackwards(chosen: Chosen): boolean {
  if (chosen.period !== "own") return false;
  const [from, to] = [parseDay(chosen.from), parseDay(chosen.to)];
  return from !== null && to !== null && to < from;
}

/** now: by the printer's clock. */
export function wanted(chosen: Chosen, now: number): HistoryFilter {
  const contains = chosen.contains.trim();
  return {
    ...times(chosen, now),
    ...(chosen.outcome ? { outcome: chosen.outcome } : {}),
    ...(contains ? { contains } : {}),
    ...(chosen.file === null ? {} : { path: chosen.file }),
    ...(chosen.job === null ? {} : { job_id: chosen.job.id }),
  };
}

function times(chosen: Chosen, now: number): { since?: number; until?: number } {
  if (chosen.period === "all") return {};
  if (chosen.period !== "own") return { since: dayBegins(now, 1 - Number(chosen.period)) };
  const [from, to] = [parseDay(chosen.from), parseDay(chosen.to)];
  return {
    ...(from === null ? {} : { since: from }),
    ...(to === null ? {} : { until: dayBegins(to, 1) }),
  };
}

/** Whether anything but the time is chosen. */
export const isNarrowed = (one: Chosen): boolean =>
  Boolean(one.outcome || one.contains.trim() || one.file !== null || one.job !== null);
