// Somebody else has saved the same hook: both are shown, and a person decides.

import type { Hook } from "../../live/types";
import { Button, Dialog } from "../../ui";
import { t } from "../../words";
import { ofApi, toSent, type Draft, type Sent } from "./drafts";
import { nameOf } from "./names";

export function Conflict({
  hook,
  mine,
  onClose,
  onMine,
  onTheirs,
}: {
  hook: Hook;
  mine: Draft[];
  onClose: () => void;
  onMine: () => unknown;
  onTheirs: () => void;
}) {
  return (
    <Dialog
      title={t("scripts.conflict")}
      onClose={onClose}
      dismiss={false}
      wide
      testid="conflict"
      actions={
        <>
          <Button kind="text" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button kind="danger" onClick={onTheirs} testid="take-theirs">
            {t("scripts.take_theirs")}
          </Button>
          <Button kind="primary" onClick={onMine} testid="keep-mine">
            {t("scripts.keep_mine")}
          </Button>
        </>
      }
    >
      <p>{t("scripts.conflict_text", { name: nameOf(hook.hook) })}</p>
      <div class="scripts-both">
        <Side title={t("scripts.mine")} scripts={toSent(mine)} />
        <Side title={t("scripts.theirs")} scripts={ofApi(hook.scripts)} />
      </div>
    </Dialog>
  );
}

function Side({ title, scripts }: { title: string; scripts: Sent[] }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {scripts.length === 0 && <p class="dim">{t("scripts.none")}</p>}
      {scripts.map((one, at) => (
        <div key={at} class="wrap">
          <p>
            {at + 1}. {one.name}
          </p>
          {one.condition !== "" && (
            <p class="small dim">{t("scripts.if", { condition: one.condition })}</p>
          )}
          <pre class="scripts-plain" tabIndex={0}>
            {one.gcode}
          </pre>
        </div>
      ))}
    </section>
  );
}
