import { afterEach, expect, it, vi } from "vitest";
import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { Guard } from "../src/ui/guard";

const root = document.body.appendChild(document.createElement("div"));
const broken = signal(false);

function Part() {
  if (broken.value) throw new Error("a field that is not there");
  return <p>Bed is clear</p>;
}

afterEach(() => {
  void act(() => render(null, root));
  vi.restoreAllMocks();
});

it("a part that fails later does not stay as it was", () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => undefined);
  void act(() => render(<Guard><Part /></Guard>, root));
  expect(root.textContent).toContain("Bed is clear");
  void act(() => {
    broken.value = true;
  });
  expect(root.textContent).not.toContain("Bed is clear");
  expect(root.textContent).toContain("Load it again");
  expect(told).toHaveBeenCalled();
});
