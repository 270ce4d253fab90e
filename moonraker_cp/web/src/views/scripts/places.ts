// Where we are: #/scripts, #/scripts/clear_bed, #/scripts/library/belt_short.

import { useEffect, useState } from "preact/hooks";
import type { Hook, HookName } from "../../live/types";

const ROOT = "#/scripts";

/** In the order of a print's life. */
const ORDER: readonly HookName[] = [
  "activated",
  "awaiting_material",
  "before_print",
  "print_started",
  "print_succeeded",
  "print_cancelled",
  "print_failed",
  "cool_down",
  "clear_bed",
  "verify_bed",
  "finish",
  "deactivated",
];

/** Those that we do not know yet come last. */
export function inLifeOrder(hooks: Hook[]): Hook[] {
  const place = (one: Hook): number =>
    (ORDER.indexOf(one.hook) + ORDER.length + 1) % (ORDER.length + 1);
  return [...hooks].sort((a, b) => place(a) - place(b));
}

export const hookPlace = (name: string): string => `${ROOT}/${encodeURIComponent(name)}`;
export const libraryPlace = (name = ""): string =>
  `${ROOT}/library${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
export const LIST_PLACE = ROOT;

export type Place =
  | { is: "list" }
  | { is: "hook"; name: string }
  | { is: "library" }
  | { is: "procedure"; name: string };

export function placeOf(hash: string): Place {
  const [first = "", second = ""] = hash
    .slice(ROOT.length + 1)
    .split("/")
    .map(decoded);
  if (first === "library")
    return second === "" ? { is: "library" } : { is: "procedure", name: second };
  return first === "" ? { is: "list" } : { is: "hook", name: first };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand
  }
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const take = (): void => setHash(location.hash);
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  return placeOf(hash);
}
