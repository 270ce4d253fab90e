// What was printed: a list, sums and charts, with filters.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { mdiChartBox, mdiChartBoxOutline, mdiDeleteClockOutline, mdiFormatListBulleted, mdiHistory } from "@mdi/js";
import { Button, Empty, Icon, IconButton, Loading } from "../../ui";
import { t } from "../../words";
import { chosen, failed, load, runs, watch } from "./data";
import { RunDialog } from "./details";
import { ExportMenu } from "./export";
import { isNarrowed, USUAL } from "./filter";
import { FilterBar } from "./filter_bar";
import { Figures } from "./figures_panel";
import { List } from "./list";
import { RemovedDialog } from "./removed";
import { Sums } from "./sums";
import "./history.css";

type Side = "list" | "figures";

// On the phone one of both is shown.
const side = signal<Side>("list");
const showsRemoved = signal(false);

export default function History() {
  useEffect(watch, []);
  return (
    <div class="history" data-side={side.value}>
      <header class="history-head">
        <h2>{t("nav.history")}</h2>
        <Sides />
        <span class="history-tools">
          <ExportMenu />
          <IconButton
            icon={mdiDeleteClockOutline}
            label={t("history.removed")}
            onClick={() => void (showsRemoved.value = true)}
            testid="history-removed"
          />
        </span>
      </header>
      <FilterBar />
      <Failed />
      <Body />
      <RunDialog />
      {showsRemoved.value && <RemovedDialog onClose={() => void (showsRemoved.value = false)} />}
    </div>
  );
}

function Sides() {
  const one = (is: Side, name: string, on: string, off: string) => (
    <button
      type="button"
      aria-pressed={side.value === is}
      onClick={() => void (side.value = is)}
      data-testid={`history-side-${is}`}
    >
      <Icon path={side.value === is ? on : off} size={20} />
      {name}
    </button>
  );
  return (
    <div class="history-sides">
      {one("list", t("history.list"), mdiFormatListBulleted, mdiFormatListBulleted)}
      {one("figures", t("history.figures"), mdiChartBox, mdiChartBoxOutline)}
    </div>
  );
}

function Failed() {
  return (
    <div role="alert">
      {failed.value && (
        <p class="history-failed">
          <span class="wrap">{failed.value}</span>
          <Button kind="text" onClick={load}>{t("app.try_now")}</Button>
        </p>
      )}
    </div>
  );
}

function Body() {
  const all = runs.value;
  if (all === null) return failed.value ? null : <Loading />;
  if (all.length === 0) return <Nothing />;
  return (
    <>
      <Sums />
      <div class="history-columns">
        <div class="history-list-side"><List /></div>
        <div class="history-figures-side"><Figures /></div>
      </div>
    </>
  );
}

function Nothing() {
  const now = chosen.value;
  if (now.period === "all" && !isNarrowed(now)) {
    return <Empty icon={mdiHistory} title={t("history.empty")}>{t("history.empty_why")}</Empty>;
  }
  const everything = () => void (chosen.value = { ...USUAL, period: "all" });
  return (
    <Empty
      icon={mdiHistory}
      title={t("history.no_match")}
      action={<Button onClick={everything}>{t("history.show_all")}</Button>}
    />
  );
}
