import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { render } from "preact";
import { act } from "preact/test-utils";
import { Dialog } from "../src/ui/dialog";
import { dialogs } from "../src/ui/overlays";
import { toast, ToastHost } from "../src/ui/toast";

const root = document.body.appendChild(document.createElement("div"));
const ever = 60_000;

const page = (...open: string[]) => (
  <>
    {open.map((name) => (
      <Dialog key={name} title={name} onClose={() => undefined} testid={name} actions={<i />}>Words</Dialog>
    ))}
    <ToastHost />
  </>
);
const show = (...open: string[]): void => void act(() => render(page(...open), root));
const say = (...args: Parameters<typeof toast>): void => void act(() => toast(...args));
const wait = (time: number): void => void act(() => void vi.advanceTimersByTime(time));
const all = (): Element[] => [...root.querySelectorAll("[data-testid=toast]")];
const texts = (): (string | undefined)[] => all().map((one) => one.querySelector("span")?.textContent);
/** The dialog that a toast is in. */
const where = (): (string | undefined)[] =>
  all().map((one) => one.closest<HTMLElement>("dialog")?.dataset["testid"]);
const fire = (event: string): void =>
  void act(() => void all()[0]?.dispatchEvent(new Event(event, { bubbles: event.startsWith("focus") })));

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));

afterEach(() => {
  show();
  wait(ever);
  void act(() => render(null, root));
  vi.useRealTimers();
});

describe("a toast", () => {
  it("is where it can be pressed: in the topmost dialog, else on the page", () => {
    show();
    say("Removed.");
    expect(where()).toEqual([undefined]);
    show("edit");
    expect(where()).toEqual(["edit"]);
    show("edit", "sure");
    say("There is no such file.", { kind: "error" });
    expect(where()).toEqual(["sure", "sure"]);
    show("edit");
    expect(where()).toEqual(["edit", "edit"]);
    show();
    expect(where()).toEqual([undefined, undefined]);
    expect(dialogs.value).toEqual([]);
  });

  it("stands before the dialog's buttons, and does what it offers", () => {
    const run = vi.fn();
    show("edit");
    say("Removed.", { action: { label: "Undo", run } });
    const place = all()[0]?.closest(".toasts");
    expect(place?.hasAttribute("popover")).toBe(false);
    expect(place?.nextElementSibling?.className).toBe("dialog-actions");
    void act(() => root.querySelector<HTMLElement>("[data-testid=toast-action]")?.click());
    expect(run).toHaveBeenCalledTimes(1);
    expect(texts()).toEqual([]);
  });

  it("goes by itself, later when it is wrong", () => {
    show();
    say("Copied.");
    say("No.", { kind: "error" });
    wait(6_000);
    expect(texts()).toEqual(["No."]);
    wait(6_000);
    expect(texts()).toEqual([]);
  });

  it.each([["pointerenter", "pointerleave"], ["focusin", "focusout"]])(
    "stays from %s to %s, and a while longer", (begin, end) => {
      show();
      say("Copied.");
      fire(begin);
      wait(ever);
      expect(texts()).toEqual(["Copied."]);
      fire(end);
      wait(5_999);
      expect(texts()).toEqual(["Copied."]);
      wait(1);
      expect(texts()).toEqual([]);
    },
  );

  it("makes room for newer ones, but not while somebody is at it", () => {
    show();
    say("one");
    fire("pointerenter");
    for (const text of ["two", "three", "four"]) say(text);
    expect(texts()).toEqual(["one", "three", "four"]);
  });

  it("goes though a dialog closed under the pointer", () => {
    show("edit");
    say("Copied.");
    fire("pointerenter");
    show();
    wait(6_000);
    expect(texts()).toEqual([]);
  });
});
