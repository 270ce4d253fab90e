// The edit form of a job. It works while the job prints, and with others who edit, too.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import {
  mdiContentCopy, mdiDeleteOutline, mdiDeleteRestore, mdiExportVariant, mdiPrinter3dNozzle,
} from "@mdi/js";
import { restoreJobs } from "../../live/calls";
import { jobsById, state } from "../../live/store";
import type { Job } from "../../live/types";
import { Button, confirm, Dialog, Empty, Icon, Menu, toast, tried } from "../../ui";
import { t } from "../../words";
import { jobName } from "../../words/format";
import { Picker } from "../add/picker";
import { parentOf } from "../add/listing";
import { copy, exported, remove, save } from "./act";
import { hasDispute, isDirty, NOTHING, type Draft } from "./draft";
import { EMPTY_SET } from "./forms";
import { MainFields, OtherFields } from "./job_fields";
import { Sets } from "./sets";
import { useLoaded } from "./loaded";
import "../add/add.css";
import "./edit.css";

export default function Edit({ jobId, onClose }: { jobId: number; onClose: () => void }) {
  const job = jobsById.value.get(jobId);
  const draft = useSignal<Draft>(NOTHING);
  const isPicking = useSignal(false);
  const name = useRef("");
  const loaded = useLoaded();
  if (job !== undefined) name.current = job.name;
  const dirty = job === undefined ? draft.value !== NOTHING : isDirty(job, draft.value);

  const close = async (): Promise<void> => {
    const goes = !dirty || (await confirm({
      title: t("edit.leave_title"), text: t("edit.leave_text"), yes: t("edit.leave"), no: t("edit.stay"),
      danger: true,
    }));
    if (goes) onClose();
  };
  const fields = (held: Draft["job"]): void => {
    draft.value = { ...draft.value, job: held };
  };
  const saved = async (): Promise<boolean> => {
    const how = await save(jobId, () => draft.peek(), (key, id) => (draft.value = added(draft.peek(), key, id)));
    if (how === "saved") draft.value = NOTHING;
    else if (how === "disputed" || how === "wrong") showFirst();
    return how === "saved";
  };
  const submit = async (): Promise<void> => {
    if (!dirty) onClose();
    else if (await saved()) {
      toast(t("edit.saved", { name: name.current }));
      onClose();
    }
  };
  if (job === undefined) {
    return <Gone name={name.current} jobId={jobId} isTyped={dirty} onClose={onClose} />;
  }
  const first = async (then: () => unknown): Promise<void> => {
    if (!dirty || (await saved())) await then();
  };
  return (
    <>
      <Dialog
        title={t("edit.title", { name: jobName(job.name, job.id) })}
        onClose={() => void close()}
        onSubmit={submit}
        wide
        dismiss={false}
        testid="edit"
        actions={
          <>
            <Menu
              label={t("edit.more_actions")}
              testid="edit-menu"
              items={[
                { label: dirty ? t("edit.save_copy") : t("edit.copy"), icon: mdiContentCopy,
                  onClick: () => first(() => copy(job)), testid: "edit-copy" },
                { label: dirty ? t("edit.save_export") : t("edit.export"), icon: mdiExportVariant,
                  onClick: () => first(() => exported(job)), testid: "edit-export" },
                { label: t("edit.remove"), icon: mdiDeleteOutline, danger: true,
                  onClick: async () => (await remove(job)) && onClose(), testid: "edit-remove" },
              ]}
            />
            <span class="edit-gap" />
            <Button onClick={close}>{dirty ? t("edit.discard") : t("common.close")}</Button>
            <Button kind="primary" onClick={submit} testid="edit-save">{t("edit.save")}</Button>
          </>
        }
      >
        <Notices job={job} draft={draft.value} />
        <MainFields job={job} held={draft.value.job} onHeld={fields} />
        <Sets job={job} draft={draft.value} onDraft={(next) => (draft.value = next)}
          onAdd={() => (isPicking.value = true)} loaded={loaded} />
        <OtherFields job={job} held={draft.value.job} onHeld={fields} />
      </Dialog>
      {isPicking.value && (
        <PickFiles
          at={parentOf(job.sets.at(-1)?.path ?? "")}
          onClose={() => (isPicking.value = false)}
          onPaths={(paths) => (draft.value = withFiles(draft.value, paths))}
        />
      )}
    </>
  );
}

