// G-code files: folders, what is known of them, and their pictures.

import { signal, type Signal } from "@preact/signals";
import { address } from "./address";
import { call, forecastIsOld, onOnline, rpc } from "./store";

export interface FileEntry {
  filename: string;
  size: number;
  modified: number;
}

export interface FolderEntry {
  dirname: string;
  modified: number;
}

export interface Folder {
  files: FileEntry[];
  dirs: FolderEntry[];
}

export interface Picture {
  width: number;
  height: number;
  relative_path: string;
}

export interface Metadata {
  filename: string;
  size?: number;
  modified?: number;
  slicer?: string;
  estimated_time?: number; // seconds
  filament_total?: number; // mm
  filament_weight_total?: number; // g
  filament_type?: string;
  filament_name?: string;
  layer_height?: number;
  object_height?: number;
  layer_count?: number;
  gcode_start_byte?: number;
  gcode_end_byte?: number;
  thumbnails?: Picture[];
}

/** Counts up with every change of the files: read it to be told. */
export const filesChanged = signal(0);

const folders = new Map<string, Promise<Folder>>();
// null: nothing is known of the file; undefined: it is being asked.
const known = new Map<string, Signal<Metadata | null | undefined>>();
let everything: Promise<{ path: string; modified: number; size: number }[]> | null = null;

/** A folder below gcodes, "" for gcodes itself. */
export function folder(path: string): Promise<Folder> {
  const held = folders.get(path);
  if (held !== undefined) return held;
  const asked = call<Folder>("server.files.get_directory", {
    path: path ? `gcodes/${path}` : "gcodes",
    extended: false,
  });
  folders.set(path, asked);
  asked.catch(() => folders.delete(path));
  return asked;
}

/** All G-code files, for a search. */
export function allFiles(): Promise<{ path: string; modified: number; size: number }[]> {
  if (everything === null) {
    everything = call("server.files.list", { root: "gcodes" });
    everything.catch(() => {
      everything = null;
    });
  }
  return everything;
}

/** What is known of a file. It is asked for once, and again when the file changes. */
export function metadata(path: string): Signal<Metadata | null | undefined> {
  let held = known.get(path);
  if (held === undefined) {
    held = signal<Metadata | null | undefined>(undefined);
    known.set(path, held);
    ask(path, held);
  }
  return held;
}

function ask(path: string, held: Signal<Metadata | null | undefined>): void {
  call<Metadata>("server.files.metadata", { filename: path })
    .then((got) => (held.value = got))
    .catch(() => (held.value = null));
}

/** The smallest picture that fills so many pixels, or the largest; null: there is none. */
export function pictureOf(path: string, of: Metadata | null | undefined, pixels: number): string | null {
  const all = [...(of?.thumbnails ?? [])].sort((a, b) => a.width - b.width);
  const best = all.find((one) => one.width >= pixels) ?? all.at(-1);
  if (best === undefined) return null;
  const steps = [...path.split("/").slice(0, -1), ...best.relative_path.split("/")];
  return `${address("server/files/gcodes")}/${steps.map(encodeURIComponent).join("/")}?${of?.modified ?? 0}`;
}

rpc.on("notify_filelist_changed", ([payload]) => {
  const { item, source_item } = payload as {
    item: { root: string; path: string };
    source_item?: { root: string; path: string };
  };
  const changed = [item, source_item].filter((one) => one?.root === "gcodes");
  if (changed.length === 0) return;
  folders.clear();
  everything = null;
  for (const one of changed) renew(one?.path ?? "");
  filesChanged.value += 1;
  forecastIsOld();
});

rpc.on("notify_metadata_update", ([payload]) => {
  const got = payload as Metadata;
  const held = known.get(got.filename);
  if (held !== undefined) held.value = got;
  forecastIsOld();
});

function renew(path: string): void {
  for (const [name, held] of known) {
    if (name === path || name.startsWith(`${path}/`)) ask(name, held);
  }
}

onOnline(() => {
  folders.clear();
  everything = null;
  for (const [name, held] of known) if (!held.peek()) ask(name, held);
  filesChanged.value += 1;
});
