// Doing what a button says.

import {
  answer, cancelPrint, resumePrint, sayBed, start, stop,
} from "../../live/calls";
import { state } from "../../live/store";
import type { State } from "../../live/types";
import { confirm, openAdd, toast, tried } from "../../ui";
import { t } from "../../words";
import { isOfAnotherPrint, type Act } from "./situation";

export function labelOf(act: Act): string {
  return "answer" in act ? t(`answer.${act.answer}`) : t(`act.${act.own}`);
}

export async function perform(act: Act, seen: State): Promise<void> {
  if (!(await isMeant(act))) return;
  if (isOfAnotherPrint(act, seen, state.peek())) {
    toast(t("now.other_print"), { kind: "error" });
    return;
  }
  await tried(send(act, seen));
}

/** What moves the machine, or ends a print, is asked once more. */
async function isMeant(act: Act): Promise<boolean> {
  if ("answer" in act && act.answer === "run_clearing") {
    return confirm({
      title: t("now.clear_title"), text: t("now.clear_text"), yes: t("answer.run_clearing"),
    });
  }
  if ("own" in act && act.own === "cancel") {
    return confirm({
      title: t("now.cancel_title"), text: t("now.cancel_text"), yes: t("act.cancel"),
      no: t("now.cancel_no"), danger: true,
    });
  }
  return true;
}

function send(act: Act, seen: State): Promise<unknown> {
  if ("answer" in act) return answer(seen.question?.id ?? 0, act.answer);
  switch (act.own) {
    case "start":
    case "start_ask":
    case "go_on":
      return start();
    case "start_clear":
      return start({ bed: "clear" });
    case "stop":
    case "stop_after":
      return stop();
    case "said_clear":
      return sayBed("clear");
    case "resume":
      return resumePrint();
    case "cancel":
      return cancelPrint();
    case "add":
      openAdd();
      return Promise.resolve();
  }
}
