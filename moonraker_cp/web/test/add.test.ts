// The add dialog: what is listed, and the jobs that are made of what was chosen.

import { describe, expect, it } from "vitest";
import {
  canAdd, counted, DEFAULTS, newJobs, sums, toggled, withPaths, type Chosen, type Options,
} from "../src/views/add/choice";
import { crumbs, entriesOf, found, parentOf } from "../src/views/add/listing";
import { pathOf, saidIn } from "../src/views/add/upload";

const file = (filename: string, modified = 0) => ({ filename, modified, size: 1000 });

describe("a folder", () => {
  const folder = {
    dirs: [{ dirname: "zoo", modified: 9 }, { dirname: ".thumbs", modified: 9 }, { dirname: "Boxes", modified: 1 }],
    files: [file("part10.gcode", 3), file("part9.gcode", 1), file("notes.txt", 9), file(".hidden.gcode"), file("set.gjob", 2)],
  };

  it("lists folders first, then what can be printed or unpacked", () => {
    expect(entriesOf(folder, "", "name").map((one) => `${one.kind} ${one.path}`)).toEqual([
      "folder Boxes", "folder zoo", "file part9.gcode", "file part10.gcode", "job set.gjob",
    ]);
  });

  it("lists the newest first when told to", () => {
    expect(entriesOf(folder, "a/b", "newest").slice(2).map((one) => one.path)).toEqual([
      "a/b/part10.gcode", "a/b/set.gjob", "a/b/part9.gcode",
    ]);
  });

  it("is found by its way", () => {
    expect(crumbs("a/b c").map((one) => one.path)).toEqual(["a", "a/b c"]);
    expect([crumbs(""), parentOf("a/b"), parentOf("a")]).toEqual([[], "a", ""]);
  });
});

describe("a search", () => {
  const all = ["boxes/Big Lid.gcode", "boxes/lid.gcode", "Küche/Halter.gcode", "lid.txt"].map(
    (path, at) => ({ path, modified: at, size: 1 }),
  );
  const paths = (query: string): string[] => found(all, query, "name").map((one) => one.path);

  it("finds all words anywhere in the path, in any case", () => {
    expect(paths("lid BOX")).toEqual(["boxes/Big Lid.gcode", "boxes/lid.gcode"]);
    expect(paths("küche")).toEqual(["Küche/Halter.gcode"]);
    expect(paths("box halter")).toEqual([]);
  });

  it("finds an accent however it is written", () => {
    expect(paths("Küche".normalize("NFD"))).toEqual(["Küche/Halter.gcode"]);
  });
});

describe("what was chosen", () => {
  const two: Chosen[] = [{ path: "boxes/box.gcode", count: "2" }, { path: "lid.gcode", count: "1" }];
  const made = (chosen: Chosen[], options: Partial<Options> = {}) =>
    newJobs(chosen, { ...DEFAULTS, ...options }, (name, more) => `${name} and ${more} more`);

  it("is one job of several sets with passes", () => {
    const [job, ...rest] = made(two, { passes: "5" });
    expect(rest).toEqual([]);
    expect(job).toMatchObject({
      name: "box and 1 more", count: 5, draft: false, hold: false,
      sets: [{ path: "boxes/box.gcode", count: 2 }, { path: "lid.gcode", count: 1 }],
    });
  });

  it("is separate jobs when told to, each once through", () => {
    const jobs = made(two, { together: false, passes: "5", endless: true, name: "Ignored", begin: "hold" });
    expect(jobs.map((job) => [job.name, job.count, job.hold, job.sets?.[0]?.count])).toEqual([
      ["box", undefined, true, 2], ["lid", undefined, true, 1],
    ]);
  });

  it("may go on without end, and be named", () => {
    expect(made(two.slice(0, 1), { endless: true, name: " Clips ", begin: "draft" })).toMatchObject([
      { name: "Clips", count: -1, draft: true, sets: [{ count: 2 }] },
    ]);
  });

  it("is given what stands under More, each file the same", () => {
    const set = { ...DEFAULTS.set, materials: ["PLA"], release_temperature: "28,5" };
    const [job] = made(two, { set, priority: "-5", note: "Hi" });
    expect(job).toMatchObject({ priority: -5, note: "Hi" });
    expect(job?.sets?.map((one) => [one.materials, one.release_temperature, one.count])).toEqual([
      [["PLA"], 28.5, 2], [["PLA"], 28.5, 1],
    ]);
  });

  it("is not added with a number that is none", () => {
    expect(canAdd(two, DEFAULTS)).toBe(true);
    expect(canAdd([], DEFAULTS)).toBe(false);
    expect(canAdd(counted(two, "lid.gcode", "0"), DEFAULTS)).toBe(false);
    expect(canAdd(two, { ...DEFAULTS, passes: "x" })).toBe(false);
    expect(canAdd(two, { ...DEFAULTS, passes: "x", together: false })).toBe(true);
    expect(canAdd(two, { ...DEFAULTS, set: { ...DEFAULTS.set, retries: "-1" } })).toBe(false);
  });

  it("is chosen and let go, and never twice", () => {
    expect(toggled(two, "lid.gcode")).toEqual(two.slice(0, 1));
    expect(toggled(two, "new.gcode").at(-1)).toEqual({ path: "new.gcode", count: "1" });
    expect(withPaths(two, ["lid.gcode", "a.gcode"])).toHaveLength(3);
  });

  it("is added up over all passes, and says what is not known", () => {
    const known = (path: string) =>
      path === "lid.gcode" ? null : { filename: path, estimated_time: 60, filament_weight_total: 10 };
    expect(sums(two, { ...DEFAULTS, passes: "3" }, known)).toEqual({
      copies: 9, seconds: 360, grams: 60, unknown: 1, endless: false,
    });
    expect(sums(two, { ...DEFAULTS, passes: "3", endless: true }, known).copies).toBe(3);
  });
});

describe("an upload's answer", () => {
  it("tells the path, wrapped or not", () => {
    expect(pathOf('{"item": {"path": "a/b.gcode"}}')).toBe("a/b.gcode");
    expect(pathOf('{"result": {"item": {"path": "b.gcode"}}}')).toBe("b.gcode");
    expect(pathOf("<html>502</html>")).toBeNull();
  });

  it("tells what went wrong", () => {
    expect(saidIn('{"error": {"message": "File too big"}}')).toBe("File too big");
    expect(saidIn("null")).toBe("");
  });
});
