// Jobs that were removed, and the way back for them.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { mdiDeleteClockOutline, mdiRestore } from "@mdi/js";
import { listRemoved, restoreJobs } from "../../live/calls";
import { isOnline, printerNow, state } from "../../live/store";
import type { Job } from "../../live/types";
import { Button, Dialog, Empty, Loading, Thumbnail, toast, tried, wordsOf } from "../../ui";
import { t } from "../../words";
import { jobName, moment } from "../../words/format";

type Removed = Job & { removed: number };

const PAGE = 50;

const jobs = signal<Removed[] | null>(null);
const hasMore = signal(false);
const failed = signal("");
let turn = 0;

/** As many as are shown already, or a page more. */
async function read(pages: number): Promise<void> {
  const mine = ++turn;
  const most = Math.max(PAGE, Math.ceil((jobs.peek()?.length ?? 0) / PAGE + pages) * PAGE);
  const got: Removed[] = [];
  try {
    let isFull = true;
    while (isFull && got.length < most) {
      const page = await listRemoved({ offset: got.length, limit: PAGE });
      if (mine !== turn) return;
      got.push(...page.jobs);
      isFull = page.jobs.length === PAGE;
    }
    failed.value = "";
    jobs.value = got;
    hasMore.value = isFull;
  } catch (error) {
    if (mine === turn) failed.value = wordsOf(error);
  }
}

async function restore(job: Removed): Promise<void> {
  if ((await tried(restoreJobs([job.id]))) === null) return;
  toast(t("history.restored", { name: jobName(job.name, job.id) }));
}

export function RemovedDialog({ onClose }: { onClose: () => void }) {
  // Any change of the queue may have removed or restored one.
  const revision = state.value?.revision;
  const online = isOnline.value;
  useEffect(() => {
    if (online) void read(0);
  }, [revision, online]);
  return (
    <Dialog title={t("history.removed")} onClose={onClose} testid="history-removed-dialog">
      {failed.value && <p role="alert">{failed.value}</p>}
      <Removals />
    </Dialog>
  );
}

function Removals() {
  const all = jobs.value;
  if (all === null) return failed.value ? null : <Loading />;
  if (all.length === 0) {
    return <Empty icon={mdiDeleteClockOutline} title={t("history.none_removed")} />;
  }
  return (
    <>
      <ul class="history-removed">
        {all.map((job) => (
          <li key={job.id}>
            {job.sets[0] && <Thumbnail path={job.sets[0].path} size={40} />}
            <div class="history-removed-names">
              <p class="line" title={jobName(job.name, job.id)}>{jobName(job.name, job.id)}</p>
              <p class="line dim small">
                {t("history.removed_at", { time: moment(job.removed, printerNow()) })}
              </p>
            </div>
            <Button
              icon={mdiRestore}
              label={t("history.restore_name", { name: jobName(job.name, job.id) })}
              onClick={() => restore(job)}
              testid="history-restore"
            >
              {t("history.restore")}
            </Button>
          </li>
        ))}
      </ul>
      {hasMore.value && <Button onClick={() => read(1)}>{t("history.more")}</Button>}
    </>
  );
}
