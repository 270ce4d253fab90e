// Quiet hours, as moonraker.conf has them, and when a print may begin. Pure.
// By this device's clock: the printer's own is not told.

export interface Interval {
  from: number; // seconds since the epoch
  to: number;
}

/** day: 0 is Sunday, as in Date; minutes since that day's midnight; end may be over 1440. */
export interface Period {
  day: number;
  begin: number;
  end: number;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const EVERY = [0, 1, 2, 3, 4, 5, 6];
const DAY = 24 * 60;

/** "Mon-Fri 22:00-06:30, Sat 00:00-24:00". The server has checked it: what cannot be
 * understood is left out. */
export function parseQuiet(text: string): Period[] {
  const found: Period[] = [];
  let days: number[] = [];
  for (const word of text.replace(/\s*-\s*/g, "-").split(/[\s,]+/).filter(Boolean)) {
    if (!word.includes(":")) {
      days.push(...daysOf(word));
      continue;
    }
    const times = timesOf(word);
    if (times !== null) {
      for (const day of days.length > 0 ? days : EVERY) found.push({ day, ...times });
    }
    days = [];
  }
  return found;
}

/** "Fri-Mon" is Friday, Saturday, Sunday and Monday. */
function daysOf(word: string): number[] {
  const [first, last] = word.toLowerCase().split("-");
  const [from, to] = [DAYS.indexOf(first ?? ""), DAYS.indexOf(last ?? first ?? "")];
  if (from < 0 || to < 0) return [];
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, more) => (from + more) % 7);
}

function timesOf(word: string): { begin: number; end: number } | null {
  const parts = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(word)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [hour, minute, endHour, endMinute] = parts as [number, number, number, number];
  const [begin, end] = [hour * 60 + minute, endHour * 60 + endMinute];
  return { begin, end: end > begin ? end : end + DAY };
}

/** The quiet times that touch from … to, each once and in order; those that meet are one. */
export function quietTimes(periods: readonly Period[], from: number, to: number): Interval[] {
  const all: Interval[] = [];
  const first = new Date(from * 1000);
  for (let more = -2; ; more++) {
    const day = new Date(first.getFullYear(), first.getMonth(), first.getDate() + more);
    if (!(day.getTime() / 1000 <= to)) break; // of what is no number, too
    for (const one of periods) {
      if (one.day !== day.getDay()) continue;
      const interval = { from: atMinute(day, one.begin), to: atMinute(day, one.end) };
      if (interval.from < interval.to) all.push(interval); // else the clock skips all of it
    }
  }
  const sorted = all.sort((a, b) => a.from - b.from);
  return joined(sorted).filter((one) => one.to > from && one.from < to);
}

const atMinute = (day: Date, minutes: number): number =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, minutes).getTime() / 1000;

function joined(sorted: Interval[]): Interval[] {
  const found: Interval[] = [];
  for (const one of sorted) {
    const last = found.at(-1);
    if (last !== undefined && one.from <= last.to) last.to = Math.max(last.to, one.to);
    else found.push({ ...one });
  }
  return found;
}

/** The earliest time from start on at which a print may begin. lasts: it has to end
 * before the next quiet time; null: it may run into one. Null: not within these times. */
export function mayBegin(
  quiet: readonly Interval[], start: number, lasts: number | null, until: number,
): number | null {
  let at = start;
  for (const one of quiet) {
    if (one.to <= at) continue;
    if (at < one.from && at + (lasts ?? 0) <= one.from) break;
    at = one.to;
  }
  return at < until ? at : null;
}
