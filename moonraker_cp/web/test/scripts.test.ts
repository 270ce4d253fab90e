// What decides in the scripts view: what is sent, what is lost, what is coloured.

import { StringStream } from "@codemirror/language";
import { describe, expect, it } from "vitest";
import type { Finding, Procedure } from "../src/live/types";
import { together } from "../src/views/scripts/check";
import {
  changed,
  faultOfName,
  freshKey,
  freshName,
  isSame,
  moved,
  ofApi,
  readCondition,
  toDrafts,
  toSent,
  writeCondition,
  type Sent,
} from "../src/views/scripts/drafts";
import { isEcho } from "../src/views/scripts/echo";
import { parser } from "../src/views/scripts/language";
import { defaultsOf, faultOf, linesFor, valuesOf } from "../src/views/scripts/parameters";
import { inLifeOrder, placeOf } from "../src/views/scripts/places";
import { AS_IS, asked, choices, seenBy, temperature } from "../src/views/scripts/pretend";
import { job, set } from "./shapes";

const sent = (name: string, fields: Partial<Sent> = {}): Sent => ({
  name,
  gcode: "G28",
  condition: "",
  ...fields,
});

describe("a script that is switched off", () => {
  it.each(["", "file.object_height > 20", "(a) or (b)", "shared.x is defined"])(
    "keeps its condition: %s",
    (condition) => {
      const off = writeCondition({ condition, on: false });
      expect(off).toMatch(/^false/);
      expect(readCondition(off)).toEqual({ condition, on: false });
    },
  );

  it("loses braces that would be a table inside of an expression", () => {
    expect(writeCondition({ condition: "{ a > 1 }", on: false })).toBe("false and (a > 1)");
  });

  it("is not taken for one when the words only look like it", () => {
    const condition = "false and (a) or (b)"; // true when b is
    expect(readCondition(condition)).toEqual({ condition, on: true });
  });

  it("is sent back as it came when nothing was changed", () => {
    const all = [
      sent("one", { condition: "false and (a > 1)" }),
      sent("two", { condition: "false" }),
      sent("three"),
    ];
    expect(isSame(toSent(toDrafts(all)), all)).toBe(true);
  });
});

describe("a draft", () => {
  const base = [sent("one"), sent("two")];

  it("is none when it is what the server has", () => {
    const drafts = toDrafts(base);
    expect(changed(base, drafts)).toBeNull();
    expect(changed(base, moved(drafts, 0, 1))).not.toBeNull();
    expect(changed(base, moved(moved(drafts, 0, 1), 1, -1))).toBeNull();
  });

  it("leaves out what is edited in moonraker.conf", () => {
    expect(
      ofApi([
        { ...sent("conf"), from: "moonraker.conf" },
        { ...sent("mine"), from: "api" },
      ]),
    ).toEqual([sent("mine")]);
  });

  it("is not moved over the ends", () => {
    const drafts = toDrafts(base);
    expect(moved(drafts, 0, -1)).toBe(drafts);
    expect(moved(drafts, 1, 1)).toBe(drafts);
  });

  it("gets a key and a name that no other has", () => {
    const drafts = toDrafts(base);
    const key = freshKey(drafts);
    expect(drafts.map((one) => one.key)).not.toContain(key);
    expect(freshKey([{ ...drafts[0]!, key }])).toBeGreaterThan(key);
    expect(freshName("two", ["two", "two 2"])).toBe("two 3");
  });

  it("has names that the server takes", () => {
    const drafts = toDrafts([
      sent("one"),
      sent(" one "),
      sent(" "),
      sent("bed_clearing_gcode"),
      sent("fine"),
    ]);
    const faults = drafts.map((_, at) => faultOfName(drafts, at, ["bed_clearing_gcode"]));
    expect(faults).toEqual(["twice", "twice", "empty", "taken", null]);
  });
});

describe("an echo", () => {
  it("is what was typed, also when more was typed meanwhile", () => {
    const told = ["G", "G2", "G28"];
    expect(isEcho(told, "G2")).toBe(true); // "G" was never shown
    expect(isEcho(told, "G28")).toBe(true);
    expect(told).toEqual([]);
  });

  it("is not what comes from elsewhere", () => {
    const told = ["G"];
    expect(isEcho(told, "M84")).toBe(false);
    expect(isEcho(told, "G")).toBe(false); // it is of before that
  });
});

