import { describe, expect, it } from "vitest";
import { signal } from "@preact/signals";
import { copyOf, isLoaded, passOf, progressOf, secondsLeft } from "../src/views/now/progress";
import {
  acts, headline, isOfAnotherPrint, isStartAWord, passedOver, tone,
} from "../src/views/now/situation";
import { known, speak } from "../src/words";
import type { Answer, PrinterObjects, Run, State } from "../src/live/types";
import { job, set, stateOf } from "./shapes";

const run = { id: 1, job_id: 1, set_id: 1, path: "a.gcode", pass: 0 } as Run;
const reason = (code: string, needs_start = false) => ({
  code, text: "What happened.", advice: "What to do.", since: 0, needs_start, picture: null,
});
const bed = (is: State["bed"]["state"]) => ({ state: is, cause: "person", since: 0, by: "" });
const question = (...answers: Answer[]) => ({
  id: 7, next: null, answers: answers.map((answer) => ({ answer, label: answer })),
});
const waits = (code: string) => ({ code, text: "", advice: "", since: null, until: null });

const stopped = stateOf(1, [job(1)]);
const with_ = (fields: Partial<State>): State => ({ ...stopped, ...fields });
const klipper = (state: string) => ({ state }) as PrinterObjects["print_stats"];

describe("the buttons", () => {
  it("are the answers of the question, the first one big", () => {
    const asked = with_({
      phase: "blocked", active: true,
      question: question("bed_clear", "print_again", "run_clearing", "not_yet", "skip", "stop"),
    });
    expect(acts(asked, null)).toEqual({
      main: { answer: "bed_clear" },
      side: [{ answer: "print_again" }, { answer: "run_clearing" }],
      more: [{ answer: "skip" }, { answer: "stop" }],
    });
  });

  it("never say that the bed is clear without the word", () => {
    const start = (is: State["bed"]["state"]) => acts(with_({ bed: bed(is) }), null);
    expect(start("clear").main).toEqual({ own: "start" });
    expect(start("unknown").main).toEqual({ own: "start" });
    expect(isStartAWord(with_({ bed: bed("unknown") }))).toBe(true);
    expect(isStartAWord(with_({ bed: bed("clear") }))).toBe(false);
    expect(start("occupied")).toEqual({
      main: { own: "start_clear" }, side: [{ own: "start_ask" }], more: [],
    });
  });

  it("offer files when there is nothing to print", () => {
    const done = [job(1, { remaining: 0 })];
    expect(acts(with_({ jobs: [] }), null).main).toEqual({ own: "add" });
    expect(acts(with_({ jobs: done }), null).main).toEqual({ own: "add" });
    const idle = { phase: "idle", active: true } as const;
    expect(acts(with_({ ...idle, waits_for: waits("queue_empty") }), null).main).toEqual({ own: "add" });
    expect(acts(with_({ ...idle, waits_for: waits("quiet_hours") }), null).main).toBeNull();
  });

  it("stop after the print while it prints, and take that back", () => {
    const prints = { phase: "printing", run } as const;
    expect(acts(with_({ ...prints, active: true }), null).side).toEqual([{ own: "stop_after" }]);
    expect(acts(with_({ ...prints, active: false }), null).side).toEqual([{ own: "go_on" }]);
  });

  it("do not press for a start while another print runs", () => {
    expect(acts(stopped, klipper("printing"))).toEqual({ main: null, side: [{ own: "start" }], more: [] });
    expect(acts(stopped, klipper("complete")).main).toEqual({ own: "start" });
  });

  it("do not press for a start while the bed is being cleared by hand's order", () => {
    for (const phase of ["clearing", "cooling", "script"] as const) {
      const busy = with_({ phase, bed: bed("occupied") });
      expect(acts(busy, null), phase).toEqual({ main: null, side: [{ own: "start" }], more: [] });
    }
    expect(isStartAWord(with_({ phase: "clearing", bed: bed("unknown") }))).toBe(false);
  });

  it("are about the print that was seen", () => {
    const [seen, later] = [with_({ run }), with_({ run: { ...run, id: 2 } })];
    expect(isOfAnotherPrint({ own: "cancel" }, seen, seen)).toBe(false);
    expect(isOfAnotherPrint({ own: "cancel" }, seen, later)).toBe(true);
    expect(isOfAnotherPrint({ own: "resume" }, seen, stopped)).toBe(true);
    expect(isOfAnotherPrint({ own: "stop" }, seen, later)).toBe(false);
  });

  it("resume what is paused", () => {
    expect(acts(with_({ phase: "paused", run, active: true }), null).main).toEqual({ own: "resume" });
  });

  it("can stop whatever an active queue does", () => {
    const phases = ["idle", "preparing", "starting", "printing", "cooling", "clearing", "finishing", "script", "blocked"] as const;
    for (const phase of phases) {
      const { side } = acts(with_({ phase, active: true, run: phase === "printing" ? run : null }), null);
      expect(side.some((act) => "own" in act && act.own.startsWith("stop")), phase).toBe(true);
    }
  });
});

