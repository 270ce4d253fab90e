// Ways to get a part off the bed, to choose from.

import { mdiArrowLeft, mdiCheck, mdiContentCopy, mdiFlaskOutline } from "@mdi/js";
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { library, libraryScript } from "../../live/calls";
import { isOnline } from "../../live/store";
import type { Procedure, ProcedureParameter } from "../../live/types";
import { Button, Empty, Field, Icon, Loading, wordsOf } from "../../ui";
import { t } from "../../words";
import { number } from "../../words/format";
import { copyText } from "../settings/copy";
import { said } from "../settings/said";
import { DryRun } from "./dryrun";
import Editor from "./editor";
import { nameOf } from "./names";
import {
  defaultsOf,
  faultOf,
  linesFor,
  valuesOf,
  type ParameterFault,
  type Typed,
} from "./parameters";
import { libraryPlace, LIST_PLACE } from "./places";
import { inWords, sourceOf } from "./sketch";
import { hookFor, useIt } from "./use";

// It is part of the program: read once.
const procedures = signal<Procedure[] | null>(null);

export function Library({ name }: { name: string | null }) {
  const [failed, setFailed] = useState("");
  const online = isOnline.value;
  useEffect(() => {
    if (procedures.peek() !== null || !online) return;
    library().then(
      (got) => {
        procedures.value = got.procedures;
        setFailed("");
      },
      (error: unknown) => setFailed(wordsOf(error)),
    );
  }, [online]);
  const all = procedures.value;
  if (all === null)
    return failed === "" ? <Loading /> : <Empty icon={mdiFlaskOutline} title={failed} />;
  const one = all.find((procedure) => procedure.name === name);
  return one === undefined ? (
    <Overview all={all} />
  ) : (
    <ProcedurePage key={one.name} procedure={one} />
  );
}

const Sketch = ({ of }: { of: Procedure }) => (
  <img src={sourceOf(inWords(of.sketch, said))} width={200} height={130} alt="" draggable={false} />
);

/** A sentence of the server, with what it names as it is written in the script. */
function Sentence({ text }: { text: string }) {
  const parts = said(text).split("`");
  return <>{parts.map((part, at) => (at % 2 ? <code>{part}</code> : part))}</>;
}

const Back = ({ to }: { to: string }) => (
  <a class="scripts-back always" href={to} aria-label={t("scripts.back")}>
    <Icon path={mdiArrowLeft} />
  </a>
);

