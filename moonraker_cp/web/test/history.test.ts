// What of the past is asked for, kept and counted.

import { describe, expect, it } from "vitest";
import type { PastRun } from "../src/live/types";
import { buckets, off, opensDay, timed } from "../src/views/history/figures";
import { dayBegins, isBackwards, parseDay, USUAL, wanted } from "../src/views/history/filter";
import { append, merge } from "../src/views/history/merge";

const at = (day: number, hour = 12): number => new Date(2026, 2, day, hour).getTime() / 1000;

function run(id: number, ended: number, fields: Partial<PastRun> = {}): PastRun {
  return {
    id, ended, job_id: 1, set_id: 1, job_name: "Job", path: "a.gcode", pass: 0, user: "",
    opened: ended - 60, started: ended - 60, outcome: "success", reason: "", counted: true,
    print_duration: 60, total_duration: 60, filament_used: 1000, copy: 1, copies: 1, retries: 0,
    estimate: null, bed_temperature: null, nozzle_temperature: null, history_id: "", video: "",
    cleared: null, ...fields,
  };
}

describe("the filter", () => {
  it("asks for whole days by the clock on the wall, today among them", () => {
    expect(wanted(USUAL, at(31))).toEqual({ since: at(2, 0) });
    expect(wanted({ ...USUAL, period: "all" }, at(31))).toEqual({});
  });

  it("has both days of its own time in it", () => {
    const own = { ...USUAL, period: "own" as const, from: "2026-03-28", to: "2026-03-29" };
    expect(wanted(own, at(31))).toEqual({ since: at(28, 0), until: at(30, 0) });
    expect(isBackwards(own)).toBe(false);
    expect(isBackwards({ ...own, to: "2026-03-27" })).toBe(true);
    expect(wanted({ ...own, from: "", to: "" }, at(31))).toEqual({});
  });

  it("sends nothing for what is left empty", () => {
    const one = { ...USUAL, period: "all" as const, contains: "  box ", outcome: "failure" as const };
    expect(wanted(one, 0)).toEqual({ contains: "box", outcome: "failure" });
    expect(wanted({ ...USUAL, period: "all", file: "b.gcode", job: { id: 7, name: "x" } }, 0))
      .toEqual({ path: "b.gcode", job_id: 7 });
  });

  it("knows what is no day", () => {
    expect(parseDay("2026-02-30")).toBeNull();
    expect(parseDay("tomorrow")).toBeNull();
    expect(parseDay("2026-03-12")).toBe(at(12, 0));
    expect(dayBegins(at(31), 1)).toBe(new Date(2026, 3, 1).getTime() / 1000);
  });
});

describe("merge", () => {
  const held = [run(5, 500), run(4, 400), run(3, 300), run(2, 200)];

  it("puts what has ended since in front", () => {
    const next = merge(held, [run(6, 600), run(5, 500), run(4, 400)], false);
    expect(next?.map((one) => one.id)).toEqual([6, 5, 4, 3, 2]);
  });

  it("takes over what was judged anew, and drops what no longer fits", () => {
    const next = merge(held, [run(5, 500, { outcome: "failure" }), run(3, 300)], false);
    expect(next?.map((one) => [one.id, one.outcome])).toEqual([
      [5, "failure"], [3, "success"], [2, "success"],
    ]);
  });

  it("says so when more has ended than was read", () => {
    expect(merge(held, [run(9, 900), run(8, 800)], false)).toBeNull();
    expect(merge([], [run(9, 900)], false)?.map((one) => one.id)).toEqual([9]);
  });

  it("is what the server has when that is all of it", () => {
    expect(merge(held, [run(5, 500)], true)?.map((one) => one.id)).toEqual([5]);
    expect(merge(held, [], true)).toEqual([]);
  });

  it("orders runs that ended together by their ids", () => {
    const next = merge([run(5, 500), run(4, 500)], [run(6, 500), run(5, 500)], false);
    expect(next?.map((one) => one.id)).toEqual([6, 5, 4]);
  });

  it("keeps one that stands on two pages once", () => {
    expect(append(held, [run(2, 200), run(1, 100)]).map((one) => one.id)).toEqual([5, 4, 3, 2, 1]);
  });
});

describe("figures", () => {
  it("have the days without a print, too", () => {
    const all = [run(2, at(12)), run(1, at(10), { outcome: "failure" }), run(3, at(10, 23))];
    const { step, buckets: days } = buckets(all, at(9), at(13, 0));
    expect(step).toBe("day");
    expect(days.map((one) => [one.outcomes.success, one.outcomes.failure, one.filament])).toEqual([
      [0, 0, 0], [1, 1, 2000], [0, 0, 0], [1, 0, 1000],
    ]);
  });

  it("count weeks from Monday on when the days would be too many", () => {
    const { step, buckets: weeks } = buckets([run(1, at(4)), run(2, at(8, 23)), run(3, at(9))], at(4) - 200 * 86_400, at(10, 0));
    expect(step).toBe("week");
    expect(weeks.slice(-2).map((one) => [one.begins, one.outcomes.success])).toEqual([[at(2, 0), 2], [at(9, 0), 1]]);
  });

  it("begin with the oldest run when no first day was chosen", () => {
    expect(buckets([run(1, at(10))], null, at(13, 0)).buckets[0]?.begins).toBe(at(10, 0));
  });

  it("compare good prints with what is known of their estimates", () => {
    const all = [
      run(1, 1, { estimate: 100, print_duration: 110 }), run(2, 2), run(3, 3, { estimate: 50 }),
      run(4, 4, { estimate: 10, outcome: "failure" }), run(5, 5, { estimate: 0 }),
    ];
    expect(timed(all).map((one) => one.id)).toEqual([3, 1]);
    expect(off(run(1, 1, { estimate: 100, print_duration: 110 }))).toBeCloseTo(0.1);
    expect(off(run(1, 1, { estimate: 100, outcome: "cancelled" }))).toBeNull();
  });

  it("open a day where another one ends", () => {
    const all = [run(3, at(12)), run(2, at(12, 1)), run(1, at(11, 23))];
    expect(all.map((_, index) => opensDay(all, index))).toEqual([true, false, true]);
  });
});
