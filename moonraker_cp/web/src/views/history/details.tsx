// All that is known of one run, at #/history/7.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { mdiPlaylistPlus } from "@mdi/js";
import { history } from "../../live/calls";
import { isOnline } from "../../live/store";
import type { PastRun } from "../../live/types";
import { Button, Dialog, Loading, openAdd, Thumbnail, wordsOf } from "../../ui";
import { t } from "../../words";
import { degrees, duration, fileName } from "../../words/format";
import { said } from "../../words/server";
import { filament } from "./amounts";
import { runs } from "./data";
import { exact } from "./day";
import { OutcomeChip } from "./outcome";
import { againstEstimate, whichCopy } from "./row";

const HERE = "#/history";

export const detailsOf = (id: number): string => `${HERE}/${id}`;

const asked = signal<number | null>(idOf(location.hash));
addEventListener("hashchange", () => (asked.value = idOf(location.hash)));

function idOf(hash: string): number | null {
  const found = /^#\/history\/(\d{1,15})$/.exec(hash)?.[1];
  return found === undefined ? null : Number(found);
}

/** The way back is the browser's, too. */
function close(): void {
  location.hash = HERE;
}

type Found = { id: number; run: PastRun | null; wrong: string };
const found = signal<Found | null>(null);

/** One that is not among those on screen, as with an old link. */
async function find(id: number): Promise<void> {
  try {
    const page = await history({ before: id + 1, limit: 1 });
    const run = page.runs.find((one) => one.id === id) ?? null;
    found.value = { id, run, wrong: run === null ? t("history.gone") : "" };
  } catch (error) {
    found.value = { id, run: null, wrong: wordsOf(error) };
  }
}

export function RunDialog() {
  const id = asked.value;
  const held = runs.value?.find((one) => one.id === id) ?? null;
  const isMissing = id !== null && held === null && runs.value !== null;
  const online = isOnline.value;
  useEffect(() => {
    if (isMissing && online) void find(id);
  }, [id, isMissing, online]);
  if (id === null) return null;
  const read = found.value?.id === id ? found.value : null;
  const run = held ?? read?.run ?? null;
  if (run !== null) return <Run run={run} />;
  return (
    <Dialog title={t("history.details")} onClose={close}>
      {read === null ? <Loading /> : <p>{read.wrong}</p>}
    </Dialog>
  );
}

function Run({ run }: { run: PastRun }) {
  const again = (): void => {
    close();
    openAdd(run.path);
  };
  return (
    <Dialog
      title={fileName(run.path)}
      onClose={close}
      testid="history-run"
      actions={
        <Button kind="primary" icon={mdiPlaylistPlus} onClick={again}>{t("history.again_more")}</Button>
      }
    >
      <div class="history-run-head">
        <Thumbnail path={run.path} size={96} />
        <div>
          <OutcomeChip outcome={run.outcome} />
          {run.reason && <p class="wrap">{said(run.reason)}</p>}
          <p class="wrap dim">{whichCopy(run)}</p>
        </div>
      </div>
      <dl class="history-facts">{factsOf(run)}</dl>
    </Dialog>
  );
}

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt class="dim">{name}</dt>
    <dd class="wrap number">{children}</dd>
  </div>
);

function factsOf(run: PastRun) {
  const pauses = run.total_duration - run.print_duration;
  return (
    <>
      <Fact name={t("history.file")}>{run.path}</Fact>
      <Fact name={t("history.began")}>{exact(run.started ?? run.opened)}</Fact>
      {run.ended !== null && <Fact name={t("history.ended")}>{exact(run.ended)}</Fact>}
      <Fact name={t("history.printed")}>{duration(run.print_duration)}, {againstEstimate(run)}</Fact>
      {pauses >= 60 && <Fact name={t("history.paused")}>{duration(pauses)}</Fact>}
      {run.cleared !== null && run.ended !== null && run.cleared >= run.ended && (
        <Fact name={t("history.cleared")}>{duration(run.cleared - run.ended)}</Fact>
      )}
      <Fact name={t("history.filament")}>{filament(run.filament_used)}</Fact>
      {run.bed_temperature !== null && (
        <Fact name={t("history.bed")}>{degrees(run.bed_temperature)}</Fact>
      )}
      {run.nozzle_temperature !== null && (
        <Fact name={t("history.nozzle")}>{degrees(run.nozzle_temperature)}</Fact>
      )}
      <Fact name={t("history.counted")}>
        {run.counted ? t("history.counted_yes") : t("history.counted_no")}
      </Fact>
      {run.retries > 0 && <Fact name={t("history.retries")}>{run.retries}</Fact>}
      {run.user && <Fact name={t("history.user")}>{run.user}</Fact>}
      {run.video && <Fact name={t("history.video")}>{run.video}</Fact>}
    </>
  );
}
