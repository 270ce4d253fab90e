// What the edit form sends.

import { address } from "../../live/address";
import * as calls from "../../live/calls";
import { RpcError } from "../../live/rpc";
import { call, jobsById, readState, state } from "../../live/store";
import type { Job } from "../../live/types";
import { toast, tried, wordsOf } from "../../ui";
import { t } from "../../words";
import { jobName } from "../../words/format";
import { hasDispute, type Draft } from "./draft";
import { isWrong, perform, planOf } from "./save";

export type Saved = "saved" | "disputed" | "wrong" | "gone" | "failed";

const ATTEMPTS = 5;
const STALE = 409;

/**
 * Saves what was typed. When the job was changed meanwhile it is read again: what touches
 * nothing that was typed does not matter, everything else is shown and decided first.
 * draft: as it is now; made: told of each set that was added.
 */
export async function save(
  jobId: number, draft: () => Draft, made: (key: string, id: number) => void,
): Promise<Saved> {
  for (let attempt = 1; ; attempt++) {
    const job = jobsById.peek().get(jobId);
    const seen = state.peek()?.revision;
    if (job === undefined || seen === undefined) return "gone";
    if (hasDispute(job, draft())) return "disputed";
    if (isWrong(job, draft())) return "wrong";
    try {
      await perform(job, planOf(job, draft()), seen, calls, made);
      return "saved";
    } catch (error) {
      const again = error instanceof RpcError && error.code === STALE && attempt < ATTEMPTS;
      if (!again) {
        toast(wordsOf(error), { kind: "error" });
        return "failed";
      }
      await readState().catch(() => undefined);
    }
  }
}

export async function remove(job: Job): Promise<boolean> {
  const done = await tried(calls.removeJobs([job.id]));
  if (done === null) return false;
  toast(t("edit.removed", { name: jobName(job.name, job.id) }), {
    action: { label: t("edit.undo"), run: () => tried(calls.restoreJobs([job.id])) },
  });
  return true;
}

export async function copy(job: Job): Promise<void> {
  const done = await tried(calls.copyJob(job.id));
  if (done !== null) toast(t("edit.copied", { name: jobName(job.name, job.id) }));
}

/** Into the printer's files, and to the one who asked. */
export async function exported(job: Job): Promise<void> {
  const done = await tried(calls.exportJob(job.id));
  if (done === null) return;
  toast(t("edit.exported", { path: done.path }));
  await tried(download(done.path));
}

async function download(path: string): Promise<void> {
  const token = await call<string>("access.oneshot_token");
  const link = document.createElement("a");
  const steps = path.split("/").map(encodeURIComponent).join("/");
  link.href = `${address(`server/files/gcodes/${steps}`)}?token=${encodeURIComponent(token)}`;
  link.download = path.split("/").at(-1) ?? path;
  link.click();
}
