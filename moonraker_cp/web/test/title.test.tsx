import { afterEach, expect, it, vi } from "vitest";
import { render } from "preact";
import { act } from "preact/test-utils";
import { App } from "../src/app";
import { speak } from "../src/words";

vi.mock("../src/views/now", () => ({ Now: () => null }));
vi.mock("../src/views/history", () => ({ default: () => null }));

const root = document.body.appendChild(document.createElement("div"));
const go = (hash: string): void =>
  void act(() => {
    location.hash = hash;
    dispatchEvent(new Event("hashchange"));
  });

afterEach(() => void act(() => render(null, root)));

it("the tab is named after the view, in the page's language", async () => {
  await speak("en");
  void act(() => render(<App />, root));
  expect(document.title).toBe("Print queue");
  go("#/history/7");
  expect(document.title).toBe("History · Print queue");
  await act(() => speak("de"));
  expect(document.title).toBe("Verlauf · Druckwarteschlange");
  go("#/");
  expect(document.title).toBe("Druckwarteschlange");
});
