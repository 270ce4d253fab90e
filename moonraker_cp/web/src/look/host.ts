// The front end that we live in or beside: its colours and its language.

import { call } from "../live/store";
import { parse } from "./colour";

export interface Host {
  kind: "mainsail" | "fluidd" | "";
  dark: boolean | null; // null: it does not say
  primary: string;
  language: string;
}

export const NO_HOST: Host = { kind: "", dark: null, primary: "", language: "" };

/** The front end's own element, when we are a frame in its page. */
function around(): HTMLElement | null {
  try {
    if (parent === window) return null;
    return parent.document.querySelector<HTMLElement>(".v-application");
  } catch {
    return null; // a page of another origin
  }
}

export const isEmbedded = around() !== null;

export function embedded(): Partial<Host> | null {
  const element = around();
  if (element === null) return null;
  const view = element.ownerDocument.defaultView;
  const primary = view?.getComputedStyle(element).getPropertyValue("--v-primary-base").trim() ?? "";
  return {
    dark: element.classList.contains("theme--dark"),
    primary: parse(primary) === null ? "" : primary,
  };
}

/** Calls when the front end around us changes its colours. */
export function watch(listener: () => void): void {
  const element = around();
  if (element === null) return;
  new MutationObserver(listener).observe(element, { attributeFilter: ["class", "style"] });
}

type Json = Record<string, unknown>;

const inside = (value: unknown, ...names: string[]): unknown =>
  names.reduce<unknown>((one, name) => (one as Json | null | undefined)?.[name], value);

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function fromMainsail(settings: unknown): Host {
  const mode = text(inside(settings, "uiSettings", "mode"));
  return {
    kind: "mainsail",
    dark: mode === "light" ? false : mode === "dark" ? true : null,
    primary: text(inside(settings, "uiSettings", "primary")),
    language: text(inside(settings, "general", "language")),
  };
}

export function fromFluidd(settings: unknown): Host {
  const dark = inside(settings, "uiSettings", "theme", "isDark");
  const language = text(inside(settings, "uiSettings", "general", "locale"));
  return {
    kind: "fluidd",
    dark: typeof dark === "boolean" ? dark : null,
    primary: text(inside(settings, "uiSettings", "theme", "color")),
    language: language === "default" ? "" : language,
  };
}

/** What the front ends keep in Moonraker's database; Mainsail's if there are both. */
export async function stored(): Promise<Host> {
  const { namespaces } = await call<{ namespaces: string[] }>("server.database.list");
  for (const [name, read] of [["mainsail", fromMainsail], ["fluidd", fromFluidd]] as const) {
    if (!namespaces.includes(name)) continue;
    const { value } = await call<{ value: unknown }>("server.database.get_item", { namespace: name });
    return read(value);
  }
  return NO_HOST;
}
