// Files from this computer or phone to the printer, one after the other.

import { signal } from "@preact/signals";
import { address } from "../../live/address";
import { headers } from "../../live/auth";
import { call } from "../../live/store";

export interface Upload {
  id: number;
  name: string;
  share: number; // 0 to 1
  error: string | null;
  cancel: () => void;
}

export const uploads = signal<Upload[]>([]);
let last = 0;
let queue: Promise<unknown> = Promise.resolve();

function put(id: number, fields: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...fields } : one));
}

export const forgetUpload = (id: number): void => {
  uploads.value = uploads.value.filter((one) => one.id !== id);
};

/** words: of what went wrong, by HTTP status and the server's own words. */
type Words = (status: number, said: string) => string;

/** Its path on the printer, or null: it did not work, which the list says, or was cancelled. */
export function upload(file: File, folder: string, words: Words): Promise<string | null> {
  const id = ++last;
  const request = new XMLHttpRequest();
  let cancelled = false;
  const cancel = (): void => {
    cancelled = true;
    request.abort();
    forgetUpload(id);
  };
  uploads.value = [...uploads.value, { id, name: file.name, share: 0, error: null, cancel }];
  const work = queue.then(async () => {
    if (cancelled) return null;
    try {
      const path = await send(request, file, folder, (share) => put(id, { share }), () => cancelled);
      forgetUpload(id);
      return path;
    } catch (error) {
      if (cancelled) return null;
      const { status, said } = error as Refused;
      put(id, { error: words(status ?? 0, said ?? "") });
      return null;
    }
  });
  queue = work;
  return work;
}

class Refused extends Error {
  constructor(readonly status: number, readonly said: string) {
    super(said);
  }
}

async function send(
  request: XMLHttpRequest, file: File, folder: string, told: (share: number) => void,
  isCancelled: () => boolean,
): Promise<string> {
  const who = await headers(call);
  if (isCancelled()) throw new Refused(0, "");
  const form = new FormData();
  form.append("root", "gcodes");
  if (folder !== "") form.append("path", folder);
  form.append("print", "false");
  form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) told(event.loaded / event.total);
    };
    request.onload = () => {
      const path = pathOf(request.responseText);
      if (request.status < 300 && path !== null) resolve(path);
      else reject(new Refused(request.status, saidIn(request.responseText)));
    };
    request.onerror = () => reject(new Refused(0, ""));
    request.onabort = () => reject(new Refused(0, ""));
    request.open("POST", address("server/files/upload"));
    for (const [name, value] of Object.entries(who)) request.setRequestHeader(name, value);
    request.send(form);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Moonraker answers with the item; older ones wrap it. */
export function pathOf(text: string): string | null {
  const body = parsed(text);
  const result = (body["result"] ?? body) as { item?: { path?: unknown } };
  const path = typeof result === "object" ? result?.item?.path : undefined;
  return typeof path === "string" ? path : null;
}

export function saidIn(text: string): string {
  const error = parsed(text)["error"] as { message?: unknown } | undefined;
  return typeof error?.message === "string" ? error.message : "";
}
