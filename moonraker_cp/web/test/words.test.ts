// All languages say the same things, and the page says nothing that they lack.

import { describe, expect, it } from "vitest";
import { closest, known, language, speak, speakLike, t } from "../src/words";

type File = Record<string, string>;

const files = Object.fromEntries(
  Object.entries(
    import.meta.glob<File>("../src/words/*.json", { eager: true, import: "default" }),
  ).map(([path, words]) => [path.slice(path.lastIndexOf("/") + 1, -5), words]),
);
const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", {
  eager: true, query: "?raw", import: "default",
});
const english = files["en"] as File;

const base = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, "");
const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

describe.each(Object.keys(files))("%s", (name) => {
  const words = files[name] as File;

  it("has the keys of English", () => {
    const keys = (file: File): string[] => [...new Set(Object.keys(file).map(base))].sort();
    expect(keys(words)).toEqual(keys(english));
  });

  it("has the placeholders of English", () => {
    for (const [key, text] of Object.entries(words)) {
      const same = english[key] ?? english[`${base(key)}_other`] ?? "";
      const [ours, theirs] = [placeholders(text), placeholders(same)];
      // A singular may leave its number out.
      const isOne = key.endsWith("_one");
      if (isOne) expect(theirs, key).toEqual(expect.arrayContaining(ours));
      else expect(ours, key).toEqual(theirs);
    }
  });

  it("has the plurals of its language", () => {
    const wanted = new Intl.PluralRules(name).resolvedOptions().pluralCategories;
    for (const key of Object.keys(words).filter((one) => base(one) !== one)) {
      // A number of things here is whole, and no million of them.
      const some = wanted.filter((one) => one === "one" || one === "other");
      for (const form of some) expect(words, key).toHaveProperty([`${base(key)}_${form}`]);
    }
  });

  it("is sorted, so that two people can change it at once", () => {
    expect(Object.keys(words)).toEqual(Object.keys(words).sort());
  });
});

describe("the page", () => {
  const all = new Set(Object.keys(english).map(base));
  const text = Object.values(sources).join("\n");

  it("uses no key that there is not", () => {
    const used = [...text.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((found) => found[1] ?? "");
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((key) => !all.has(key))).toEqual([]);
  });

  it("uses all keys that there are", () => {
    // A family that is looked up by a code is used as `family.${code}`.
    const unused = [...all].filter((key) => {
      const family = key.slice(0, key.lastIndexOf("."));
      return !text.includes(`"${key}"`) && !text.includes(`\`${family}.\${`);
    });
    expect(unused).toEqual([]);
  });
});

describe("t", () => {
  it("fills in what it is given", async () => {
    await speak("en");
    expect(t("time.hours", { h: 1, m: "05" })).toBe("1 h 05 min");
  });

  it("speaks German", async () => {
    await speak("de");
    expect(language.value).toBe("de");
    expect(t("common.close")).toBe("Schließen");
  });

  it("says nothing for a code that it does not know", async () => {
    await speak("en");
    expect(known("reason.of_tomorrow")).toBeNull();
  });
});

describe("two languages at once", () => {
  it("are the newer one, though the older is loaded later", async () => {
    const older = speak("de");
    await speak("en"); // is there already: nothing to load
    await older;
    expect([language.value, t("common.close")]).toEqual(["en", "Close"]);
    await Promise.all([speak("none"), speak("de")]);
    expect([language.value, t("common.close")]).toEqual(["de", "Schließen"]);
  });

  it("are the front end's, when it says so before the first one is loaded", async () => {
    await speak("en");
    const older = speak("de");
    await speakLike("en");
    await older;
    expect(language.value).toBe("en");
  });
});

describe("closest", () => {
  it("takes the first language that there is", () => {
    expect(closest(["fr-FR", "de-AT", "en"], ["de", "en"])).toBe("de");
    expect(closest(["de_DE"], ["de", "en"])).toBe("de");
    expect(closest(["fr"], ["de", "en"])).toBe("en");
  });
});
