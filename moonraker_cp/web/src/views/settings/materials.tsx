// What is loaded, by tool: said by Spoolman or by a person.

import { mdiContentSave, mdiDeleteOutline, mdiPencilOutline, mdiPlus } from "@mdi/js";
import { useEffect, useState } from "preact/hooks";
import { materials, setMaterial } from "../../live/calls";
import { isOnline, rpc, state } from "../../live/store";
import type { Tool } from "../../live/types";
import {
  Button,
  Card,
  Chip,
  Dialog,
  Field,
  IconButton,
  Loading,
  toast,
  tried,
  wordsOf,
} from "../../ui";
import { t } from "../../words";
import { grams } from "../../words/format";
import { colourOf, firstFree, gramsOf, MOST_TOOLS } from "./tools";

export function MaterialsCard() {
  const [tools, setTools] = useState<Tool[] | null>(null);
  const [failed, setFailed] = useState("");
  const [edited, setEdited] = useState<Tool | null>(null);
  // What is loaded has no notification of its own; what follows from it has.
  const [spool, setSpool] = useState(0);
  useEffect(() => rpc.on("notify_active_spool_set", () => setSpool((n) => n + 1)), []);
  const online = isOnline.value;
  const revision = state.value?.revision;
  useEffect(() => {
    if (!online) return;
    let isOld = false;
    materials().then(
      (got) => {
        if (isOld) return;
        setTools(got.tools);
        setFailed("");
      },
      (error: unknown) => !isOld && setFailed(wordsOf(error)),
    );
    return () => {
      isOld = true;
    };
  }, [online, revision, spool]);

  const remove = async ({ tool }: Tool): Promise<void> => {
    const got = await tried(setMaterial(tool, null));
    if (got !== null) setTools(got.tools);
  };
  return (
    <Card title={t("settings.loaded")} testid="materials">
      <div class="settings-body">
        <p class="small dim">{t("settings.loaded_why")}</p>
        {failed !== "" && (
          <p class="wrap" role="alert">
            {failed}
          </p>
        )}
        {tools === null && failed === "" && <Loading />}
        {tools?.length === 0 && <p>{t("settings.nothing_loaded")}</p>}
        <ul class="settings-tools">
          {(tools ?? []).map((one) => (
            <li key={one.tool} data-testid={`tool-${one.tool}`}>
              <ToolRow tool={one} onEdit={() => setEdited(one)} onRemove={() => remove(one)} />
            </li>
          ))}
        </ul>
        {tools !== null && firstFree(tools) < MOST_TOOLS && (
          <Button
            icon={mdiPlus}
            onClick={() => setEdited(emptyTool(firstFree(tools)))}
            testid="tool-add"
          >
            {t("settings.say_loaded")}
          </Button>
        )}
      </div>
      {edited !== null && (
        <ToolDialog
          tool={edited}
          onClose={() => setEdited(null)}
          onSaved={(got) => {
            setTools(got);
            setEdited(null);
            toast(t("settings.kept"));
          }}
        />
      )}
    </Card>
  );
}

const emptyTool = (tool: number): Tool => ({
  tool,
  material: null,
  name: "",
  spool_id: null,
  remaining: null,
  source: null,
});

function ToolRow({
  tool,
  onEdit,
  onRemove,
}: {
  tool: Tool;
  onEdit: () => void;
  onRemove: () => Promise<void>;
}) {
  const colour = colourOf(tool.material);
  const name = t("settings.tool", { tool: tool.tool });
  return (
    <>
      <span
        class="settings-colour"
        style={colour === null ? undefined : { background: colour }}
        aria-hidden="true"
      />
      <div class="settings-tool">
        <p class="wrap">
          <span class="dim">{name}</span> {tool.material ?? t("settings.not_known")}
        </p>
        <p class="small dim wrap">
          {[
            tool.name,
            tool.spool_id === null ? "" : t("settings.spool", { id: String(tool.spool_id) }),
            tool.remaining === null ? "" : t("settings.left", { amount: grams(tool.remaining) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      {tool.source === "spoolman" ? (
        <Chip kind="info">Spoolman</Chip>
      ) : (
        <>
          <IconButton
            icon={mdiPencilOutline}
            label={t("settings.edit_tool", { tool: tool.tool })}
            onClick={onEdit}
          />
          {tool.material !== null && (
            <IconButton
              icon={mdiDeleteOutline}
              label={t("settings.forget_tool", { tool: tool.tool })}
              onClick={onRemove}
            />
          )}
        </>
      )}
    </>
  );
}

function ToolDialog({
  tool,
  onClose,
  onSaved,
}: {
  tool: Tool;
  onClose: () => void;
  onSaved: (tools: Tool[]) => void;
}) {
  const [number, setNumber] = useState(String(tool.tool));
  const [material, setMaterialText] = useState(tool.material ?? "");
  const [left, setLeft] = useState(tool.remaining === null ? "" : String(tool.remaining));
  const isTool = /^\d+$/.test(number.trim()) && Number(number) < MOST_TOOLS;
  const remaining = gramsOf(left);
  const isGood = isTool && material.trim() !== "" && remaining !== null;
  const save = async (): Promise<void> => {
    if (!isGood) return;
    const got = await tried(
      setMaterial(Number(number), material.trim(), remaining === "" ? undefined : remaining),
    );
    if (got !== null) onSaved(got.tools);
  };
  return (
    <Dialog
      title={t("settings.say_loaded")}
      onClose={onClose}
      onSubmit={save}
      testid="tool-dialog"
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="primary" icon={mdiContentSave} submit disabled={!isGood}>
            {t("settings.keep")}
          </Button>
        </>
      }
    >
      <Field
        label={t("settings.tool_number")}
        hint={t("settings.tool_hint")}
        error={isTool ? undefined : t("settings.tool_wrong", { most: MOST_TOOLS - 1 })}
        value={number}
        onValue={setNumber}
        inputMode="numeric"
        testid="tool-number"
      />
      <Field
        label={t("settings.material")}
        hint={t("settings.material_hint")}
        value={material}
        onValue={setMaterialText}
        maxLength={100}
        spellcheck={false}
        placeholder="PLA_red_#ff0000"
        testid="tool-material"
      />
      <Field
        label={t("settings.remaining")}
        hint={t("settings.remaining_hint")}
        error={remaining === null ? t("settings.remaining_wrong") : undefined}
        unit="g"
        value={left}
        onValue={setLeft}
        inputMode="decimal"
        testid="tool-remaining"
      />
    </Dialog>
  );
}
