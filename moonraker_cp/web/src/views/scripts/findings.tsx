// What a check has found, as a list.

import { mdiAlertCircleOutline, mdiAlertOutline } from "@mdi/js";
import type { Finding } from "../../live/types";
import { Icon } from "../../ui";
import { known, t } from "../../words";
import { languageOf, said } from "../settings/said";

/** named: also say in which script. onLine: a press on a line goes there. */
export function Findings({
  findings,
  named,
  onLine,
}: {
  findings: Finding[];
  named?: boolean;
  onLine?: (line: number) => void;
}) {
  return (
    <ul class="scripts-findings">
      {findings.map((one, at) => (
        <li key={at}>
          <One finding={one} named={named} onLine={onLine} />
        </li>
      ))}
    </ul>
  );
}

/** A script that is sent along has no name of its own. */
export const wordOf = (script: string): string =>
  script === "script" ? t("scripts.this_script") : script;

function One({
  finding,
  named,
  onLine,
}: {
  finding: Finding;
  named: boolean | undefined;
  onLine: ((line: number) => void) | undefined;
}) {
  const { line, severity, code } = finding;
  // To correct it and to try it: both are right here.
  const hasAdvice = code !== "not_rendered" && code !== "needs_earlier";
  const isError = severity === "error";
  const title = known(`scripts_finding.${code}`);
  const words = t(isError ? "scripts.error" : "scripts.warning");
  return (
    <div class={`scripts-finding ${severity}`} data-testid="finding">
      <Icon path={isError ? mdiAlertCircleOutline : mdiAlertOutline} size={20} />
      <div class="wrap">
        <p>
          <strong>{[words, title].filter(Boolean).join(": ")}</strong>
          {named && finding.script !== "" && <span class="dim"> · {wordOf(finding.script)}</span>}
          {line !== null && ", "}
          {line !== null &&
            (onLine === undefined ? (
              <span class="scripts-at dim">{t("scripts.line", { line })}</span>
            ) : (
              <button type="button" class="scripts-line" onClick={() => onLine(line)}>
                {t("scripts.line", { line })}
              </button>
            ))}
        </p>
        <p>
          <span lang={languageOf(finding.text)}>{said(finding.text)}</span>
          {hasAdvice && (
            <span class="dim" lang={languageOf(finding.advice)}>
              {" "}
              {said(finding.advice)}
            </span>
          )}
        </p>
      </div>
    </div>
  );
}
