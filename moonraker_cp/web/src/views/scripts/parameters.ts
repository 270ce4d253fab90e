// The numbers of a clearing procedure, as they are typed. Pure.

import type { Procedure, ProcedureParameter } from "../../live/types";

export type Typed = Record<string, string>;

/** A point, or the comma of other countries. */
const numberOf = (text: string): number =>
  text.trim() === "" ? NaN : Number(text.trim().replace(",", "."));

export type ParameterFault = "number" | "least" | "most" | "name";

export function faultOf(parameter: ProcedureParameter, text: string): ParameterFault | null {
  if (typeof parameter.default === "string")
    return /^[A-Za-z_]\w*$/.test(text.trim()) ? null : "name";
  const value = numberOf(text);
  if (!Number.isFinite(value)) return "number";
  if (parameter.least !== null && value < parameter.least) return "least";
  if (parameter.most !== null && value > parameter.most) return "most";
  return null;
}

export const defaultsOf = (procedure: Procedure): Typed =>
  Object.fromEntries(procedure.parameters.map((one) => [one.name, String(one.default)]));

/** What is sent for them; null: something is not as it has to be. */
export function valuesOf(
  procedure: Procedure,
  typed: Typed,
): Record<string, number | string> | null {
  const all: Record<string, number | string> = {};
  for (const one of procedure.parameters) {
    const text = typed[one.name] ?? "";
    if (faultOf(one, text) !== null) return null;
    all[one.name] = typeof one.default === "string" ? text.trim() : numberOf(text);
  }
  return all;
}

/** What moonraker.conf has to say for it; the option waits for a degree less than is looked at. */
export function linesFor(values: Record<string, number | string>): string[] {
  const release = values["release_temperature"];
  const lines = ["bed_clearing: gcode"];
  if (typeof release === "number") lines.push(`release_temperature: ${release - 1}`);
  return lines;
}
