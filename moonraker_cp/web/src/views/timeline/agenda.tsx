// The hours as a list: beside the band for those who read, and all there is on the phone.

import { useState } from "preact/hooks";
import { mdiClockStart, mdiFlagCheckered, mdiHelp, mdiPrinter3dNozzle, mdiWeatherNight } from "@mdi/js";
import { Button, Icon, Thumbnail } from "../../ui";
import { t } from "../../words";
import { clock, duration, fileName, moment } from "../../words/format";
import { HOURS, type Ahead } from "./ahead";
import { toRead, type Span } from "./plan";

const FEW = 5;

export function Agenda({ plan, isShort }: { plan: Ahead; isShort?: boolean }) {
  const [showsAll, setAll] = useState(false);
  const all = toRead(plan.spans).filter((one) => one.from < plan.until);
  const some = isShort && !showsAll && all.length > FEW + 1 ? all.slice(0, FEW) : all;
  const isCut = some.length < all.length;
  return (
    <>
      <ol class="timeline-list" aria-label={t("timeline.title", { n: HOURS })} data-testid="timeline-list">
        {some.map((one) => <Line key={`${one.what}${one.from}`} one={one} now={plan.now} />)}
        {!isCut && plan.unknown !== null && plan.unknown.why !== "run" && <Unknown plan={plan} />}
        {!isCut && plan.end !== null && plan.end < plan.until && <End plan={plan} />}
      </ol>
      {isCut && (
        <Button kind="text" onClick={() => setAll(true)}>{t("timeline.all", { n: all.length })}</Button>
      )}
    </>
  );
}

const ICONS = {
  print: mdiPrinter3dNozzle, bed: mdiPrinter3dNozzle, quiet: mdiWeatherNight, start_time: mdiClockStart,
} as const;

function Line({ one, now }: { one: Span; now: number }) {
  return (
    <li class={`timeline-line ${one.what}${one.isSure ? "" : " unsure"}${one.isRunning ? " running" : ""}`}>
      <span class="timeline-rail">
        {one.copy === undefined
          ? <Icon path={ICONS[one.what]} size={20} />
          : <Thumbnail path={one.copy.path} size={36} />}
      </span>
      <div class="timeline-words">
        <p class="line" title={one.copy?.path}>{nameOf(one)}</p>
        <p class="small dim number">{timesOf(one, now)}</p>
      </div>
    </li>
  );
}

function nameOf(one: Span): string {
  if (one.what === "quiet") return t("timeline.waits_quiet");
  if (one.what === "start_time") return t("timeline.waits_start");
  if (one.what === "bed") return t("timeline.bed");
  const name = fileName(one.copy?.path ?? "");
  return one.n > 1 ? t("timeline.copies", { n: one.n, name }) : name;
}

function timesOf(one: Span, now: number): string {
  const from = moment(one.from, now);
  const isSameDay = new Date(one.from * 1000).toDateString() === new Date(one.to * 1000).toDateString();
  const isFromShown = one.what === "print" && !one.isRunning;
  const to = isSameDay && isFromShown ? clock(one.to) : moment(one.to, now);
  if (one.isRunning) {
    return one.to > now ? t("timeline.prints_until", { time: to }) : t("timeline.prints_open");
  }
  if (one.what !== "print") return t("timeline.until", { time: to });
  const length = duration(one.to - one.from);
  return one.isSure
    ? t("timeline.from_to", { from, to, length })
    : t("timeline.earliest", { from, to, length });
}

/** One line of it, as for a tip. */
export const spanWords = (one: Span, now: number): string => `${nameOf(one)}: ${timesOf(one, now)}`;

const Unknown = ({ plan }: { plan: Ahead }) => (
  <li class="timeline-line unknown">
    <span class="timeline-rail"><Icon path={mdiHelp} size={20} /></span>
    <div class="timeline-words">
      <p class="line">{fileName(plan.unknown?.copy?.path ?? "")}</p>
      <p class="small dim">{t("timeline.nobody_knows")}</p>
    </div>
  </li>
);

function End({ plan }: { plan: Ahead }) {
  const time = moment(plan.end ?? plan.now, plan.now);
  const isSure = plan.spans.at(-1)?.isSure ?? true;
  return (
    <li class="timeline-line end">
      <span class="timeline-rail"><Icon path={mdiFlagCheckered} size={20} /></span>
      <div class="timeline-words">
        <p>{isSure ? t("timeline.all_done", { time }) : t("timeline.all_done_earliest", { time })}</p>
      </div>
    </li>
  );
}
