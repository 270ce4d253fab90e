// The library's sketches say what they say in the language of the page.

import { describe, expect, it } from "vitest";
import { inWords, sourceOf } from "../src/views/scripts/sketch";

const DRAWN = '<svg><title>front</title><path d="M1 1"/><text x="1" fill="#777">front</text><text>back</text></svg>';

describe("a sketch", () => {
  it("is the same in other words", () => {
    const words: Record<string, string> = { front: "vorn", back: "hinten" };
    expect(inWords(DRAWN, (text) => words[text] ?? "?")).toBe(
      '<svg><title>front</title><path d="M1 1"/><text x="1" fill="#777">vorn</text><text>hinten</text></svg>',
    );
    expect(inWords(DRAWN, (text) => text)).toBe(DRAWN);
  });

  it("stays one, whatever a catalogue says", () => {
    const drawn = inWords(DRAWN, () => "a < b & <script>$1</script>");
    expect(drawn).toContain(">a &lt; b &amp; &lt;script>$1&lt;/script></text>");
  });

  it("is an image of its own", () => {
    expect(sourceOf("<svg>#é</svg>")).toBe("data:image/svg+xml;charset=utf-8,%3Csvg%3E%23%C3%A9%3C%2Fsvg%3E");
  });
});
