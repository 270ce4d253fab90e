// What can be done with a run that has ended: its file or job once more, or look for others.

import { mdiContentCopy, mdiFileOutline, mdiInformationOutline, mdiLayersOutline, mdiPlaylistPlus, mdiPrinter3dNozzle } from "@mdi/js";
import { addJob, copyJob, removeJobs } from "../../live/calls";
import { jobsById } from "../../live/store";
import type { Jobs, PastRun } from "../../live/types";
import { Menu, openAdd, toast, tried, type MenuItem } from "../../ui";
import { t } from "../../words";
import { fileName, jobName } from "../../words/format";
import { chosen } from "./data";
import { detailsOf } from "./details";

/** Says that it is in the queue, and takes it back if that was a slip. */
function added(answer: Jobs | null, before: ReadonlySet<number>, name: string): void {
  if (answer === null) return;
  const ids = answer.jobs.map((one) => one.id).filter((id) => !before.has(id));
  toast(t("history.added", { name }), {
    ...(ids.length === 0
      ? {}
      : { action: { label: t("history.undo"), run: () => void tried(removeJobs(ids)) } }),
  });
}

async function fileAgain(run: PastRun): Promise<void> {
  const before = new Set(jobsById.peek().keys());
  added(await tried(addJob({ path: run.path })), before, fileName(run.path));
}

async function jobAgain(run: PastRun): Promise<void> {
  const before = new Set(jobsById.peek().keys());
  added(await tried(copyJob(run.job_id)), before, jobName(run.job_name, run.job_id));
}

export function actionsOf(run: PastRun): MenuItem[] {
  const inQueue = jobsById.value.has(run.job_id);
  return [
    {
      label: t("history.again"),
      icon: mdiPrinter3dNozzle,
      onClick: () => fileAgain(run),
      testid: "history-again",
    },
    { label: t("history.again_more"), icon: mdiPlaylistPlus, onClick: () => openAdd(run.path) },
    ...(inQueue
      ? [{
          label: t("history.job_again"),
          icon: mdiContentCopy,
          onClick: () => jobAgain(run),
          testid: "history-job-again",
        }]
      : []),
    {
      label: t("history.only_file"),
      icon: mdiFileOutline,
      onClick: () => void (chosen.value = { ...chosen.peek(), file: run.path }),
    },
    {
      label: t("history.only_job"),
      icon: mdiLayersOutline,
      onClick: () =>
        void (chosen.value = { ...chosen.peek(), job: { id: run.job_id, name: jobName(run.job_name, run.job_id) } }),
    },
  ];
}

export function AgainMenu({ run }: { run: PastRun }) {
  const details: MenuItem = {
    label: t("history.details"),
    icon: mdiInformationOutline,
    onClick: () => void (location.hash = detailsOf(run.id)),
  };
  const label = t("history.actions", { name: fileName(run.path) });
  return <Menu label={label} items={[...actionsOf(run), details]} testid="history-menu" />;
}