describe("a check of one script", () => {
  const finding: Finding = {
    script: "script",
    line: 1,
    severity: "error",
    code: "not_rendered",
    text: "",
    advice: "",
  };

  it("does not blame it for what an earlier one has to set", () => {
    expect(together([finding], "G1 X{shared.x}", false)[0]?.severity).toBe("warning");
    expect(together([finding], "G1 X{shared.x}", true)).toEqual([finding]);
    expect(together([finding], "G1 X{x}", false)).toEqual([finding]);
    const other = { ...finding, code: "unknown_command" };
    expect(together([other], "{shared.x}", false)).toEqual([other]);
  });
});

/** "word:kind" of all that has one. */
function coloured(text: string): string[] {
  const state = parser.startState!(2);
  return text.split("\n").flatMap((line) => {
    const stream = new StringStream(line, 2, 2);
    const tokens: string[] = [];
    while (!stream.eol()) {
      stream.start = stream.pos;
      const kind = parser.token(stream, state);
      expect(stream.pos, line).toBeGreaterThan(stream.start); // or the editor hangs
      if (kind !== null) tokens.push(`${stream.current()}:${kind}`);
    }
    return tokens;
  });
}

describe("the colours", () => {
  it("tell commands from parameters", () => {
    expect(coloured("  G1 X110 Y-2.5 ; go\nSET_SERVO ANGLE=90")).toEqual([
      "G1:keyword",
      "X:propertyName",
      "110:number",
      "Y:propertyName",
      "-2.5:number",
      "; go:comment",
      "SET_SERVO:keyword",
      "ANGLE:propertyName",
      "90:number",
    ]);
  });

  it("know values, statements and notes of the template", () => {
    expect(coloured("{% if file %}")).toEqual([
      "{%:brace",
      "if:controlKeyword",
      "file:variableName.standard",
      "%}:brace",
    ]);
    expect(coloured("G1 Z{bed.temperature + 10} F600")).toEqual([
      "G1:keyword",
      "Z:propertyName",
      "{:brace",
      "bed:variableName.standard",
      ".:operator",
      "temperature:propertyName",
      "+:operator",
      "10:number",
      "}:brace",
      "F:propertyName",
      "600:number",
    ]);
    expect(coloured("{# a\nG28 #}\nG28")).toEqual([
      "{# a:comment",
      "G28 #}:comment",
      "G28:keyword",
    ]);
  });

  it("fill in values behind a semicolon, too", () => {
    expect(coloured("; {run.id} off")).toEqual([
      "; :comment",
      "{:brace",
      "run:variableName.standard",
      ".:operator",
      "id:propertyName",
      "}:brace",
      " off:comment",
    ]);
  });

  it("end a value at its own brace, and a text at its own quote", () => {
    const tokens = coloured('{{"a}": 1}["a}"]} G28');
    expect(tokens.filter((one) => one.endsWith(":brace"))).toEqual(["{:brace", "}:brace"]);
    expect(tokens).toContain('"a}":string');
  });

  it("go on over lines, and stop at nothing", () => {
    expect(coloured("{% set x = [\n1] %}\nG28")).toContain("1:number");
    coloured("}}%} \"' {{{ {% {# \\ \t € 𝄞 <b> @x ;{");
  });

  it('know "set" as a word of the template and as the set that is printed', () => {
    expect(coloured("{% set a = set.count %}").filter((one) => one.startsWith("set"))).toEqual([
      "set:controlKeyword",
      "set:variableName.standard",
    ]);
  });
});

