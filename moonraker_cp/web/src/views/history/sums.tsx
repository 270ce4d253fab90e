// Sums over all that is chosen, on screen or not.

import { t } from "../../words";
import { duration, number, percent } from "../../words/format";
import { filament, signed } from "./amounts";
import { sums } from "./data";

export function Sums() {
  const all = sums.value;
  if (all === null) return null;
  const rate = all.success_rate;
  return (
    <dl class="history-sums" data-testid="history-sums">
      <Tile name={t("history.prints")} value={number(all.runs)} />
      <Tile name={t("history.success_rate")} value={rate === null ? "–" : percent(rate)} />
      <Tile name={t("history.print_time")} value={duration(all.print_duration)} />
      <Tile name={t("history.filament")} value={filament(all.filament_used)} />
      <Tile name={t("history.ratio")} value={ratio(all.ratio)} />
    </dl>
  );
}

/** So much longer than the slicer said. */
export const ratio = (value: number | null): string => (value === null ? "–" : signed(value - 1));

const Tile = ({ name, value }: { name: string; value: string }) => (
  <div class="history-tile">
    <dt class="dim small">{name}</dt>
    <dd class="number line">{value}</dd>
  </div>
);
