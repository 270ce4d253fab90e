// What stands in the fields of a form, and what of it is sent. Pure.

import type { Job, JobFields, JobSet, OnFailure, SetFields } from "../../live/types";

export const MOST_COPIES = 10_000;
export const MOST_PRIORITY = 100;
export const MOST_RELEASE = 200;
export const MOST_RETRIES = 100;
export const MOST_NOTE = 2_000;
const MOST_SPOOL = 2_147_483_647;

export interface JobForm {
  name: string;
  endless: boolean;
  count: string;
  remaining: string;
  hold: boolean;
  draft: boolean;
  priority: string;
  due: string;
  note: string;
}

export interface SetForm {
  count: string;
  remaining: string;
  materials: string[]; // by tool; "": any
  spools: string[];
  profiles: string;
  release_temperature: string; // "": as the options say
  on_failure: OnFailure | "";
  retries: string;
}

export type FormValue = string | boolean | string[];

const ENDLESS = -1;
const text = (value: number | null): string => (value === null ? "" : String(value));

export function jobForm(job: Job): JobForm {
  const endless = job.count === ENDLESS;
  return {
    name: job.name,
    endless,
    count: endless ? "1" : String(job.count),
    remaining: String(job.remaining),
    hold: job.hold,
    draft: job.draft,
    priority: String(job.priority),
    due: localTime(job.due),
    note: job.note,
  };
}

export function setForm(set: JobSet): SetForm {
  return {
    count: String(set.count),
    remaining: String(set.remaining),
    materials: set.materials.map((one) => one ?? ""),
    spools: set.spools.map(text),
    profiles: set.profiles.join(", "),
    release_temperature: text(set.release_temperature),
    on_failure: set.on_failure ?? "",
    retries: text(set.retries),
  };
}

export const EMPTY_SET: SetForm = {
  count: "1", remaining: "1", materials: [], spools: [], profiles: "",
  release_temperature: "", on_failure: "", retries: "",
};

export const isSame = (one: FormValue, other: FormValue): boolean =>
  JSON.stringify(tidy(one)) === JSON.stringify(tidy(other));

/** Empty tools at the end say nothing. */
function tidy(value: FormValue): FormValue {
  if (!Array.isArray(value)) return value;
  const all = value.map((one) => one.trim());
  while (all.at(-1) === "") all.pop();
  return all;
}

// -- numbers -----------------------------------------------------------------------

/** A whole number within limits, or null. */
export function whole(typed: string, least: number, most: number): number | null {
  if (!/^[+-]?\d+$/.test(typed.trim())) return null;
  const value = Number(typed);
  return value >= least && value <= most ? value : null;
}

/** With a comma or a point. */
export function decimal(typed: string, least: number, most: number): number | null {
  const plain = typed.trim().replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain)) return null;
  const value = Number(plain);
  return value >= least && value <= most ? value : null;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** As <input type="datetime-local"> has it, in the reader's own time. */
export function localTime(seconds: number | null): string {
  if (seconds === null) return "";
  const at = new Date(seconds * 1000);
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Seconds since the epoch; null: no time. */
export function timeOf(local: string): number | null {
  const at = local === "" ? NaN : new Date(local).getTime() / 1000;
  return Number.isFinite(at) ? at : null;
}

// -- what is wrong -----------------------------------------------------------------

/** The limits that a field is outside of; shown as "from … to …". */
export type Limits = readonly [least: number, most: number];
export type Wrong<F> = { [K in keyof F]?: Limits | "needed" | "long" };

const outside = (typed: string, limits: Limits): Limits | undefined =>
  whole(typed, ...limits) === null ? limits : undefined;

export function wrongJob(form: JobForm): Wrong<JobForm> {
  const wrong: Wrong<JobForm> = {};
  if (form.name.trim() === "") wrong.name = "needed";
  if (form.note.length > MOST_NOTE) wrong.note = "long";
  put(wrong, "priority", outside(form.priority, [-MOST_PRIORITY, MOST_PRIORITY]));
  if (form.endless) return wrong;
  put(wrong, "count", outside(form.count, [0, MOST_COPIES]));
  const most = whole(form.count, 0, MOST_COPIES) ?? MOST_COPIES;
  put(wrong, "remaining", outside(form.remaining, [0, most]));
  return wrong;
}

export function wrongSet(form: SetForm): Wrong<SetForm> {
  const wrong: Wrong<SetForm> = {};
  put(wrong, "count", outside(form.count, [0, MOST_COPIES]));
  put(wrong, "remaining", outside(form.remaining, [0, MOST_COPIES]));
  const release = form.release_temperature;
  const cold = release.trim() === "" || decimal(release, 0, MOST_RELEASE) !== null;
  if (!cold) wrong.release_temperature = [0, MOST_RELEASE];
  if (form.retries.trim() !== "") put(wrong, "retries", outside(form.retries, [0, MOST_RETRIES]));
  const spools = form.spools.filter((one) => one.trim() !== "");
  if (spools.some((one) => whole(one, 1, MOST_SPOOL) === null)) wrong.spools = [1, MOST_SPOOL];
  return wrong;
}

function put<F>(wrong: Wrong<F>, field: keyof F, limits: Limits | undefined): void {
  if (limits !== undefined) wrong[field] = limits;
}

// -- what is sent; of a form with nothing wrong ---------------------------------------

export type JobEdit = JobFields & { count?: number; remaining?: number };
export type SetEdit = SetFields & { remaining?: number };

export function jobEdit(form: JobForm, changed: ReadonlySet<keyof JobForm>): JobEdit {
  const edit: JobEdit = {};
  if (changed.has("name")) edit.name = form.name.trim();
  if (changed.has("note")) edit.note = form.note;
  if (changed.has("hold")) edit.hold = form.hold;
  if (changed.has("draft")) edit.draft = form.draft;
  if (changed.has("priority")) edit.priority = Number(form.priority);
  if (changed.has("due")) edit.due = timeOf(form.due);
  if (form.endless) {
    if (changed.has("endless")) edit.count = ENDLESS;
    return edit;
  }
  if (changed.has("count") || changed.has("endless")) edit.count = Number(form.count);
  if (changed.has("remaining")) edit.remaining = Number(form.remaining);
  return edit;
}

export function setEdit(form: SetForm, changed: ReadonlySet<keyof SetForm>): SetEdit {
  const all = setFields(form);
  const edit: SetEdit = {};
  for (const field of changed) {
    if (field === "remaining") edit.remaining = Number(form.remaining);
    else Object.assign(edit, { [field]: all[field] });
  }
  return edit;
}

/** Everything of a set but what is left of it. */
export function setFields(form: SetForm): Required<SetFields> {
  const materials = tidy(form.materials) as string[];
  const spools = tidy(form.spools) as string[];
  return {
    count: Number(form.count),
    materials: materials.map((one) => one || null),
    spools: spools.map((one) => (one === "" ? null : Number(one))),
    profiles: form.profiles.split(",").map((one) => one.trim()).filter((one) => one !== ""),
    release_temperature: decimal(form.release_temperature, 0, MOST_RELEASE),
    on_failure: form.on_failure || null,
    retries: whole(form.retries, 0, MOST_RETRIES),
  };
}
