// Who this browser is to Moonraker: a login of our own, or Fluidd's, or nobody, which
// is enough on a trusted address.

import { signal } from "@preact/signals";
import { RpcError, type Params } from "./rpc";

type Call = <T>(method: string, params?: Params) => Promise<T>;

interface Login {
  token: string;
  refresh: string;
  user: string;
  apiKey: string;
}

const KEY = "continuousprint-login";
const NOBODY: Login = { token: "", refresh: "", user: "", apiKey: "" };
const SOON = 30; // seconds; a token that ends within these has ended

/** The one who logged in on this page; "" when nobody did. */
export const loggedIn = signal("");

// What Moonraker refused; not tried again until the page is loaded anew.
const refused = new Set<string>();

let unstored: Login | null = null;

function own(): Login {
  if (unstored !== null) return unstored;
  try {
    return { ...NOBODY, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as object) };
  } catch {
    return NOBODY;
  }
}

function keep(login: Login): void {
  loggedIn.value = login.user;
  unstored = null;
  try {
    localStorage.setItem(KEY, JSON.stringify(login));
  } catch {
    unstored = login; // it lasts as long as the page
  }
}

function stored(start: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(start))
      .map((key) => localStorage.getItem(key) ?? "");
  } catch {
    return [];
  }
}

/** When a token ends, in seconds since the epoch; 0 for what is no token. */
export function endOf(token: string): number {
  const body = token.split(".")[1];
  if (body === undefined) return 0;
  try {
    const text = atob(body.replace(/-/g, "+").replace(/_/g, "/"));
    const end = (JSON.parse(text) as { exp?: unknown }).exp;
    return typeof end === "number" ? end : 0;
  } catch {
    return 0;
  }
}

const isGood = (token: string, now: number): boolean =>
  endOf(token) > now + SOON && !refused.has(token);

/** A token that has not ended, refreshed if it has to be; "" when there is none. */
async function token(call: Call): Promise<string> {
  const now = Date.now() / 1000;
  const mine = own();
  const good = [mine.token, ...stored("user-token-")].find((one) => isGood(one, now));
  if (good !== undefined) return good;
  for (const refresh of [mine.refresh, ...stored("refresh-token-")]) {
    if (!isGood(refresh, now)) continue;
    try {
      const got = await call<{ token: string }>("access.refresh_jwt", { refresh_token: refresh });
      if (refresh === mine.refresh) keep({ ...mine, token: got.token });
      return got.token;
    } catch (error) {
      if (!(error instanceof RpcError) || error.code === 0) throw error;
      refused.add(refresh);
    }
  }
  return "";
}

/** What identifies a connection. Ask anew for each. */
export async function credentials(call: Call): Promise<Params> {
  loggedIn.value = own().user;
  const access = await token(call);
  if (access) return { access_token: access };
  const { apiKey } = own();
  return apiKey && !refused.has(apiKey) ? { api_key: apiKey } : {};
}

/** Moonraker does not take these; a connection that tried them is spoilt. */
export function refuse(tried: Params): void {
  for (const one of Object.values(tried)) refused.add(String(one));
}

export async function login(call: Call, user: string, password: string): Promise<void> {
  const got = await call<{ username: string; token: string; refresh_token: string }>(
    "access.login", { username: user, password },
  );
  keep({ ...NOBODY, user: got.username, token: got.token, refresh: got.refresh_token });
}

export function useApiKey(apiKey: string): void {
  refused.delete(apiKey);
  keep({ ...NOBODY, apiKey });
}

/** On this browser alone; other pages of this user stay logged in. */
export function forget(): void {
  keep(NOBODY);
}

/** For what goes over HTTP, such as uploads. */
export async function headers(call: Call): Promise<Record<string, string>> {
  const access = await token(call);
  if (access) return { Authorization: `Bearer ${access}` };
  const { apiKey } = own();
  return apiKey ? { "X-Api-Key": apiKey } : {};
}