function Notices({ job, draft }: { job: Job; draft: Draft }) {
  const run = state.value?.run;
  const prints = run !== null && run !== undefined && run.job_id === job.id && run.ended === null;
  return (
    <>
      {prints && (
        <p class="edit-notice">
          <Icon path={mdiPrinter3dNozzle} size={20} />{t("edit.prints_notice")}
        </p>
      )}
      <p class="edit-summary" role="status">
        {hasDispute(job, draft) && <span class="edit-decide">{t("edit.decide")}</span>}
      </p>
    </>
  );
}

/** Nothing typed is lost: the form goes on when the job is back. */
function Gone({ name, jobId, isTyped, onClose }: {
  name: string; jobId: number; isTyped: boolean; onClose: () => void;
}) {
  return (
    <Dialog title={t("edit.title", { name })} onClose={onClose} testid="edit" dismiss={!isTyped}>
      <Empty
        icon={mdiDeleteRestore}
        title={t("edit.job_gone")}
        action={
          <Button kind="primary" onClick={() => tried(restoreJobs([jobId]))} testid="edit-restore">
            {t("edit.restore")}
          </Button>
        }
      >
        {isTyped ? t("edit.job_gone_typed") : t("edit.job_gone_hint")}
      </Empty>
    </Dialog>
  );
}

function PickFiles({ at, onClose, onPaths }: {
  at: string; onClose: () => void; onPaths: (paths: string[]) => void;
}) {
  const chosen = useSignal<string[]>([]);
  const folder = useSignal(at);
  const toggle = (path: string): void => {
    const all = chosen.value;
    chosen.value = all.includes(path) ? all.filter((one) => one !== path) : [...all, path];
  };
  return (
    <Dialog
      title={t("edit.add_files")}
      onClose={onClose}
      wide
      dismiss={false}
      testid="edit-pick"
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="primary" disabled={chosen.value.length === 0} testid="edit-pick-done"
            onClick={() => {
              onPaths(chosen.value);
              onClose();
            }}>
            {chosen.value.length === 0 ? t("add.next_none") : t("edit.take_files", { n: chosen.value.length })}
          </Button>
        </>
      }
    >
      <div class="add alone">
        <Picker chosen={new Set(chosen.value)} onToggle={toggle} at={folder.value}
          onFolder={(path) => (folder.value = path)} />
      </div>
    </Dialog>
  );
}

let last = 0;

const withFiles = (draft: Draft, paths: string[]): Draft => ({
  ...draft,
  added: [...draft.added, ...paths.map((path) => ({ key: `new-${++last}`, path, form: EMPTY_SET }))],
});

/** A set that was to be added is there now. */
const added = (draft: Draft, key: string, id: number): Draft => ({
  ...draft,
  added: draft.added.filter((one) => one.key !== key),
  order: draft.order && {
    ...draft.order, mine: draft.order.mine.map((row) => (row === key ? id : row)),
  },
});

/** What has to be decided or put right comes into sight, and into the focus. */
function showFirst(): void {
  requestAnimationFrame(() => {
    const form = document.querySelector("dialog[data-testid=edit]");
    const found = form?.querySelector<HTMLElement>(".edit-dispute, [aria-invalid=true]");
    if (found) {
      found.scrollIntoView({ block: "center" });
      found.focus();
    } else toast(t("edit.too_long"), { kind: "error" }); // of the note, the one field without a mark
  });
}
