// The options in groups, as a person looks for them. Pure.

import type { Option, Value } from "./calls";

export type GroupName =
  | "clearing"
  | "cooling"
  | "choice"
  | "failures"
  | "time"
  | "materials"
  | "power"
  | "notices"
  | "look"
  | "other";

const GROUPS: readonly (readonly [GroupName, readonly string[]])[] = [
  [
    "clearing",
    [
      "bed_clearing",
      "bed_clearing_gcode",
      "clear_after_last",
      "verify_bed",
      "verify_bed_url",
      "verify_bed_time_limit",
      "start_means_bed_clear",
      "finish_gcode",
    ],
  ],
  [
    "cooling",
    [
      "release_temperature",
      "release_temperatures",
      "cooling_temperature",
      "cooling_fan",
      "cooling_time_limit",
      "cooling_timeout_action",
    ],
  ],
  [
    "choice",
    [
      "strategy",
      "printer_profile",
      "queue_uploads",
      "queue_uploads_folder",
      "keep_removed_days",
      "keep_history_days",
    ],
  ],
  [
    "failures",
    [
      "on_failure",
      "on_cancel",
      "retries",
      "retry_minutes",
      "stop_after_failures",
      "clear_after_failure",
      "on_failure_report",
      "failure_clients",
    ],
  ],
  [
    "time",
    [
      "quiet_hours",
      "end_before_quiet_hours",
      "pause_after_prints",
      "maintenance_hours",
      "timelapse_time_limit",
    ],
  ],
  ["materials", ["material_policy", "material_margin"]],
  ["power", ["power_device", "power_off_below", "power_switch"]],
  ["notices", ["notifiers", "notify_about", "announcements"]],
  ["look", ["job_queue", "page_url"]],
];

export interface Group {
  name: GroupName;
  options: Option[];
}

/** Those that we do not know yet come last. */
export function grouped(options: Option[]): Group[] {
  const byName = new Map(options.map((one) => [one.name, one]));
  const groups = GROUPS.map(([name, names]): Group => ({
    name,
    options: names.flatMap((one) => {
      const option = byName.get(one);
      byName.delete(one);
      return option === undefined ? [] : [option];
    }),
  }));
  return [...groups, { name: "other" as const, options: [...byName.values()] }].filter(
    (one) => one.options.length > 0,
  );
}

/** Those that hold all words that were typed. texts: all that is shown of an option. */
export function matching(
  options: Option[],
  search: string,
  texts: (one: Option) => string[],
): Option[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return options;
  return options.filter((one) => {
    const all = texts(one).join("\n").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** A value as moonraker.conf has it. */
export function inFile(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

/** The line of moonraker.conf. What is hidden has to be put in again by hand. */
export function lineOf(option: Option): string {
  const value = option.hidden ? "" : inFile(option.value);
  if (!value.includes("\n")) return `${option.name}: ${value}`.trimEnd();
  const lines = value.split("\n").map((line) => (line.trim() === "" ? "" : `  ${line}`));
  return [`${option.name}:`, ...lines].join("\n");
}
