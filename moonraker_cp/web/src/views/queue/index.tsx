// The queue as cards.

import { computed, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import {
  mdiCheckboxMultipleMarkedOutline, mdiChevronDown, mdiChevronUp, mdiDeleteOutline,
  mdiHandBackRightOutline, mdiPlayOutline, mdiPlaylistPlus, mdiPlus, mdiRestart,
} from "@mdi/js";
import { useMinute } from "../../live/clock";
import { forecast, jobsById } from "../../live/store";
import type { Job, State } from "../../live/types";
import { Button, Empty, Icon, IconButton, openAdd } from "../../ui";
import { t } from "../../words";
import { duration, moment } from "../../words/format";
import { dropped, hold, releaseSeveral, remove, reprint, selected } from "./actions";
import { JobCard } from "./card";
import { inOrder, isDone, jobInPrinter, nextJob, titleOf } from "./jobs";
import { Rows, SortableRows } from "./list";
import "./queue.css";

const ends = computed(
  () => new Map((forecast.value?.jobs ?? []).map((one) => [one.id, one.expected_end])),
);
const showsDone = signal(false);

export function QueueCard({ now }: { now: State }) {
  const order = dropped.value;
  const open = useMemo(
    () => inOrder(now.jobs.filter((job) => !isDone(job)), order),
    [now.jobs, order],
  );
  const done = useMemo(() => now.jobs.filter(isDone), [now.jobs]);
  const [printing, next] = [jobInPrinter(now), nextJob(now)];
  const [selects, endOf] = [selected.value !== null, ends.value];
  const draw = useCallback(
    (job: Job, lead: ComponentChildren) => (
      <JobCard
        job={job}
        lead={selects ? <Box job={job} /> : lead}
        end={endOf.get(job.id) ?? null}
        role={job.id === printing ? "printing" : job.id === next ? "next" : null}
      />
    ),
    [selects, endOf, printing, next],
  );
  return (
    <section class="card queue" aria-label={t("queue.title")} data-testid="queue">
      <Header open={open} all={now.jobs} />
      {open.length === 0 ? <Nothing hasDone={done.length > 0} /> : (
        <SortableRows jobs={open} draw={draw} label={t("queue.title")} />
      )}
      {done.length > 0 && <Done jobs={done} draw={draw} />}
      <SelectionBar all={showsDone.value ? now.jobs : open} />
    </section>
  );
}

function Header({ open, all }: { open: Job[]; all: Job[] }) {
  const isSelecting = selected.value !== null;
  return (
    <header class="card-header">
      <div class="queue-title">
        <h2>{t("queue.title")}</h2>
        <Summary open={open} />
      </div>
      <div class="card-actions">
        {all.length > 0 && (
          <IconButton
            icon={mdiCheckboxMultipleMarkedOutline}
            label={t(isSelecting ? "queue.select_end" : "queue.select")}
            pressed={isSelecting}
            onClick={() => (selected.value = isSelecting ? null : new Set())}
            testid="select"
          />
        )}
        <Button kind="primary" icon={mdiPlus} onClick={() => openAdd()} testid="add-button">{t("queue.add")}</Button>
      </div>
    </header>
  );
}

function Summary({ open }: { open: Job[] }) {
  const clock = useMinute();
  const whole = forecast.value?.queue;
  if (open.length === 0) return null;
  const parts = [t("queue.jobs", { n: open.length })];
  if (whole !== undefined) {
    if (whole.copies > 0) parts.push(t("queue.all_copies", { n: whole.copies }));
    if (whole.seconds.known > 0) {
      const least = whole.seconds.unknown > 0 || whole.endless;
      const time = duration(whole.seconds.known);
      parts.push(least ? t("queue.at_least", { time }) : time);
    }
    if (whole.expected_end !== null) {
      parts.push(t("queue.ends", { time: moment(whole.expected_end, clock) }));
    }
  }
  return <p class="small dim number line">{parts.join(" · ")}</p>;
}

const Nothing = ({ hasDone }: { hasDone: boolean }) => (
  <Empty
    icon={mdiPlaylistPlus}
    title={t(hasDone ? "queue.all_done" : "queue.empty")}
    action={<Button kind="primary" icon={mdiPlus} onClick={() => openAdd()}>{t("queue.add_first")}</Button>}
  >
    {t("queue.empty_how")}
  </Empty>
);

function Done({ jobs, draw }: { jobs: Job[]; draw: (job: Job, lead: ComponentChildren) => ComponentChildren }) {
  const isOpen = showsDone.value;
  return (
    <>
      <div class="queue-done">
        <button
          type="button"
          class="button text"
          aria-expanded={isOpen}
          onClick={() => (showsDone.value = !isOpen)}
          data-testid="show-done"
        >
          <Icon path={isOpen ? mdiChevronUp : mdiChevronDown} size={20} />
          <span>{t("queue.finished", { n: jobs.length })}</span>
        </button>
        <Button kind="text" onClick={() => remove(jobs)} testid="remove-done">{t("queue.remove_finished")}</Button>
      </div>
      {isOpen && (
        <Rows jobs={jobs} label={t("queue.finished", { n: jobs.length })} testid="done-rows">
          {(job) => draw(job, null)}
        </Rows>
      )}
    </>
  );
}

// -- several at once -----------------------------------------------------------------

function Box({ job }: { job: Job }) {
  const now = selected.value;
  const flip = (): void => {
    const next = new Set(now);
    if (!next.delete(job.id)) next.add(job.id);
    selected.value = next;
  };
  return (
    <label class="box">
      <input
        type="checkbox"
        checked={now?.has(job.id) ?? false}
        onChange={flip}
        aria-label={t("queue.select_job", { name: titleOf(job) })}
        data-testid="box"
      />
    </label>
  );
}

/** all: those on screen; what nobody sees is not chosen with them. */
function SelectionBar({ all }: { all: Job[] }) {
  const now = selected.value;
  if (now === null) return null;
  const jobs = [...now].flatMap((id) => jobsById.value.get(id) ?? []);
  const none = jobs.length === 0;
  const isAll = all.length > 0 && all.every((job) => now.has(job.id));
  const then = async (work: Promise<boolean>): Promise<void> => {
    if ((await work) && selected.peek() !== null) selected.value = new Set();
  };
  return (
    <div class="selection" role="toolbar" aria-label={t("queue.select")} data-testid="selection">
      <p class="number" aria-live="polite">{t("queue.selected", { n: jobs.length })}</p>
      <Button kind="text" onClick={() => (selected.value = new Set(isAll ? [] : all.map((job) => job.id)))}>
        {t(isAll ? "queue.select_none" : "queue.select_all")}
      </Button>
      <span class="selection-actions">
        <IconButton icon={mdiPlayOutline} label={t("queue.release")} disabled={none} onClick={() => then(releaseSeveral(jobs))} testid="sel-release" />
        <IconButton icon={mdiHandBackRightOutline} label={t("queue.hold_it")} disabled={none} onClick={() => then(hold(jobs, true))} testid="sel-hold" />
        <IconButton icon={mdiRestart} label={t("queue.reprint")} disabled={none} onClick={() => then(reprint(jobs))} testid="sel-reprint" />
        <IconButton icon={mdiDeleteOutline} label={t("queue.remove")} disabled={none} onClick={() => then(remove(jobs))} testid="sel-remove" />
        <Button onClick={() => (selected.value = null)}>{t("queue.select_end")}</Button>
      </span>
    </div>
  );
}
