// The catalogues of the server's sentences: used right, and still what the server says.

import { describe, expect, it } from "vitest";
import { compile, translate } from "../src/words/server";

const catalogues = import.meta.glob<Record<string, string>>("../src/words/server/*.json", {
  eager: true, import: "default",
});
const python = import.meta.glob<string>(["../../*.py", "../../{core,printer,api,storage}/**/*.py"], {
  eager: true, query: "?raw", import: "default",
});
const sketches = Object.values(
  import.meta.glob<string>("../../printer/clearing/*.svg", { eager: true, query: "?raw", import: "default" }),
);
const inSketches = sketches.flatMap((one) => [...one.matchAll(/<text[^>]*>([^<]+)/g)].map((found) => found[1] ?? ""));
// Adjacent literals are one text, and what is filled in may be anything.
const code = [...Object.values(python), ...sketches]
  .join("\n")
  .replace(/"\s*\n?\s*f?"/g, "");

// The server puts these together of pieces.
const COMPOSED: Record<string, string[]> = {
  "Another file was started by somebody else; the queue leaves it alone.": [
    "Another file", "was started by somebody else; the queue leaves it alone.",
  ],
  "Another file, which the queue did not start, was printed.": [
    "Another file", ", which the queue did not start, was printed.",
  ],
  "It has the highest priority ({priority}), and is due first.": [
    "It has the highest priority (", ", and is due first",
  ],
  "{path} failed: Klipper gave no reason": [" failed: ", "Klipper gave no reason"],
  "{prints} print was made since a person was here.": ["print was", " made since a person was here."],
  "{prints} prints were made since a person was here.": ["prints were", " made since a person was here."],
};
const pieces = (english: string): string[] => COMPOSED[english] ?? english.split(/\{\w+\}/);

const names = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

describe.each(Object.entries(catalogues))("%s", (_, words) => {
  it("has in each sentence what the server fills in", () => {
    for (const [english, other] of Object.entries(words)) expect(names(other), english).toEqual(names(english));
  });

  it("has only sentences that the server says", () => {
    expect(code.length).toBeGreaterThan(100_000);
    const unsaid = Object.keys(words).filter((english) =>
      pieces(english).some((part) => !code.includes(part.trim())),
    );
    expect(unsaid).toEqual([]);
  });

  it("has the words of all sketches", () => {
    expect(inSketches.length).toBeGreaterThan(8);
    expect(inSketches.filter((one) => !(one in words))).toEqual([]);
  });
});

describe("a text of the server", () => {
  const entries = compile({
    "{path} failed: {words}": "{path} ging schief: {words}",
    "Take it off.": "Nimm es ab.",
    "The copy was not counted.": "Nicht gezählt.",
    "{path} is next.": "{path} kommt.",
    "Nobody knows how {path} ended: {why} The copy was not counted.": "Wie endete {path}? {why} Nicht gezählt.",
  });

  it("is translated sentence by sentence", () => {
    expect(translate("Take it off. The copy was not counted.", entries)).toBe("Nimm es ab. Nicht gezählt.");
  });

  it("keeps what it quotes, whatever that is", () => {
    expect(translate("a (1).gcode failed: Must home first. X", entries)).toBe("a (1).gcode ging schief: Must home first. X");
    expect(translate("$&.gcode is next.", entries)).toBe("$&.gcode kommt.");
    expect(translate("<b>{path}</b> is next.", entries)).toBe("<b>{path}</b> kommt.");
  });

  it("may be one entry of several sentences", () => {
    const text = "Nobody knows how a ended: Klipper went. It is back. The copy was not counted.";
    expect(translate(text, entries)).toBe("Wie endete a? Klipper went. It is back. Nicht gezählt.");
  });

  it("is shown as it is when nobody knows it", () => {
    expect(translate("Something new. Take it off.", entries)).toBe("Something new. Nimm es ab.");
    expect(translate("Take it off.", [])).toBe("Take it off.");
  });

  it("takes no time, however long it is", () => {
    const all = compile(Object.assign({}, ...Object.values(catalogues)) as Record<string, string>);
    const before = performance.now();
    for (const text of ["a. B ".repeat(399), "a failed: ".repeat(199), "a waits for material. ".repeat(90)]) {
      translate(text, all);
    }
    expect(performance.now() - before).toBeLessThan(1_000); // some milliseconds here
  });
});
