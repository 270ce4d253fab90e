// Charts over the runs that are chosen, and how well each file prints.

import { computed } from "@preact/signals";
import { printerNow } from "../../live/store";
import type { Outcome } from "../../live/types";
import { Card } from "../../ui";
import { t } from "../../words";
import { duration, fileName, number } from "../../words/format";
import { filament } from "./amounts";
import { Chart, Legend, TableOf } from "./chart";
import { charted, older, runs, shown } from "./data";
import { shortDay } from "./day";
import { FileRates } from "./file_rates";
import { dayBegins, OUTCOMES } from "./filter";
import { buckets, timed } from "./figures";
import { outcomeName } from "./outcome";

const HOUR = 3600;

const spread = computed(() => {
  const { since, until } = shown.value;
  const end = Math.min(until ?? Infinity, dayBegins(printerNow(), 1));
  // When not all is read, the days before what was read would look empty.
  const isAll = older.value === null && charted.value.length === (runs.value?.length ?? 0);
  return { ...buckets(charted.value, isAll ? (since ?? null) : null, end), isAll };
});
const pairs = computed(() => timed(charted.value));

export function Figures() {
  return (
    <div class="history-figures">
      <Prints />
      <Filament />
      <Estimates />
      <FileRates />
    </div>
  );
}

const Part = () =>
  spread.value.isAll ? null : (
    <p class="dim small">{t("history.charts_part", { n: charted.value.length })}</p>
  );

function Prints() {
  const { step, buckets: all } = spread.value;
  const title = step === "day" ? t("history.per_day") : t("history.per_week");
  const counts = (at: number): string => {
    const one = all[at];
    if (one === undefined) return "";
    const parts = OUTCOMES.filter((which) => one.outcomes[which] > 0)
      .map((which) => `${number(one.outcomes[which])} ${outcomeName(which)}`);
    return `${shortDay(one.begins)}: ${parts.join(", ") || t("history.no_prints")}`;
  };
  return (
    <Card title={title} testid="history-chart-prints">
      <div class="history-chart-card">
        <Part />
        <Chart
          label={title}
          make={(plot, colours) =>
            plot.stacks(
              all.map((one) => one.begins),
              OUTCOMES.map((which) => ({
                values: all.map((one) => one.outcomes[which]),
                fill: colours[which],
                pattern: PATTERNS[which],
              })),
            )}
          data={spread.value}
          said={counts}
        />
        <Legend items={OUTCOMES.map((which) => ({ name: outcomeName(which), look: which }))} />
        <TableOf
          caption={title}
          heads={[t("history.day"), ...OUTCOMES.map(outcomeName)]}
          rows={all.map((one) => [
            shortDay(one.begins), ...OUTCOMES.map((which) => number(one.outcomes[which])),
          ])}
        />
      </div>
    </Card>
  );
}

const PATTERNS: Record<Outcome, "full" | "lines" | "dots" | "cross"> = {
  success: "full", failure: "lines", cancelled: "dots", aborted: "cross",
};

function Filament() {
  const { step, buckets: all } = spread.value;
  const title = step === "day" ? t("history.filament_per_day") : t("history.filament_per_week");
  const said = (at: number): string => {
    const one = all[at];
    return one === undefined ? "" : `${shortDay(one.begins)}: ${filament(one.filament)}`;
  };
  return (
    <Card title={title} testid="history-chart-filament">
      <div class="history-chart-card">
        <Chart
          label={title}
          make={(plot, colours) =>
            plot.stacks(
              all.map((one) => one.begins),
              [{ values: all.map((one) => one.filament / 1000), fill: colours.plain, pattern: "full" }],
              " m",
            )}
          data={spread.value}
          said={said}
        />
        <TableOf
          caption={title}
          heads={[t("history.day"), t("history.filament")]}
          rows={all.map((one) => [shortDay(one.begins), filament(one.filament)])}
        />
      </div>
    </Card>
  );
}

function Estimates() {
  const all = pairs.value;
  const title = t("history.against_estimate");
  const said = (at: number): string => {
    const one = all[at];
    if (one === undefined) return "";
    return t("history.pair", {
      name: fileName(one.path), actual: duration(one.actual), estimate: duration(one.estimate),
    });
  };
  if (all.length === 0) {
    return <Card title={title}><p class="history-chart-card dim">{t("history.no_pairs")}</p></Card>;
  }
  return (
    <Card title={title} testid="history-chart-estimates">
      <div class="history-chart-card">
        <Chart
          label={t("history.against_estimate_label")}
          make={(plot, colours) =>
            plot.pairs(all.map((one) => one.estimate / HOUR), all.map((one) => one.actual / HOUR), colours)}
          data={all}
          said={said}
        />
        <p class="dim small">{t("history.against_estimate_why")}</p>
        <TableOf
          caption={title}
          heads={[t("history.file"), t("history.estimate"), t("history.actual")]}
          rows={all.map((one) => [fileName(one.path), duration(one.estimate), duration(one.actual)])}
        />
      </div>
    </Card>
  );
}
