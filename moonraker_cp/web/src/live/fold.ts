// A change on top of what was known. Pure.

import type { Changed, Job, State } from "./types";

/**
 * The state after the change; the same one when it is old; null when something between
 * was missed, or was too much to be told, and all has to be read again.
 */
export function fold(state: State, changed: Changed): State | null {
  if (changed.revision <= state.revision) return state;
  if (changed.revision !== state.revision + 1) return null;
  const { removed, order, jobs: put, ...summary } = changed;
  if (put === null) return null;
  const jobs = merged(state.jobs, put, new Set(removed));
  if (order === undefined) return { ...summary, jobs };
  const ordered = inOrder(jobs, order);
  return ordered === null ? null : { ...summary, jobs: ordered };
}

function merged(jobs: Job[], put: Job[], removed: Set<number>): Job[] {
  if (put.length === 0 && removed.size === 0) return jobs;
  const news = new Map(put.map((job) => [job.id, job]));
  const kept = jobs
    .filter((job) => !removed.has(job.id))
    .map((job) => {
      const changed = news.get(job.id);
      news.delete(job.id);
      return changed ?? job;
    });
  return [...kept, ...news.values()];
}

function inOrder(jobs: Job[], order: number[]): Job[] | null {
  const known = new Map(jobs.map((job) => [job.id, job]));
  const ordered = order.map((id) => known.get(id));
  if (ordered.length !== jobs.length || ordered.includes(undefined)) return null;
  return ordered as Job[];
}
