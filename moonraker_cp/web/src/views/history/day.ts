// Days in words.

import { locale, t } from "../../words";
import { dayBegins } from "./filter";

const made = new Map<string, Intl.DateTimeFormat>();

function format(seconds: number, options: Intl.DateTimeFormatOptions): string {
  const key = locale.value + JSON.stringify(options);
  let held = made.get(key);
  if (held === undefined) made.set(key, (held = new Intl.DateTimeFormat(locale.value, options)));
  return held.format(seconds * 1000);
}

/** "Today", "Yesterday", "Thursday 12 March 2026" */
export function dayName(seconds: number, now: number): string {
  const day = dayBegins(seconds);
  if (day === dayBegins(now)) return t("history.today");
  if (day === dayBegins(now, -1)) return t("history.yesterday");
  return format(seconds, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** "12 Mar" */
export const shortDay = (seconds: number): string =>
  format(seconds, { day: "numeric", month: "short" });

/** "12 Mar 2026, 14:30:05" */
export const exact = (seconds: number): string =>
  format(seconds, { dateStyle: "medium", timeStyle: "medium" });
