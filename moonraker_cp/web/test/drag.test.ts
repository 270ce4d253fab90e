// Where a job that is moved would be put, and how the others make room.

import { describe, expect, it } from "vitest";
import { placeAt, pull, shifted } from "../src/views/queue/drag";

describe("a job that is moved", () => {
  it("is over the place that most of it covers", () => {
    expect([0, 36, 37, 110, 4000].map((y) => placeAt(y, 73, 5))).toEqual([0, 0, 1, 2, 4]);
    expect(placeAt(-200, 73, 5)).toBe(0);
  });

  it("leaves no gap and covers nothing: each place is drawn once", () => {
    for (const [from, at] of [[1, 3], [3, 1], [2, 2], [0, 4]] as const) {
      const others = [0, 1, 2, 3, 4].filter((one) => one !== from);
      const places = [at, ...others.map((one) => shifted(one, from, at))];
      expect(places.sort()).toEqual([0, 1, 2, 3, 4]);
      const order = others.map((one) => shifted(one, from, at));
      expect(order).toEqual([...order].sort());
    }
  });

  it("scrolls the window at its edges alone, faster towards them", () => {
    expect(pull(400, 800)).toBe(0);
    expect(pull(90, 800)).toBeLessThan(0);
    expect(pull(10, 800)).toBeLessThan(pull(90, 800));
    expect(pull(795, 800)).toBeGreaterThan(pull(710, 800));
  });
});
