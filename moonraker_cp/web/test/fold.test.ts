import { describe, expect, it } from "vitest";
import { fold } from "../src/live/fold";
import { changed, job, stateOf } from "./shapes";

const three = stateOf(7, [job(1), job(2), job(3)]);
const ids = (state: { jobs: { id: number }[] } | null): number[] | undefined =>
  state?.jobs.map((one) => one.id);

describe("a change", () => {
  it("takes the place of the job that it is about", () => {
    const next = fold(three, changed(8, { jobs: [job(2, { name: "Lids" })] }));
    expect(ids(next)).toEqual([1, 2, 3]);
    expect(next?.jobs[1]?.name).toBe("Lids");
    expect(next?.revision).toBe(8);
  });

  it("leaves the jobs alone that it is not about", () => {
    const next = fold(three, changed(8, { jobs: [job(2)] }));
    expect(next?.jobs[0]).toBe(three.jobs[0]);
    expect(fold(three, changed(8, {}))?.jobs).toBe(three.jobs);
  });

  it("adds, removes and moves", () => {
    const next = fold(three, changed(8, { jobs: [job(4)], removed: [1], order: [4, 3, 2] }));
    expect(ids(next)).toEqual([4, 3, 2]);
  });

  it("puts new jobs at the end when it says no order", () => {
    expect(ids(fold(three, changed(8, { jobs: [job(9)] })))).toEqual([1, 2, 3, 9]);
  });

  it("that is old changes nothing", () => {
    expect(fold(three, changed(7, { removed: [1] }))).toBe(three);
  });

  it("after a gap asks for everything", () => {
    expect(fold(three, changed(9, {}))).toBeNull();
  });

  it("of too many jobs asks for everything, unless it is old", () => {
    expect(fold(three, changed(8, { jobs: null }))).toBeNull();
    expect(fold(three, changed(7, { jobs: null }))).toBe(three);
  });

  it("whose order is of other jobs asks for everything", () => {
    expect(fold(three, changed(8, { order: [1, 2] }))).toBeNull();
    expect(fold(three, changed(8, { order: [1, 2, 4] }))).toBeNull();
  });
});
