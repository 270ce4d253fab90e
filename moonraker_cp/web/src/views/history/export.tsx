// What is chosen, as a file. Over the websocket, for a link could not log in.

import { mdiDownload } from "@mdi/js";
import { exportCsv } from "../../live/calls";
import { call, printerNow } from "../../live/store";
import type { History } from "../../live/types";
import { Menu, saveText, toast, tried } from "../../ui";
import { t } from "../../words";
import { chosen, sums } from "./data";
import { wanted } from "./filter";

const MOST = 10_000; // that the server puts into one

function save(text: string, type: string, ending: string): void {
  saveText(text, type, `continuousprint-history.${ending}`);
  if ((sums.peek()?.runs ?? 0) > MOST) toast(t("history.export_part", { n: MOST }));
}

async function asCsv(): Promise<void> {
  const text = await tried(exportCsv(wanted(chosen.peek(), printerNow())));
  if (text !== null) save(text, "text/csv;charset=utf-8", "csv");
}

async function asJson(): Promise<void> {
  const filter = wanted(chosen.peek(), printerNow());
  const asked = call<History>("server.continuousprint.history.export", { format: "json", ...filter });
  const got = await tried(asked);
  if (got !== null) save(JSON.stringify(got, null, 1), "application/json", "json");
}

export const ExportMenu = () => (
  <Menu
    label={t("history.export")}
    icon={mdiDownload}
    items={[
      { label: t("history.export_csv"), onClick: asCsv, testid: "history-csv" },
      { label: t("history.export_json"), onClick: asJson, testid: "history-json" },
    ]}
    testid="history-export"
  />
);
