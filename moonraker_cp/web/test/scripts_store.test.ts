// Changes are not lost: not by somebody else's, not by typing on, not by a failure.

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Hook, HookName } from "../src/live/types";

type Script = { name: string; gcode: string; condition: string };

// A server that keeps hooks.
const server = vi.hoisted(() => ({
  scripts: [] as { name: string; gcode: string; condition: string }[],
  refuse: "",
}));
const meanwhile = vi.hoisted(() => ({ run: () => {} }));

vi.mock("../src/live/calls", () => {
  const hook = (): Hook => ({
    hook: "finish",
    when: "",
    scripts: server.scripts.map((one) => ({ ...one, from: "api" as const })),
  });
  return {
    hooks: () => Promise.resolve({ hooks: [hook()] }),
    setHook: (_: HookName, scripts: Script[]) => {
      if (server.refuse !== "") return Promise.reject(new Error(server.refuse));
      server.scripts = scripts;
      meanwhile.run();
      return Promise.resolve({ hook: hook(), findings: [] });
    },
  };
});

const { drafts, drop, edit, isStale, read, save, scriptsOf } =
  await import("../src/views/scripts/store");

const named = (name: string): Script => ({ name, gcode: "M84", condition: "" });
const rename = (name: string): void =>
  edit("finish", (all) => all.map((one) => ({ ...one, name })));
const names = (): string[] => scriptsOf("finish").map((one) => one.name);

beforeEach(async () => {
  server.scripts = [named("old")];
  server.refuse = "";
  meanwhile.run = () => {};
  drop("finish");
  await read();
});

describe("a change", () => {
  it("is a draft until it is saved, and none when it is taken back", async () => {
    rename("new");
    expect(drafts.value.finish).toBeDefined();
    rename("old");
    expect(drafts.value.finish).toBeUndefined();
    rename("new");
    expect(await save("finish")).toBe("saved");
    expect(drafts.value.finish).toBeUndefined();
    expect(server.scripts.map((one) => one.name)).toEqual(["new"]);
  });

  it("stays when the server refuses it", async () => {
    rename("new");
    server.refuse = "no template";
    await expect(save("finish")).rejects.toThrow("no template");
    expect(names()).toEqual(["new"]);
    expect(server.scripts.map((one) => one.name)).toEqual(["old"]);
  });

  it("does not go over somebody else's without a word", async () => {
    rename("mine");
    server.scripts = [named("theirs")];
    expect(await save("finish")).toBe("conflict");
    expect(isStale("finish")).toBe(true);
    expect(names()).toEqual(["mine"]);
    expect(server.scripts.map((one) => one.name)).toEqual(["theirs"]);
    expect(await save("finish", true)).toBe("saved");
    expect(server.scripts.map((one) => one.name)).toEqual(["mine"]);
  });

  it("that is made while the one before is saved is still to be saved", async () => {
    rename("first");
    meanwhile.run = () => rename("second");
    await save("finish");
    expect(server.scripts.map((one) => one.name)).toEqual(["first"]);
    expect(names()).toEqual(["second"]);
    meanwhile.run = () => {};
    expect(await save("finish")).toBe("saved");
    expect(server.scripts.map((one) => one.name)).toEqual(["second"]);
  });

  it("is kept in the browser, and the page asks before it is closed", () => {
    const leave = (): boolean => dispatchEvent(new Event("beforeunload", { cancelable: true }));
    expect(leave()).toBe(true);
    rename("new");
    expect(localStorage.getItem("continuousprint-scripts")).toContain("new");
    expect(leave()).toBe(false);
    drop("finish");
    expect(localStorage.getItem("continuousprint-scripts")).toBeNull();
  });
});
