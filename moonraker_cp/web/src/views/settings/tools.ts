// Materials of tools, as people write them. Pure.

import type { Tool } from "../../live/types";

export const MOST_TOOLS = 32;
const MOST_GRAMS = 1_000_000;

/** The code in PLA_red_#ff0000; null: it has none. */
export function colourOf(material: string | null): string | null {
  return /_(#[0-9a-f]{6})$/i.exec(material ?? "")?.[1] ?? null;
}

/** The first tool of which nothing is known. */
export function firstFree(tools: Tool[]): number {
  const known = new Set(tools.filter((one) => one.material !== null).map((one) => one.tool));
  let tool = 0;
  while (known.has(tool)) tool += 1;
  return tool;
}

/** "": nobody knows; null: it is no weight. */
export function gramsOf(text: string): number | "" | null {
  if (text.trim() === "") return "";
  const value = Number(text.trim().replace(",", "."));
  return Number.isFinite(value) && value >= 0 && value <= MOST_GRAMS ? value : null;
}
