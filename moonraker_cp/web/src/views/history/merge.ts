// The newest runs, read again, on top of those that are held. Pure.

import type { PastRun } from "../../live/types";

/** Newest first, as the server orders them. */
const isBehind = (one: PastRun, other: PastRun): boolean => {
  const [a, b] = [one.ended ?? 0, other.ended ?? 0];
  return a === b ? one.id < other.id : a < b;
};

/**
 * What is held, with its head replaced by what the server says of it now: a run that
 * has ended is new, one that was judged anew is changed or gone. Null: more has ended
 * than was read, and all has to be read again. isAll: there are no more than these.
 */
export function merge(held: PastRun[], newest: PastRun[], isAll: boolean): PastRun[] | null {
  const last = newest.at(-1);
  if (isAll || last === undefined) return newest;
  if (held.length > 0 && !held.some((one) => one.id === last.id || !isBehind(one, last))) return null;
  return [...newest, ...held.filter((one) => isBehind(one, last))];
}

/** A further page behind what is held; a run that stands in both is kept once. */
export function append(held: PastRun[], page: PastRun[]): PastRun[] {
  const known = new Set(held.map((one) => one.id));
  return [...held, ...page.filter((one) => !known.has(one.id))];
}
