// What another program has left for scripts.

import { mdiContentSave, mdiPencilOutline, mdiRefresh } from "@mdi/js";
import { useEffect, useState } from "preact/hooks";
import { isOnline } from "../../live/store";
import {
  Button,
  Card,
  confirm,
  Dialog,
  IconButton,
  TextArea,
  toast,
  tried,
  wordsOf,
} from "../../ui";
import { t } from "../../words";
import { external, setExternal, type Values } from "./calls";
import { asText, parsed } from "./json";

const EXAMPLE = '{"operator": "anna"}';

export function ExternalCard() {
  const [values, setValues] = useState<Values | null>(null);
  const [failed, setFailed] = useState("");
  const [isEdited, setEdited] = useState(false);
  const online = isOnline.value;
  const read = async (): Promise<void> => {
    try {
      setValues(await external());
      setFailed("");
    } catch (error) {
      setFailed(wordsOf(error));
    }
  };
  useEffect(() => {
    if (online) void read();
  }, [online]);
  return (
    <Card
      title={t("settings.external")}
      testid="external"
      actions={<IconButton icon={mdiRefresh} label={t("settings.read_again")} onClick={read} />}
    >
      <div class="settings-body">
        <p class="small dim">{t("settings.external_why")}</p>
        {failed !== "" && (
          <p class="wrap" role="alert">
            {failed}
          </p>
        )}
        {values !== null &&
          (Object.keys(values).length === 0 ? (
            <p>{t("settings.external_none")}</p>
          ) : (
            <pre class="settings-text" tabIndex={0} data-testid="external-values">
              {asText(values)}
            </pre>
          ))}
        {values !== null && (
          <Button icon={mdiPencilOutline} onClick={() => setEdited(true)} testid="external-edit">
            {t("settings.edit")}
          </Button>
        )}
      </div>
      {isEdited && values !== null && (
        <ExternalDialog
          base={values}
          onClose={() => setEdited(false)}
          onSaved={(now) => {
            setValues(now);
            setEdited(false);
            toast(t("settings.kept"));
          }}
        />
      )}
    </Card>
  );
}

/** base: as it was when it was opened. */
function ExternalDialog({
  base,
  onClose,
  onSaved,
}: {
  base: Values;
  onClose: () => void;
  onSaved: (now: Values) => void;
}) {
  const [text, setText] = useState(asText(base));
  const values = parsed(text);
  const close = async (): Promise<void> => {
    const isSame = text === asText(base);
    if (
      isSame ||
      (await confirm({
        title: t("settings.drop_title"),
        text: t("settings.drop_text"),
        yes: t("settings.drop"),
        danger: true,
      }))
    ) {
      onClose();
    }
  };
  const save = async (): Promise<void> => {
    if (values === null) return;
    const now = await tried(external());
    if (now === null) return;
    // A program writes them, too: what it has written meanwhile is not lost without a word.
    if (
      asText(now) !== asText(base) &&
      !(await confirm({
        title: t("settings.external_changed"),
        text: asText(now),
        yes: t("settings.replace"),
        danger: true,
      }))
    )
      return;
    const kept = await tried(setExternal(values));
    if (kept !== null) onSaved(kept);
  };
  return (
    <Dialog
      title={t("settings.external")}
      onClose={close}
      onSubmit={save}
      dismiss={false}
      testid="external-dialog"
      actions={
        <>
          <Button onClick={close}>{t("common.cancel")}</Button>
          <Button kind="primary" icon={mdiContentSave} submit disabled={values === null}>
            {t("settings.keep")}
          </Button>
        </>
      }
    >
      <TextArea
        label={t("settings.external_json")}
        hint={
          values === null
            ? t("settings.no_json", { example: EXAMPLE })
            : t("settings.external_hint")
        }
        rows={10}
        value={text}
        onValue={setText}
        testid="external-text"
      />
    </Dialog>
  );
}
