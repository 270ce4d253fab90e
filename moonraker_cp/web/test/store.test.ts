// Coming and going: what was seen before is not taken for what is.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { credentials, forget, useApiKey } from "../src/live/auth";
import { start } from "../src/live/calls";
import { connection, logInWithKey, printer, rpc, state } from "../src/live/store";
import { changed, job, stateOf } from "./shapes";

interface Sent {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

/** Moonraker's end of a socket. */
class Line {
  static all: Line[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: Sent[] = [];

  constructor() {
    Line.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.onclose?.();
  }

  asked(method: string): Sent[] {
    return this.sent.filter((one) => one.method === method);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify({ jsonrpc: "2.0", ...message }) });
  }

  async answer(method: string, with_: { result: unknown } | { error: object }): Promise<void> {
    this.say({ id: this.asked(method).at(-1)?.id, ...with_ });
    await vi.advanceTimersByTimeAsync(0);
  }

  async open(): Promise<void> {
    this.onopen?.();
    await vi.advanceTimersByTimeAsync(0);
  }
}

const IDENTIFY = "server.connection.identify";
const STATE = "server.continuousprint.state";
const OBJECTS = "printer.objects.subscribe";
const CHANGED = "notify_continuousprint_changed";
const hot = { temperature: 60, target: 60, power: 0.5 };
const no = { error: { code: -32602, message: "Unauthorized" } };

const line = (): Line => Line.all.at(-1) as Line;

async function comesUp(revision: number): Promise<void> {
  await line().open();
  await line().answer(IDENTIFY, { result: {} });
  await line().answer(OBJECTS, { result: { status: { heater_bed: hot } } });
  await line().answer(STATE, { result: stateOf(revision, [job(1)]) });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  Line.all = [];
  state.value = null;
  connection.value = { is: "connecting" };
  rpc.start();
});

afterEach(() => {
  rpc.stop();
  forget();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("after a lost connection", () => {
  beforeEach(async () => {
    await comesUp(7);
    expect(connection.value.is).toBe("online");
    line().close();
    await vi.advanceTimersByTimeAsync(500);
    await line().open();
    await line().answer(IDENTIFY, { result: {} });
  });

  it("the page says that it may be old until it has read all", async () => {
    expect(connection.value.is).toBe("offline");
    await line().answer(OBJECTS, { result: { status: {} } });
    expect(connection.value.is).toBe("offline");
    await line().answer(STATE, { result: stateOf(9, []) });
    expect(connection.value.is).toBe("online");
    expect(state.value?.revision).toBe(9);
  });

  it("a Klipper that hangs keeps nobody from the queue, and nothing old is shown of it", async () => {
    expect(printer.heater_bed.value).not.toBeNull();
    await line().answer(STATE, { result: stateOf(9, []) });
    expect(connection.value.is).toBe("online");
    expect(printer.heater_bed.value).toBeNull();
    void start({ bed: "clear" }).catch(() => undefined);
    expect(line().asked("server.continuousprint.active")).toHaveLength(1);
    await line().answer(OBJECTS, { result: { status: { heater_bed: hot } } });
    expect(printer.heater_bed.value).toEqual(hot);
  });

  it("nothing is told to the machine until then", async () => {
    await expect(start({ bed: "clear" })).rejects.toMatchObject({ code: 0, isInDoubt: false });
    expect(line().asked("server.continuousprint.active")).toEqual([]);
  });
});

describe("reading", () => {
  it("begins anew when something was missed meanwhile", async () => {
    await line().open();
    await line().answer(IDENTIFY, { result: {} });
    await line().answer(OBJECTS, { result: { status: {} } });
    line().say({ method: CHANGED, params: [changed(9, {})] });
    await line().answer(STATE, { result: stateOf(7, [job(1)]) });
    expect(state.value).toBeNull();
    await line().answer(STATE, { result: stateOf(9, [job(1)]) });
    expect(state.value?.revision).toBe(9);
    expect(line().asked(STATE)).toHaveLength(2);
  });

  it("takes in what was told meanwhile", async () => {
    await line().open();
    await line().answer(IDENTIFY, { result: {} });
    line().say({ method: CHANGED, params: [changed(8, { removed: [1] })] });
    await line().answer(STATE, { result: stateOf(7, [job(1)]) });
    expect(state.value).toMatchObject({ revision: 8, jobs: [] });
  });
});

describe("a temperature", () => {
  it("is known in whole or not at all", async () => {
    await comesUp(7);
    line().say({ method: "notify_status_update", params: [{ heater_bed: { temperature: 61 } }] });
    expect(printer.heater_bed.value).toEqual({ ...hot, temperature: 61 });
    line().say({ method: "notify_klippy_disconnected", params: [] });
    line().say({ method: "notify_status_update", params: [{ heater_bed: { target: 0 } }] });
    expect(printer.heater_bed.value).toBeNull();
  });
});

describe("a login", () => {
  beforeEach(async () => {
    await line().open();
    await line().answer(IDENTIFY, no);
    expect(connection.value.is).toBe("login");
  });

  it("by a wrong key is told, and the key is not kept", async () => {
    const login = logInWithKey("wrong");
    const refused = expect(login).rejects.toMatchObject({ code: 401 });
    await line().answer(IDENTIFY, no);
    await refused;
    expect(connection.value.is).toBe("login");
    expect(await credentials(rpc.call.bind(rpc))).toEqual({});
  });

  it("by a good key begins anew with it", async () => {
    const login = logInWithKey("good");
    await line().answer(IDENTIFY, { result: {} });
    await login;
    await comesUp(7);
    expect(line().asked(IDENTIFY)[0]?.params["api_key"]).toBe("good");
    expect(connection.value.is).toBe("online");
  });

  it("lasts as long as the page where nothing can be stored", async () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new Error("denied");
    });
    useApiKey("good");
    expect(await credentials(rpc.call.bind(rpc))).toEqual({ api_key: "good" });
  });
});
