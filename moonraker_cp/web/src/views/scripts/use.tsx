// A procedure of the library into its hook, after it was said how to try it.

import { signal } from "@preact/signals";
import { hooks } from "../../live/calls";
import { state } from "../../live/store";
import type { Hook, HookName, Procedure } from "../../live/types";
import { Button, Dialog, toast, tried } from "../../ui";
import { t } from "../../words";
import { said } from "../settings/said";
import { freshKey, freshName, type Draft } from "./drafts";
import { nameOf } from "./names";
import { hookPlace } from "./places";
import { drafts, drop, edit, save, saved, scriptsOf } from "./store";

/** Turning everything off clears no bed: it refuses to. */
export const hookFor = (procedure: Procedure): HookName =>
  procedure.name === "off" ? "finish" : "clear_bed";

interface Asked {
  procedure: Procedure;
  script: string;
  hook: Hook;
}

const asked = signal<Asked | null>(null);

/** Asks first. */
export async function useIt(procedure: Procedure, script: string): Promise<void> {
  const name = hookFor(procedure);
  if (drafts.peek()[name] !== undefined) {
    toast(t("scripts.save_first", { hook: nameOf(name) }), {
      kind: "error",
      action: { label: t("scripts.show"), run: () => (location.hash = hookPlace(name)) },
    });
    return;
  }
  const got = await tried(hooks());
  if (got === null) return;
  saved.value = got.hooks;
  const hook = got.hooks.find((one) => one.hook === name);
  if (hook !== undefined) asked.value = { procedure, script, hook };
}

/** In the place of those that were set here; those of moonraker.conf stay where they are. */
async function put({ procedure, script, hook }: Asked, isInstead: boolean): Promise<void> {
  const name = hook.hook;
  edit(name, (all) => withIt(isInstead ? [] : all, said(procedure.title), script, hook));
  const did = await tried(save(name));
  asked.value = null;
  if (did === null) {
    drop(name); // nothing was changed
    return;
  }
  if (did === "conflict") {
    drop(name);
    toast(t("scripts.changed_meanwhile"), { kind: "error" });
    return;
  }
  toast(t("scripts.saved", { name: nameOf(name) }));
  location.hash = hookPlace(name);
}

function withIt(all: Draft[], title: string, gcode: string, hook: Hook): Draft[] {
  const others = [
    ...all.map((one) => one.name),
    ...hook.scripts.filter((one) => one.from !== "api").map((one) => one.name),
  ];
  return [
    ...all,
    { key: freshKey(all), name: freshName(title, others), gcode, condition: "", on: true },
  ];
}

/** Once, in the view. */
export function UseDialog() {
  const now = asked.value;
  if (now === null) return null;
  const { procedure, hook } = now;
  const name = nameOf(hook.hook);
  const inFile = hook.scripts.filter((one) => one.from !== "api");
  const here = scriptsOf(hook.hook);
  const close = (): void => {
    asked.value = null;
  };
  return (
    <Dialog
      title={t("scripts.use_title", { name: said(procedure.title) })}
      onClose={close}
      testid="use"
      actions={
        <>
          <Button kind="text" onClick={close}>
            {t("common.cancel")}
          </Button>
          {here.length > 0 && (
            <Button onClick={() => put(now, false)} testid="use-after">
              {t("scripts.use_after")}
            </Button>
          )}
          <Button kind="primary" onClick={() => put(now, true)} testid="use-yes">
            {t(here.length > 0 ? "scripts.use_instead" : "scripts.use_it")}
          </Button>
        </>
      }
    >
      <p>{t("scripts.use_text", { hook: name })}</p>
      {state.value?.active && <p class="scripts-verdict warning">{t("scripts.use_active")}</p>}
      {inFile.length > 0 && (
        <p class="scripts-verdict warning wrap">
          {t("scripts.use_conf", { names: inFile.map((one) => one.name).join(", ") })}
        </p>
      )}
      {here.length > 0 && (
        <p class="wrap">
          {t("scripts.use_there", { names: here.map((one) => one.name).join(", ") })}
        </p>
      )}
      {hook.hook === "clear_bed" && (
        <div>
          <h3>{t("scripts.try_first")}</h3>
          <ol class="scripts-steps">
            <li>{t("scripts.try_1")}</li>
            <li>{t("scripts.try_2")}</li>
            <li>{t("scripts.try_3")}</li>
            <li>{t("scripts.try_4")}</li>
          </ol>
        </div>
      )}
    </Dialog>
  );
}
