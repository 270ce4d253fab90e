// Saving the edit form: the calls in a safe order, each with the revision that the
// person saw. A job is let go last, when it is as it should be; it is held back first.

import type { Job, Jobs, NewSet } from "../../live/types";
import { changed, rowIds, shownJob, type Added, type Draft, type RowId } from "./draft";
import {
  jobEdit, jobForm, setEdit, setFields, setForm, wrongJob, wrongSet, type JobEdit, type SetEdit,
} from "./forms";
import { shown } from "./draft";

export interface Plan {
  first: JobEdit;
  adds: Added[];
  edits: { id: number; fields: SetEdit }[];
  order: RowId[];
  removes: number[];
  last: JobEdit;
}

export interface Calls {
  editJob: (id: number, fields: JobEdit & { revision: number }) => Promise<Jobs>;
  addSet: (jobId: number, set: NewSet & { revision: number }) => Promise<Jobs>;
  editSet: (id: number, fields: SetEdit & { revision: number }) => Promise<Jobs>;
  moveSet: (id: number, to: { after: number | null; revision: number }) => Promise<Jobs>;
  removeSet: (id: number, seen: { revision: number }) => Promise<Jobs>;
}

/** Whether anything typed cannot be sent. */
export function isWrong(job: Job, draft: Draft): boolean {
  const has = (wrong: object, fields: Iterable<string>): boolean =>
    [...fields].some((field) => field in wrong);
  const typedJob = changed(jobForm(job), draft.job);
  if (has(wrongJob(shownJob(job, draft.job)), typedJob)) return true;
  if (draft.added.some((one) => Object.keys(wrongSet(one.form)).length > 0)) return true;
  return job.sets.some((set) => {
    const held = draft.sets[set.id];
    if (held === undefined || draft.removed.includes(set.id)) return false;
    const form = setForm(set);
    return has(wrongSet(shown(form, held.typed)), changed(form, held.typed));
  });
}

export function planOf(job: Job, draft: Draft): Plan {
  const form = jobForm(job);
  const all = jobEdit(shown(form, draft.job), changed(form, draft.job));
  const { count, remaining, draft: isDraft, hold, ...first } = all as JobEdit;
  const last: JobEdit = {};
  if (count !== undefined) last.count = count;
  if (remaining !== undefined) last.remaining = remaining;
  const holds = first as JobEdit;
  if (isDraft !== undefined) (isDraft ? holds : last).draft = isDraft;
  if (hold !== undefined) (hold ? holds : last).hold = hold;
  const removes = draft.removed.filter((id) => job.sets.some((set) => set.id === id));
  return {
    first: holds, adds: draft.added, edits: editsOf(job, draft), order: rowIds(job, draft), removes, last,
  };
}

function editsOf(job: Job, draft: Draft): Plan["edits"] {
  return job.sets.flatMap((set) => {
    const held = draft.sets[set.id];
    if (held === undefined || draft.removed.includes(set.id)) return [];
    const form = setForm(set);
    const fields = setEdit(shown(form, held.typed), changed(form, held.typed));
    return Object.keys(fields).length === 0 ? [] : [{ id: set.id, fields }];
  });
}

/**
 * Does it step by step. A step that was refused throws: those before it are done, and
 * nothing after it is. made: told of each set that was added.
 */
export async function perform(
  job: Job, plan: Plan, revision: number, calls: Calls, made: (key: string, id: number) => void,
): Promise<void> {
  let seen = revision;
  let ids = job.sets.map((set) => set.id);
  const after = (answer: Jobs): void => {
    seen = answer.revision;
    ids = answer.jobs.find((one) => one.id === job.id)?.sets.map((set) => set.id) ?? ids;
  };
  const isEmpty = (edit: object): boolean => Object.keys(edit).length === 0;
  if (!isEmpty(plan.first)) after(await calls.editJob(job.id, { ...plan.first, revision: seen }));
  const idOf = new Map<RowId, number>(ids.map((id) => [id, id]));
  for (const one of plan.adds) {
    const before = new Set(ids);
    after(await calls.addSet(job.id, { path: one.path, ...setFields(one.form), revision: seen }));
    const id = ids.find((now) => !before.has(now));
    if (id === undefined) continue;
    idOf.set(one.key, id);
    made(one.key, id);
  }
  for (const { id, fields } of plan.edits) after(await calls.editSet(id, { ...fields, revision: seen }));
  const order = plan.order.flatMap((row) => idOf.get(row) ?? []);
  for (const move of movesTo(ids, order)) {
    after(await calls.moveSet(move.id, { after: move.after, revision: seen }));
  }
  for (const id of plan.removes) after(await calls.removeSet(id, { revision: seen }));
  if (!isEmpty(plan.last)) after(await calls.editJob(job.id, { ...plan.last, revision: seen }));
}

/** The fewest moves from one order to another; each: put id behind after. */
export function movesTo(now: number[], wanted: number[]): { id: number; after: number | null }[] {
  const target = wanted.filter((id) => now.includes(id));
  const stay = new Set(longestRising(target.map((id) => now.indexOf(id))).map((at) => now[at]));
  return target.flatMap((id, at) =>
    stay.has(id) ? [] : [{ id, after: at === 0 ? null : (target[at - 1] as number) }],
  );
}

function longestRising(values: number[]): number[] {
  const best = values.map(() => 1);
  const from = values.map(() => -1);
  values.forEach((value, at) => {
    for (let before = 0; before < at; before++) {
      if ((values[before] as number) < value && (best[before] as number) >= (best[at] as number)) {
        best[at] = (best[before] as number) + 1;
        from[at] = before;
      }
    }
  });
  let at = best.indexOf(Math.max(...best));
  const rising: number[] = [];
  for (; at >= 0; at = from[at] as number) rising.unshift(values[at] as number);
  return rising;
}
