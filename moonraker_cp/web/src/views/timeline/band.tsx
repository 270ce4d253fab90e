// The hours from left to right. What it shows stands in the list, too.

import { mdiFlagCheckered, mdiHelp, mdiWeatherNight } from "@mdi/js";
import { useClock } from "../../live/clock";
import { Icon } from "../../ui";
import { t } from "../../words";
import { clock, fileName } from "../../words/format";
import type { Ahead } from "./ahead";
import type { Span } from "./plan";
import { spanWords } from "./agenda";
import { hourMarks } from "./marks";

const LABELLED = 0.03; // of the width: room for a word

export function Band({ plan }: { plan: Ahead }) {
  const length = plan.until - plan.now;
  const place = (from: number, to: number) => {
    const [left, right] = [share(plan, from), share(plan, to)];
    return { left: `${left * 100}%`, width: `${Math.max(0, right - left) * 100}%` };
  };
  return (
    <div class="timeline-band" aria-hidden="true" data-testid="timeline-band">
      <div class="timeline-lane">
        {plan.quiet.map((one) => (
          <span
            key={`quiet${one.from}`}
            class="timeline-quiet"
            style={place(one.from, one.to)}
            title={`${t("timeline.quiet")} ${clock(one.from)}–${clock(one.to)}`}
          >
            <Icon path={mdiWeatherNight} size={14} />
          </span>
        ))}
        {hourMarks(plan.now, plan.until).map((one) => (
          <i key={one.at} class={one.isDay ? "timeline-mark day" : "timeline-mark"} style={{ left: `${share(plan, one.at) * 100}%` }} />
        ))}
        {plan.spans.filter((one) => one.from < plan.until && one.to > plan.now).map((one) => (
          <Block key={`${one.what}${one.from}`} one={one} style={place(one.from, one.to)} plan={plan}
            isLabelled={(Math.min(one.to, plan.until) - Math.max(one.from, plan.now)) / length > LABELLED} />
        ))}
        {plan.unknown !== null && plan.unknown.from < plan.until && (
          <span class="timeline-unknown" style={place(plan.unknown.from, plan.until)}>
            <Icon path={mdiHelp} size={18} />
          </span>
        )}
        {plan.end !== null && plan.end < plan.until && (
          <span class="timeline-flag" style={{ left: `${share(plan, plan.end) * 100}%` }}>
            <Icon path={mdiFlagCheckered} size={18} />
          </span>
        )}
        <NowLine plan={plan} />
      </div>
      <div class="timeline-hours small dim">
        {hourMarks(plan.now, plan.until).filter((one) => one.isNamed).map((one) => (
          <span key={one.at} style={{ left: `${share(plan, one.at) * 100}%` }}>{one.name}</span>
        ))}
      </div>
    </div>
  );
}

/** 0 to 1: where on the band. */
const share = (plan: Ahead, at: number): number =>
  Math.min(1, Math.max(0, (at - plan.now) / (plan.until - plan.now)));

function Block({ one, style, plan, isLabelled }: {
  one: Span; style: { left: string; width: string }; plan: Ahead; isLabelled: boolean;
}) {
  if (one.what === "quiet" || one.what === "start_time") return null; // the shade says it
  const looks = [one.what, one.isSure ? "" : "unsure", one.isRunning ? "running" : ""];
  return (
    <span class={`timeline-block ${looks.filter(Boolean).join(" ")}`} style={style} title={spanWords(one, plan.now)}>
      {isLabelled && one.copy !== undefined && (
        <span class="line small">{one.n > 1 ? `${one.n} × ` : ""}{fileName(one.copy.path)}</span>
      )}
    </span>
  );
}

/** It moves between two plans, too. */
function NowLine({ plan }: { plan: Ahead }) {
  const now = useClock();
  return <span class="timeline-now" style={{ left: `${share(plan, now) * 100}%` }} />;
}
