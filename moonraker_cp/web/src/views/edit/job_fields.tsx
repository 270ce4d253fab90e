// The fields of the job itself.

import type { Job } from "../../live/types";
import { Field, Switch, TextArea } from "../../ui";
import { t } from "../../words";
import { shownJob, typed, type Typed } from "./draft";
import {
  jobForm, MOST_COPIES, whole, wrongJob, type JobForm,
} from "./forms";
import { disputesOf } from "./meanwhile";
import { Count, wordsOfWrong } from "./parts";

interface Props {
  job: Job;
  held: Typed<JobForm>;
  onHeld: (held: Typed<JobForm>) => void;
}

const LABELS: Record<keyof JobForm, () => string> = {
  name: () => t("edit.name"),
  endless: () => t("edit.endless"),
  count: () => t("edit.passes"),
  remaining: () => t("edit.passes_left"),
  hold: () => t("edit.hold"),
  draft: () => t("edit.draft"),
  priority: () => t("edit.priority"),
  due: () => t("edit.due"),
  note: () => t("edit.note"),
};

/** A field's value, what is wrong with it, and how it is changed. */
function fieldsOf({ job, held, onHeld }: Props) {
  const form = jobForm(job);
  const now = shownJob(job, held);
  const put = <K extends keyof JobForm>(field: K, value: JobForm[K]): void =>
    onHeld(typed(held, form, field, value));
  const below = disputesOf(form, held, LABELS, onHeld);
  return { now, wrong: wrongJob(now), put, below };
}

/** Name, passes, and whether it is printed at all. */
export function MainFields(props: Props) {
  const { now, wrong, put, below } = fieldsOf(props);
  return (
    <>
      <Field label={t("edit.name")} value={now.name} onValue={(value) => put("name", value)}
        autoComplete="off" error={wordsOfWrong(wrong.name)} testid="edit-name" />
      {below("name")}
      <div class="edit-passes">
        {!now.endless && (
          <>
            <Count label={t("edit.passes")} value={now.count} most={MOST_COPIES}
              onValue={(value) => put("count", value)} wrong={wrong.count} testid="edit-passes" />
            <Count label={t("edit.passes_left")} value={now.remaining}
              most={whole(now.count, 0, MOST_COPIES) ?? MOST_COPIES}
              onValue={(value) => put("remaining", value)} wrong={wrong.remaining}
              testid="edit-remaining" />
          </>
        )}
        <Switch label={t("edit.endless")} on={now.endless}
          onChange={(on) => put("endless", on)} testid="edit-endless" />
      </div>
      {below("count")}
      {below("remaining")}
      {below("endless")}
      <div class="edit-switches">
        <Switch label={t("edit.hold")} on={now.hold} onChange={(on) => put("hold", on)} testid="edit-hold" />
        <Switch label={t("edit.draft")} on={now.draft} onChange={(on) => put("draft", on)} testid="edit-draft" />
      </div>
      {below("hold")}
      {below("draft")}
    </>
  );
}

export function OtherFields(props: Props) {
  const { now, wrong, put, below } = fieldsOf(props);
  return (
    <>
      <div class="edit-grid">
        <Field label={t("edit.priority")} value={now.priority} onValue={(value) => put("priority", value)}
          autoComplete="off" hint={t("edit.priority_hint")} error={wordsOfWrong(wrong.priority)}
          testid="edit-priority" />
        <Field label={t("edit.due")} type="datetime-local" value={now.due}
          onValue={(value) => put("due", value)} testid="edit-due" />
      </div>
      {below("priority")}
      {below("due")}
      <TextArea label={t("edit.note")} value={now.note} rows={2} onValue={(value) => put("note", value)}
        testid="edit-note" {...(wrong.note ? { hint: t("edit.too_long") } : {})} />
      {below("note")}
    </>
  );
}
