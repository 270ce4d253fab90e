// What prints: the picture, how far it is, which copy it is, and what can be done about it.

import { useState } from "preact/hooks";
import { mdiAlertOutline, mdiDebugStepOver, mdiPause } from "@mdi/js";
import { pausePrint, printAgain, reportFailure, skipSet } from "../../live/calls";
import { useClock } from "../../live/clock";
import { metadata } from "../../live/files";
import { jobsById, printer } from "../../live/store";
import type { Run, State } from "../../live/types";
import { Button, Card, Chip, Dialog, Menu, Progress, TextArea, Thumbnail, tried } from "../../ui";
import { t } from "../../words";
import { clock as time, duration, fileName, jobName, moment, percent } from "../../words/format";
import { copyOf, isLoaded, passOf, progressOf, secondsLeft } from "./progress";

export function PrintingCard({ now }: { now: State }) {
  const klipper = printer.print_stats.value;
  const isForeign = klipper !== null && ["printing", "paused"].includes(klipper.state);
  const path = now.run?.path ?? (isForeign ? klipper.filename : "");
  if (!path) return null;
  return (
    <Card
      title={t(now.run === null ? "now.prints_foreign" : "now.prints")}
      testid="printing"
      actions={now.run !== null && <RunMenu key={now.run.id} now={now} run={now.run} />}
    >
      <div class="printing">
        <Thumbnail path={path} size={96} />
        <div class="printing-words">
          <p class="printing-name wrap" title={path}>{fileName(path)}</p>
          {now.run !== null && <Copy run={now.run} />}
          {isLoaded(now, klipper) && <Layers />}
        </div>
        <HowFar now={now} path={path} />
      </div>
    </Card>
  );
}

function Copy({ run }: { run: Run }) {
  const job = jobsById.value.get(run.job_id);
  const copy = copyOf(job, run);
  const pass = passOf(job, run);
  return (
    <p class="chips">
      {copy !== null && (
        <Chip kind="info">{t("now.copy", { copy: copy.at, copies: copy.of })}</Chip>
      )}
      {pass !== null && (
        <Chip>
          {pass.of === null
            ? t("now.pass_endless", { pass: pass.at })
            : t("now.pass", { pass: pass.at, passes: pass.of })}
        </Chip>
      )}
      <span class="small dim wrap">{jobName(run.job_name, run.job_id)}</span>
    </p>
  );
}

function Layers() {
  const info = printer.print_stats.value?.info;
  if (!info?.current_layer || !info.total_layer) return null;
  return (
    <p class="small dim number">
      {t("now.layer", { layer: info.current_layer, layers: info.total_layer })}
    </p>
  );
}

function HowFar({ now, path }: { now: State; path: string }) {
  const clock = useClock();
  const isThere = isLoaded(now, printer.print_stats.value);
  const share = isThere ? progressOf(printer, metadata(path).value) : null;
  const expected = now.next.find((step) => step.what === "print_ends")?.expected ?? null;
  const isPaused = now.phase === "paused" || printer.print_stats.value?.state === "paused";
  const left = isPaused
    ? null
    : secondsLeft({
        now: clock,
        expected,
        share,
        printed: isThere ? (printer.print_stats.value?.print_duration ?? 0) : 0,
        estimate: metadata(path).value?.estimated_time ?? null,
      });
  return (
    <div class="printing-far">
      <p class="printing-numbers number">
        <strong>{share === null ? "" : percent(share)}</strong>
        <span class="dim">
          {left === null
            ? isPaused ? t("state.paused") : t("now.no_estimate")
            : t("now.left", { time: duration(left) })}
        </span>
        <span class="dim" title={left === null ? undefined : moment(clock + left, clock)}>
          {left === null ? "" : t("now.ends", { time: time(clock + left) })}
        </span>
      </p>
      <Progress value={share} label={t("now.progress", { file: fileName(path) })} />
    </div>
  );
}

/** Of this print: it goes, with what it has open, when another one begins. */
function RunMenu({ now, run }: { now: State; run: Run }) {
  const [reports, setReports] = useState(false);
  const items = [
    ...(now.phase === "printing"
      ? [{ label: t("now.pause"), icon: mdiPause, onClick: () => tried(pausePrint()), testid: "pause" }]
      : []),
    {
      label: t("now.skip_rest"), icon: mdiDebugStepOver, onClick: () => tried(skipSet(run.set_id)),
      testid: "skip-rest",
    },
    {
      label: t("now.report"), icon: mdiAlertOutline, danger: true,
      onClick: () => setReports(true), testid: "report",
    },
  ];
  return (
    <>
      <Menu label={t("now.print_menu")} items={items} testid="print-menu" />
      {reports && (
        <ReasonDialog
          title={t("now.report_title")}
          text={t("now.report_text")}
          yes={t("now.report")}
          send={reportFailure}
          onClose={() => setReports(false)}
        />
      )}
    </>
  );
}

/** A word about what went wrong; it may be left out. */
export function ReasonDialog({ title, text, yes, send, onClose }: {
  title: string; text: string; yes: string;
  send: (reason: string) => Promise<unknown>; onClose: () => void;
}) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const done = await tried(send(reason.trim()));
    setBusy(false);
    if (done !== null) onClose();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={submit}
      dismiss={reason === ""}
      testid="reason-dialog"
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="danger" submit disabled={busy} testid="reason-send">{yes}</Button>
        </>
      }
    >
      <p>{text}</p>
      <TextArea label={t("now.reason")} value={reason} onValue={setReason} hint={t("now.reason_hint")} />
    </Dialog>
  );
}

export const PrintAgainDialog = ({ onClose }: { onClose: () => void }) => (
  <ReasonDialog
    title={t("now.again_title")}
    text={t("now.again_text")}
    yes={t("now.again")}
    send={printAgain}
    onClose={onClose}
  />
);
