// The next 48 hours: what prints when, as far as anybody can know.

import { useEffect, useState } from "preact/hooks";
import { mdiAccountAlert, mdiFlagCheckered, mdiHelpCircleOutline } from "@mdi/js";
import { useClock } from "../../live/clock";
import { forecast, isOnline, readForecast, state } from "../../live/store";
import { Card, Icon } from "../../ui";
import { t } from "../../words";
import { duration, fileName, moment } from "../../words/format";
import { Agenda } from "./agenda";
import { ahead, HOURS, readOptions, type Ahead } from "./ahead";
import { Band } from "./band";
import { useMediaQuery } from "./wide";
import "./timeline.css";

const WIDE = "(min-width: 720px)";

export function Timeline() {
  const revision = state.value?.revision;
  const online = isOnline.value;
  useEffect(() => {
    if (online) void readOptions();
  }, [online]);
  useEffect(() => {
    if (online) void readForecast();
  }, [revision, online]);
  if (state.value === null || forecast.value === null) return null;
  return (
    <Card title={t("timeline.title", { n: HOURS })} testid="timeline">
      <Content />
    </Card>
  );
}

export default Timeline;

function Content() {
  const now = useMinute();
  const isWide = useMediaQuery(WIDE);
  const plan = ahead(now);
  if (plan === null) return null;
  const isEmpty = plan.spans.length === 0 && plan.unknown === null;
  return (
    <div class="timeline">
      <Result plan={plan} isEmpty={isEmpty} />
      {isWide && (!isEmpty || plan.quiet.length > 0) && <Band plan={plan} />}
      {!isEmpty && (isWide ? <Folded plan={plan} /> : <Agenda plan={plan} isShort />)}
      <Notes plan={plan} isEmpty={isEmpty} />
    </div>
  );
}

/** The list beside the band: what the band shows, in words. */
function Folded({ plan }: { plan: Ahead }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="timeline-folded" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("timeline.as_list")}</summary>
      {isOpen && <Agenda plan={plan} />}
    </details>
  );
}

function Result({ plan, isEmpty }: { plan: Ahead; isEmpty: boolean }) {
  return (
    <p class="timeline-result" data-testid="timeline-result">
      <Icon path={plan.unknown === null ? mdiFlagCheckered : mdiHelpCircleOutline} size={20} />
      <span class="wrap">{resultOf(plan, isEmpty)}</span>
    </p>
  );
}

function resultOf(plan: Ahead, isEmpty: boolean): string {
  const { end, unknown, now } = plan;
  if (isEmpty) return t("timeline.empty");
  if (unknown !== null) return unknownWords(plan);
  if (end === null) return t("timeline.more", { n: HOURS });
  const isSure = plan.spans.at(-1)?.isSure ?? true;
  const time = moment(end, now);
  return isSure ? t("timeline.done_by", { time }) : t("timeline.done_earliest", { time });
}

function unknownWords({ unknown, now }: Ahead): string {
  const name = fileName(unknown?.copy?.path ?? "");
  if (unknown?.why === "run") return t("timeline.unknown_run", { name });
  if (unknown?.why === "quiet") return t("timeline.unknown_quiet", { name });
  return t("timeline.unknown_length", { name, time: moment(unknown?.from ?? now, now) });
}

/** What the times rest on. */
function Notes({ plan, isEmpty }: { plan: Ahead; isEmpty: boolean }) {
  if (isEmpty) return null;
  const notes: string[] = [];
  if (plan.isPersonFirst) notes.push(personFirst());
  else if (plan.byHand) notes.push(t("timeline.by_hand"));
  if (plan.gap !== null) notes.push(t("timeline.gap", { time: duration(plan.gap) }));
  else notes.push(t("timeline.no_gap"));
  const isUrgent = plan.isPersonFirst || plan.byHand;
  return (
    <ul class="timeline-notes small dim">
      {notes.map((one, at) => (
        <li key={one}>
          {at === 0 && isUrgent && <Icon path={mdiAccountAlert} size={18} />}
          <span>{one}</span>
        </li>
      ))}
    </ul>
  );
}

function personFirst(): string {
  const queue = state.value;
  if (queue?.phase === "blocked") return t("timeline.person_blocked");
  if (queue?.phase === "paused") return t("timeline.person_paused");
  if (queue?.phase === "idle") return t("timeline.person_material");
  return t("timeline.person_stopped");
}

/** The plan changes with the queue, and else as the minutes go. */
function useMinute(): number {
  const now = useClock();
  return Math.floor(now / 60) * 60;
}
