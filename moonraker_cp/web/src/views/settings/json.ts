// JSON objects as text and back. Pure.

import type { Values } from "./calls";

export const asText = (values: Values): string => JSON.stringify(values, null, 2);

/** null: it is no JSON object, or one without values, which the server does not take. */
export function parsed(text: string): Values | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return Object.keys(value).length === 0 ? null : (value as Values);
  } catch {
    return null;
  }
}
