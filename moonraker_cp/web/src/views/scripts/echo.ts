// Values that come back from where they were told to. Pure.

/**
 * Whether the value is one that was typed here. It comes back a little later, when more
 * may have been typed: putting it in again would undo that.
 */
export function isEcho(told: string[], value: string): boolean {
  const at = told.indexOf(value);
  told.splice(0, at < 0 ? told.length : at + 1);
  return at >= 0;
}
