// What a card says about a job. Pure.

import type { Job, JobSet, State } from "../../live/types";
import { fileName, jobName } from "../../words/format";

export const isDone = (job: Job): boolean => job.remaining <= 0;

/** The set whose copies are next; of a finished job the first. */
export function setOf(job: Job): JobSet | undefined {
  return job.sets.find((set) => set.remaining > 0) ?? job.sets[0];
}

/** Good copies so far, of all that are asked for; of: null without end. */
export function copies(job: Job): { done: number; of: number | null } {
  const perPass = job.sets.reduce((sum, set) => sum + set.count, 0);
  const inPass = isDone(job) ? 0 : job.sets.reduce((sum, set) => sum + set.completed, 0);
  const done = job.passes_done * perPass + inPass;
  return { done, of: job.copies_left === null ? null : done + job.copies_left };
}

/** Nobody has named it: its file says more. */
const isUnnamed = (job: Job): boolean => job.name === `Job ${job.id}` || job.name === "";

export function titleOf(job: Job): string {
  const path = setOf(job)?.path;
  return isUnnamed(job) && path !== undefined ? fileName(path) : jobName(job.name, job.id);
}

/** The file beside the name, when it says something else; more: of how many others. */
export function filesOf(job: Job): { path: string; more: number } | null {
  const set = setOf(job);
  if (set === undefined) return null;
  return { path: set.path, more: new Set(job.sets.map((one) => one.path)).size - 1 };
}

export function jobInPrinter(now: State): number | null {
  return now.run?.job_id ?? null;
}

export function nextJob(now: State): number | null {
  return now.next.find((step) => step.what === "print_starts")?.job_id ?? null;
}

/** The ids after one was put where another one is. */
export function moved(ids: number[], id: number, over: number): number[] {
  const [from, to] = [ids.indexOf(id), ids.indexOf(over)];
  if (from < 0 || to < 0) return ids;
  const rest = ids.filter((one) => one !== id);
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}

/** Jobs in the order in which they are shown, those that are not in it behind. */
export function inOrder(jobs: Job[], order: number[] | null): Job[] {
  if (order === null) return jobs;
  const place = new Map(order.map((id, at) => [id, at]));
  const far = order.length;
  return [...jobs].sort((a, b) => (place.get(a.id) ?? far) - (place.get(b.id) ?? far));
}

/** For each id the one that it stood behind before all of them went. */
export function placesOf(all: number[], gone: number[]): { id: number; after: number | null }[] {
  const leaving = new Set(gone);
  return all
    .map((id, at) => ({ id, after: all[at - 1] ?? null }))
    .filter(({ id }) => leaving.has(id));
}
