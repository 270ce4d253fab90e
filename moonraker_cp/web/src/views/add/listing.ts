// What the file picker lists: a folder, or what a search finds. Pure.

import type { Folder } from "../../live/files";

export type Order = "newest" | "name";

export interface Entry {
  kind: "folder" | "file" | "job"; // job: a job file, which is unpacked
  path: string;
  name: string;
  modified: number;
  size: number;
}

export interface Found {
  path: string;
  modified: number;
  size: number;
}

const GCODE = /\.(gcode|gco|g|ufp|nc)$/i;
const JOB = /\.gjob$/i;

export const ACCEPT = ".gcode,.gco,.g,.gjob";

export const isGcode = (path: string): boolean => GCODE.test(path);
export const isJobFile = (path: string): boolean => JOB.test(path);

/** Folders by their names, then files. */
export function entriesOf(folder: Folder, at: string, order: Order): Entry[] {
  const inside = (name: string): string => (at === "" ? name : `${at}/${name}`);
  const dirs = folder.dirs
    .filter((one) => !one.dirname.startsWith("."))
    .map((one): Entry => ({
      kind: "folder", path: inside(one.dirname), name: one.dirname, modified: one.modified, size: 0,
    }));
  const files = folder.files.flatMap((one) => entry(inside(one.filename), one.modified, one.size));
  return [...sorted(dirs, "name"), ...sorted(files, order)];
}

/** The files with all words of the search in their path, in any case and order. */
export function found(all: readonly Found[], query: string, order: Order): Entry[] {
  const words = plain(query).split(/\s+/).filter((one) => one !== "");
  const hits = all.filter(({ path }) => {
    const text = plain(path);
    return words.every((word) => text.includes(word));
  });
  return sorted(hits.flatMap((one) => entry(one.path, one.modified, one.size)), order);
}

const plain = (text: string): string => text.normalize("NFC").toLowerCase();

function entry(path: string, modified: number, size: number): Entry[] {
  const name = path.split("/").at(-1) ?? path;
  if (name.startsWith(".")) return [];
  if (isGcode(name)) return [{ kind: "file", path, name, modified, size }];
  return isJobFile(name) ? [{ kind: "job", path, name, modified, size }] : [];
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function sorted(entries: Entry[], order: Order): Entry[] {
  const byName = (a: Entry, b: Entry): number => names.compare(a.name, b.name) || names.compare(a.path, b.path);
  return entries.sort(order === "name" ? byName : (a, b) => b.modified - a.modified || byName(a, b));
}

/** The folders on the way to one, from the outside; without gcodes itself. */
export function crumbs(path: string): { path: string; name: string }[] {
  if (path === "") return [];
  const steps = path.split("/");
  return steps.map((name, at) => ({ name, path: steps.slice(0, at + 1).join("/") }));
}

export const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");
