// Fields that adding and editing share.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { mdiMinus, mdiPlus } from "@mdi/js";
import { Field, IconButton, Select } from "../../ui";
import { t } from "../../words";
import { number } from "../../words/format";
import { whole, type Limits, type SetForm, type Wrong } from "./forms";

export type OneWrong = Limits | "needed" | "long" | undefined;

export function wordsOfWrong(wrong: OneWrong): string | undefined {
  if (wrong === undefined) return undefined;
  if (wrong === "needed") return t("edit.needed");
  if (wrong === "long") return t("edit.too_long");
  return t("edit.limits", { least: number(wrong[0]), most: number(wrong[1]) });
}

interface CountProps {
  /** What is counted; shown above it. */
  label: string;
  /** Of what; for those who do not see where it stands. */
  of?: string;
  value: string;
  onValue: (value: string) => void;
  least?: number;
  most: number;
  wrong?: OneWrong;
  disabled?: boolean;
  compact?: boolean;
  testid?: string;
}

/** A number with a button to either side. */
export function Count(props: CountProps) {
  const { label, of, value, onValue, least = 0, most, disabled = false } = props;
  const id = useId();
  const now = whole(value, -Infinity, Infinity);
  const name = of === undefined ? label : t("edit.count_of", { what: label, name: of });
  const step = (by: number): void => {
    onValue(String(Math.min(most, Math.max(least, (now ?? least) + by))));
  };
  const about = wordsOfWrong(props.wrong);
  return (
    <div class={`field edit-count${about ? " wrong" : ""}${props.compact ? " compact" : ""}`}>
      <label for={id} class={props.compact ? "sr-only" : undefined}>
        {label}{of !== undefined && <span class="sr-only"> {of}</span>}
      </label>
      <span class="field-box">
        <IconButton
          icon={mdiMinus}
          label={t("edit.one_less", { name })}
          onClick={() => step(-1)}
          disabled={disabled || (now !== null && now <= least)}
        />
        <input
          id={id}
          class="number"
          inputMode="numeric"
          autoComplete="off"
          value={value}
          disabled={disabled}
          onFocus={(event) => event.currentTarget.select()}
          onInput={(event) => onValue(event.currentTarget.value)}
          aria-invalid={about ? true : undefined}
          aria-describedby={about ? `${id}-about` : undefined}
          data-testid={props.testid}
        />
        <IconButton
          icon={mdiPlus}
          label={t("edit.one_more", { name })}
          onClick={() => step(1)}
          disabled={disabled || (now !== null && now >= most)}
        />
      </span>
      {about && <p id={`${id}-about`} class="field-error">{about}</p>}
    </div>
  );
}

interface SetFieldsProps {
  form: SetForm;
  onField: <K extends keyof SetForm>(field: K, value: SetForm[K]) => void;
  wrong: Wrong<SetForm>;
  /** What is loaded, and what the file was sliced for: offered while typing. */
  materials: string[];
  /** What is shown below a field. */
  below?: (field: keyof SetForm) => ComponentChildren;
  testid?: string;
}

/** All of a set but its numbers. */
export function SetDetails({ form, onField, wrong, materials, below, testid = "set" }: SetFieldsProps) {
  return (
    <div class="edit-details">
      <Filaments form={form} onField={onField} wrong={wrong} materials={materials} />
      {below?.("materials")}
      {below?.("spools")}
      <div class="edit-grid">
        <Field
          label={t("edit.release_temperature")}
          value={form.release_temperature}
          onValue={(value) => onField("release_temperature", value)}
          unit="°C"
          inputMode="decimal"
          autoComplete="off"
          placeholder={t("edit.as_options")}
          hint={t("edit.release_hint")}
          error={wordsOfWrong(wrong.release_temperature)}
          testid={`${testid}-release`}
        />
        <Select
          label={t("edit.on_failure")}
          value={form.on_failure}
          onValue={(value) => onField("on_failure", value)}
          options={[
            { value: "", label: t("edit.as_options") },
            { value: "stop", label: t("edit.failure_stop") },
            { value: "skip", label: t("edit.failure_skip") },
            { value: "hold", label: t("edit.failure_hold") },
            { value: "retry", label: t("edit.failure_retry") },
          ]}
          testid={`${testid}-on-failure`}
        />
        <Field
          label={t("edit.retries")}
          value={form.retries}
          onValue={(value) => onField("retries", value)}
          inputMode="numeric"
          autoComplete="off"
          placeholder={t("edit.as_options")}
          error={wordsOfWrong(wrong.retries)}
          testid={`${testid}-retries`}
        />
        <Field
          label={t("edit.profiles")}
          value={form.profiles}
          onValue={(value) => onField("profiles", value)}
          autoComplete="off"
          hint={t("edit.profiles_hint")}
          testid={`${testid}-profiles`}
        />
      </div>
      {below?.("release_temperature")}
      {below?.("on_failure")}
      {below?.("retries")}
      {below?.("profiles")}
    </div>
  );
}

const MOST_TOOLS = 32;

/** A row for each tool: what it has to hold. */
function Filaments({ form, onField, wrong, materials }: Omit<SetFieldsProps, "below">) {
  const list = useId();
  const tools = Math.max(1, form.materials.length, form.spools.length);
  const put = (field: "materials" | "spools", tool: number, value: string): void => {
    const all = Array.from({ length: tools }, (_, at) => form[field][at] ?? "");
    all[tool] = value;
    onField(field, all);
  };
  const name = (tool: number): string => (tools === 1 ? "" : ` T${tool}`);
  return (
    <fieldset class="edit-filaments">
      <legend class="sr-only">{t("edit.filaments")}</legend>
      <datalist id={list}>{materials.map((one) => <option key={one} value={one} />)}</datalist>
      {Array.from({ length: tools }, (_, tool) => (
        <div key={tool} class="edit-tool">
          <Field
            label={t("edit.material") + name(tool)}
            value={form.materials[tool] ?? ""}
            onValue={(value) => put("materials", tool, value)}
            list={list}
            autoComplete="off"
            placeholder={t("edit.as_file")}
          />
          <Field
            label={t("edit.spool") + name(tool)}
            value={form.spools[tool] ?? ""}
            onValue={(value) => put("spools", tool, value)}
            inputMode="numeric"
            autoComplete="off"
            placeholder={t("edit.any")}
            error={isWrongSpool(form.spools[tool] ?? "", wrong) ? t("edit.spool_wrong") : undefined}
          />
        </div>
      ))}
      <p class="field-hint">{t("edit.material_hint")}</p>
      {tools < MOST_TOOLS && (
        <button
          type="button"
          class="button text edit-more-tools"
          onClick={() => onField("materials", [...padded(form.materials, tools), ""])}
        >
          {t("edit.one_more_tool")}
        </button>
      )}
    </fieldset>
  );
}

const padded = (all: string[], length: number): string[] =>
  Array.from({ length }, (_, at) => all[at] ?? "");

function isWrongSpool(typed: string, wrong: Wrong<SetForm>): boolean {
  const limits = wrong.spools;
  return Array.isArray(limits) && typed.trim() !== "" &&
    whole(typed, limits[0] as number, limits[1] as number) === null;
}
