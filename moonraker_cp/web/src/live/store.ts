// What is known of the queue and the printer, as signals. It comes from notifications;
// nothing is polled.

import { batch, computed, signal, type Signal } from "@preact/signals";
import { websocketAddress } from "./address";
import { credentials, forget, login as doLogin, refuse, useApiKey } from "./auth";
import { fold } from "./fold";
import { Rpc, RpcError, type Params, type Socket } from "./rpc";
import type { Changed, Forecast, Job, PrinterObjects, State } from "./types";

export type Connection =
  | { is: "connecting" }
  | { is: "online" }
  | { is: "offline"; since: number } // milliseconds
  | { is: "login" }
  | { is: "missing"; why: string }; // Moonraker runs, the queue does not

export const connection = signal<Connection>({ is: "connecting" });
export const isOnline = computed(() => connection.value.is === "online");

/** The whole queue; null until it was read once. */
export const state = signal<State | null>(null);
export const jobsById = computed(
  () => new Map<number, Job>((state.value?.jobs ?? []).map((job) => [job.id, job])),
);

type Objects = { [Name in keyof PrinterObjects]: Signal<PrinterObjects[Name] | null> };

/** Klipper's objects; null: Klipper is away or has no such thing. */
export const printer: Objects = {
  webhooks: signal(null),
  print_stats: signal(null),
  virtual_sdcard: signal(null),
  display_status: signal(null),
  heater_bed: signal(null),
  extruder: signal(null),
};

/** Of the jobs, by what is known of their files; null until it was asked for. */
export const forecast = signal<Forecast | null>(null);

export const rpc = new Rpc(() => new WebSocket(websocketAddress()) as unknown as Socket, {
  opened,
  closed,
});

export const call = rpc.call.bind(rpc);

/** Milliseconds by which the printer's clock is ahead of the browser's. */
let ahead = 0;

/** Seconds since the epoch, by the printer's clock. */
export const printerNow = (): number => (Date.now() + ahead) / 1000;

async function opened(): Promise<void> {
  if (!(await identify())) return; // the socket stays open, for the login
  // Klipper may hang, and what is asked of it with it. The queue answers all the same.
  let isFollowed = false;
  const following = subscribe().then(() => {
    isFollowed = true;
  });
  following.catch(() => undefined); // told below
  // Until it is read the page goes on saying that what it shows may be old.
  if (!(await readState())) return;
  if (!isFollowed) forgetPrinter();
  asked = ""; // the times have gone on
  connection.value = { is: "online" };
  for (const listener of onlineListeners) listener();
  await following;
}

/** False: somebody has to log in. */
async function identify(): Promise<boolean> {
  const who = await credentials(call);
  try {
    await introduce(who);
    return true;
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 401) throw error;
    if (Object.keys(who).length === 0) {
      askForLogin();
      return false;
    }
    refuse(who); // tried again without them
    throw error;
  }
}

const introduce = (who: Params): Promise<unknown> =>
  call("server.connection.identify", {
    client_name: "continuousprint page",
    version: "1",
    type: "web",
    url: location.origin + location.pathname, // a query may have a token
    ...who,
  });

function askForLogin(): void {
  connection.value = { is: "login" };
}

function closed(): void {
  if (connection.value.is === "login" || connection.value.is === "offline") return;
  connection.value = { is: "offline", since: Date.now() };
}

// -- the queue ---------------------------------------------------------------------

let reading: Promise<boolean> | null = null;
let meanwhile: Changed[] = [];

/** Reads everything. What is told meanwhile is folded in afterwards. False: it may not. */
export function readState(): Promise<boolean> {
  reading ??= read().finally(() => {
    reading = null;
  });
  return reading;
}

async function read(): Promise<boolean> {
  try {
    let now: State | null = null;
    while (now === null) {
      meanwhile = [];
      now = await call<State>("server.continuousprint.state");
      for (const one of meanwhile) now = now && fold(now, one); // null: something was missed
    }
    state.value = now;
    return true;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.code === 401) askForLogin();
    else if (error.code === 404) connection.value = { is: "missing", why: error.message };
    else throw error;
    return false;
  }
}

