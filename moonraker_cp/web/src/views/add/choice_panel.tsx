// What was chosen, how often, and as what.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { mdiClose, mdiPlaylistPlus } from "@mdi/js";
import { metadata } from "../../live/files";
import { Empty, Field, IconButton, Select, Switch, TextArea, Thumbnail } from "../../ui";
import { t } from "../../words";
import { duration, fileName, grams } from "../../words/format";
import { MOST_COPIES, wrongSet, type SetForm } from "../edit/forms";
import { Count, SetDetails, wordsOfWrong } from "../edit/parts";
import {
  counted, isTogether, isWrongCount, sums, wrongOptions, type Chosen, type Options,
} from "./choice";
import { Facts } from "./picker";

interface Props {
  chosen: Chosen[];
  onChosen: (chosen: Chosen[]) => void;
  options: Options;
  onOption: <K extends keyof Options>(field: K, value: Options[K]) => void;
  loaded: string[];
}

export function ChoicePanel(props: Props) {
  const { chosen, onChosen, options, onOption } = props;
  if (chosen.length === 0) {
    return (
      <div class="add-choice">
        <Empty icon={mdiPlaylistPlus} title={t("add.nothing_chosen")}>{t("add.choose_hint")}</Empty>
      </div>
    );
  }
  const together = isTogether(chosen, options);
  const wrong = wrongOptions(chosen, options);
  return (
    <div class="add-choice">
      <ul class="add-chosen" aria-label={t("add.chosen")}>
        {chosen.map((one) => (
          <ChosenRow
            key={one.path}
            one={one}
            onCount={(count) => onChosen(counted(chosen, one.path, count))}
            onRemove={() => onChosen(chosen.filter((other) => other !== one))}
          />
        ))}
      </ul>
      {chosen.length > 1 && (
        <Together together={options.together} n={chosen.length}
          onTogether={(value) => onOption("together", value)} />
      )}
      {together && chosen.length > 1 && (
        <Passes options={options} onOption={onOption} wrong={wordsOfWrong(wrong.passes) !== undefined} />
      )}
      {together && (
        <Field
          label={t("add.name")}
          value={options.name}
          onValue={(value) => onOption("name", value)}
          placeholder={defaultName(chosen)}
          autoComplete="off"
          testid="add-name"
        />
      )}
      <Select
        label={t("add.begin")}
        value={options.begin}
        onValue={(value) => onOption("begin", value)}
        options={[
          { value: "ready", label: t("add.begin_ready") },
          { value: "hold", label: t("add.begin_hold") },
          { value: "draft", label: t("add.begin_draft") },
        ]}
        hint={HINTS[options.begin]()}
        testid="add-begin"
      />
      <More {...props} />
    </div>
  );
}

const HINTS = {
  ready: () => t("add.hint_ready"),
  hold: () => t("add.hint_hold"),
  draft: () => t("add.hint_draft"),
};

export const severalName = (first: string, more: number): string =>
  t("add.name_several", { name: first, n: more });

function defaultName(chosen: Chosen[]): string {
  const first = fileName(chosen[0]?.path ?? "");
  return chosen.length === 1 ? first : severalName(first, chosen.length - 1);
}

function ChosenRow({ one, onCount, onRemove }: {
  one: Chosen; onCount: (count: string) => void; onRemove: () => void;
}) {
  const name = fileName(one.path);
  return (
    <li class="add-chosen-row" data-testid="add-chosen">
      <Thumbnail path={one.path} size={40} />
      <span class="add-row-words">
        <span class="wrap add-chosen-name">{name}</span>
        <span class="dim small number"><Facts path={one.path} /></span>
      </span>
      <Count
        label={t("edit.copies")} of={name} value={one.count} onValue={onCount} least={1}
        most={MOST_COPIES} wrong={isWrongCount(one) ? [1, MOST_COPIES] : undefined} compact
        testid="add-count"
      />
      <IconButton icon={mdiClose} label={t("add.not_this", { name })} onClick={onRemove} />
    </li>
  );
}

