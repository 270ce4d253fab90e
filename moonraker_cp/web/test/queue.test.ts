import { afterEach, describe, expect, it, vi } from "vitest";
import { copies, filesOf, inOrder, moved, placesOf, setOf, titleOf } from "../src/views/queue/jobs";
import { connection, state } from "../src/live/store";
import { moveJob } from "../src/live/calls";
import { drop, dropped } from "../src/views/queue/actions";
import { job, set, stateOf } from "./shapes";

vi.mock("../src/live/calls", () => ({ moveJob: vi.fn() }));

describe("a job's card", () => {
  it("counts the copies of all passes", () => {
    const boxes = job(1, {
      count: 5, remaining: 4, passes_done: 1, copies_left: 11,
      sets: [set(1, { count: 1, remaining: 0, completed: 1 }), set(2, { count: 2, remaining: 2 })],
    });
    expect(copies(boxes)).toEqual({ done: 4, of: 15 });
    expect(setOf(boxes)?.id).toBe(2);
  });

  it("counts a finished job as finished", () => {
    const done = job(1, {
      remaining: 0, passes_done: 1, copies_left: 0,
      sets: [set(1, { count: 3, remaining: 0, completed: 3 })],
    });
    expect(copies(done)).toEqual({ done: 3, of: 3 });
  });

  it("has no end without end", () => {
    const endless = job(1, { count: -1, passes_done: 7, copies_left: null });
    expect(copies(endless)).toEqual({ done: 7, of: null });
  });

  it("is named by its file when nobody has named it", () => {
    expect(titleOf(job(4, { sets: [set(1, { path: "shelf/clip.gcode" })] }))).toBe("clip");
    expect(titleOf(job(4, { name: "Job 5" }))).toBe("Job 5");
    expect(titleOf(job(4, { sets: [] }))).toBe("Job 4");
  });

  it("says how many other files there are", () => {
    const sets = [set(1, { path: "a.gcode" }), set(2, { path: "b.gcode" }), set(3, { path: "a.gcode" })];
    expect(filesOf(job(1, { sets }))).toEqual({ path: "a.gcode", more: 1 });
    expect(filesOf(job(1, { sets: [] }))).toBeNull();
  });
});

describe("the order", () => {
  it("is as one was dropped", () => {
    expect(moved([1, 2, 3, 4], 4, 2)).toEqual([1, 4, 2, 3]);
    expect(moved([1, 2, 3, 4], 1, 3)).toEqual([2, 3, 1, 4]);
    expect(moved([1, 2, 3], 9, 1)).toEqual([1, 2, 3]);
  });

  it("is shown at once, with what has come meanwhile behind", () => {
    const jobs = [job(1), job(2), job(3)];
    expect(inOrder(jobs, [2, 1]).map((one) => one.id)).toEqual([2, 1, 3]);
    expect(inOrder(jobs, null)).toBe(jobs);
  });

  it("comes back after a removal", () => {
    expect(placesOf([1, 2, 3, 4], [1, 3, 4])).toEqual([
      { id: 1, after: null }, { id: 3, after: 2 }, { id: 4, after: 3 },
    ]);
  });
});

describe("a job that was dropped", () => {
  const jobs = [job(1), job(2), job(3)];
  const begin = (): Promise<void> => {
    connection.value = { is: "online" };
    state.value = stateOf(4, jobs);
    vi.mocked(moveJob).mockResolvedValue({ revision: 5, jobs: [] });
    return drop([1, 2, 3], 3, 1);
  };
  afterEach(() => {
    dropped.value = null;
  });

  it("stays there until the server has told of it", async () => {
    await begin();
    expect(moveJob).toHaveBeenCalledWith(3, null);
    expect(dropped.value).toEqual([3, 1, 2]);
    state.value = stateOf(5, [job(3), job(1), job(2)]);
    expect(dropped.value).toBeNull();
  });

  it("goes back when the server refuses", async () => {
    const done = begin();
    await done;
    dropped.value = null;
    vi.mocked(moveJob).mockRejectedValueOnce(new Error("There is no job 1."));
    await drop([1, 2, 3], 3, 1);
    expect(dropped.value).toBeNull();
  });

  it("is as the server has it when the connection goes", async () => {
    await begin();
    connection.value = { is: "offline", since: 0 };
    expect(dropped.value).toBeNull();
  });
});
