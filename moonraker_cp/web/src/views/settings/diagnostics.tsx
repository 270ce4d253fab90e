// What to send along when somebody is asked for help. Over the websocket, for a link
// could not log in.

import { mdiDownload } from "@mdi/js";
import { Button, Card, saveText, tried } from "../../ui";
import { t } from "../../words";
import { diagnostics } from "./calls";
import { asText } from "./json";

async function download(): Promise<void> {
  const got = await tried(diagnostics());
  if (got === null) return;
  const day = new Date().toISOString().slice(0, 10);
  saveText(asText(got), "application/json", `continuousprint-diagnostics-${day}.json`);
}

export const DiagnosticsCard = () => (
  <Card title={t("settings.help")} testid="diagnostics">
    <div class="settings-body">
      <p class="small dim">{t("settings.diagnostics_why")}</p>
      <Button icon={mdiDownload} onClick={download} testid="diagnostics-download">
        {t("settings.diagnostics")}
      </Button>
    </div>
  </Card>
);
