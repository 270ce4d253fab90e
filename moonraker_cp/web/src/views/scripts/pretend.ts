// What a dry run is told to take for true, and what it looks at. Pure.

import type { Job } from "../../live/types";
import { jobName } from "../../words/format";

/** Klipper's objects, as far as they are shown. */
export interface Seen {
  toolhead?: { homed_axes?: string; position?: number[] };
  heater_bed?: { temperature?: number };
  webhooks?: { state?: string };
}

export const LOOKED_AT = { toolhead: ["homed_axes", "position"], heater_bed: ["temperature"] };

export type Homed = "as_is" | "all" | "none";

export interface Pretence {
  /** "": the print that the hook is about now; "set:7": a set of the queue; "file": path. */
  about: string;
  path: string;
  homed: Homed;
  /** As it was typed; "": as it is. */
  bed: string;
}

export const AS_IS: Pretence = { about: "", path: "", homed: "as_is", bed: "" };

/** null: it is no temperature. "": as it is. */
export function temperature(text: string): number | "" | null {
  if (text.trim() === "") return "";
  const value = Number(text.trim().replace(",", "."));
  return Number.isFinite(value) && value >= -50 && value <= 500 ? value : null;
}

/** The fields of a simulate call. */
export function asked(pretence: Pretence): {
  set_id?: number;
  path?: string;
  printer?: Record<string, object>;
} {
  const printer: Record<string, object> = {};
  if (pretence.homed !== "as_is") {
    printer["toolhead"] = { homed_axes: pretence.homed === "all" ? "xyz" : "" };
  }
  const bed = temperature(pretence.bed);
  if (typeof bed === "number") printer["heater_bed"] = { temperature: bed };
  const set = /^set:(\d+)$/.exec(pretence.about)?.[1];
  return {
    ...(set === undefined ? {} : { set_id: Number(set) }),
    ...(pretence.about === "file" && pretence.path !== "" ? { path: pretence.path } : {}),
    ...(Object.keys(printer).length === 0 ? {} : { printer }),
  };
}

/** The sets of the queue to choose from, in its order. */
export function choices(jobs: Job[], most = 50): { value: string; job: string; path: string }[] {
  return jobs
    .flatMap((job) =>
      job.sets.map((set) => ({ value: `set:${set.id}`, job: jobName(job.name, job.id), path: set.path })),
    )
    .slice(0, most);
}

/** What the script sees: what Klipper has, with what is pretended over it. */
export function seenBy(
  seen: Seen,
  pretence: Pretence,
): {
  homed: string | null;
  isHomedPretended: boolean;
  bed: number | null;
  isBedPretended: boolean;
  position: number[] | null;
} {
  const bed = temperature(pretence.bed);
  const isBedPretended = typeof bed === "number";
  return {
    homed:
      pretence.homed === "as_is"
        ? (seen.toolhead?.homed_axes ?? null)
        : pretence.homed === "all"
          ? "xyz"
          : "",
    isHomedPretended: pretence.homed !== "as_is",
    bed: isBedPretended ? bed : (seen.heater_bed?.temperature ?? null),
    isBedPretended,
    position: seen.toolhead?.position?.slice(0, 3) ?? null,
  };
}
