// The bed: is it clear, how warm is it, and what is waited for.

import { useState } from "preact/hooks";
import {
  mdiCheckCircleOutline, mdiCubeOutline, mdiHelpCircleOutline, mdiPrinter3dNozzle,
  mdiPrinter3dNozzleAlertOutline, mdiRadiator, mdiBroom, mdiRestart,
} from "@mdi/js";
import { runClearing, sayBed } from "../../live/calls";
import { useClock } from "../../live/clock";
import { printer } from "../../live/store";
import type { State } from "../../live/types";
import { Card, confirm, Icon, Menu, Progress, tried, type MenuItem } from "../../ui";
import { t } from "../../words";
import { degrees, duration, since } from "../../words/format";
import { PrintAgainDialog } from "./printing";

const ICONS = {
  clear: mdiCheckCircleOutline,
  occupied: mdiCubeOutline,
  unknown: mdiHelpCircleOutline,
} as const;

const OWN_GOOD = ["own_good", "own_old"];

export function BedCard({ now }: { now: State }) {
  // Asked about the copy that lies there since then, and about no later one.
  const [again, setAgain] = useState(0);
  const { state } = now.bed;
  return (
    <Card title={t("bed.title")} testid="bed" actions={<BedMenu now={now} again={() => setAgain(now.bed.since)} />}>
      <div class="bed">
        <p class={`bed-state ${now.run === null ? state : ""}`} data-testid="bed-state" data-state={state}>
          <Icon path={ICONS[state]} />
          <span>{now.run !== null && state === "occupied" ? t("bed.printing") : t(`bed.${state}`)}</span>
        </p>
        <Since now={now} />
        <Heat />
        {now.cooling !== null && <Cooling now={now} />}
      </div>
      {again > 0 && again === now.bed.since && <PrintAgainDialog onClose={() => setAgain(0)} />}
    </Card>
  );
}

function Since({ now }: { now: State }) {
  const clock = useClock();
  if (now.bed.since <= 0) return null;
  return <p class="small dim number bed-since">{since(now.bed.since, clock)}</p>;
}

function Heat() {
  const bed = printer.heater_bed.value;
  const nozzle = printer.extruder.value;
  if (bed === null && nozzle === null) {
    return <p class="small dim"><Icon path={mdiPrinter3dNozzleAlertOutline} size={20} /> {t("bed.no_klipper")}</p>;
  }
  return (
    <dl class="heat number">
      {bed !== null && <Heater icon={mdiRadiator} label={t("bed.bed")} of={bed} />}
      {nozzle !== null && <Heater icon={mdiPrinter3dNozzle} label={t("bed.nozzle")} of={nozzle} />}
    </dl>
  );
}

function Heater({ icon, label, of }: {
  icon: string; label: string; of: { temperature: number; target: number };
}) {
  return (
    <div title={label}>
      <dt><Icon path={icon} size={20} /><span class="sr-only">{label}</span></dt>
      <dd>
        {degrees(of.temperature)}
        {of.target > 0 && <span class="dim"> / {degrees(of.target)}</span>}
      </dd>
    </div>
  );
}

function Cooling({ now }: { now: State }) {
  const clock = useClock();
  const { cooling } = now;
  if (cooling === null) return null;
  const end = cooling.expected ?? cooling.limit_at;
  const share = end > cooling.since ? (clock - cooling.since) / (end - cooling.since) : null;
  const left = cooling.expected === null
    ? t("bed.waits_at_most", { time: duration(cooling.limit_at - clock) })
    : t("now.left", { time: duration(cooling.expected - clock) });
  return (
    <div class="cooling" data-testid="cooling">
      <p class="small number">
        <span>{t("bed.cools_to", { target: degrees(cooling.target) })}</span>
        <span class="dim">{left}</span>
      </p>
      <Progress value={share} label={t("bed.cooling")} thin />
    </div>
  );
}

function BedMenu({ now, again }: { now: State; again: () => void }) {
  if (now.run !== null) return null;
  const items: MenuItem[] = [];
  if (now.bed.state !== "clear") {
    items.push({ label: t("bed.say_clear"), icon: mdiCheckCircleOutline, testid: "say-clear", onClick: () => tried(sayBed("clear")) });
    items.push({ label: t("answer.run_clearing"), icon: mdiBroom, testid: "run-clearing", onClick: clear });
  }
  if (now.bed.state !== "occupied") {
    items.push({ label: t("bed.say_occupied"), icon: mdiCubeOutline, testid: "say-occupied", onClick: () => tried(sayBed("occupied")) });
  }
  if (now.bed.state === "occupied" && OWN_GOOD.includes(now.bed.cause)) {
    items.push({ label: t("now.again"), icon: mdiRestart, testid: "print-again", onClick: again });
  }
  return <Menu label={t("bed.menu")} items={items} testid="bed-menu" />;
}

async function clear(): Promise<void> {
  const isMeant = await confirm({
    title: t("now.clear_title"), text: t("now.clear_text"), yes: t("answer.run_clearing"),
  });
  if (isMeant) await tried(runClearing());
}
