// A field that somebody typed in and that something else changed: both values, and a
// choice between them.

import type { ComponentChildren } from "preact";
import { mdiAlertOutline } from "@mdi/js";
import { Button, Icon } from "../../ui";
import { t } from "../../words";
import { moment } from "../../words/format";
import { printerNow } from "../../live/store";
import { disputed, kept, without, type Typed } from "./draft";
import { timeOf, type FormValue } from "./forms";

interface Props {
  field: string;
  /** The field, as its label says. */
  what: string;
  seen: FormValue;
  now: FormValue;
  mine: FormValue;
  onKeep: () => void;
  onTake: () => void;
}

/** What is to be decided about a field of this form, to be shown below it. */
export function disputesOf<F extends object>(
  form: F, held: Typed<F>, labels: Record<keyof F, () => string>, onHeld: (held: Typed<F>) => void,
): (field: keyof F) => ComponentChildren {
  const disputes = disputed(form, held);
  return (field) => {
    const entry = held[field];
    if (entry === undefined || !disputes.has(field)) return null;
    return (
      <Meanwhile
        key={field}
        field={String(field)}
        what={labels[field]()}
        seen={entry.seen as FormValue}
        now={form[field] as FormValue}
        mine={entry.mine as FormValue}
        onKeep={() => onHeld(kept(held, form, field))}
        onTake={() => onHeld(without(held, field))}
      />
    );
  };
}

function Meanwhile({ field, what, seen, now, mine, onKeep, onTake }: Props) {
  return (
    <Dispute
      text={t("edit.meanwhile", { what, seen: said(field, seen), now: said(field, now) })}
      keep={t("edit.keep_mine", { mine: said(field, mine) })}
      take={t("edit.take_theirs", { now: said(field, now) })}
      onKeep={onKeep}
      onTake={onTake}
    />
  );
}

export function Dispute({ text, keep, take, onKeep, onTake }: {
  text: string; keep: string; take: string; onKeep: () => void; onTake: () => void;
}) {
  return (
    <div class="edit-dispute" role="alert" tabIndex={-1} data-testid="edit-dispute">
      <p class="edit-dispute-text wrap"><Icon path={mdiAlertOutline} size={20} />{text}</p>
      <div class="edit-dispute-answers">
        <Button onClick={onTake} testid="edit-take">{take}</Button>
        <Button onClick={onKeep} testid="edit-keep">{keep}</Button>
      </div>
    </div>
  );
}

const LONG = 60;

/** A value as people read it. */
export function said(field: string, value: FormValue): string {
  if (typeof value === "boolean") return value ? t("edit.yes") : t("edit.no");
  const text = Array.isArray(value) ? value.map((one) => one || "–").join(", ") : value;
  if (field === "due" && text !== "") return moment(timeOf(text) ?? 0, printerNow());
  if (field === "on_failure" && text !== "") return FAILURES[text]?.() ?? text;
  if (text.trim() === "") return t("edit.nothing");
  return text.length > LONG ? `${text.slice(0, LONG)} …` : text;
}

const FAILURES: Record<string, () => string> = {
  stop: () => t("edit.failure_stop"),
  skip: () => t("edit.failure_skip"),
  hold: () => t("edit.failure_hold"),
  retry: () => t("edit.failure_retry"),
};
