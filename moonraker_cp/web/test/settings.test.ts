// What decides in the settings view.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { speak } from "../src/words";
import de from "../src/words/de.json";
import en from "../src/words/en.json";
import type { Option } from "../src/views/settings/calls";
import { grouped, lineOf, matching } from "../src/views/settings/groups";
import { asText, parsed } from "../src/views/settings/json";
import { frontEndOf } from "../src/views/settings/place";
import { said } from "../src/views/settings/said";
import { colourOf, firstFree, gramsOf } from "../src/views/settings/tools";

const option = (name: string, fields: Partial<Option> = {}): Option => ({
  name,
  kind: "text",
  unit: "",
  meaning: `About ${name}.`,
  default: "",
  value: "",
  changed: false,
  hidden: false,
  choices: [],
  least: null,
  ...fields,
});

/** The options of the program itself: each has its name, default, unit and meaning on lines of their own. */
function optionsOfTheProgram(): { name: string; meaning: string }[] {
  const source = readFileSync(resolve(__dirname, "../../options.py"), "utf-8");
  return source
    .split("\n    Option(\n")
    .slice(1)
    .map((block) => {
      const lines = block.split("\n");
      const meaning: string[] = [];
      for (const line of lines.slice(3)) {
        if (!/^\s+"/.test(line)) break;
        meaning.push(JSON.parse(line.trim().replace(/,$/, "")) as string);
      }
      return {
        name: JSON.parse((lines[0] ?? "").trim().replace(/,$/, "")) as string,
        meaning: meaning.join(""),
      };
    });
}

describe("the program's options", () => {
  const all = optionsOfTheProgram();

  it("each have a group", () => {
    expect(all.length).toBeGreaterThan(30);
    const groups = grouped(all.map(({ name }) => option(name)));
    expect(
      groups.find((one) => one.name === "other")?.options.map((one) => one.name),
    ).toBeUndefined();
    expect(groups.flatMap((one) => one.options)).toHaveLength(all.length);
  });

  it("each are told in German", async () => {
    await speak("de");
    expect(all.filter(({ meaning }) => said(meaning) === meaning)).toEqual([]);
    await speak("en");
    expect(all.filter(({ meaning }) => said(meaning) !== meaning)).toEqual([]);
  });
});

describe("a sentence of the server's", () => {
  it("is shown as it is when it has changed since it was translated", async () => {
    await speak("de");
    expect(said(en["settings_said.option_retries"])).toBe(de["settings_said.option_retries"]);
    expect(said("How often one copy is tried again, and again.")).toBe(
      "How often one copy is tried again, and again.",
    );
    await speak("en");
  });
});

describe("options", () => {
  it("that we do not know come last", () => {
    const groups = grouped([option("of_tomorrow"), option("quiet_hours"), option("bed_clearing")]);
    expect(groups.map((one) => one.name)).toEqual(["clearing", "time", "other"]);
  });

  it("are found by all the words that were typed", () => {
    const all = [option("quiet_hours"), option("retries", { value: "Night" })];
    const texts = (one: Option): string[] => [one.name, one.meaning, String(one.value)];
    expect(matching(all, "  QUIET about ", texts).map((one) => one.name)).toEqual(["quiet_hours"]);
    expect(matching(all, "night", texts).map((one) => one.name)).toEqual(["retries"]);
    expect(matching(all, "night quiet", texts)).toEqual([]);
    expect(matching(all, " ", texts)).toBe(all);
  });

  it("are copied as moonraker.conf wants them", () => {
    expect(lineOf(option("clear_after_last", { value: true }))).toBe("clear_after_last: True");
    expect(lineOf(option("retries", { value: 2 }))).toBe("retries: 2");
    expect(lineOf(option("finish_gcode", { value: "M84\n\nM107" }))).toBe(
      "finish_gcode:\n  M84\n\n  M107",
    );
    expect(lineOf(option("notifiers"))).toBe("notifiers:");
  });

  it("are never copied with a part of a secret", () => {
    expect(lineOf(option("verify_bed_url", { value: "http://host/…", hidden: true }))).toBe(
      "verify_bed_url:",
    );
  });
});

describe("the front end", () => {
  it("is known by its title, and by nothing else", () => {
    expect(frontEndOf("<html><head><title>Mainsail</title>")).toEqual({
      name: "Mainsail",
      path: "/config",
    });
    expect(frontEndOf("<title>fluidd</title>")).toEqual({ name: "Fluidd", path: "/#/configure" });
    expect(frontEndOf("<title>Moonraker</title> fluidd mainsail")).toBeNull();
    expect(frontEndOf("")).toBeNull();
  });
});

describe("what is loaded", () => {
  it("has a colour only by a code", () => {
    expect(colourOf("PLA_red_#ff0000")).toBe("#ff0000");
    expect(
      ["PLA", "PLA_red", "PLA_#ff000", "PLA_#ff0000; background: url(x)", null].map(colourOf),
    ).toEqual(Array(5).fill(null));
  });

  it("is asked for the first tool of which nothing is known", () => {
    const tool = (n: number, material: string | null) => ({
      tool: n,
      material,
      name: "",
      spool_id: null,
      remaining: null,
      source: null,
    });
    expect(firstFree([])).toBe(0);
    expect(firstFree([tool(0, "PLA"), tool(1, null), tool(2, "PETG")])).toBe(1);
  });

  it("may have a weight", () => {
    expect(["", "420", "12,5", "-1", "much"].map(gramsOf)).toEqual(["", 420, 12.5, null, null]);
  });
});

describe("values of other programs", () => {
  it("are a JSON object, or not sent", () => {
    const values = { operator: "<b>anna</b>", list: [1, null] };
    expect(parsed(asText(values))).toEqual(values);
    expect(["[1]", "null", "3", "{", "x", "{}", " "].map(parsed)).toEqual(Array(7).fill(null));
  });
});
