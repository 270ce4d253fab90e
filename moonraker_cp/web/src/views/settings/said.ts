// Sentences that the server says, in the reader's language.
//
// An option's meaning is known by its English words: one that has changed since it was
// translated is shown as the server has it, rather than as it was.

import { known, language } from "../../words";
import en from "../../words/en.json";
import { said as saidByServer } from "../../words/server";

const FAMILY = "settings_said.";

const codes = new Map(
  Object.entries(en)
    .filter(([key]) => key.startsWith(FAMILY))
    .map(([key, text]) => [text, key.slice(FAMILY.length)]),
);

export function said(text: string): string {
  const code = codes.get(text);
  if (code === undefined) return saidByServer(text);
  return (language.value === "en" ? null : known(`settings_said.${code}`)) ?? text;
}

/** Whose words they are, for screen readers: what nobody has translated is English. */
export const languageOf = (text: string): string | undefined =>
  said(text) === text ? "en" : undefined;
