// JSON-RPC over Moonraker's websocket: calls, notifications, and coming back.

export class RpcError extends Error {
  /** An HTTP status; 0: there is no connection. */
  readonly code: number;
  /** The connection went before the answer came: nobody knows whether it was done. */
  readonly isInDoubt: boolean;

  constructor(code: number, message: string, isInDoubt = false) {
    super(message);
    this.code = code;
    this.isInDoubt = isInDoubt;
  }
}

/** What is used of a WebSocket. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
}

export type Params = Record<string, unknown>;
type Listener = (params: unknown[]) => void;

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: RpcError) => void;
}

export interface RpcEvents {
  /** The socket is open; identify and read. A failure closes it: it is tried again. */
  opened: () => Promise<void>;
  /** It is gone; it is tried again until `stop`. */
  closed: () => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
// Moonraker says something every second; when it does not, it is asked.
const SILENCE = 8_000;
const PATIENCE = 5_000;
const GONE = "Not connected to Moonraker.";

// JSON-RPC's numbers for what HTTP has better ones for.
const STATUS: Record<number, number> = { [-32601]: 404, [-32602]: 401, [-32600]: 400 };

export class Rpc {
  #open: () => Socket;
  #events: RpcEvents;
  #socket: Socket | null = null;
  #isOpen = false;
  #waiting = new Map<number, Waiting>();
  #listeners = new Map<string, Set<Listener>>();
  #id = 0;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  constructor(open: () => Socket, events: RpcEvents) {
    this.#open = open;
    this.#events = events;
  }

  start(): void {
    this.#stopped = false;
    this.#connect();
  }

  /** Stay away until `start`. */
  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** The network is back, or somebody looks: do not wait any longer. */
  hurry(): void {
    if (this.#stopped) return;
    if (this.#socket === null) {
      this.#failures = 0;
      this.#connect();
    } else if (this.#isOpen) this.#ask();
  }

  call<T>(method: string, params: Params = {}): Promise<T> {
    const socket = this.#socket;
    if (socket === null || !this.#isOpen) return Promise.reject(new RpcError(0, GONE));
    const id = ++this.#id;
    const answer = new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: never) => void, reject });
    });
    socket.send(JSON.stringify({ jsonrpc: "2.0", method, params, id }));
    return answer;
  }

  /** Answers with what ends it. */
  on(method: string, listener: Listener): () => void {
    const all = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, all.add(listener));
    return () => all.delete(listener);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    if (this.#socket !== null || this.#stopped) return;
    let socket: Socket;
    try {
      socket = this.#open();
    } catch {
      this.#again();
      return;
    }
    this.#socket = socket;
    this.#watch = setTimeout(() => this.#lost(socket), LONGEST_WAIT);
    socket.onopen = () => void this.#opened(socket);
    socket.onclose = () => this.#lost(socket);
    socket.onmessage = (event) => this.#heard(socket, event.data);
  }

  async #opened(socket: Socket): Promise<void> {
    this.#isOpen = true;
    this.#listen();
    try {
      await this.#events.opened();
      if (socket === this.#socket) this.#failures = 0;
    } catch {
      this.#lost(socket);
    }
  }

  #lost(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#events.closed();
    this.#again();
  }

  #drop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    socket?.close();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.reject(new RpcError(0, GONE, true));
  }

  #again(): void {
    if (this.#stopped) return;
    const wait = Math.min(FIRST_WAIT * 2 ** this.#failures, LONGEST_WAIT);
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  // A socket may be dead without a word, as after a phone has slept.
  #listen(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#ask(), SILENCE);
  }

  #ask(): void {
    const socket = this.#socket;
    if (socket === null) return;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lost(socket), PATIENCE);
    this.call("access.info").catch(() => undefined); // any answer is one
  }

  #heard(socket: Socket, text: string): void {
    if (socket !== this.#socket) return;
    this.#listen();
    const message: unknown = JSON.parse(text);
    if (typeof message !== "object" || message === null) return;
    if ("method" in message) this.#notify(message as { method: string; params?: unknown[] });
    else this.#answer(message as Answered);
  }

  #notify(message: { method: string; params?: unknown[] }): void {
    for (const listener of this.#listeners.get(message.method) ?? []) {
      listener(message.params ?? []);
    }
  }

  #answer(message: Answered): void {
    const one = this.#waiting.get(message.id);
    if (one === undefined) return;
    this.#waiting.delete(message.id);
    if (message.error === undefined) one.resolve(message.result as never);
    else {
      const { code, message: words } = message.error;
      one.reject(new RpcError(STATUS[code] ?? code, words));
    }
  }
}

interface Answered {
  id: number;
  result?: unknown;
  error?: { code: number; message: string };
}
