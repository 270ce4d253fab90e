// What the charts show, counted from runs. Pure.

import type { Outcome, PastRun } from "../../live/types";
import { dayBegins } from "./filter";

export interface Bucket {
  /** Its first second, by this device's clock. */
  begins: number;
  outcomes: Record<Outcome, number>;
  /** mm */
  filament: number;
}

/** Days, or weeks from Monday on when there would be too many days. */
export type Step = "day" | "week";

export const MOST_DAYS = 92;
const DAY = 86_400;

const none = (): Record<Outcome, number> => ({ success: 0, failure: 0, cancelled: 0, aborted: 0 });

function monday(seconds: number): number {
  const day = new Date(seconds * 1000).getDay();
  return dayBegins(seconds, -((day + 6) % 7));
}

/** from: null: since the oldest run. until: the end of the last day. Days without a
 * print are there, too. */
export function buckets(
  runs: readonly PastRun[], from: number | null, until: number,
): { step: Step; buckets: Bucket[] } {
  const oldest = runs.reduce((least, one) => Math.min(least, one.ended ?? least), until);
  const first = dayBegins(from ?? oldest);
  const step: Step = (until - first) / DAY > MOST_DAYS ? "week" : "day";
  const begin = step === "day" ? dayBegins : monday;
  const found = new Map<number, Bucket>();
  const width = step === "day" ? 1 : 7;
  for (let at = begin(first); at < until; at = dayBegins(at, width)) {
    found.set(at, { begins: at, outcomes: none(), filament: 0 });
  }
  for (const run of runs) {
    const one = run.ended === null ? undefined : found.get(begin(run.ended));
    if (one === undefined || run.outcome === null) continue;
    one.outcomes[run.outcome] += 1;
    one.filament += run.filament_used;
  }
  return { step, buckets: [...found.values()] };
}

export interface Timed {
  id: number;
  path: string;
  estimate: number;
  actual: number;
}

/** Good prints whose estimate is known, shortest first. */
export function timed(runs: readonly PastRun[]): Timed[] {
  return runs
    .filter((one) => one.outcome === "success" && one.estimate !== null && one.estimate > 0)
    .map((one) => ({
      id: one.id, path: one.path, estimate: one.estimate ?? 0, actual: one.print_duration,
    }))
    .sort((a, b) => a.estimate - b.estimate);
}

/** How far off the slicer was: 0.1 is a tenth longer. Null: nobody knows. */
export function off(run: PastRun): number | null {
  if (run.outcome !== "success" || !run.estimate) return null;
  return run.print_duration / run.estimate - 1;
}

/** True: the first of its day in the list. */
export function opensDay(runs: readonly PastRun[], at: number): boolean {
  const [one, before] = [runs[at]?.ended, runs[at - 1]?.ended];
  if (before === undefined || before === null) return true;
  return dayBegins(one ?? 0) !== dayBegins(before);
}
