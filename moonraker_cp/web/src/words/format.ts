// Times and numbers as people write them.

import { locale, t } from "./index";

const DAY = 24 * 3600;
const cache = new Map<string, Intl.DateTimeFormat>();

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale.value + JSON.stringify(options);
  let held = cache.get(key);
  if (held === undefined) {
    held = new Intl.DateTimeFormat(locale.value, options);
    cache.set(key, held);
  }
  return held;
}

/** "2 d 3 h", "1 h 05 min", "4 min", "20 s" */
export function duration(seconds: number): string {
  const left = Math.max(0, Math.round(seconds));
  if (left < 60) return t("time.seconds", { s: left });
  const minutes = Math.round(left / 60);
  if (minutes < 60) return t("time.minutes", { m: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) {
    return t("time.hours", { h: hours, m: String(minutes % 60).padStart(2, "0") });
  }
  const full = Math.round(left / 3600);
  return t("time.days", { d: Math.floor(full / 24), h: full % 24 });
}

const midnight = (seconds: number): number => new Date(seconds * 1000).setHours(0, 0, 0, 0) / 1000;

export function clock(seconds: number): string {
  return dates({ hour: "numeric", minute: "2-digit" }).format(seconds * 1000);
}

/** "14:30", "tomorrow 14:30", "Tue 14:30", "12 Mar, 14:30"; now in the same clock. */
export function moment(seconds: number, now: number): string {
  const days = Math.round((midnight(seconds) - midnight(now)) / DAY);
  if (days === 0) return clock(seconds);
  if (days === 1) return t("time.tomorrow", { time: clock(seconds) });
  if (days === -1) return t("time.yesterday", { time: clock(seconds) });
  if (days > 1 && days < 7) {
    return dates({ weekday: "short", hour: "numeric", minute: "2-digit" }).format(seconds * 1000);
  }
  const isFar = Math.abs(days) > 300;
  return dates({
    day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
    ...(isFar ? { year: "numeric" } : {}),
  }).format(seconds * 1000);
}

/** "for 5 min" since then; "just now" at first. */
export function since(seconds: number, now: number): string {
  const gone = now - seconds;
  return gone < 10 ? t("time.just_now") : t("time.for", { time: duration(gone) });
}

export function degrees(value: number, digits = 0): string {
  return `${number(value, digits)} °C`;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale.value, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(value);
}

export function percent(share: number): string {
  return new Intl.NumberFormat(locale.value, { style: "percent", maximumFractionDigits: 0 }).format(
    Math.min(1, Math.max(0, share)),
  );
}

export function grams(value: number): string {
  return value >= 1000 ? `${number(value / 1000, 1)} kg` : `${number(value, value < 10 ? 1 : 0)} g`;
}

export function metres(millimetres: number): string {
  return `${number(millimetres / 1000, millimetres < 10_000 ? 1 : 0)} m`;
}

export function bytes(value: number): string {
  if (value < 1000) return `${number(value)} B`;
  return value < 1e6 ? `${number(value / 1e3, 0)} kB` : `${number(value / 1e6, 1)} MB`;
}

/** The name of a file without its folder and its ending. */
export function fileName(path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return name.replace(/\.(gcode|gco|g)$/i, "") || name;
}

/** The server calls a job that nobody has named "Job 7". */
export function jobName(name: string, id: number): string {
  return name === "" || name === `Job ${id}` ? t("job.unnamed", { id: String(id) }) : name;
}