function Overview({ all }: { all: Procedure[] }) {
  return (
    <section class="card scripts-detail" aria-label={t("scripts.library")} data-testid="library">
      <header class="scripts-detail-head">
        <a class="scripts-back" href={LIST_PLACE} aria-label={t("scripts.back")}>
          <Icon path={mdiArrowLeft} />
        </a>
        <div>
          <h2>{t("scripts.library")}</h2>
          <p class="dim">{t("scripts.library_what")}</p>
        </div>
      </header>
      <ul class="scripts-procedures">
        {all.map((one) => (
          <li key={one.name}>
            <a href={libraryPlace(one.name)}>
              <Sketch of={one} />
              <strong>{said(one.title)}</strong>
              <span class="small dim">{said(one.meaning)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ProcedurePage({ procedure }: { procedure: Procedure }) {
  const [typed, setTyped] = useState<Typed>(() => defaultsOf(procedure));
  const [isTrying, setTrying] = useState(false);
  const values = valuesOf(procedure, typed);
  const { script, problem, isReady } = useScript(procedure.name, values);
  const good = useRef(values);
  if (values !== null) good.current = values;
  const title = said(procedure.title);
  const hook = hookFor(procedure);
  return (
    <section class="card scripts-detail" aria-label={title} data-testid="procedure">
      <header class="scripts-detail-head">
        <Back to={libraryPlace()} />
        <div>
          <h2>{title}</h2>
          <p class="dim">{said(procedure.meaning)}</p>
        </div>
      </header>
      <div class="scripts-procedure">
        <Sketch of={procedure} />
        {procedure.assumes.length > 0 && (
          <div>
            <h3>{t("scripts.assumes")}</h3>
            <p class="small dim">{t("scripts.nobody_checks")}</p>
            <ul class="scripts-assumes">
              {procedure.assumes.map((one) => (
                <li key={one}>
                  <Sentence text={one} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      {procedure.parameters.length > 0 && (
        <div class="scripts-part">
          <h3>{t("scripts.numbers")}</h3>
          <div class="scripts-fields">
            {procedure.parameters.map((one) => (
              <Parameter
                key={one.name}
                parameter={one}
                text={typed[one.name] ?? ""}
                onText={(text) => setTyped((now) => ({ ...now, [one.name]: text }))}
              />
            ))}
          </div>
        </div>
      )}
      {hook === "clear_bed" && good.current !== null && <Needed lines={linesFor(good.current)} />}
      <div class="scripts-part">
        <h3>{t("scripts.the_script")}</h3>
        {problem !== "" && <p class="scripts-verdict error wrap">{problem}</p>}
        {script !== null && (
          <Editor label={t("scripts.the_script")} value={script} testid="procedure-script" />
        )}
        <div class="scripts-script-actions">
          <Button
            kind="text"
            icon={mdiContentCopy}
            disabled={!isReady}
            onClick={() => copyText(script ?? "")}
          >
            {t("scripts.copy")}
          </Button>
          <span class="scripts-gap" />
          <Button icon={mdiFlaskOutline} disabled={!isReady} onClick={() => setTrying(true)}>
            {t("scripts.dry_run")}
          </Button>
          <Button
            kind="primary"
            icon={mdiCheck}
            disabled={!isReady}
            onClick={() => useIt(procedure, script ?? "")}
            testid="use-it"
          >
            {t("scripts.use_it")}
          </Button>
        </div>
        <p class="small dim">{t("scripts.use_where", { hook: nameOf(hook) })}</p>
      </div>
      {isTrying && script !== null && (
        <DryRun about={{ title, hook, script }} onClose={() => setTrying(false)} />
      )}
    </section>
  );
}

const REST = 300;

interface Got {
  /** Of which numbers it is. */
  key: string;
  script: string | null;
  problem: string;
}

/** The script with these numbers. The one before stays on screen until the new one is there. */
function useScript(
  name: string,
  values: Record<string, number | string> | null,
): Got & { isReady: boolean } {
  const key = JSON.stringify(values);
  const [got, setGot] = useState<Got>({ key: "", script: null, problem: "" });
  useEffect(() => {
    const fail = (problem: string): void => setGot((now) => ({ key, script: now.script, problem }));
    if (values === null) {
      fail(t("scripts.look_at_numbers"));
      return;
    }
    let isOld = false;
    const timer = setTimeout(() => {
      libraryScript(name, values).then(
        ({ script }) => !isOld && setGot({ key, script, problem: "" }),
        (error: unknown) => !isOld && fail(wordsOf(error)),
      );
    }, REST);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [name, key, isOnline.value]);
  return { ...got, isReady: got.key === key && got.problem === "" && got.script !== null };
}

function Parameter({
  parameter,
  text,
  onText,
}: {
  parameter: ProcedureParameter;
  text: string;
  onText: (text: string) => void;
}) {
  const fault = faultOf(parameter, text);
  return (
    <Field
      label={parameter.name}
      value={text}
      unit={parameter.unit}
      hint={said(parameter.meaning)}
      error={fault === null ? undefined : wordsOfFault(fault, parameter)}
      inputMode={typeof parameter.default === "string" ? "text" : "decimal"}
      spellcheck={false}
      autocapitalize="off"
      onValue={onText}
      testid={`parameter-${parameter.name}`}
    />
  );
}

function wordsOfFault(fault: ParameterFault, { least, most }: ProcedureParameter): string {
  if (fault === "name") return t("scripts.no_macro_name");
  if (fault === "least") return t("scripts.at_least", { value: number(least ?? 0, digits(least)) });
  if (fault === "most") return t("scripts.at_most", { value: number(most ?? 0, digits(most)) });
  return t("scripts.no_number");
}

const digits = (value: number | null): number =>
  value === null || Number.isInteger(value) ? 0 : 1;

/** These stand in a file: they are copied there. */
function Needed({ lines }: { lines: string[] }) {
  return (
    <div class="scripts-part">
      <h3>{t("scripts.needs_conf")}</h3>
      <p class="small dim">{t("scripts.needs_conf_why")}</p>
      <div class="scripts-conf">
        <pre class="scripts-plain" tabIndex={0}>
          {lines.join("\n")}
        </pre>
        <Button kind="text" icon={mdiContentCopy} onClick={() => copyText(lines.join("\n"))}>
          {t("scripts.copy_lines")}
        </Button>
      </div>
    </div>
  );
}
