// The plan for the page: from what is known of the queue, the files and the options.

import { signal } from "@preact/signals";
import { metadata } from "../../live/files";
import { call, forecast, state } from "../../live/store";
import type { Forecast, State } from "../../live/types";
import { copies, type Copy } from "./copies";
import { plan, type Plan } from "./plan";
import { parseQuiet, quietTimes, type Interval, type Period } from "./quiet";
import { jobName } from "../../words/format";

export const HOURS = 48;
const HOUR = 3600;
const FOLD = HOUR / 3; // on a wide screen some eight pixels

interface Options {
  quiet: Period[];
  endsBefore: boolean;
  byHand: boolean | null; // null: not told
  /** Seconds that the printer's clock on the wall is ahead of the one here. */
  zone: number;
}

const options = signal<Options>({ quiet: [], endsBefore: false, byHand: null, zone: 0 });

interface Settings {
  options: { name: string; value: unknown }[];
  utc_offset?: number; // seconds
}

/** An older server does not tell its own: then it is the one here. */
function zoneOf(offset: number | undefined): number {
  return offset === undefined ? 0 : offset + new Date().getTimezoneOffset() * 60;
}

/** They change with a restart of Moonraker alone: read after each connection. */
export async function readOptions(): Promise<void> {
  try {
    const got = await call<Settings>("server.continuousprint.settings");
    const of = new Map(got.options.map((one) => [one.name, one.value]));
    options.value = {
      quiet: parseQuiet(String(of.get("quiet_hours") ?? "")),
      endsBefore: of.get("end_before_quiet_hours") === true,
      byHand: of.has("bed_clearing") ? of.get("bed_clearing") === "manual" : null,
      zone: zoneOf(got.utc_offset),
    };
  } catch {
    // An older server does not tell them: no quiet hours are drawn.
  }
}

export interface Ahead extends Plan {
  now: number;
  until: number;
  quiet: Interval[];
  byHand: boolean;
  isPersonFirst: boolean;
  gap: number | null;
}

/** Null: nothing is known yet. now: by the printer's clock. */
export function ahead(now: number): Ahead | null {
  const [queue, times] = [state.value, forecast.value];
  if (queue === null || times === null) return null;
  const { endsBefore, byHand: told } = options.value;
  const until = now + HOURS * HOUR;
  const isPersonFirst = needsPerson(queue);
  const byHand = told ?? (!isPersonFirst && queue.next.some((one) => one.what === "person"));
  const gap = times.clearing_seconds;
  const made = plan({
    now,
    until,
    run: runOf(queue, times),
    copies: copies(queue, times, (path) => metadata(path).value?.estimated_time ?? null),
    isReady: queue.run === null && queue.bed.state === "clear",
    gap,
    quiet: quietBetween(now, now + 15 * 24 * HOUR),
    endsBefore,
    notBefore: queue.not_before,
    byHand,
    needsPerson: isPersonFirst,
    fold: FOLD,
  });
  return {
    ...made, now, until, byHand, isPersonFirst, gap,
    quiet: quietBetween(now, until),
  };
}

/** By the clock on the printer's wall, which may be in another time zone. */
function quietBetween(from: number, to: number): Interval[] {
  const { quiet, zone } = options.value;
  const there = quietTimes(quiet, from + zone, to + zone);
  return there.map((one) => ({ from: one.from - zone, to: one.to - zone }));
}

/** Nothing begins before somebody has done something. */
function needsPerson(queue: State): boolean {
  const waits = queue.waits_for.code;
  return queue.phase === "blocked" || queue.phase === "inactive" || queue.phase === "paused"
    || (queue.phase === "idle" && waits === "awaiting_material")
    || (!queue.active && queue.run !== null);
}

function runOf(queue: State, times: Forecast) {
  const run = queue.run;
  if (run === null) return null;
  const job = queue.jobs.find((one) => one.id === run.job_id);
  const copy: Copy = {
    jobId: run.job_id, job: jobName(run.job_name, run.job_id), path: run.path, seconds: times.run.seconds,
    isLast: job?.copies_left === 1,
  };
  return { copy, from: run.started ?? run.opened, to: times.run.expected_end };
}
