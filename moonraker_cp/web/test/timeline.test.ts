// What is expected of the next hours.

import { describe, expect, it } from "vitest";
import type { Forecast, JobForecast, Run } from "../src/live/types";
import { spanWords } from "../src/views/timeline/agenda";
import { copies, type Copy } from "../src/views/timeline/copies";
import { plan, toRead, type Given } from "../src/views/timeline/plan";
import { mayBegin, parseQuiet, quietTimes } from "../src/views/timeline/quiet";
import { job, set, stateOf } from "./shapes";

const HOUR = 3600;
// A Monday, by this computer's clock.
const at = (hour: number, day = 2): number => new Date(2026, 2, day, hour).getTime() / 1000;

describe("quiet hours", () => {
  it("go over midnight and belong to the day on which they begin", () => {
    const fridays = parseQuiet("Fri 22:00-07:00");
    expect(quietTimes(fridays, at(0), at(0, 9))).toEqual([{ from: at(22, 6), to: at(7, 7) }]);
  });

  it("are none between times that are no numbers, instead of a search without end", () => {
    const fridays = parseQuiet("Fri 22:00-07:00");
    expect(quietTimes(fridays, NaN, NaN)).toEqual([]);
    expect(quietTimes(fridays, at(0), NaN)).toEqual([]);
  });

  it("have days in ranges over the weekend, and lists", () => {
    expect(parseQuiet("Fri-Mon 12:00-13:00").map((one) => one.day)).toEqual([5, 6, 0, 1]);
    expect(parseQuiet("Mon - Tue 22:00 - 23:00, Sat, Sun 00:00-24:00").map((one) => one.day)).toEqual([1, 2, 6, 0]);
    expect(parseQuiet("22:00-06:30, 12:00-13:00")).toHaveLength(14);
    expect(parseQuiet("")).toEqual([]);
    expect(parseQuiet("at night")).toEqual([]);
  });

  it("are one where they meet, and begin before one looks", () => {
    const all = quietTimes(parseQuiet("Sun 20:00-24:00, Mon 00:00-07:00"), at(3), at(23));
    expect(all).toEqual([{ from: at(20, 1), to: at(7) }]);
  });

  it("let a print begin that need not end before them", () => {
    const quiet = [{ from: at(22), to: at(31) }];
    expect(mayBegin(quiet, at(21), null, at(200))).toBe(at(21));
    expect(mayBegin(quiet, at(21), 2 * HOUR, at(200))).toBe(at(31));
    expect(mayBegin(quiet, at(21), HOUR, at(200))).toBe(at(21));
    expect(mayBegin(quiet, at(22), null, at(200))).toBe(at(31));
    expect(mayBegin(quiet, at(22), null, at(30))).toBeNull();
  });
});

const copy = (jobId: number, hours: number | null, fields: Partial<Copy> = {}): Copy => ({
  jobId, job: `Job ${jobId}`, path: `part${jobId}.gcode`,
  seconds: hours === null ? null : hours * HOUR, isLast: false, ...fields,
});
const given = (fields: Partial<Given>): Given => ({
  now: at(8), until: at(8 + 48), run: null, copies: [], isReady: true, gap: null, quiet: [],
  endsBefore: false, notBefore: null, byHand: false, needsPerson: false, fold: 0, ...fields,
});
const told = (made: ReturnType<typeof plan>) =>
  made.spans.map((one) => [one.what, (one.from - at(8)) / HOUR, (one.to - at(8)) / HOUR]);

