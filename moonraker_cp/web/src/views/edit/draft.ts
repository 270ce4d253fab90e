// What a person typed into the edit form, on top of the job as it is now. A field that
// nobody typed in shows the job's own value, whatever happens to it meanwhile. Pure.

import type { Job, JobSet } from "../../live/types";
import { isSame, jobForm, setForm, type FormValue, type JobForm, type SetForm } from "./forms";

/** mine: as typed; seen: what stood there when the typing began. */
export interface Entry<V> {
  mine: V;
  seen: V;
}
export type Typed<F> = { [K in keyof F]?: Entry<F[K]> };

export interface Added {
  key: string;
  path: string;
  form: SetForm;
}

/** An id of a set that is there, or the key of one to be added. */
export type RowId = number | string;

export interface Draft {
  job: Typed<JobForm>;
  /** was: the set when the typing began, in case that it goes. */
  sets: Record<number, { was: JobSet; typed: Typed<SetForm> }>;
  removed: number[];
  added: Added[];
  /** null: the order of the job. */
  order: { mine: RowId[]; seen: number[] } | null;
}

export const NOTHING: Draft = { job: {}, sets: {}, removed: [], added: [], order: null };

// -- fields ------------------------------------------------------------------------

export function typed<F extends object, K extends keyof F>(
  held: Typed<F>, form: F, field: K, mine: F[K],
): Typed<F> {
  const seen = held[field]?.seen ?? form[field];
  if (isSame(value(mine), value(form[field]))) return without(held, field);
  return { ...held, [field]: { mine, seen } };
}

export function without<F extends object>(held: Typed<F>, field: keyof F): Typed<F> {
  const { [field]: _, ...rest } = held;
  return rest as Typed<F>;
}

/** The person knows what it is now, and wants their own all the same. */
export function kept<F extends object>(held: Typed<F>, form: F, field: keyof F): Typed<F> {
  const entry = held[field];
  return entry === undefined ? held : { ...held, [field]: { ...entry, seen: form[field] } };
}

/** What the form shows. */
export function shown<F extends object>(form: F, held: Typed<F>): F {
  const mine = (Object.keys(held) as (keyof F)[]).map((field) => [field, held[field]?.mine]);
  return { ...form, ...Object.fromEntries(mine) };
}

/** The fields that saving would change. */
export function changed<F extends object>(form: F, held: Typed<F>): Set<keyof F> {
  const all = (Object.keys(held) as (keyof F)[]).filter((field) => {
    const entry = held[field];
    return entry !== undefined && !isSame(value(entry.mine), value(form[field]));
  });
  return new Set(all);
}

/** The fields that somebody typed in, and that something else changed meanwhile. */
export function disputed<F extends object>(form: F, held: Typed<F>): Set<keyof F> {
  const all = [...changed(form, held)].filter((field) => {
    const entry = held[field];
    return entry !== undefined && !isSame(value(entry.seen), value(form[field]));
  });
  return new Set(all);
}

const value = (one: unknown): FormValue => one as FormValue;

/** Passes and what is left of them go together: the other one follows the typed one. */
export function shownJob(job: Job, held: Typed<JobForm>): JobForm {
  const form = shown(jobForm(job), held);
  const done = job.passes_done;
  const left = Number(form.count) - done;
  if (held.count && !held.remaining) return { ...form, remaining: String(Math.max(0, left)) };
  if (held.remaining && !held.count) {
    return { ...form, count: String(done + Number(form.remaining)) };
  }
  return form;
}

export function shownSet(set: JobSet, held: Typed<SetForm>): SetForm {
  const form = shown(setForm(set), held);
  if (!held.count || held.remaining) return form;
  const left = set.remaining + Number(form.count) - set.count;
  return { ...form, remaining: String(Math.max(0, left)) };
}

// -- sets --------------------------------------------------------------------------

export type Row =
  | { kind: "there"; id: number; set: JobSet; removed: boolean }
  | { kind: "added"; id: string; added: Added };

const idsOf = (job: Job): number[] => job.sets.map((set) => set.id);

/** The sets in the order of the form. */
export function rows(job: Job, draft: Draft): Row[] {
  const sets = new Map(job.sets.map((set) => [set.id, set]));
  const added = new Map(draft.added.map((one) => [one.key, one]));
  return rowIds(job, draft).flatMap((id): Row[] => {
    if (typeof id === "string") {
      const one = added.get(id);
      return one === undefined ? [] : [{ kind: "added", id, added: one }];
    }
    const set = sets.get(id);
    const removed = draft.removed.includes(id);
    return set === undefined ? [] : [{ kind: "there", id, set, removed }];
  });
}

export function rowIds(job: Job, draft: Draft): RowId[] {
  const own = idsOf(job);
  const keys = draft.added.map((one) => one.key);
  const there = new Set<RowId>([...own, ...keys]);
  const ids = (draft.order?.mine ?? []).filter((id) => there.has(id));
  own.forEach((id, at) => {
    if (ids.includes(id)) return;
    const before = at === 0 ? -1 : ids.indexOf(own[at - 1] as number);
    ids.splice(before + 1, 0, id); // one that came meanwhile stands where it stands there
  });
  return [...ids, ...keys.filter((key) => !ids.includes(key))];
}

/** by: how many places down. */
export function moved(job: Job, draft: Draft, id: RowId, by: number): Draft {
  const ids = rowIds(job, draft);
  const from = ids.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= ids.length) return draft;
  ids.splice(from, 1);
  ids.splice(to, 0, id);
  return { ...draft, order: { mine: ids, seen: draft.order?.seen ?? idsOf(job) } };
}

/** Somebody else put the sets into another order, and so did we. */
export function isOrderDisputed(job: Job, draft: Draft): boolean {
  if (draft.order === null || !isOrderChanged(job, draft)) return false;
  const now = idsOf(job);
  const seen = draft.order.seen;
  const both = (ids: number[], of: number[]): number[] => ids.filter((id) => of.includes(id));
  return !isSame(both(now, seen).map(String), both(seen, now).map(String));
}

function isOrderChanged(job: Job, draft: Draft): boolean {
  const mine = rowIds(job, draft).filter((id) => typeof id === "number");
  return mine.some((id, at) => id !== job.sets[at]?.id);
}

/** Sets that were typed in, and that are not in the job any more. */
export function gone(job: Job, draft: Draft): { was: JobSet; typed: Typed<SetForm> }[] {
  const there = new Set(idsOf(job));
  return Object.values(draft.sets).filter(
    ({ was, typed: held }) =>
      !there.has(was.id) && !draft.removed.includes(was.id) && Object.keys(held).length > 0,
  );
}

/** Everything that has to be decided before it can be saved. */
export function hasDispute(job: Job, draft: Draft): boolean {
  return (
    disputed(jobForm(job), draft.job).size > 0 ||
    isOrderDisputed(job, draft) ||
    gone(job, draft).length > 0 ||
    job.sets.some((set) => {
      const held = draft.sets[set.id];
      return held !== undefined && !draft.removed.includes(set.id) &&
        disputed(setForm(set), held.typed).size > 0;
    })
  );
}

/** Whether there is anything to save. */
export function isDirty(job: Job, draft: Draft): boolean {
  const there = new Set(idsOf(job));
  return (
    changed(jobForm(job), draft.job).size > 0 ||
    draft.added.length > 0 ||
    draft.removed.some((id) => there.has(id)) ||
    isOrderChanged(job, draft) ||
    gone(job, draft).length > 0 ||
    job.sets.some((set) => {
      const held = draft.sets[set.id];
      return held !== undefined && changed(setForm(set), held.typed).size > 0;
    })
  );
}
