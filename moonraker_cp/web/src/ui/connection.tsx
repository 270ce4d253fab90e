// Said as long as what is on screen may be old, or comes from nowhere.

import { mdiAlertCircleOutline, mdiLanDisconnect } from "@mdi/js";
import { connection, rpc } from "../live/store";
import { t } from "../words";
import { clock } from "../words/format";
import { Button, Icon } from "./basics";

export function Connection() {
  const now = connection.value;
  return (
    <div aria-live="assertive">
      {now.is === "offline" && (
        <div class="banner warning" data-testid="offline">
          <Icon path={mdiLanDisconnect} />
          <p>{t("app.offline", { time: clock(now.since / 1000) })}</p>
          <Button kind="text" onClick={() => rpc.hurry()}>{t("app.try_now")}</Button>
        </div>
      )}
      {now.is === "missing" && (
        <div class="banner error" data-testid="missing">
          <Icon path={mdiAlertCircleOutline} />
          <p>{t("app.missing")}</p>
        </div>
      )}
    </div>
  );
}