describe("the plan", () => {
  it("has the bed cleared between prints, and not before the first one", () => {
    const made = plan(given({ copies: [copy(1, 2), copy(2, 3)], gap: HOUR }));
    expect(told(made)).toEqual([["print", 0, 2], ["bed", 2, 3], ["print", 3, 6]]);
    expect(made.end).toBe(at(14));
  });

  it("begins behind the print that runs", () => {
    const run = { copy: copy(1, 1), from: at(7), to: at(9) };
    const made = plan(given({ run, isReady: false, copies: [copy(2, 1)] }));
    expect(told(made)).toEqual([["print", -1, 1], ["print", 1, 2]]);
  });

  it("waits for the end of quiet hours, and then for nothing", () => {
    const quiet = [{ from: at(9), to: at(12) }];
    const made = plan(given({ quiet, copies: [copy(1, 2), copy(2, 1)] }));
    expect(told(made)).toEqual([["print", 0, 2], ["quiet", 2, 4], ["print", 4, 5]]);
    const before = plan(given({ quiet, endsBefore: true, copies: [copy(1, 2), copy(2, 1)] }));
    expect(told(before)).toEqual([["quiet", 0, 4], ["print", 4, 6], ["print", 6, 7]]);
  });

  it("waits for its start time first, and then for quiet hours in which that falls", () => {
    const made = plan(given({
      notBefore: at(10), quiet: [{ from: at(9), to: at(12) }], copies: [copy(1, 1)],
    }));
    expect(told(made)).toEqual([["start_time", 0, 2], ["quiet", 2, 4], ["print", 4, 5]]);
  });

  it("ends where nobody knows how long a print takes", () => {
    const made = plan(given({ copies: [copy(1, 1), copy(2, null), copy(3, 1)] }));
    expect(told(made)).toEqual([["print", 0, 1]]);
    expect(made.unknown).toMatchObject({ from: at(9), why: "length", copy: { jobId: 2 } });
    expect(made.end).toBeNull();
  });

  it("knows nothing behind a print of which nobody knows the end", () => {
    const run = { copy: copy(1, null), from: at(7), to: null };
    const made = plan(given({ run, copies: [copy(2, 1)] }));
    expect(made).toMatchObject({ unknown: { why: "run" }, end: null });
    expect(made.spans.map((one) => spanWords(one, at(8)))).toEqual([
      expect.stringContaining("prints; nobody knows until when"),
    ]);
  });

  it("is sure only until a person is needed", () => {
    const sure = (fields: Partial<Given>): boolean[] =>
      plan(given({ copies: [copy(1, 1), copy(2, 1)], ...fields })).spans.map((one) => one.isSure);
    expect(sure({ byHand: true })).toEqual([true, false]);
    expect(sure({ byHand: true, isReady: false })).toEqual([false, false]);
    expect(sure({ needsPerson: true })).toEqual([false, false]);
    expect(sure({})).toEqual([true, true]);
  });

  it("goes on for 48 hours with a job without end", () => {
    const endless = function* () {
      for (;;) yield copy(1, 10);
    };
    const made = plan(given({ copies: endless() }));
    expect(made.spans).toHaveLength(5);
    expect(made.end).toBeNull();
  });

  it("draws short copies of a file as one, but not over quiet hours", () => {
    const many = Array.from({ length: 6 }, () => copy(1, 0.25));
    const made = plan(given({ copies: many, fold: HOUR, quiet: [{ from: at(9), to: at(10) }] }));
    expect(made.spans.map((one) => [one.what, one.n])).toEqual([["print", 4], ["quiet", 1], ["print", 2]]);
  });

  it("is read in a line for each file", () => {
    const made = plan(given({ copies: [copy(1, 1), copy(1, 1), copy(2, 1)], gap: HOUR }));
    expect(toRead(made.spans).map((one) => [one.copy?.jobId, one.n])).toEqual([[1, 2], [2, 1]]);
  });
});

const left = (known: number, number: number, unknown = 0) => ({
  copies: number, seconds: { known, unknown }, filament_mm: { known: 0, unknown: 0 },
  filament_g: { known: 0, unknown: 0 }, endless: false,
});
const jobForecast = (id: number, end: number | null, known: number, number: number, unknown = 0): JobForecast => ({
  id, expected_end: end, ...left(known, number, unknown), sets: [{ id, ...left(known, number, unknown) }],
});
const forecast = (jobs: JobForecast[], runLeft: number | null = null): Forecast => ({
  revision: 1, time: 1000, queue: { ...left(0, 0), expected_end: null }, jobs, assumes: [], clearing_seconds: null,
  run: { seconds: runLeft, filament_mm: null, filament_g: null, expected_end: null },
});
const running = (setId: number): Run => ({
  id: 1, job_id: setId, set_id: setId, job_name: "", path: `part${setId}.gcode`, pass: 0, user: "",
  opened: 900, started: 900, ended: null, outcome: null, reason: "", counted: false,
  print_duration: 0, total_duration: 0, filament_used: 0,
});

describe("copies to come", () => {
  const many = (id: number, n: number) => job(id, { sets: [set(id, { count: n, remaining: n })], copies_left: n });

  it("are in the order of the expected ends, whatever the queue's order is", () => {
    const state = stateOf(1, [many(1, 1), many(2, 2), many(3, 1)]);
    const times = forecast([jobForecast(1, 1500, 100, 1), jobForecast(2, 1300, 200, 2), jobForecast(3, null, 0, 1, 1)]);
    const all = [...copies(state, times, () => null)];
    expect(all.map((one) => [one.jobId, one.seconds, one.isLast])).toEqual([
      [2, 100, false], [2, 100, true], [1, 100, true], [3, null, true],
    ]);
  });

  it("leave out the one in the printer, and its share of the time", () => {
    const state = stateOf(1, [many(1, 3)], { run: running(1) });
    const all = [...copies(state, forecast([jobForecast(1, 1500, 230, 3)], 30), () => null)];
    expect(all.map((one) => one.seconds)).toEqual([100, 100]);
  });

  it("leave out drafts, jobs on hold and those that cannot be printed", () => {
    const jobs = [job(1, { draft: true }), job(2, { hold: true }), job(3), job(4)];
    const state = stateOf(1, jobs, { passed_over: [{ job_id: 3, code: "file_missing", why: "" }] });
    const times = forecast([1, 2, 3, 4].map((id) => jobForecast(id, null, 100, 1)));
    expect([...copies(state, times, () => null)].map((one) => one.jobId)).toEqual([4]);
  });

  it("of a job of two sets come pass by pass", () => {
    const boxes = job(1, {
      count: 2, remaining: 2, copies_left: 4,
      sets: [set(1, { count: 1, remaining: 0 }), set(2, { count: 2, remaining: 1 })],
    });
    const all = [...copies(stateOf(1, [boxes]), forecast([]), () => 60)];
    expect(all.map((one) => one.path)).toEqual(["part2.gcode", "part1.gcode", "part2.gcode", "part2.gcode"]);
    expect(all.map((one) => one.isLast)).toEqual([false, false, false, true]);
  });
});
