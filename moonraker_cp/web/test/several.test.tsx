// What the selection's buttons ask before.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { render } from "preact";
import { act } from "preact/test-utils";
import { editJob, resetJobs } from "../src/live/calls";
import { state } from "../src/live/store";
import type { Job } from "../src/live/types";
import { ConfirmHost } from "../src/ui/dialog";
import { releaseSeveral, reprint } from "../src/views/queue/actions";
import { job, stateOf } from "./shapes";

vi.mock("../src/live/calls", () => ({ editJob: vi.fn(), resetJobs: vi.fn() }));

const root = document.body.appendChild(document.createElement("div"));
const question = (): string | undefined => root.querySelector("dialog")?.textContent ?? undefined;
const answer = (yes: "yes" | "no"): void =>
  void act(() => root.querySelector<HTMLElement>(`[data-testid=confirm-${yes}]`)?.click());
const jobs = [job(1, { hold: true }), job(2, { draft: true }), job(3)];

function press(work: (jobs: Job[]) => Promise<boolean>, these: Job[], active: boolean): Promise<boolean> {
  state.value = stateOf(1, jobs, { active });
  let done = Promise.resolve(false);
  void act(() => void (done = work(these)));
  return done;
}

beforeEach(() => {
  vi.mocked(editJob).mockReset().mockResolvedValue({ revision: 2, jobs: [] });
  vi.mocked(resetJobs).mockReset().mockResolvedValue({ revision: 2, jobs: [] });
  void act(() => render(<ConfirmHost />, root));
});

afterEach(() => void act(() => render(null, root)));

describe("print all again", () => {
  it("names how many, and prints when that is meant", async () => {
    const done = press(reprint, jobs, false);
    expect(question()).toContain("3 jobs");
    expect(question()).toContain("cannot be undone");
    expect(question()).not.toContain("right away");
    expect(resetJobs).not.toHaveBeenCalled();
    answer("yes");
    expect(await done).toBe(true);
    expect(resetJobs).toHaveBeenCalledWith([1, 2, 3]);
  });

  it("asks for a single job as well", async () => {
    const done = press(reprint, jobs.slice(0, 1), false);
    expect(question()).toContain("1 job ");
    answer("no");
    expect(await done).toBe(false);
    expect(resetJobs).not.toHaveBeenCalled();
  });

  it("says that a running queue starts, and does nothing after no", async () => {
    const done = press(reprint, jobs, true);
    expect(question()).toContain("right away");
    answer("no");
    expect(await done).toBe(false);
    expect(resetJobs).not.toHaveBeenCalled();
  });
});

describe("release", () => {
  it("asks when the queue runs, about those that rest", async () => {
    const done = press(releaseSeveral, jobs, true);
    expect(question()).toContain("Release 2 jobs?");
    expect(editJob).not.toHaveBeenCalled();
    answer("yes");
    expect(await done).toBe(true);
    expect(vi.mocked(editJob).mock.calls.map(([id]) => id)).toEqual([1, 2]);
  });

  it("does nothing after no", async () => {
    const done = press(releaseSeveral, jobs, true);
    answer("no");
    expect(await done).toBe(false);
    expect(editJob).not.toHaveBeenCalled();
  });

  it("asks nothing when nothing can start", async () => {
    expect(await press(releaseSeveral, jobs, false)).toBe(true);
    expect(editJob).toHaveBeenCalledTimes(2);
    expect(await press(releaseSeveral, [job(3)], true)).toBe(true);
    expect(question()).toBeUndefined();
  });
});
