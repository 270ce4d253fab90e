// The big line: what is going on, why, and the one button that is needed now.

import {
  mdiAlertOctagonOutline, mdiBroom, mdiCheckCircleOutline, mdiClockOutline, mdiFlagCheckered,
  mdiHandBackRightOutline, mdiPauseCircleOutline, mdiPlayCircleOutline, mdiPrinter3dNozzle,
  mdiScriptTextOutline, mdiStopCircleOutline, mdiThermometerChevronDown,
} from "@mdi/js";
import { useClock } from "../../live/clock";
import { printer } from "../../live/store";
import type { State } from "../../live/types";
import { Button, Icon, Menu } from "../../ui";
import { known, t } from "../../words";
import { degrees, duration, moment, since } from "../../words/format";
import { said } from "../../words/server";
import { labelOf, perform } from "./perform";
import { acts, headline, isStartAWord, isWaiting, tone, type Act, type Tone } from "./situation";

const ICONS: Partial<Record<State["phase"], string>> = {
  inactive: mdiStopCircleOutline,
  idle: mdiClockOutline,
  preparing: mdiClockOutline,
  starting: mdiPlayCircleOutline,
  printing: mdiPrinter3dNozzle,
  paused: mdiPauseCircleOutline,
  cooling: mdiThermometerChevronDown,
  clearing: mdiBroom,
  finishing: mdiFlagCheckered,
  script: mdiScriptTextOutline,
};

function iconOf(now: State, is: Tone): string {
  if (is === "error") return mdiAlertOctagonOutline;
  if (is === "act" && now.phase !== "paused") return mdiHandBackRightOutline;
  const isDone = now.phase === "idle" && ["done", "queue_empty"].includes(now.waits_for.code);
  return isDone ? mdiCheckCircleOutline : (ICONS[now.phase] ?? mdiClockOutline);
}

export function titleOf(now: State): string {
  for (const key of headline(now)) {
    const words = known(`state.${key}`);
    if (words !== null) return words;
  }
  return said(now.status);
}

export function StateCard({ now }: { now: State }) {
  const is = tone(now);
  return (
    <section class={`card state ${is}`} aria-label={t("now.state")} data-testid="state" data-phase={now.phase}>
      <span class="state-icon"><Icon path={iconOf(now, is)} size={40} /></span>
      <div class="state-words">
        <div aria-live="polite">
          <h2 class="wrap">{titleOf(now)}</h2>
          <Words now={now} />
        </div>
        <Times now={now} />
        {now.reason?.picture && <Picture address={now.reason.picture} />}
      </div>
      <Buttons now={now} />
    </section>
  );
}

function Words({ now }: { now: State }) {
  if (now.phase === "cooling" && now.cooling !== null && now.reason === null) {
    return <p>{t("now.cools_to", { target: degrees(now.cooling.target) })}</p>;
  }
  const { text, advice } = now.reason ?? now.waits_for;
  const next = now.question?.next;
  return (
    <>
      <p class="wrap" data-testid="reason">{said(text)}</p>
      {advice && <p class="wrap dim">{said(advice)}</p>}
      {next && <p class="wrap dim">{t("now.then_prints", { file: next })}</p>}
    </>
  );
}

/** Since when, and until when. */
function Times({ now }: { now: State }) {
  const clock = useClock();
  const from = now.reason?.since ?? now.waits_for.since ?? now.phase_since;
  const until = now.waits_for.until ?? now.cooling?.expected ?? null;
  const words = [
    from > 0 ? sinceOf(now, from, clock) : "",
    until !== null && until > clock
      ? t("now.until", { time: moment(until, clock), left: duration(until - clock) })
      : "",
  ].filter(Boolean);
  return <p class="small dim number">{words.join(" · ")}</p>;
}

function sinceOf(now: State, from: number, clock: number): string {
  const gone = clock - from;
  return isWaiting(now) && gone >= 10 ? t("now.waited", { time: duration(gone) }) : since(from, clock);
}

function Buttons({ now }: { now: State }) {
  const { main, side, more } = acts(now, printer.print_stats.value);
  const press = (act: Act) => () => perform(act, now);
  // Another question has buttons of its own: a finger that is down on one does not press
  // the one that takes its place.
  const keyOf = (act: Act): string => `${now.question?.id ?? ""} ${nameOf(act)}`;
  return (
    <div class="state-buttons">
      {isStartAWord(now) && <Hint>{t("now.start_is_a_word")}</Hint>}
      {main !== null && "own" in main && main.own === "start_clear" && <Hint>{t("now.look_first")}</Hint>}
      {main !== null && (
        <Button key={keyOf(main)} kind="primary" big onClick={press(main)} testid="main-action">
          {labelOf(main)}
        </Button>
      )}
      {side.map((act) => (
        <Button key={keyOf(act)} onClick={press(act)} testid={nameOf(act)}>{labelOf(act)}</Button>
      ))}
      {more.length > 0 && (
        <Menu
          key={`more ${now.question?.id ?? ""}`}
          label={t("now.more")}
          text={t("now.more")}
          testid="more-answers"
          items={more.map((act) => ({
            label: labelOf(act), onClick: press(act), testid: nameOf(act),
          }))}
        />
      )}
    </div>
  );
}

const Hint = ({ children }: { children: string }) => <p class="small state-hint">{children}</p>;

const nameOf = (act: Act): string => ("answer" in act ? `answer-${act.answer}` : `act-${act.own}`);

/** What a camera saw. Of another computer it is only linked: this page calls nobody. */
function Picture({ address }: { address: string }) {
  let url: URL;
  try {
    url = new URL(address, location.href);
  } catch {
    return null;
  }
  if (!url.protocol.startsWith("http")) return null;
  if (url.origin === location.origin) return <img class="state-picture" src={url.href} alt={t("now.picture")} />;
  return <p><a href={url.href} target="_blank" rel="noreferrer">{t("now.picture")}</a></p>;
}
