// Files that arrive by a file chooser or by drag and drop, and job files.

import { folder } from "../../live/files";
import { importJob } from "../../live/calls";
import { confirm, openEdit, toast, tried } from "../../ui";
import { t } from "../../words";
import { isGcode, isJobFile } from "./listing";
import { upload } from "./upload";
import { jobName } from "../../words/format";

/** Those that a printer can do something with; the others are named. */
export function sorted(files: readonly File[]): File[] {
  const good = files.filter((one) => isGcode(one.name) || isJobFile(one.name));
  const others = files.filter((one) => !good.includes(one));
  if (others.length > 0) {
    const names = others.slice(0, 3).map((one) => one.name).join(", ");
    toast(t("add.no_gcode", { names }), { kind: "error" });
  }
  return good;
}

/** Uploads them; done is told each path. Nothing is replaced without a word. */
export async function take(files: readonly File[], at: string, done: (path: string) => void): Promise<void> {
  const good = sorted(files);
  if (good.length === 0 || !(await mayReplace(good, at))) return;
  await Promise.all(good.map(async (file) => {
    const path = await upload(file, at, wordsOfUpload);
    if (path !== null) done(path);
  }));
}

async function mayReplace(files: readonly File[], at: string): Promise<boolean> {
  const there = await folder(at).catch(() => null);
  const names = new Set(there?.files.map((one) => one.filename));
  const old = files.filter((one) => names.has(one.name)).map((one) => one.name);
  if (old.length === 0) return true;
  return confirm({
    title: t("add.replace_title", { n: old.length }),
    text: t("add.replace_text", { names: old.slice(0, 5).join(", ") }),
    yes: t("add.replace"),
    danger: true,
  });
}

function wordsOfUpload(status: number, said: string): string {
  if (status === 0) return t("add.upload_lost");
  if (status === 401) return t("add.upload_login");
  if (status === 403) return t("add.upload_in_use");
  if (status === 413) return t("add.upload_too_big");
  return said || t("add.upload_failed", { status: String(status) });
}

/** Unpacks a job file: its job is a draft then, to be looked at. */
export async function unpack(path: string): Promise<boolean> {
  const got = await tried(importJob(path));
  const job = got?.jobs.at(-1);
  if (job === undefined) return false;
  toast(t("add.unpacked", { name: jobName(job.name, job.id) }), {
    action: { label: t("add.look_at"), run: () => openEdit(job.id) },
  });
  return true;
}
