// What is expected to happen in the next hours: prints, waits, hands. Pure.

import type { Copy } from "./copies";
import { mayBegin, type Interval } from "./quiet";

export interface Span {
  what: "print" | "bed" | "quiet" | "start_time";
  from: number;
  to: number;
  /** Of a print. */
  copy?: Copy;
  /** How many copies of it, one after the other, are drawn as one. */
  n: number;
  /** Of a print: the last one of its job is in it. */
  endsJob: boolean;
  /** False: a person has to do something before, so it is the earliest time. */
  isSure: boolean;
  isRunning: boolean;
}

export interface Plan {
  spans: Span[];
  /** Behind the last span nobody knows, and why. */
  unknown: { from: number; why: "length" | "run" | "quiet"; copy: Copy | null } | null;
  /** When all is printed; null: not within these hours, or nobody knows. */
  end: number | null;
}

export interface Given {
  now: number;
  until: number;
  /** What prints; to: its end, null when nobody knows. */
  run: { copy: Copy; from: number; to: number | null } | null;
  copies: Iterable<Copy>;
  /** The bed is clear and no print is in it. */
  isReady: boolean;
  /** Seconds from the end of a print to a clear bed. */
  gap: number | null;
  quiet: readonly Interval[];
  /** A print has to end before quiet hours begin. */
  endsBefore: boolean;
  /** The queue was told to begin then. */
  notBefore: number | null;
  /** A person clears the bed. */
  byHand: boolean;
  /** A person has to do something before anything begins. */
  needsPerson: boolean;
  /** Copies that take less than that many seconds are drawn as one. */
  fold: number;
}

const LONGEST_LOOK = 14 * 86_400; // as the queue does
const MOST = 20_000; // copies: of some seconds each

export function plan(given: Given): Plan {
  const spans: Span[] = [];
  const { now, until, run } = given;
  let at = now;
  let isSure = !given.needsPerson;
  if (run !== null) {
    if (run.to === null) {
      spans.push(print(run.copy, run.from, now, isSure, true));
      return { spans, unknown: { from: now, why: "run", copy: run.copy }, end: null };
    }
    at = Math.max(run.to, now);
    spans.push(print(run.copy, Math.min(run.from, now), at, true, true));
  }
  let isReady = given.isReady;
  let count = 0;
  for (const copy of given.copies) {
    if (at >= until || ++count > MOST) return { spans, unknown: null, end: null };
    const bed = isReady ? 0 : (given.gap ?? 0);
    if (!isReady && given.byHand) isSure = false;
    isReady = false;
    const clear = at + bed;
    const start = begin(given, clear, copy);
    if (start === null) return { spans, unknown: { from: clear, why: "quiet", copy }, end: null };
    if (copy.seconds === null) return { spans, unknown: { from: start, why: "length", copy }, end: null };
    put(spans, given, { at, clear, start, isSure }, copy, copy.seconds);
    at = start + copy.seconds;
  }
  return { spans, unknown: null, end: spans.some((one) => one.what === "print") ? at : null };
}

function begin(given: Given, clear: number, copy: Copy): number | null {
  const from = Math.max(clear, given.notBefore ?? clear);
  const lasts = given.endsBefore ? copy.seconds : null;
  return mayBegin(given.quiet, from, lasts, given.now + LONGEST_LOOK);
}

interface Times {
  at: number;
  clear: number;
  start: number;
  isSure: boolean;
}

function put(spans: Span[], given: Given, times: Times, copy: Copy, seconds: number): void {
  const { at, clear, start, isSure } = times;
  const last = spans.at(-1);
  const isShort = seconds < given.fold && start === clear;
  if (isShort && last?.copy !== undefined && isSame(last.copy, copy) && !last.isRunning && last.isSure === isSure) {
    last.to = start + seconds;
    last.n += 1;
    last.endsJob = copy.isLast;
    return;
  }
  if (clear > at) spans.push(span("bed", at, clear, isSure));
  if (start > clear) {
    const isTold = given.notBefore !== null && clear < given.notBefore;
    const told = isTold ? Math.min(given.notBefore ?? start, start) : clear;
    if (told > clear) spans.push(span("start_time", clear, told, isSure));
    if (start > told) spans.push(span("quiet", told, start, isSure));
  }
  spans.push(print(copy, start, start + seconds, isSure, false));
}

const isSame = (one: Copy, other: Copy): boolean =>
  one.jobId === other.jobId && one.path === other.path;

const span = (what: Span["what"], from: number, to: number, isSure: boolean): Span => ({
  what, from, to, n: 1, endsJob: false, isSure, isRunning: false,
});

const print = (copy: Copy, from: number, to: number, isSure: boolean, isRunning: boolean): Span => ({
  what: "print", from, to, copy, n: 1, endsJob: copy.isLast, isSure, isRunning,
});

/** The same in fewer lines, to be read: copies of a file in a row are one, with the
 * bed's turns between them; the bed's own turns are left out. */
export function toRead(spans: readonly Span[]): Span[] {
  const lines: Span[] = [];
  for (const one of spans) {
    const last = lines.at(-1);
    if (one.what === "bed") continue;
    const goesOn = one.copy !== undefined && last?.copy !== undefined && !last.isRunning
      && isSame(last.copy, one.copy) && last.isSure === one.isSure;
    if (goesOn && last !== undefined) {
      lines[lines.length - 1] = { ...last, to: one.to, n: last.n + one.n, endsJob: one.endsJob };
    } else lines.push(one);
  }
  return lines;
}
