// What the page says, in the language of its reader. Another language is one more file
// beside this one.

import { computed, signal } from "@preact/signals";
import { ownLanguage } from "../views/settings/own";
import en from "./en.json";
import { learn } from "./server";

export type Words = typeof en;
type Key = keyof Words;
type Plural = Key extends infer K ? (K extends `${infer Base}_other` ? Base : never) : never;
/** A key as it is used: without _one and _other. */
export type WordKey = Exclude<Key, `${string}_one` | `${string}_other`> | Plural;
export type Values = Record<string, string | number>;

const others = import.meta.glob<{ default: Partial<Words> }>(["./*.json", "!./en.json"]);

export const languages = ["en", ...Object.keys(others).map((path) => path.slice(2, -5))].sort();

export const language = signal("en");
/** With its country, as the browser has it: a British clock has 24 hours. */
export const locale = computed(
  () => navigator.languages.find((one) => one.split("-")[0] === language.value) ?? language.value,
);
const words = signal<Record<string, string>>(en);
const plurals = computed(() => new Intl.PluralRules(language.value));
const numbers = computed(() => new Intl.NumberFormat(locale.value));

const KEPT = "continuousprint-language";

/** The languages that a reader wants, best first -> one that there is. */
export function closest(wanted: readonly string[], there: readonly string[] = languages): string {
  for (const one of wanted) {
    const short = one.toLowerCase().split(/[-_]/)[0] ?? "";
    if (there.includes(short)) return short;
  }
  return "en";
}

let newest = { name: "en" };

/** Of two at once the newest wins, whichever is loaded first. */
export async function speak(name: string): Promise<void> {
  const mine = (newest = { name });
  const load = others[`./${name}.json`];
  let found: Partial<Words>;
  try {
    found = load === undefined ? {} : (await load()).default;
  } catch (error) {
    if (mine !== newest) return;
    newest = { name: language.peek() };
    throw error;
  }
  if (mine !== newest) return;
  words.value = { ...en, ...found };
  language.value = load === undefined ? "en" : name;
  document.documentElement.lang = language.value;
  void learn(language.value).catch(() => undefined); // the server's English is shown, then
}

/** As this browser wants it, else as it was the last time, or as the browser says. */
export function firstLanguage(): string {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Without storage the browser's language will do.
  }
  const wanted = [ownLanguage.peek(), kept].filter((one) => one !== null);
  return closest([...wanted, ...navigator.languages]);
}

/** As the front end around us is set, unless this browser wants another. */
export async function speakLike(host: string): Promise<void> {
  const name = closest([host, ...navigator.languages]);
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // It is asked for again the next time.
  }
  if (ownLanguage.peek() === null && name !== newest.name) await speak(name);
}

/** n in values chooses between singular and plural. */
export function t(key: WordKey, values: Values = {}): string {
  return filled(pattern(key, values) ?? key, values);
}

/** For codes that the server may have more of than we have words for. */
export function known(key: string, values: Values = {}): string | null {
  const found = pattern(key, values);
  return found === undefined ? null : filled(found, values);
}

function pattern(key: string, { n }: Values): string | undefined {
  const all = words.value;
  if (typeof n !== "number") return all[key];
  return all[`${key}_${plurals.value.select(n)}`] ?? all[`${key}_other`] ?? all[key];
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.value.format(value) : value;
  });
}
