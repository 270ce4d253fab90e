// Into the clipboard, also where the browser's own way is for https alone, as most
// printers are not.

import { toast } from "../../ui";
import { t } from "../../words";

export async function copyText(text: string): Promise<void> {
  const did = (await byBrowser(text)) || byCommand(text);
  toast(t(did ? "settings.copied" : "settings.not_copied"), did ? {} : { kind: "error" });
}

async function byBrowser(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not there, or forbidden
  }
}

function byCommand(text: string): boolean {
  const before = document.activeElement;
  // A dialog that is open leaves no focus to what is outside of it.
  const home = before?.closest("dialog") ?? document.body;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  home.append(area);
  area.select();
  const did = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return did;
}
