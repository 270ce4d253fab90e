import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { render } from "preact";
import { act } from "preact/test-utils";
import type { State } from "../src/live/types";
import { NextCard } from "../src/views/now/next";
import { StateCard } from "../src/views/now/state-card";
import { speak } from "../src/words";
import { job, stateOf } from "./shapes";

const root = document.body.appendChild(document.createElement("div"));
const show = (now: State): void => void act(() => render(<StateCard now={now} />, root));
const at = (name: string) => root.querySelector(`[data-testid="${name}"]`);

const asked = (id: number): State =>
  stateOf(id, [job(1)], {
    phase: "blocked", active: true,
    question: {
      id, next: "a.gcode",
      answers: [
        { answer: "bed_clear", label: "" }, { answer: "run_clearing", label: "" },
        { answer: "skip", label: "" },
      ],
    },
  });

beforeAll(() => speak("en"));
afterEach(() => void act(() => render(null, root)));

describe("the buttons of a question", () => {
  const names = ["main-action", "answer-run_clearing", "more-answers"];

  it("stay while it is asked", () => {
    show(asked(7));
    const before = names.map(at);
    expect(before).not.toContain(null);
    show({ ...asked(7), revision: 8 });
    expect(names.map(at)).toEqual(before);
  });

  it("are not those of the next one: a finger that is down presses nothing", () => {
    show(asked(7));
    const before = names.map(at);
    show(asked(9));
    for (const [i, name] of names.entries()) expect(at(name), name).not.toBe(before[i]);
  });
});

describe("the time line", () => {
  const now = Date.now() / 1000;

  it("says of what when all is printed", () => {
    const waits_for = { code: "done", text: "", advice: "", since: now - 34 * 60, until: null };
    show(stateOf(1, [], { phase: "idle", active: true, waits_for }));
    expect(root.textContent).toContain("waiting for 34 min");
  });
});

describe("what comes next", () => {
  const card = (fields: Partial<State>): Element | null => {
    void act(() => render(<NextCard now={stateOf(1, [job(1)], fields)} />, root));
    return at("next");
  };

  it("is not there when there is nothing to say", () => {
    expect(card({ passed_over: [{ job_id: 1, code: "done", why: "" }] })).toBeNull();
    expect(card({})).toBeNull();
  });

  it("is there for a step, and for a job that is passed over", () => {
    expect(card({ next: [{ what: "finishing", path: null, job_id: null, expected: null }] })).not.toBeNull();
    expect(card({ passed_over: [{ job_id: 1, code: "on_hold", why: "" }] })).not.toBeNull();
  });
});
