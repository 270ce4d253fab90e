// What can be done with jobs. Each says what went wrong, and most can be undone.

import { effect, signal } from "@preact/signals";
import {
  copyJob, editJob, moveJob, printNext, removeJobs, resetJobs, restoreJobs, skipSet,
} from "../../live/calls";
import { isOnline, state } from "../../live/store";
import type { Job } from "../../live/types";
import { confirm, toast, tried, wordsOf } from "../../ui";
import { t } from "../../words";
import { moved, placesOf, setOf, titleOf } from "./jobs";

/** The ids as they were dropped, until the server has said so. */
export const dropped = signal<number[] | null>(null);

/** The selected jobs; null: nobody selects. */
export const selected = signal<ReadonlySet<number> | null>(null);

export const hold = (jobs: Job[], on: boolean): Promise<boolean> =>
  each(jobs.filter((job) => job.hold !== on), (job) => editJob(job.id, { hold: on }));

const rests = (job: Job): boolean => job.draft || job.hold;

export const release = (jobs: Job[]): Promise<boolean> =>
  each(jobs.filter(rests), (job) =>
    editJob(job.id, { ...(job.draft ? { draft: false } : {}), ...(job.hold ? { hold: false } : {}) }),
  );

export async function next(job: Job): Promise<void> {
  await tried(printNext(job.id));
}

export async function skipCopies(job: Job): Promise<void> {
  const set = setOf(job);
  if (set !== undefined) await tried(skipSet(set.id));
}

export async function duplicate(job: Job): Promise<void> {
  const done = await tried(copyJob(job.id));
  if (done !== null) toast(t("queue.copied", { name: titleOf(job) }));
}

/** A slip of the finger would start a print, or lose what was counted: asked first. */
export async function releaseSeveral(jobs: Job[]): Promise<boolean> {
  const n = jobs.filter(rests).length;
  const isMeant = n === 0 || !state.peek()?.active || (await confirm({
    title: t("queue.release_title", { n }), text: t("queue.starts"), yes: t("queue.release"),
  }));
  return isMeant && release(jobs);
}

export async function reprint(jobs: Job[]): Promise<boolean> {
  const n = jobs.length;
  const lost = t("queue.reprint_text", { n });
  const isMeant = await confirm({
    title: t("queue.reprint_title", { n }),
    text: state.peek()?.active ? `${lost} ${t("queue.starts")}` : lost,
    yes: t("queue.reprint"),
  });
  return isMeant && (await tried(resetJobs(jobs.map((job) => job.id)))) !== null;
}

export async function remove(jobs: Job[]): Promise<boolean> {
  const ids = jobs.map((job) => job.id);
  const before = (state.peek()?.jobs ?? []).map((job) => job.id);
  const done = await tried(removeJobs(ids));
  if (done === null) return false;
  const first = jobs[0];
  toast(t("queue.removed", { n: ids.length, name: first === undefined ? "" : titleOf(first) }), {
    action: { label: t("common.undo"), run: () => bringBack(placesOf(before, ids)) },
  });
  return true;
}

/** To where they were; those before them are there already. */
async function bringBack(places: { id: number; after: number | null }[]): Promise<void> {
  const back = await tried(restoreJobs(places.map(({ id }) => id)));
  if (back === null) return;
  for (const { id, after } of places) {
    const there = (state.peek()?.jobs ?? []).some((job) => job.id === after);
    if (after !== null && !there) continue; // the end will do
    if ((await tried(moveJob(id, after))) === null) return;
  }
}

export async function drop(ids: number[], id: number, over: number): Promise<void> {
  const order = moved(ids, id, over);
  const at = order.indexOf(id);
  if (at === ids.indexOf(id)) return;
  dropped.value = order;
  const done = await tried(moveJob(id, at === 0 ? null : (order[at - 1] ?? null)));
  const settle = (): void => {
    if (dropped.peek() === order) dropped.value = null;
  };
  if (done === null) settle();
  else whenAt(done.revision, settle);
}

/** Once the page shows what was answered, or cannot any more. */
function whenAt(revision: number, then: () => void): void {
  let end: (() => void) | undefined;
  let isOver = false;
  end = effect(() => {
    if (isOver || (isOnline.value && (state.value?.revision ?? revision) < revision)) return;
    isOver = true;
    then();
    end?.();
  });
  if (isOver) end();
}

/** One after the other: the server stores each. Stops at the first that fails: false. */
async function each(jobs: Job[], work: (job: Job) => Promise<unknown>): Promise<boolean> {
  for (const [at, job] of jobs.entries()) {
    try {
      await work(job);
    } catch (error) {
      const left = jobs.length - at;
      const words = left > 1 ? t("queue.not_all", { n: left, why: wordsOf(error) }) : wordsOf(error);
      toast(words, { kind: "error" });
      return false;
    }
  }
  return true;
}
