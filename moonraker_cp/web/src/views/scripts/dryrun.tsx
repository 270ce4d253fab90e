// The very G-code that a script would send now, with nothing sent.

import { mdiCancel, mdiCheckCircleOutline } from "@mdi/js";
import { useEffect, useState } from "preact/hooks";
import { simulateScript } from "../../live/calls";
import { call, isOnline, printer, state } from "../../live/store";
import type { HookName, ScriptReport } from "../../live/types";
import { Button, Dialog, Field, Icon, Select, Spinner, wordsOf } from "../../ui";
import { t } from "../../words";
import { degrees, fileName, number } from "../../words/format";
import Editor from "./editor";
import { Findings, wordOf } from "./findings";
import {
  AS_IS,
  asked,
  choices,
  LOOKED_AT,
  seenBy,
  temperature,
  type Pretence,
  type Seen,
} from "./pretend";

/** Without script: all scripts of the hook, as they are saved. */
export interface Tried {
  title: string;
  hook: HookName;
  script?: string;
  condition?: string;
}

type Result =
  | { is: "asking" }
  | { is: "failed"; why: string }
  | { is: "there"; report: ScriptReport; seen: Seen };

const REST = 400;

function useResult(about: Tried, pretence: Pretence): Result {
  const [result, setResult] = useState<Result>({ is: "asking" });
  const { script, condition, hook } = about;
  useEffect(() => {
    let isOld = false;
    const work = async (): Promise<void> => {
      try {
        const what = script === undefined ? { hook } : { hook, script, condition: condition ?? "" };
        const [seen, report] = await Promise.all([
          look(),
          simulateScript({ ...what, ...asked(pretence) }),
        ]);
        if (!isOld) setResult({ is: "there", report, seen });
      } catch (error) {
        if (!isOld) setResult({ is: "failed", why: wordsOf(error) });
      }
    };
    const timer = setTimeout(() => void work(), REST);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [script, condition, hook, pretence, isOnline.value]);
  return result;
}

/** Only to show it beside the result: without it there is a result, too. */
async function look(): Promise<Seen> {
  try {
    return (await call<{ status: Seen }>("printer.objects.query", { objects: LOOKED_AT })).status;
  } catch {
    return {};
  }
}

export function DryRun({ about, onClose }: { about: Tried; onClose: () => void }) {
  const [pretence, setPretence] = useState<Pretence>(AS_IS);
  const result = useResult(about, pretence);
  const set = (fields: Partial<Pretence>): void => setPretence((now) => ({ ...now, ...fields }));
  return (
    <Dialog
      title={t("scripts.dry_run_of", { name: about.title })}
      onClose={onClose}
      wide
      testid="dry-run"
      actions={
        <Button kind="primary" onClick={onClose}>
          {t("common.close")}
        </Button>
      }
    >
      <p class="dim">{t("scripts.dry_run_what")}</p>
      <Questions pretence={pretence} onSet={set} />
      <div aria-live="polite">
        {result.is === "asking" && <Spinner label={t("app.loading")} />}
        {result.is === "failed" && <p class="scripts-verdict error wrap">{result.why}</p>}
        {result.is === "there" && <Verdict report={result.report} />}
      </div>
      {result.is === "there" && (
        <>
          {result.report.findings.length > 0 && (
            <Findings findings={result.report.findings} named />
          )}
          {result.report.gcode !== null && (
            <Editor
              label={t("scripts.would_send")}
              value={result.report.gcode}
              testid="dry-run-gcode"
            />
          )}
          <StateUsed seen={result.seen} pretence={pretence} />
        </>
      )}
    </Dialog>
  );
}

function Verdict({ report }: { report: ScriptReport }) {
  const lines = report.gcode?.split("\n").length ?? 0;
  return (
    <>
      <p class={`scripts-verdict ${report.ok ? "success" : "error"}`} data-testid="verdict">
        <Icon path={report.ok ? mdiCheckCircleOutline : mdiCancel} />
        <span>
          {!report.ok
            ? t("scripts.would_stop")
            : report.gcode === null
              ? t("scripts.would_send_nothing")
              : t("scripts.would_send_lines", { n: lines })}
        </span>
      </p>
      {report.skipped.length > 0 && (
        <p class="small dim wrap">
          {t("scripts.skipped", { names: report.skipped.map(wordOf).join(", ") })}
        </p>
      )}
    </>
  );
}

function Questions({
  pretence,
  onSet,
}: {
  pretence: Pretence;
  onSet: (fields: Partial<Pretence>) => void;
}) {
  const sets = choices(state.value?.jobs ?? []);
  const bed = temperature(pretence.bed);
  return (
    <div class="scripts-fields">
      <Select
        label={t("scripts.for_print")}
        value={pretence.about}
        onValue={(about) => onSet({ about })}
        options={[
          { value: "", label: t("scripts.for_now") },
          ...sets.map((one) => ({
            value: one.value,
            label: `${one.job || fileName(one.path)} · ${fileName(one.path)}`,
          })),
          { value: "file", label: t("scripts.for_file") },
        ]}
        testid="dry-run-for"
      />
      {pretence.about === "file" && (
        <Field
          label={t("scripts.path")}
          value={pretence.path}
          placeholder="folder/part.gcode"
          onValue={(path) => onSet({ path })}
        />
      )}
      <Select
        label={t("scripts.homed")}
        value={pretence.homed}
        onValue={(homed) => onSet({ homed })}
        options={[
          { value: "as_is", label: t("scripts.as_is") },
          { value: "all", label: t("scripts.homed_all") },
          { value: "none", label: t("scripts.homed_none_pretend") },
        ]}
        testid="dry-run-homed"
      />
      {printer.heater_bed.value !== null && (
        <Field
          label={t("scripts.bed_temperature")}
          unit="°C"
          inputMode="decimal"
          placeholder={t("scripts.as_is")}
          value={pretence.bed}
          error={bed === null ? t("scripts.no_number") : undefined}
          onValue={(text) => onSet({ bed: text })}
          testid="dry-run-bed"
        />
      )}
    </div>
  );
}

/** What the script has looked at. */
function StateUsed({ seen, pretence }: { seen: Seen; pretence: Pretence }) {
  const used = seenBy(seen, pretence);
  const pretended = (is: boolean) => (is ? ` (${t("scripts.pretended")})` : "");
  const one = choices(state.value?.jobs ?? []).find((set) => set.value === pretence.about);
  const about = one?.path ?? (pretence.about === "file" ? pretence.path : "");
  const rows: [string, string][] = [
    [t("scripts.for_print"), about === "" ? t("scripts.for_now") : about],
    ...(used.homed === null
      ? []
      : [
          [
            t("scripts.homed"),
            (used.homed === "" ? t("scripts.homed_none") : used.homed.toUpperCase()) +
              pretended(used.isHomedPretended),
          ] as [string, string],
        ]),
    ...(used.position === null
      ? []
      : [
          [
            t("scripts.position"),
            used.position.map((value, at) => `${"XYZ"[at] ?? ""} ${number(value, 1)}`).join("  "),
          ] as [string, string],
        ]),
    ...(used.bed === null
      ? []
      : [
          [t("scripts.bed_temperature"), degrees(used.bed, 1) + pretended(used.isBedPretended)] as [
            string,
            string,
          ],
        ]),
  ];
  return (
    <section aria-label={t("scripts.state_used")}>
      <h3>{t("scripts.state_used")}</h3>
      <dl class="scripts-used small">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt class="dim">{name}</dt>
            <dd class="wrap number">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