describe("the colour", () => {
  it("calls when somebody is needed, and only then", () => {
    const blocked = { phase: "blocked", question: question("start") } as const;
    expect(tone(with_({ ...blocked, status_type: "ERROR" }))).toBe("error");
    expect(tone(with_({ ...blocked, status_type: "NEEDS_ACTION" }))).toBe("act");
    expect(tone(with_({ phase: "blocked", reason: reason("powering") }))).toBe("calm");
    expect(tone(with_({ phase: "printing", run }))).toBe("good");
    expect(tone(with_({ phase: "printing", run, reason: reason("failure_reported") }))).toBe("error");
    expect(tone(with_({ phase: "idle", question: question("print_anyway") }))).toBe("act");
    expect(tone(stopped)).toBe("calm");
  });
});

describe("what comes next", () => {
  it("has no words for jobs that are done", () => {
    const over = (job_id: number, code: string) => ({ job_id, code, why: "" });
    const now = with_({ passed_over: [over(1, "done"), over(2, "on_hold"), over(3, "waits")] });
    expect(passedOver(now).map((one) => one.job_id)).toEqual([2]);
  });
});

describe("the big words", () => {
  it("exist for every code of the API", async () => {
    // docs/api.md names them.
    const docs = import.meta.glob<string>("../../../docs/api.md", { eager: true, query: "?raw", import: "default" });
    const text = Object.values(docs)[0] ?? "";
    const list = /Codes: ([^.]+)\./.exec(text)?.[1] ?? "";
    const codes = [...list.matchAll(/`(\w+)`/g)].map((found) => found[1] ?? "");
    expect(codes.length).toBeGreaterThan(15);
    for (const name of ["en", "de"]) {
      await speak(name);
      for (const code of codes) {
        const [first] = headline(with_({ phase: "blocked", reason: reason(code) }));
        expect(known(`state.${first}`), code).not.toBeNull();
      }
    }
  });
});

describe("a print", () => {
  it("is the copy after the good ones", () => {
    const ten = job(1, { sets: [set(1, { count: 10, remaining: 8, completed: 2 })] });
    expect(copyOf(ten, run)).toEqual({ at: 3, of: 10 });
    expect(copyOf(job(1), run)).toBeNull();
    expect(copyOf(undefined, run)).toBeNull();
  });

  it("is in a pass, when there are several", () => {
    expect(passOf(job(1, { count: 5, remaining: 3, passes_done: 2 }), { ...run, pass: 2 })).toEqual({ at: 3, of: 5 });
    expect(passOf(job(1, { count: -1, passes_done: 4 }), { ...run, pass: 4 })).toEqual({ at: 5, of: null });
    expect(passOf(job(1), run)).toBeNull();
  });

  it("is as far as its moves are read, without the pictures in its header", () => {
    const printer = {
      display_status: signal({ progress: 0, message: null }),
      virtual_sdcard: signal({ progress: 0.6, is_active: true, file_position: 600 }),
    } as Parameters<typeof progressOf>[0];
    expect(progressOf(printer, null)).toBe(0.6);
    const of = { filename: "a.gcode", gcode_start_byte: 500, gcode_end_byte: 900 };
    expect(progressOf(printer, of)).toBe(0.25);
    printer.display_status.value = { progress: 0.6, message: null }; // as Klipper does without M73
    expect(progressOf(printer, of)).toBe(0.25);
    printer.display_status.value = { progress: 0.4, message: null };
    expect(progressOf(printer, of)).toBe(0.4);
  });

  it("has no progress before its file is loaded", () => {
    const starts = with_({ phase: "starting", run, active: true });
    expect(isLoaded(starts, klipper("complete"))).toBe(false);
    expect(isLoaded(starts, null)).toBe(false);
    expect(isLoaded(starts, klipper("printing"))).toBe(true);
    expect(isLoaded(with_({ phase: "printing", run }), null)).toBe(true);
  });

  it("ends when the server says so, then when the file does, then the slicer", () => {
    const all = { now: 100, expected: 160, share: 0.5, printed: 30, estimate: 90 };
    expect(secondsLeft(all)).toBe(60);
    expect(secondsLeft({ ...all, expected: 90 })).toBe(30);
    expect(secondsLeft({ ...all, expected: null, share: 0 })).toBe(60);
    expect(secondsLeft({ ...all, expected: null, share: null, estimate: null })).toBeNull();
  });
});
