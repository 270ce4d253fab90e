import { afterEach, describe, expect, it, vi } from "vitest";
import { render } from "preact";
import { act } from "preact/test-utils";
import { Dialog } from "../src/ui/dialog";

const root = document.body.appendChild(document.createElement("div"));

afterEach(() => void act(() => render(null, root)));

describe("a dialog", () => {
  const shown = (): HTMLDialogElement => root.querySelector("dialog") as HTMLDialogElement;

  it("that the browser closes asks whether it may, and stays until then", () => {
    const onClose = vi.fn();
    void act(() => render(<Dialog title="Edit" onClose={onClose}>Words</Dialog>, root));
    expect(shown().open).toBe(true);
    shown().close();
    expect(onClose).toHaveBeenCalledTimes(1);
    expect(shown().open).toBe(true);
  });

  it("that is taken away asks nothing", () => {
    const onClose = vi.fn();
    void act(() => render(<Dialog title="Edit" onClose={onClose}>Words</Dialog>, root));
    void act(() => render(null, root));
    expect(onClose).not.toHaveBeenCalled();
  });
});
