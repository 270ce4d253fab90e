// What the server says, in the language of the page. It speaks English; a catalogue has
// its sentences with {places} for what differs. What is not in there is shown as it is.

import { computed, signal } from "@preact/signals";
import { language } from "./index";

type Catalogue = Record<string, string>;

const files = import.meta.glob<{ default: Catalogue }>("./server/*.json");
const loaded = signal<{ of: string; entries: [RegExp, string][] }>({ of: "", entries: [] });

// Longer ones are a log or a program, not sentences.
const LONGEST = 2000;
const MOST_SENTENCES = 24;
// How many an entry is about; what it quotes at the end of a text may have more.
const SHORTER = [4, 3, 2, 1];
const SENTENCE = /(?<=[.!?]) (?=[A-Z0-9{])/;

const current = computed(() => (loaded.value.of === language.value ? loaded.value.entries : []));

let newest = "";

/** Loads the catalogue of a language; the page is shown without waiting for it. */
export async function learn(name: string): Promise<void> {
  newest = name;
  const load = files[`./server/${name}.json`];
  const catalogue = load === undefined ? {} : (await load()).default;
  if (name === newest) loaded.value = { of: name, entries: compile(catalogue) };
}

export function compile(catalogue: Catalogue): [RegExp, string][] {
  return Object.entries(catalogue).map(([english, words]) => [pattern(english), words]);
}

function pattern(english: string): RegExp {
  const parts = english.split(/\{(\w+)\}/).map((part, at) => (at % 2 ? `(?<${part}>.+?)` : escaped(part)));
  return new RegExp(`^${parts.join("")}$`, "s");
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A text of the server, sentence by sentence. */
export function said(text: string): string {
  return translate(text, current.value);
}

export function translate(text: string, entries: [RegExp, string][]): string {
  if (entries.length === 0 || text.length > LONGEST) return text;
  const sentences = text.split(SENTENCE);
  if (sentences.length > MOST_SENTENCES) return text;
  const out: string[] = [];
  for (let at = 0; at < sentences.length; ) {
    const [words, taken] = longest(sentences.slice(at), entries);
    out.push(words);
    at += taken;
  }
  return out.join(" ");
}

/** As many sentences as one entry is about: what they quote may be sentences, too. */
function longest(sentences: string[], entries: [RegExp, string][]): [string, number] {
  const all = sentences.length;
  const counts = [all, ...SHORTER.filter((count) => count < all)];
  for (const count of counts) {
    const text = sentences.slice(0, count).join(" ");
    for (const [english, words] of entries) {
      const found = english.exec(text);
      if (found !== null) return [filled(words, found.groups ?? {}), count];
    }
  }
  return [sentences[0] ?? "", 1];
}

const filled = (words: string, groups: Record<string, string>): string =>
  words.replace(/\{(\w+)\}/g, (whole, name: string) => groups[name] ?? whole);
