// How this browser wants the page, whatever the front end says. Kept in the browser.

import { signal } from "@preact/signals";

export type Theme = "dark" | "light";

const THEME = "continuousprint-own-theme";
const LANGUAGE = "continuousprint-own-language";

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Then it is so until the page is closed.
  }
}

const asTheme = (text: string | null): Theme | null =>
  text === "dark" || text === "light" ? text : null;

/** null: as the front end. */
export const ownTheme = signal<Theme | null>(asTheme(kept(THEME)));
/** null: as the front end. */
export const ownLanguage = signal<string | null>(kept(LANGUAGE));

export function wantTheme(theme: Theme | null): void {
  keep(THEME, theme);
  ownTheme.value = theme;
}

export function wantLanguage(language: string | null): void {
  keep(LANGUAGE, language);
  ownLanguage.value = language;
}
