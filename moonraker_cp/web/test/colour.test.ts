import { describe, expect, it } from "vitest";
import { contrast, fillForWhite, parse, readable, type Rgb } from "../src/look/colour";
import { fromFluidd, fromMainsail } from "../src/look/host";

const WHITE: Rgb = [255, 255, 255];
const CARDS: Rgb[] = [[18, 18, 18], [51, 51, 55], WHITE];

describe("colours", () => {
  it("are read as browsers and front ends write them", () => {
    expect(parse("#2196f3")).toEqual([33, 150, 243]);
    expect(parse("#FFF")).toEqual([255, 255, 255]);
    expect(parse("#2196f3ff")).toEqual([33, 150, 243]);
    expect(parse("rgb(1, 2, 3)")).toEqual([1, 2, 3]);
    expect(parse("url(evil)")).toBeNull();
  });

  it("have WCAG's contrast", () => {
    expect(contrast(WHITE, [0, 0, 0])).toBeCloseTo(21);
    expect(contrast([118, 118, 118], WHITE)).toBeCloseTo(4.54, 1);
  });

  it("can be read, whichever a user has chosen", () => {
    for (const chosen of ["#2196f3", "#ffffff", "#000000", "#d41216", "#ffeb3b", "#1a237e"]) {
      const colour = parse(chosen) as Rgb;
      for (const card of CARDS) {
        expect(contrast(readable(colour, card), card)).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(fillForWhite(colour), WHITE)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("stay as they are when they can be read", () => {
    expect(readable([33, 150, 243], [18, 18, 18])).toEqual([33, 150, 243]);
  });
});

describe("a front end's settings", () => {
  it("are read as Mainsail keeps them", () => {
    const kept = { general: { language: "de" }, uiSettings: { mode: "light", primary: "#0f0" } };
    expect(fromMainsail(kept)).toEqual({
      kind: "mainsail", dark: false, primary: "#0f0", language: "de",
    });
    expect(fromMainsail({})).toEqual({ kind: "mainsail", dark: null, primary: "", language: "" });
  });

  it("are read as Fluidd keeps them", () => {
    const kept = { uiSettings: { general: { locale: "default" }, theme: { isDark: true, color: "#f00" } } };
    expect(fromFluidd(kept)).toEqual({ kind: "fluidd", dark: true, primary: "#f00", language: "" });
  });

  it("may be anything", () => {
    expect(fromFluidd(null).dark).toBeNull();
    expect(fromMainsail({ uiSettings: "x" }).primary).toBe("");
  });
});
