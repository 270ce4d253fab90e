// One run in the list.

import { mdiClockOutline } from "@mdi/js";
import { printerNow } from "../../live/store";
import type { PastRun } from "../../live/types";
import { Icon, Thumbnail } from "../../ui";
import { t } from "../../words";
import { clock, duration, fileName, jobName } from "../../words/format";
import { said } from "../../words/server";
import { filament, signed } from "./amounts";
import { AgainMenu } from "./again";
import { dayName } from "./day";
import { detailsOf } from "./details";
import { off } from "./figures";
import { OutcomeChip } from "./outcome";

export function Row({ run, opensDay }: { run: PastRun; opensDay: boolean }) {
  return (
    <>
      {opensDay && <h3 class="history-day">{dayName(run.ended ?? 0, printerNow())}</h3>}
      <article class="history-row" data-testid="history-row" data-run={run.id}>
        <Thumbnail path={run.path} size={48} />
        <div class="history-row-names">
          <a class="history-name line" href={detailsOf(run.id)} title={run.path}>{fileName(run.path)}</a>
          <p class="line dim small">{whichCopy(run)}</p>
        </div>
        <div class="history-row-end">
          <OutcomeChip outcome={run.outcome} />
          <p class="line dim small" title={said(run.reason)}>{said(run.reason)}</p>
        </div>
        <div class="history-row-sums small number">
          <p class="line">
            <span class="sr-only">{t("history.ended_at")} </span>
            {clock(run.ended ?? 0)}
            <span aria-hidden="true"> · </span>
            <Icon path={mdiClockOutline} size={14} />
            {duration(run.print_duration)}
          </p>
          <p class="line dim">{againstEstimate(run)}</p>
        </div>
        <p class="history-row-filament small number">
          <span class="sr-only">{t("history.filament")} </span>
          {filament(run.filament_used)}
        </p>
        <AgainMenu run={run} />
      </article>
    </>
  );
}

/** "Boxes · copy 3 of 10 · pass 2" */
export function whichCopy(run: PastRun): string {
  const parts = [run.job_name && run.job_name !== run.path ? jobName(run.job_name, run.job_id) : ""];
  if (run.copy > 0 && run.copies > 1) {
    parts.push(t("history.copy_of", { copy: run.copy, copies: run.copies }));
  }
  if (run.pass > 0) parts.push(t("history.pass", { pass: run.pass + 1 }));
  return parts.filter(Boolean).join(" · ");
}

export function againstEstimate(run: PastRun): string {
  if (run.estimate === null) return t("history.no_estimate");
  const time = duration(run.estimate);
  const share = off(run);
  if (share === null) return t("history.estimated", { time });
  return t("history.estimated_off", { time, off: signed(share) });
}
