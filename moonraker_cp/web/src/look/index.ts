// Dark or light, and in whose colours.

import { effect, signal } from "@preact/signals";
import { onOnline } from "../live/store";
import { ownTheme } from "../views/settings/own";
import { speakLike } from "../words";
import { css, fillForWhite, parse, readable, type Rgb } from "./colour";
import { embedded, NO_HOST, stored, watch, type Host } from "./host";

const BLUE: Rgb = [33, 150, 243]; // both front ends' own
const KEPT = "continuousprint-look";
const bright = matchMedia("(prefers-color-scheme: light)");

const host = signal<Host>(kept());
const prefersDark = signal(!bright.matches);

function kept(): Host {
  try {
    return { ...NO_HOST, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as object) };
  } catch {
    return NO_HOST;
  }
}

function keep(now: Host): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(now));
  } catch {
    // It is asked for again the next time.
  }
}

function take(): void {
  const seen = embedded();
  if (seen !== null) host.value = { ...host.peek(), ...seen };
}

/** Dresses the page, now and whenever something about it changes. */
export function dress(): void {
  take();
  watch(take);
  bright.addEventListener("change", () => (prefersDark.value = !bright.matches));
  effect(() => paint(host.value, isDark()));
  onOnline(() => void ask().catch(() => undefined)); // without it: as the browser likes it
}

/** As this browser wants it, else as the front end, else as the browser likes it. */
const isDark = (): boolean =>
  ownTheme.value === null ? (host.value.dark ?? prefersDark.value) : ownTheme.value === "dark";

async function ask(): Promise<void> {
  const found = await stored();
  keep(found);
  host.value = { ...found, ...embedded() };
  if (found.language) await speakLike(found.language);
}

function paint(now: Host, dark: boolean): void {
  const root = document.documentElement;
  root.dataset["theme"] = dark ? "dark" : "light";
  root.dataset["host"] = now.kind || "mainsail";
  const primary = parse(now.primary) ?? BLUE;
  // The least kind of the surfaces in base.css: what can be read there can be read on all.
  const card: Rgb = dark ? [58, 58, 63] : [226, 226, 226];
  root.style.setProperty("--primary", css(primary));
  root.style.setProperty("--primary-text", css(readable(primary, card)));
  root.style.setProperty("--primary-fill", css(fillForWhite(primary)));
}
