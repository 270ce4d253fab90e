// What was chosen, and the jobs that are made of it. Pure.

import type { Metadata } from "../../live/files";
import type { NewJob } from "../../live/types";
import { fileName } from "../../words/format";
import {
  decimal, EMPTY_SET, MOST_COPIES, MOST_NOTE, MOST_PRIORITY, setFields, timeOf, whole, wrongSet,
  type SetForm, type Wrong,
} from "../edit/forms";

export interface Chosen {
  path: string;
  count: string;
}

export interface Options {
  together: boolean;
  name: string;
  passes: string;
  endless: boolean;
  begin: "ready" | "hold" | "draft";
  priority: string;
  due: string;
  note: string;
  set: SetForm; // for each of the files
}

export const DEFAULTS: Options = {
  together: true, name: "", passes: "1", endless: false, begin: "ready", priority: "0", due: "",
  note: "", set: EMPTY_SET,
};

export function toggled(all: readonly Chosen[], path: string): Chosen[] {
  return all.some((one) => one.path === path)
    ? all.filter((one) => one.path !== path)
    : [...all, { path, count: "1" }];
}

export const withPaths = (all: readonly Chosen[], paths: readonly string[]): Chosen[] => [
  ...all,
  ...paths
    .filter((path) => !all.some((one) => one.path === path))
    .map((path) => ({ path, count: "1" })),
];

export const counted = (all: readonly Chosen[], path: string, count: string): Chosen[] =>
  all.map((one) => (one.path === path ? { ...one, count } : one));

/** A single file has copies, and may have passes all the same: without end, for one. */
export const isTogether = (chosen: readonly Chosen[], { together }: Options): boolean =>
  together || chosen.length === 1;

export function wrongOptions(chosen: readonly Chosen[], options: Options): Wrong<Options> {
  const wrong: Wrong<Options> = {};
  if (isTogether(chosen, options) && !options.endless && whole(options.passes, 1, MOST_COPIES) === null) {
    wrong.passes = [1, MOST_COPIES];
  }
  if (whole(options.priority, -MOST_PRIORITY, MOST_PRIORITY) === null) {
    wrong.priority = [-MOST_PRIORITY, MOST_PRIORITY];
  }
  if (options.note.length > MOST_NOTE) wrong.note = "long";
  return wrong;
}

export const isWrongCount = (one: Chosen): boolean => whole(one.count, 1, MOST_COPIES) === null;

export function canAdd(chosen: readonly Chosen[], options: Options): boolean {
  return (
    chosen.length > 0 &&
    !chosen.some(isWrongCount) &&
    Object.keys(wrongOptions(chosen, options)).length === 0 &&
    Object.keys(wrongSet(options.set)).length === 0
  );
}

/** severalName: of a job of several files that nobody named. */
export function newJobs(
  chosen: readonly Chosen[], options: Options, severalName: (first: string, more: number) => string,
): NewJob[] {
  const { count: _, ...fields } = setFields(options.set);
  const sets = chosen.map(({ path, count }) => ({ path, ...fields, count: Number(count) }));
  const common: NewJob = {
    draft: options.begin === "draft",
    hold: options.begin === "hold",
    priority: Number(options.priority),
    due: timeOf(options.due),
    note: options.note,
  };
  if (!isTogether(chosen, options)) {
    return sets.map((set) => ({ ...common, name: fileName(set.path), sets: [set] }));
  }
  const first = fileName(chosen[0]?.path ?? "");
  const ownName = chosen.length === 1 ? first : severalName(first, chosen.length - 1);
  return [{
    ...common, sets,
    name: options.name.trim() || ownName,
    count: options.endless ? -1 : Number(options.passes),
  }];
}

export interface Sums {
  copies: number;
  seconds: number;
  grams: number;
  /** Files whose time is not known. */
  unknown: number;
  endless: boolean;
}

/** Of one pass when it is without end. */
export function sums(
  chosen: readonly Chosen[], options: Options, known: (path: string) => Metadata | null | undefined,
): Sums {
  const together = isTogether(chosen, options);
  const endless = together && options.endless;
  const passes = together && !endless ? (decimal(options.passes, 0, MOST_COPIES) ?? 0) : 1;
  const all: Sums = { copies: 0, seconds: 0, grams: 0, unknown: 0, endless };
  for (const { path, count } of chosen) {
    const copies = (whole(count, 0, MOST_COPIES) ?? 0) * passes;
    const about = known(path);
    all.copies += copies;
    all.seconds += copies * (about?.estimated_time ?? 0);
    all.grams += copies * (about?.filament_weight_total ?? 0);
    if (about?.estimated_time === undefined) all.unknown += 1;
  }
  return all;
}