/** An answer that is the whole state. */
export function take(answer: State): void {
  const held = state.value;
  if (reading === null && (held === null || answer.revision >= held.revision)) state.value = answer;
}

function tell(changed: Changed): void {
  if (state.value === null) return;
  const next = fold(state.value, changed);
  if (next === null) readState().catch(() => undefined);
  else state.value = next;
}

rpc.on("notify_continuousprint_changed", ([payload]) => {
  const changed = payload as Changed;
  if (reading !== null) meanwhile.push(changed);
  else tell(changed);
});

// -- the printer -------------------------------------------------------------------

const NAMES = Object.keys(printer) as (keyof PrinterObjects)[];

async function subscribe(): Promise<void> {
  const objects = Object.fromEntries(NAMES.map((name) => [name, null]));
  try {
    const got = await call<{ status: Record<string, object> }>("printer.objects.subscribe", { objects });
    batch(() => {
      forgetPrinter();
      status(got.status);
    });
  } catch (error) {
    if (!(error instanceof RpcError) || error.code === 0) throw error;
    forgetPrinter(); // Klipper is away; it is told when it is back
  }
}

function status(news: Record<string, object>): void {
  batch(() => {
    for (const name of NAMES) {
      const one = news[name];
      if (one === undefined || Object.keys(one).length === 0) continue;
      const held = printer[name] as Signal<object | null>;
      held.value = { ...held.peek(), ...one };
    }
  });
}

function forgetPrinter(): void {
  batch(() => {
    for (const name of NAMES) printer[name].value = null;
  });
}

// A part of what is not known in whole says nothing, such as a target without a temperature.
rpc.on("notify_status_update", ([news]) => {
  const all = Object.entries(news as Record<string, object>);
  status(Object.fromEntries(all.filter(([name]) => printer[name as keyof Objects]?.peek())));
});
rpc.on("notify_klippy_ready", () => void subscribe().catch(() => undefined));
rpc.on("notify_klippy_shutdown", () => void subscribe().catch(() => undefined));
rpc.on("notify_klippy_disconnected", forgetPrinter);
// Perhaps it was us, on another page: reading tells.
rpc.on("notify_user_logged_out", () => void readState().catch(() => undefined));

// -- the forecast ------------------------------------------------------------------

/** Jobs beyond these get no expected end on the page. */
const FORECAST_LIMIT = 300;
let asked = "";
let asking = false;

/** Reads it, unless nothing has changed since. */
export async function readForecast(): Promise<void> {
  const now = state.peek();
  if (now === null || asking || connection.peek().is !== "online") return;
  const about = `${now.revision}`;
  if (about === asked) return;
  asking = true;
  asked = about;
  let isOld = false; // as it came already
  try {
    const got = await call<Forecast>("server.continuousprint.forecast", { limit: FORECAST_LIMIT });
    ahead = got.time * 1000 - Date.now();
    forecast.value = got;
    isOld = asked !== about;
  } catch {
    asked = ""; // as it was; asked again with the next change
  } finally {
    asking = false;
  }
  if (isOld || state.peek()?.revision !== now.revision) await readForecast();
}

/** What is known of files has changed, and the times with it. */
export function forecastIsOld(): void {
  asked = "";
  void readForecast();
}

// -- going and coming ---------------------------------------------------------------

const onlineListeners = new Set<() => void>();

/** Called after every connection, with the state read. */
export function onOnline(listener: () => void): void {
  onlineListeners.add(listener);
}

export function connect(): void {
  rpc.start();
  const hurry = (): void => {
    if (document.visibilityState === "visible") rpc.hurry();
  };
  addEventListener("online", hurry);
  addEventListener("pageshow", hurry);
  document.addEventListener("visibilitychange", hurry);
}

export async function logIn(user: string, password: string): Promise<void> {
  await doLogin(call, user, password);
  again();
}

/** Kept only when Moonraker takes it. */
export async function logInWithKey(key: string): Promise<void> {
  await introduce({ api_key: key });
  useApiKey(key);
  again();
}

export function logOut(): void {
  forget();
  again();
}

function again(): void {
  connection.value = { is: "connecting" };
  rpc.stop();
  rpc.start();
}
