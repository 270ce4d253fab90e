// The files of the job in the edit form.

import { mdiPlus } from "@mdi/js";
import { state } from "../../live/store";
import type { Job } from "../../live/types";
import { Button } from "../../ui";
import { t } from "../../words";
import { fileName } from "../../words/format";
import {
  gone, isOrderDisputed, moved, rows, type Draft, type Row,
} from "./draft";
import { setForm, type SetForm } from "./forms";
import { Dispute } from "./meanwhile";
import { AddedCard, RemovedCard, SetCard } from "./set_card";

interface Props {
  job: Job;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  onAdd: () => void;
  loaded: string[];
}

export function Sets({ job, draft, onDraft, onAdd, loaded }: Props) {
  const all = rows(job, draft);
  const run = state.value?.run;
  const place = (row: Row, at: number) => ({
    isFirst: at === 0,
    isLast: at === all.length - 1,
    onMove: (by: number) => onDraft(moved(job, draft, row.id, by)),
    loaded,
  });
  const card = (row: Row, at: number) => {
    if (row.kind === "added") {
      return (
        <AddedCard key={row.id} added={row.added} {...place(row, at)}
          onForm={(form) => onDraft(withForm(draft, row.id, form))}
          onRemove={() => onDraft({ ...draft, added: draft.added.filter((one) => one.key !== row.id) })} />
      );
    }
    const { set } = row;
    if (row.removed) {
      return (
        <RemovedCard key={row.id} path={set.path}
          onKeep={() => onDraft({ ...draft, removed: draft.removed.filter((id) => id !== set.id) })} />
      );
    }
    const held = draft.sets[set.id];
    return (
      <SetCard key={row.id} set={set} held={held?.typed ?? {}} {...place(row, at)}
        prints={run?.set_id === set.id && run.ended === null}
        onHeld={(typed) => onDraft({
          ...draft, sets: { ...draft.sets, [set.id]: { was: held?.was ?? set, typed } },
        })}
        onRemove={() => onDraft({ ...draft, removed: [...draft.removed, set.id] })} />
    );
  };
  return (
    <section class="edit-sets" aria-label={t("edit.files")}>
      <h3>{t("edit.files")}</h3>
      {isOrderDisputed(job, draft) && (
        <Dispute
          text={t("edit.order_meanwhile")}
          keep={t("edit.order_keep")}
          take={t("edit.order_take")}
          onKeep={() => onDraft({
            ...draft,
            order: draft.order && { ...draft.order, seen: job.sets.map((set) => set.id) },
          })}
          onTake={() => onDraft({ ...draft, order: null })}
        />
      )}
      <Gone job={job} draft={draft} onDraft={onDraft} />
      {all.length > 0 ? <ul>{all.map(card)}</ul> : <p class="dim">{t("edit.no_files")}</p>}
      <Button icon={mdiPlus} onClick={onAdd} testid="edit-add-set">{t("edit.add_files")}</Button>
    </section>
  );
}

/** Sets that somebody else took out while they were typed in. */
function Gone({ job, draft, onDraft }: Pick<Props, "job" | "draft" | "onDraft">) {
  const drop = (id: number): Draft["sets"] => {
    const { [id]: _, ...rest } = draft.sets;
    return rest;
  };
  return (
    <>
      {gone(job, draft).map(({ was, typed }) => {
        const mine = Object.entries(typed).map(([field, entry]) => [field, entry.mine] as const);
        const form: SetForm = { ...setForm(was), ...Object.fromEntries(mine) };
        const back = { key: `back-${was.id}`, path: was.path, form };
        return (
          <Dispute
            key={was.id}
            text={t("edit.set_gone", { name: fileName(was.path) })}
            keep={t("edit.set_back")}
            take={t("edit.set_let_go")}
            onKeep={() => onDraft({ ...draft, sets: drop(was.id), added: [...draft.added, back] })}
            onTake={() => onDraft({ ...draft, sets: drop(was.id) })}
          />
        );
      })}
    </>
  );
}

const withForm = (draft: Draft, key: string, form: SetForm): Draft => ({
  ...draft, added: draft.added.map((one) => (one.key === key ? { ...one, form } : one)),
});
