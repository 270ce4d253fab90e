// Scripts as they are edited: what is sent, what was there, what differs. Pure.

import type { HookScript } from "../../live/types";

/** A script as the API takes it. */
export interface Sent {
  name: string;
  gcode: string;
  condition: string;
}

/** A script in the editor. key: its own as long as it is edited; on: it may run. */
export interface Draft extends Sent {
  key: number;
  on: boolean;
}

/** base: what the server had when the first change was made. */
export interface HookDraft {
  base: Sent[];
  scripts: Draft[];
}

export const MOST_SCRIPTS = 20;

/** Keys of scripts that the server has are their places; new ones are above. */
const FIRST_NEW_KEY = 1000;

// A script that is switched off has a condition that is never true: the API knows no
// other way, and everybody who reads it there sees what it means.
const OFF = "false";
const OFF_AND = /^false and \((.*)\)$/;

const isBalanced = (text: string): boolean => {
  let depth = 0;
  for (const one of text) {
    if (one === "(") depth += 1;
    if (one === ")" && --depth < 0) return false;
  }
  return depth === 0;
};

export function readCondition(condition: string): { condition: string; on: boolean } {
  if (condition.trim() === OFF) return { condition: "", on: false };
  const inner = OFF_AND.exec(condition)?.[1];
  if (inner === undefined || !isBalanced(inner)) return { condition, on: true };
  return { condition: inner, on: false };
}

export function writeCondition({ condition, on }: { condition: string; on: boolean }): string {
  if (on) return condition.trim();
  // Braces around a condition would be a table of values inside of another one.
  const bare = condition
    .trim()
    .replace(/^\{(.*)\}$/, "$1")
    .trim();
  return bare === "" ? OFF : `${OFF} and (${bare})`;
}

/** Those of moonraker.conf are edited there. */
export const ofApi = (scripts: HookScript[]): Sent[] =>
  scripts
    .filter((one) => one.from === "api")
    .map(({ name, gcode, condition }) => ({ name, gcode, condition }));

export const toDrafts = (scripts: Sent[]): Draft[] =>
  scripts.map((one, at) => ({ ...one, ...readCondition(one.condition), key: at }));

export const toSent = (scripts: Draft[]): Sent[] =>
  scripts.map((one) => ({
    name: one.name.trim(),
    gcode: one.gcode,
    condition: writeCondition(one),
  }));

export const isSame = (one: Sent[], other: Sent[]): boolean =>
  one.length === other.length &&
  one.every((script, at) => {
    const its = other[at];
    return (
      script.name === its?.name && script.gcode === its.gcode && script.condition === its.condition
    );
  });

/** The draft after a change; null: it is what the server has. */
export function changed(base: Sent[], scripts: Draft[]): HookDraft | null {
  return isSame(toSent(scripts), base) ? null : { base, scripts };
}

export function freshKey(scripts: Draft[]): number {
  return Math.max(FIRST_NEW_KEY, ...scripts.map((one) => one.key)) + 1;
}

/** "Script", "Script 2", …: a name that none of them has. */
export function freshName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let n = 2; taken.includes(name); n += 1) name = `${wanted} ${n}`;
  return name;
}

/** A new list with the script one place up (-1) or down (1). */
export function moved(scripts: Draft[], at: number, by: -1 | 1): Draft[] {
  const one = scripts[at];
  const other = scripts[at + by];
  if (one === undefined || other === undefined) return scripts;
  const next = [...scripts];
  next[at] = other;
  next[at + by] = one;
  return next;
}

export type NameFault = "empty" | "twice" | "taken";

/** What the server would refuse. taken: names of moonraker.conf's scripts. */
export function faultOfName(
  scripts: Draft[],
  at: number,
  taken: readonly string[],
): NameFault | null {
  const name = scripts[at]?.name.trim() ?? "";
  if (name === "") return "empty";
  if (taken.includes(name)) return "taken";
  return scripts.some((one, i) => i !== at && one.name.trim() === name) ? "twice" : null;
}
