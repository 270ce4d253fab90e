// One hook: what it is for, and its scripts in their order.

import {
  mdiArrowLeft,
  mdiBookOpenVariant,
  mdiContentSave,
  mdiFlaskOutline,
  mdiPlus,
} from "@mdi/js";
import { useState } from "preact/hooks";
import type { Finding, Hook } from "../../live/types";
import { Button, confirm, Empty, Icon, toast, tried } from "../../ui";
import { t } from "../../words";
import { said } from "../settings/said";
import { Conflict } from "./conflict";
import {
  faultOfName,
  freshKey,
  freshName,
  MOST_SCRIPTS,
  moved,
  writeCondition,
  type Draft,
} from "./drafts";
import { DryRun, type Tried } from "./dryrun";
import { Findings } from "./findings";
import { nameOf } from "./names";
import { libraryPlace, LIST_PLACE } from "./places";
import { FixedScript, ScriptCard } from "./script";
import { drafts, drop, edit, found, isStale, save, scriptsOf } from "./store";

export function HookPage({ hook }: { hook: Hook }) {
  const name = hook.hook;
  const fixed = hook.scripts.filter((one) => one.from !== "api");
  const scripts = scriptsOf(name);
  const isUnsaved = drafts.value[name] !== undefined;
  const [open, setOpen] = useState<ReadonlySet<number>>(
    new Set(scripts.length === 1 ? [scripts[0]?.key ?? 0] : []),
  );
  const [tryOut, setTry] = useState<Tried | null>(null);
  const [conflict, setConflict] = useState(false);
  const taken = fixed.map((one) => one.name);
  const faults = scripts.map((_, at) => faultOfName(scripts, at, taken));

  const store = async (over: boolean): Promise<void> => {
    const bad = scripts.filter((_, at) => faults[at] !== null);
    if (bad.length > 0) {
      setOpen(new Set([...open, ...bad.map((one) => one.key)]));
      toast(t("scripts.look_at_names"), { kind: "error" });
      return;
    }
    const did = await tried(save(name, over));
    setConflict(did === "conflict");
    if (did === "saved") toast(t("scripts.saved", { name: nameOf(name) }));
  };
  const add = (): void => {
    const key = freshKey(scripts);
    const names = [...taken, ...scripts.map((one) => one.name)];
    const fresh: Draft = {
      key,
      name: freshName(t("scripts.new_name"), names),
      gcode: "",
      condition: "",
      on: true,
    };
    edit(name, (all) => [...all, fresh]);
    setOpen(new Set([...open, key]));
  };
  const toggle = (key: number): void =>
    setOpen(new Set(open.has(key) ? [...open].filter((one) => one !== key) : [...open, key]));
  const change = (key: number, fields: Partial<Draft>): void =>
    edit(name, (all) => all.map((one) => (one.key === key ? { ...one, ...fields } : one)));

  return (
    <section
      class="card scripts-detail"
      aria-label={nameOf(name)}
      data-testid="hook"
      data-hook={name}
    >
      <header class="scripts-detail-head">
        <a class="scripts-back" href={LIST_PLACE} aria-label={t("scripts.back")}>
          <Icon path={mdiArrowLeft} size={24} />
        </a>
        <div>
          <h2>
            {nameOf(name)} <code class="scripts-code">{name}</code>
          </h2>
          <p class="dim">{said(hook.when)}</p>
        </div>
      </header>
      <p class="scripts-note small">
        {t(name === "print_started" ? "scripts.sent_between" : "scripts.sent_together")}
      </p>
      <Warnings findings={found.value[name]} />
      {scripts.length + fixed.length === 0 && (
        <Empty icon={mdiFlaskOutline} title={t("scripts.none")}>
          {t("scripts.none_why")}
        </Empty>
      )}
      <ol class="scripts-list">
        {fixed.map((one, at) => (
          <FixedScript
            key={one.name}
            script={one}
            place={at + 1}
            onTry={() => setTry({ title: one.name, hook: name, script: one.gcode })}
          />
        ))}
        {scripts.map((one, at) => (
          <ScriptCard
            key={one.key}
            hook={name}
            script={one}
            place={fixed.length + at + 1}
            isFirst={fixed.length + at === 0}
            isOpen={open.has(one.key)}
            fault={faults[at] ?? null}
            onToggle={() => toggle(one.key)}
            onChange={(fields) => change(one.key, fields)}
            onSave={() => void store(false)}
            onTry={() => setTry(tryOf(name, one))}
            onMove={scripts.length > 1 ? (by) => edit(name, (all) => moved(all, at, by)) : null}
            canMoveUp={at > 0}
            canMoveDown={at < scripts.length - 1}
            onRemove={() => edit(name, (all) => all.filter((other) => other.key !== one.key))}
          />
        ))}
      </ol>
      <div class="scripts-more">
        <Button
          icon={mdiPlus}
          onClick={add}
          disabled={scripts.length >= MOST_SCRIPTS}
          testid="script-add"
        >
          {t("scripts.add")}
        </Button>
        {name === "clear_bed" && (
          <a class="button text" href={libraryPlace()}>
            <Icon path={mdiBookOpenVariant} size={20} />
            <span>{t("scripts.from_library")}</span>
          </a>
        )}
        {hook.scripts.length > 1 && (
          <Button
            icon={mdiFlaskOutline}
            disabled={isUnsaved}
            onClick={() => setTry({ title: nameOf(name), hook: name })}
            testid="hook-try"
          >
            {t(isUnsaved ? "scripts.dry_run_after_saving" : "scripts.dry_run_all")}
          </Button>
        )}
      </div>
      {isUnsaved && (
        <footer class="scripts-unsaved" data-testid="unsaved">
          <p>{t(isStale(name) ? "scripts.unsaved_stale" : "scripts.unsaved")}</p>
          <Button onClick={() => dropAsked(hook)} testid="drop">
            {t("scripts.drop")}
          </Button>
          <Button kind="primary" icon={mdiContentSave} onClick={() => store(false)} testid="save">
            {t("scripts.save")}
          </Button>
        </footer>
      )}
      {tryOut !== null && <DryRun about={tryOut} onClose={() => setTry(null)} />}
      {conflict && (
        <Conflict
          hook={hook}
          mine={scripts}
          onClose={() => setConflict(false)}
          onMine={() => store(true)}
          onTheirs={() => {
            drop(name);
            setConflict(false);
          }}
        />
      )}
    </section>
  );
}

/** A script that is off is tried as if it were on: what would it do? */
const tryOf = (hook: Hook["hook"], { name, gcode, condition }: Draft): Tried => ({
  title: name,
  hook,
  script: gcode,
  condition: writeCondition({ condition, on: true }),
});

async function dropAsked(hook: Hook): Promise<void> {
  const yes = await confirm({
    title: t("scripts.drop_title"),
    text: t("scripts.drop_text", { name: nameOf(hook.hook) }),
    yes: t("scripts.drop"),
    danger: true,
  });
  if (yes) drop(hook.hook);
}

/** What was found when it was saved, of all scripts together. */
function Warnings({ findings }: { findings: Finding[] | null | undefined }) {
  if (findings === undefined || findings?.length === 0) return null;
  if (findings === null) return <p class="scripts-note small">{t("scripts.saved_unchecked")}</p>;
  const stops = findings.some((one) => one.severity === "error");
  return (
    <div class="scripts-saved-found" role="status">
      <p>{t(stops ? "scripts.saved_with_errors" : "scripts.saved_with_warnings")}</p>
      <Findings findings={findings} named />
    </div>
  );
}
