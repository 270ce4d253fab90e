import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Rpc, type Socket } from "../src/live/rpc";
import { prefixOf } from "../src/live/address";

/** Moonraker's end of a socket, in a few lines. */
class Line implements Socket {
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: { id: number; method: string }[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { id: number; method: string });
  }

  close(): void {
    this.isClosed = true;
    this.onclose?.();
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify({ jsonrpc: "2.0", ...message }) });
  }

  get last(): { id: number; method: string } {
    return this.sent.at(-1) as { id: number; method: string };
  }
}

let lines: Line[];
let opened = vi.fn<() => Promise<void>>();
let closed = vi.fn<() => void>();
let rpc: Rpc;

const line = (): Line => lines.at(-1) as Line;

async function connected(): Promise<void> {
  line().onopen?.();
  await vi.advanceTimersByTimeAsync(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  opened = vi.fn(() => Promise.resolve());
  closed = vi.fn();
  rpc = new Rpc(() => {
    lines.push(new Line());
    return line();
  }, { opened, closed });
  rpc.start();
});

afterEach(() => {
  rpc.stop();
  vi.useRealTimers();
});

describe("a call", () => {
  it("has the answer with its id, in any order", async () => {
    await connected();
    const [one, other] = [rpc.call("a"), rpc.call("b")];
    const [first, second] = line().sent as unknown as [{ id: number }, { id: number }];
    line().say({ id: second.id, result: "of b" });
    line().say({ id: first.id, result: "of a" });
    expect(await Promise.all([one, other])).toEqual(["of a", "of b"]);
  });

  it("fails with the status that HTTP would have", async () => {
    await connected();
    const call = rpc.call("a");
    line().say({ id: line().last.id, error: { code: -32602, message: "Unauthorized" } });
    await expect(call).rejects.toMatchObject({ code: 401, message: "Unauthorized" });
    const other = rpc.call("b");
    line().say({ id: line().last.id, error: { code: 409, message: "The queue has changed." } });
    await expect(other).rejects.toMatchObject({ code: 409, message: "The queue has changed." });
  });

  it("fails when there is no connection, and when it goes", async () => {
    await expect(rpc.call("a")).rejects.toMatchObject({ code: 0, isInDoubt: false });
    await connected();
    const call = rpc.call("a");
    line().close();
    // It was sent: whether it was done nobody knows.
    await expect(call).rejects.toMatchObject({ code: 0, isInDoubt: true });
  });
});

describe("a connection", () => {
  it("that goes is tried again, later and later", async () => {
    await connected();
    line().close();
    expect(closed).toHaveBeenCalledTimes(1);
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const before = lines.length;
      let wait = 0;
      while (lines.length === before) {
        await vi.advanceTimersByTimeAsync(100);
        wait += 100;
      }
      waits.push(wait);
      line().close();
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it("is tried at once when somebody looks", async () => {
    await connected();
    line().close();
    rpc.hurry();
    expect(lines).toHaveLength(2);
  });

  it("whose reading fails is tried again", async () => {
    opened.mockRejectedValueOnce(new Error("503"));
    await connected();
    expect(line().isClosed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(lines).toHaveLength(2);
  });

  it("that is silent is asked, and given up without an answer", async () => {
    await connected();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(line().last.method).toBe("access.info");
    expect(line().isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(line().isClosed).toBe(true);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it("that speaks is left alone", async () => {
    await connected();
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(1_000);
      line().say({ method: "notify_proc_stat_update", params: [{}] });
    }
    expect(line().sent).toEqual([]);
  });

  it("that was stopped stays away", async () => {
    await connected();
    rpc.stop();
    rpc.hurry();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(1);
  });
});

describe("a notification", () => {
  it("reaches who listens, until they stop", async () => {
    await connected();
    const heard = vi.fn();
    const end = rpc.on("notify_a", heard);
    line().say({ method: "notify_a", params: [1] });
    end();
    line().say({ method: "notify_a", params: [2] });
    expect(heard.mock.calls).toEqual([[[1]]]);
  });
});

describe("Moonraker's address", () => {
  it("is in front of the page's, under any route_prefix", () => {
    expect(prefixOf("/server/continuousprint/")).toBe("");
    expect(prefixOf("/printer_1/server/continuousprint/")).toBe("/printer_1");
    expect(prefixOf("/")).toBe("");
  });
});
