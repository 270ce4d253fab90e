// How far a print is, and which one it is. Pure but for the signals that it is handed.

import type { Signal } from "@preact/signals";
import type { Metadata } from "../../live/files";
import type { Job, PrinterObjects, Run, State } from "../../live/types";

type Objects = { [Name in keyof PrinterObjects]: Signal<PrinterObjects[Name] | null> };

const SAME = 1e-6;

/** 0 to 1: what the file itself says (M73), else how much of its moves is read. */
export function progressOf(printer: Objects, of: Metadata | null | undefined): number | null {
  const card = printer.virtual_sdcard.value;
  if (card === null) return null;
  // Without M73 Klipper shows the card's own progress here.
  const said = printer.display_status.value?.progress;
  if (said && Math.abs(said - card.progress) > SAME) return said;
  const [from, to] = [of?.gcode_start_byte, of?.gcode_end_byte];
  if (from === undefined || to === undefined || to <= from) return card.progress;
  // A header full of pictures would count as half of the print.
  return Math.min(1, Math.max(0, (card.file_position - from) / (to - from)));
}

/** Until the file is loaded Klipper still tells of the print before. */
export const isLoaded = (now: State, klipper: PrinterObjects["print_stats"] | null): boolean =>
  now.phase !== "starting" || (klipper !== null && ["printing", "paused"].includes(klipper.state));

/** "3 of 10": the copy in the printer is the one after the good ones. */
export function copyOf(job: Job | undefined, run: Run): { at: number; of: number } | null {
  const one = job?.sets.find((set) => set.id === run.set_id);
  if (one === undefined) return null;
  const of = one.completed + one.remaining;
  return of > 1 ? { at: Math.min(one.completed + 1, of), of } : null;
}

/** of: null without end; null when there is but one pass. */
export function passOf(job: Job | undefined, run: Run): { at: number; of: number | null } | null {
  if (job === undefined) return null;
  const of = job.count < 0 ? null : job.passes_done + job.remaining;
  return of === 1 ? null : { at: run.pass + 1, of };
}

interface Known {
  now: number;
  expected: number | null; // the end, by the server
  share: number | null;
  printed: number; // seconds without pauses
  estimate: number | null; // the slicer's
}

const ENOUGH = 0.02; // below that the file's share says nothing about time

/** The server's word as long as it holds; then by how much of the file is done. */
export function secondsLeft({ now, expected, share, printed, estimate }: Known): number | null {
  if (expected !== null && expected > now) return expected - now;
  if (share !== null && share >= ENOUGH && printed > 0) return printed / share - printed;
  if (estimate !== null && estimate > printed) return estimate - printed;
  return null;
}
