// A job in the queue.

import { memo } from "preact/compat";
import type { ComponentChildren } from "preact";
import {
  mdiContentCopy, mdiDebugStepOver, mdiDeleteOutline, mdiHandBackRightOutline, mdiPencilOutline,
  mdiPin, mdiPinOutline, mdiPlayOutline, mdiRestart, mdiCalendarClock, mdiArrowUpBold,
} from "@mdi/js";
import { useMinute } from "../../live/clock";
import type { Job } from "../../live/types";
import { Button, Chip, Menu, openEdit, Progress, Thumbnail, type MenuItem } from "../../ui";
import { t } from "../../words";
import { fileName, jobName, moment, number } from "../../words/format";
import * as actions from "./actions";
import { copies, filesOf, isDone, setOf, titleOf } from "./jobs";

interface CardProps {
  job: Job;
  /** Its place: a handle to drag it, or a box to select it. */
  lead: ComponentChildren;
  end: number | null;
  role: "printing" | "next" | null;
}

export const JobCard = memo(function JobCard({ job, lead, end, role }: CardProps) {
  const files = filesOf(job);
  const title = titleOf(job);
  return (
    <div class={`job${job.draft || job.hold || isDone(job) ? " rests" : ""}`} data-testid="job" data-job={job.id}>
      <span class="job-lead">{lead}</span>
      {files === null ? <span class="job-no-picture" /> : <Thumbnail path={files.path} size={48} />}
      <div class="job-words">
        <button type="button" class="job-name line" onClick={() => openEdit(job.id)} title={title}>
          {title}
        </button>
        <p class="job-files line small dim">
          {files === null ? t("queue.no_files") : fileWords(job, title, files)}
        </p>
      </div>
      <p class="job-chips"><Badges job={job} end={end} role={role} /></p>
      <Count job={job} />
      <p class="job-end small dim number line" title={t("queue.expected")}>
        {end !== null && !isDone(job) && <Moment at={end} />}
      </p>
      <span class="job-quick">
        {(job.draft || job.hold) && !isDone(job) && (
          <Button onClick={() => actions.release([job])} testid="release">{t("queue.release")}</Button>
        )}
      </span>
      <Menu label={t("queue.job_menu", { name: title })} items={itemsOf(job)} testid="job-menu" />
    </div>
  );
});

function fileWords(job: Job, title: string, files: { path: string; more: number }): string {
  const name = fileName(files.path);
  const first = name === title ? (job.name === title ? files.path : jobName(job.name, job.id)) : name;
  return files.more > 0 ? t("queue.more_files", { file: first, n: files.more }) : first;
}

const Moment = ({ at }: { at: number }) => <>{moment(at, useMinute())}</>;

function Badges({ job, end, role }: { job: Job; end: number | null; role: CardProps["role"] }) {
  const clock = useMinute();
  const isLate = job.due !== null && (end ?? clock) > job.due;
  return (
    <>
      {role === "printing" && <Chip kind="success" icon={mdiPlayOutline}>{t("queue.prints")}</Chip>}
      {role === "next" && <Chip kind="info">{t("queue.is_next")}</Chip>}
      {isDone(job) && <Chip kind="success">{t("queue.done")}</Chip>}
      {job.draft && <Chip kind="warning" icon={mdiPencilOutline}>{t("queue.draft")}</Chip>}
      {job.hold && <Chip kind="warning" icon={mdiHandBackRightOutline}>{t("queue.hold")}</Chip>}
      {job.pinned && <Chip kind="info" icon={mdiPin}>{t("queue.pinned")}</Chip>}
      {job.priority !== 0 && (
        <Chip icon={mdiArrowUpBold} title={t("queue.priority", { priority: job.priority })}>
          {number(job.priority)}
        </Chip>
      )}
      {job.due !== null && !isDone(job) && (
        <Chip kind={isLate ? "error" : "plain"} icon={mdiCalendarClock}>
          {t(isLate ? "queue.late" : "queue.due", { time: moment(job.due, clock) })}
        </Chip>
      )}
    </>
  );
}

function Count({ job }: { job: Job }) {
  const { done, of } = copies(job);
  const words = of === null
    ? t("queue.endless", { n: done })
    : t("queue.copies", { n: of, done });
  return (
    <div class="job-count">
      <p class="small number line">{words}</p>
      {of !== null && of > 0 && <Progress value={done / of} label={words} thin />}
    </div>
  );
}

function itemsOf(job: Job): MenuItem[] {
  const done = isDone(job);
  const items: (MenuItem | false)[] = [
    { label: t("queue.edit"), icon: mdiPencilOutline, onClick: () => openEdit(job.id), testid: "edit" },
    !done && !job.draft && !job.hold && !job.pinned && {
      label: t("queue.print_next"), icon: mdiPinOutline, onClick: () => actions.next(job), testid: "next",
    },
    !done && (job.draft || job.hold) && {
      label: t("queue.release"), icon: mdiPlayOutline, onClick: () => actions.release([job]), testid: "menu-release",
    },
    !done && !job.hold && {
      label: t("queue.hold_it"), icon: mdiHandBackRightOutline, onClick: () => actions.hold([job], true), testid: "hold",
    },
    !done && (setOf(job)?.remaining ?? 0) > 0 && {
      label: t("queue.skip"), icon: mdiDebugStepOver, onClick: () => actions.skipCopies(job), testid: "skip",
    },
    { label: t("queue.duplicate"), icon: mdiContentCopy, onClick: () => actions.duplicate(job), testid: "duplicate" },
    (done || copies(job).done > 0) && {
      label: t("queue.reprint"), icon: mdiRestart, onClick: () => actions.reprint([job]), testid: "reprint",
    },
    { label: t("queue.remove"), icon: mdiDeleteOutline, onClick: () => actions.remove([job]), danger: true, testid: "remove" },
  ];
  return items.filter((item): item is MenuItem => item !== false);
}
