// The hours under the band.

import { locale } from "../../words";

export interface Mark {
  at: number;
  isDay: boolean;
  isNamed: boolean;
  name: string;
}

const EVERY = 3; // hours
const NAMED = 6;
const EDGE = 1.5 * 3600; // seconds from the end, where a name has no room

/** Every three hours by the clock on the wall; midnights have the day's name. */
export function hourMarks(from: number, to: number): Mark[] {
  const found: Mark[] = [];
  const start = new Date(from * 1000);
  for (let hour = EVERY * Math.ceil((start.getHours() + 0.01) / EVERY); ; hour += EVERY) {
    const date = new Date(start.getFullYear(), start.getMonth(), start.getDate(), hour);
    const at = date.getTime() / 1000;
    if (at >= to) return found;
    if (at <= from) continue;
    const isDay = date.getHours() === 0;
    const isNamed = date.getHours() % NAMED === 0 && at < to - EDGE && at > from + EDGE / 2;
    found.push({ at, isDay, isNamed, name: nameOf(date, isDay) });
  }
}

const nameOf = (date: Date, isDay: boolean): string =>
  new Intl.DateTimeFormat(locale.value, isDay
    ? { weekday: "short", day: "numeric", month: "numeric" }
    : { hour: "numeric", minute: "2-digit" }).format(date);