function Together({ together, n, onTogether }: {
  together: boolean; n: number; onTogether: (together: boolean) => void;
}) {
  const name = useId();
  const choice = (value: boolean, words: string): ComponentChildren => (
    <label class="add-radio">
      <input type="radio" name={name} checked={together === value} onChange={() => onTogether(value)} />
      <span>{words}</span>
    </label>
  );
  return (
    <fieldset class="add-together">
      <legend class="sr-only">{t("add.together")}</legend>
      {choice(true, t("add.as_one_job"))}
      {choice(false, t("add.as_several", { n }))}
    </fieldset>
  );
}

function Passes({ options, onOption, wrong }: Pick<Props, "options" | "onOption"> & { wrong: boolean }) {
  return (
    <div class="edit-passes">
      {!options.endless && (
        <Count label={t("edit.passes")} value={options.passes} least={1} most={MOST_COPIES}
          onValue={(value) => onOption("passes", value)}
          wrong={wrong ? [1, MOST_COPIES] : undefined} testid="add-passes" />
      )}
      <Switch label={t("edit.endless")} on={options.endless}
        onChange={(on) => onOption("endless", on)} testid="add-endless" />
    </div>
  );
}

function More({ chosen, options, onOption, loaded }: Props) {
  const wrong = wrongOptions(chosen, options);
  const wrongFields = wrongSet(options.set);
  const single = chosen.length === 1;
  const mustSee = wrong.priority !== undefined || wrong.note !== undefined ||
    (single && wrong.passes !== undefined) || Object.keys(wrongFields).length > 0;
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (mustSee) setOpen(true);
  }, [mustSee]);
  const sliced = chosen.map((one) => metadata(one.path).value?.filament_type ?? "");
  const materials = [...new Set([...loaded, ...sliced])].filter((one) => one !== "");
  const setField = <K extends keyof SetForm>(field: K, value: SetForm[K]): void =>
    onOption("set", { ...options.set, [field]: value });
  return (
    <details class="edit-more" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary data-testid="add-more">{t("add.more")}</summary>
      <div class="edit-details">
        {single && (
          <Passes options={options} onOption={onOption} wrong={wrong.passes !== undefined} />
        )}
        <div class="edit-grid">
          <Field
            label={t("edit.priority")}
            value={options.priority}
            onValue={(value) => onOption("priority", value)}
            inputMode="text"
            autoComplete="off"
            hint={t("edit.priority_hint")}
            error={wordsOfWrong(wrong.priority)}
            testid="add-priority"
          />
          <Field
            label={t("edit.due")}
            type="datetime-local"
            value={options.due}
            onValue={(value) => onOption("due", value)}
            testid="add-due"
          />
        </div>
        <TextArea label={t("edit.note")} value={options.note} rows={2}
          onValue={(value) => onOption("note", value)} testid="add-note"
          {...(wrong.note ? { hint: t("edit.too_long") } : {})} />
        {!single && <p class="dim small">{t("add.for_each")}</p>}
        <SetDetails form={options.set} onField={setField} wrong={wrongFields} materials={materials} testid="add" />
      </div>
    </details>
  );
}

/** "12 copies · 5 h 20 min · 140 g" */
export function Sum({ chosen, options }: { chosen: Chosen[]; options: Options }) {
  const all = sums(chosen, options, (path) => metadata(path).value);
  const time = all.seconds === 0 ? null : duration(all.seconds);
  const facts = [
    t("add.copies", { n: all.copies }),
    time && (all.unknown > 0 ? t("add.at_least", { time }) : time),
    all.grams > 0 && grams(all.grams),
  ].filter(Boolean);
  const text = facts.join(" · ");
  return <>{all.endless ? t("add.each_pass", { what: text }) : text}</>;
}
