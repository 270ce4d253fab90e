// What comes next, when, and why; and why the jobs before it do not.

import type { WordKey } from "../../words";
import {
  mdiAccountOutline, mdiBroom, mdiFlagCheckered, mdiPlay, mdiThermometerChevronDown,
  mdiPrinter3dNozzleOutline,
} from "@mdi/js";
import { useClock } from "../../live/clock";
import { jobsById } from "../../live/store";
import type { PassedOver, State, Step } from "../../live/types";
import { Card, Icon } from "../../ui";
import { t } from "../../words";
import { duration, fileName, moment } from "../../words/format";
import { said } from "../../words/server";
import { passedOver } from "./situation";

const STEPS: Record<Step["what"], { icon: string; words: WordKey }> = {
  print_ends: { icon: mdiPrinter3dNozzleOutline, words: "step.print_ends" },
  bed_cools: { icon: mdiThermometerChevronDown, words: "step.bed_cools" },
  clearing: { icon: mdiBroom, words: "step.clearing" },
  person: { icon: mdiAccountOutline, words: "step.person" },
  print_starts: { icon: mdiPlay, words: "step.print_starts" },
  finishing: { icon: mdiFlagCheckered, words: "step.finishing" },
};

export function NextCard({ now }: { now: State }) {
  const over = passedOver(now);
  if (now.next.length === 0 && over.length === 0) return null;
  return (
    <Card title={t("next.title")} testid="next">
      <div class="next">
        {now.next.length > 0 && (
          <ol class="steps">
            {now.next.map((step, at) => (
              <OneStep key={at} step={step} isClear={now.bed.state === "clear"} />
            ))}
          </ol>
        )}
        {now.chosen && <p class="small dim wrap">{said(now.chosen)}</p>}
        <PassedOverJobs over={over} />
      </div>
    </Card>
  );
}

/** isClear: the bed; then the person has but to press Start. */
function OneStep({ step, isClear }: { step: Step; isClear: boolean }) {
  const clock = useClock();
  const { icon, words: usual } = STEPS[step.what];
  const words = step.what === "person" && isClear ? "step.person_start" : usual;
  return (
    <li>
      <Icon path={icon} size={20} />
      <span class="wrap">{t(words, { file: step.path === null ? "" : fileName(step.path) })}</span>
      {step.expected !== null && step.expected > clock && (
        <span class="small dim number" title={moment(step.expected, clock)}>
          {t("next.in", { time: duration(step.expected - clock) })}
        </span>
      )}
    </li>
  );
}

function PassedOverJobs({ over }: { over: PassedOver[] }) {
  if (over.length === 0) return null;
  const jobs = jobsById.value;
  return (
    <details class="passed small">
      <summary>{t("next.passed", { n: over.length })}</summary>
      <ul>
        {over.map((one) => (
          <li key={one.job_id}>
            <strong class="wrap">{jobs.get(one.job_id)?.name ?? one.job_id}</strong>{" "}
            <span class="wrap dim">{said(one.why)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
