// What the printer says of a script while it is typed.

import { useEffect, useState } from "preact/hooks";
import { checkScript } from "../../live/calls";
import { isOnline, printer } from "../../live/store";
import type { Finding, HookName } from "../../live/types";
import { wordsOf } from "../../ui";

export type Check =
  | { is: "empty"; findings: Finding[] }
  | { is: "checking"; findings: Finding[] } // those of before stay until there are new ones
  | { is: "done"; findings: Finding[] }
  | { is: "failed"; why: string; findings: Finding[] };

/** How long nobody has to type before it is asked, in milliseconds. */
const REST = 500;

/**
 * A script that reads what earlier ones of its hook put into `shared` cannot be looked at
 * alone: what is missing then is no fault of its own.
 */
export function together(findings: Finding[], script: string, isFirst: boolean): Finding[] {
  if (isFirst || !/\bshared\s*[.[]/.test(script)) return findings;
  return findings.map((one) =>
    one.code === "not_rendered"
      ? { ...one, severity: "warning" as const, code: "needs_earlier" }
      : one,
  );
}

export function useCheck(
  hook: HookName,
  script: string,
  condition: string,
  isFirst: boolean,
): Check {
  const [check, setCheck] = useState<Check>({ is: "checking", findings: [] });
  const online = isOnline.value;
  const ready = printer.webhooks.value?.state; // checked again when Klipper is back
  useEffect(() => {
    let isOld = false;
    if (script.trim() === "") {
      setCheck({ is: "empty", findings: [] });
      return;
    }
    setCheck((now) => ({ is: "checking", findings: now.findings }));
    const timer = setTimeout(() => {
      checkScript({ script, condition: condition.trim(), hook }).then(
        (report) => {
          if (isOld) return;
          setCheck({
            is: "done",
            findings: together(report.findings, script + condition, isFirst),
          });
        },
        (error: unknown) => {
          if (!isOld) setCheck({ is: "failed", why: wordsOf(error), findings: [] });
        },
      );
    }, REST);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [hook, script, condition, isFirst, online, ready]);
  return check;
}
