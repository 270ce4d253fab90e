// One script of a hook: when it runs, and its text.

import {
  mdiArrowDown,
  mdiArrowUp,
  mdiChevronDown,
  mdiChevronRight,
  mdiDeleteOutline,
  mdiFlaskOutline,
} from "@mdi/js";
import { useId, useState } from "preact/hooks";
import type { HookName, HookScript } from "../../live/types";
import { Button, Chip, Field, Icon, IconButton, Spinner, Switch } from "../../ui";
import { t } from "../../words";
import { useCheck, type Check } from "./check";
import { writeCondition, type Draft, type NameFault } from "./drafts";
import Editor from "./editor";
import { Findings } from "./findings";

interface ScriptProps {
  hook: HookName;
  script: Draft;
  place: number;
  isFirst: boolean;
  isOpen: boolean;
  fault: NameFault | null;
  onToggle: () => void;
  onChange: (fields: Partial<Draft>) => void;
  onSave: () => void;
  onTry: () => void;
  onMove: ((by: -1 | 1) => void) | null;
  canMoveUp: boolean;
  canMoveDown: boolean;
  onRemove: () => void;
}

const FAULTS = {
  empty: "scripts.name_empty",
  twice: "scripts.name_twice",
  taken: "scripts.name_taken",
} as const;

export function ScriptCard(props: ScriptProps) {
  const { script, isOpen, place } = props;
  const name = script.name.trim() || t("scripts.unnamed");
  const body = useId();
  return (
    <li class={`scripts-script${script.on ? "" : " off"}`} data-testid="script">
      <div class="scripts-script-head">
        <button
          type="button"
          class="scripts-unfold"
          aria-expanded={isOpen}
          aria-controls={isOpen ? body : undefined}
          onClick={props.onToggle}
        >
          <Icon path={isOpen ? mdiChevronDown : mdiChevronRight} />
          <span class="number dim">{place}.</span>
          <span class="line">{name}</span>
          {!script.on && <Chip>{t("scripts.is_off")}</Chip>}
          {script.on && script.condition.trim() !== "" && (
            <Chip kind="info">{t("scripts.has_condition")}</Chip>
          )}
          {props.fault !== null && <Chip kind="error">{t("scripts.error")}</Chip>}
        </button>
        {props.onMove && (
          <>
            <IconButton
              icon={mdiArrowUp}
              label={t("scripts.move_up", { name })}
              disabled={!props.canMoveUp}
              onClick={() => props.onMove?.(-1)}
            />
            <IconButton
              icon={mdiArrowDown}
              label={t("scripts.move_down", { name })}
              disabled={!props.canMoveDown}
              onClick={() => props.onMove?.(1)}
            />
          </>
        )}
      </div>
      {isOpen && (
        <div id={body} class="scripts-script-body">
          <Form {...props} name={name} />
        </div>
      )}
    </li>
  );
}

function Form(props: ScriptProps & { name: string }) {
  const { script, hook, onChange, name } = props;
  // As it would be sent, so that a script that is off is checked for what it says.
  const check = useCheck(
    hook,
    script.gcode,
    script.on ? writeCondition(script) : "",
    props.isFirst,
  );
  const [goTo, setGoTo] = useState<{ line: number } | null>(null);
  return (
    <>
      <div class="scripts-fields">
        <Field
          label={t("scripts.name")}
          value={script.name}
          maxLength={100}
          error={props.fault === null ? undefined : t(FAULTS[props.fault])}
          onValue={(value) => onChange({ name: value })}
          testid="script-name"
        />
        <Field
          label={t("scripts.condition")}
          value={script.condition}
          maxLength={980}
          placeholder={t("scripts.always")}
          hint={t("scripts.condition_hint")}
          spellcheck={false}
          autocapitalize="off"
          onValue={(value) => onChange({ condition: value })}
          testid="script-condition"
        />
      </div>
      <Editor
        label={t("scripts.gcode_of", { name })}
        value={script.gcode}
        onValue={(value) => onChange({ gcode: value })}
        onSave={props.onSave}
        findings={check.findings}
        goTo={goTo}
        testid="script-gcode"
      />
      <Checked check={check} onLine={(line) => setGoTo({ line })} />
      <div class="scripts-script-actions">
        <Switch
          label={t("scripts.runs")}
          on={script.on}
          onChange={(on) => onChange({ on })}
          testid="script-on"
        />
        <span class="scripts-gap" />
        <Button kind="text" icon={mdiDeleteOutline} onClick={props.onRemove} testid="script-remove">
          {t("scripts.remove")}
        </Button>
        <Button
          icon={mdiFlaskOutline}
          disabled={check.is === "empty"}
          onClick={props.onTry}
          testid="script-try"
        >
          {t("scripts.dry_run")}
        </Button>
      </div>
    </>
  );
}

function Checked({ check, onLine }: { check: Check; onLine: (line: number) => void }) {
  const { findings } = check;
  return (
    <div class="scripts-checked">
      <p class="small dim scripts-check-state" role="status" data-testid="check" data-is={check.is}>
        {check.is === "checking" ? (
          <>
            <Spinner size={14} /> {t("scripts.checking")}
          </>
        ) : check.is === "empty" ? (
          t("scripts.check_empty")
        ) : check.is === "failed" ? (
          t("scripts.not_checked", { why: check.why })
        ) : findings.length === 0 ? (
          t("scripts.check_good")
        ) : (
          t("scripts.check_found", { n: findings.length })
        )}
      </p>
      {findings.length > 0 && <Findings findings={findings} onLine={onLine} />}
    </div>
  );
}

/** A script of moonraker.conf: shown, and edited there. */
export function FixedScript({
  script,
  place,
  onTry,
}: {
  script: HookScript;
  place: number;
  onTry: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li class="scripts-script" data-testid="script">
      <div class="scripts-script-head">
        <button
          type="button"
          class="scripts-unfold"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon path={isOpen ? mdiChevronDown : mdiChevronRight} />
          <span class="number dim">{place}.</span>
          <span class="line">{script.name}</span>
          <Chip>moonraker.conf</Chip>
        </button>
      </div>
      {isOpen && (
        <div class="scripts-script-body">
          <p class="small dim">{t("scripts.edited_there")}</p>
          <Editor label={t("scripts.gcode_of", { name: script.name })} value={script.gcode} />
          <div class="scripts-script-actions">
            <span class="scripts-gap" />
            <Button icon={mdiFlaskOutline} onClick={onTry}>
              {t("scripts.dry_run")}
            </Button>
          </div>
        </div>
      )}
    </li>
  );
}