describe("a dry run", () => {
  it("asks for what was chosen, and for nothing else", () => {
    expect(asked(AS_IS)).toEqual({});
    expect(asked({ about: "set:7", path: "x", homed: "all", bed: "24,5" })).toEqual({
      set_id: 7,
      printer: { toolhead: { homed_axes: "xyz" }, heater_bed: { temperature: 24.5 } },
    });
    expect(asked({ ...AS_IS, about: "file", path: "a/b.gcode", homed: "none" })).toEqual({
      path: "a/b.gcode",
      printer: { toolhead: { homed_axes: "" } },
    });
    expect(asked({ ...AS_IS, bed: "warm" })).toEqual({});
  });

  it("knows a temperature", () => {
    expect(["", " ", "25", "24,5", "warm", "1e9"].map(temperature)).toEqual([
      "",
      "",
      25,
      24.5,
      null,
      null,
    ]);
  });

  it("says what was looked at, and what was pretended", () => {
    const seen = {
      toolhead: { homed_axes: "xy", position: [1, 2, 3, 4] },
      heater_bed: { temperature: 60 },
    };
    expect(seenBy(seen, AS_IS)).toMatchObject({
      homed: "xy",
      isHomedPretended: false,
      bed: 60,
      position: [1, 2, 3],
    });
    expect(seenBy(seen, { ...AS_IS, homed: "none", bed: "20" })).toMatchObject({
      homed: "",
      isHomedPretended: true,
      bed: 20,
      isBedPretended: true,
    });
    expect(seenBy({}, AS_IS)).toMatchObject({ homed: null, bed: null, position: null });
  });

  it("offers the sets of the queue in its order", () => {
    const jobs = [job(2, { sets: [set(8), set(9)] }), job(1, { sets: [set(3)] })];
    expect(choices(jobs).map((one) => one.value)).toEqual(["set:8", "set:9", "set:3"]);
    expect(choices(jobs, 1)).toHaveLength(1);
  });
});

describe("a clearing procedure", () => {
  const procedure: Procedure = {
    name: "belt",
    title: "",
    meaning: "",
    assumes: [],
    sketch: "",
    parameters: [
      { name: "distance", meaning: "", unit: "mm", default: 150, least: 1, most: 1000 },
      { name: "macro", meaning: "", unit: "", default: "EJECT_PART", least: null, most: null },
    ],
  };
  const [distance, macro] = procedure.parameters;

  it("starts with its defaults, which are good", () => {
    expect(valuesOf(procedure, defaultsOf(procedure))).toEqual({
      distance: 150,
      macro: "EJECT_PART",
    });
  });

  it("takes a comma, and sends nothing that cannot be used", () => {
    expect(valuesOf(procedure, { distance: "200,5", macro: " TILT " })).toEqual({
      distance: 200.5,
      macro: "TILT",
    });
    expect(valuesOf(procedure, { distance: "0", macro: "TILT" })).toBeNull();
    expect(["", "x", "0", "1001", "1000"].map((text) => faultOf(distance!, text))).toEqual([
      "number",
      "number",
      "least",
      "most",
      null,
    ]);
    expect(["", "A B", "{x}", "TILT_2"].map((text) => faultOf(macro!, text))).toEqual([
      "name",
      "name",
      "name",
      null,
    ]);
  });

  it("waits for a degree less than the script looks for", () => {
    expect(linesFor({ release_temperature: 30 })).toEqual([
      "bed_clearing: gcode",
      "release_temperature: 29",
    ]);
    expect(linesFor({})).toEqual(["bed_clearing: gcode"]);
  });
});

describe("the places", () => {
  it("are found by the address, also by one that was typed by hand", () => {
    expect(placeOf("#/scripts")).toEqual({ is: "list" });
    expect(placeOf("#/scripts/clear_bed")).toEqual({ is: "hook", name: "clear_bed" });
    expect(placeOf("#/scripts/library")).toEqual({ is: "library" });
    expect(placeOf("#/scripts/library/belt_short")).toEqual({
      is: "procedure",
      name: "belt_short",
    });
    expect(placeOf("#/scripts/%E0%A4%A")).toEqual({ is: "hook", name: "%E0%A4%A" });
  });

  it("stand in the order of a print's life, with new ones last", () => {
    const hooks = ["of_tomorrow", "finish", "clear_bed", "activated"].map((hook) => ({
      hook: hook as "finish",
      when: "",
      scripts: [],
    }));
    expect(inLifeOrder(hooks).map((one) => one.hook)).toEqual([
      "activated",
      "clear_bed",
      "finish",
      "of_tomorrow",
    ]);
  });
});
