// What lies over the page: which dialog is open, and about what.

import { signal } from "@preact/signals";

/** The open dialogs, the topmost last: the page and those below it are inert. */
export const dialogs = signal<HTMLDialogElement[]>([]);

export function putOnTop(dialog: HTMLDialogElement): void {
  dialogs.value = [...dialogs.peek().filter((one) => one !== dialog), dialog];
}

export function takeAway(dialog: HTMLDialogElement): void {
  dialogs.value = dialogs.peek().filter((one) => one !== dialog);
}

/** The add dialog; path: a file that is chosen already. */
export const adding = signal<{ path?: string } | null>(null);
/** The job that is edited. */
export const editing = signal<number | null>(null);

export function openAdd(path?: string): void {
  adding.value = path === undefined ? {} : { path };
}

export function openEdit(jobId: number): void {
  editing.value = jobId;
}

export const closeAdd = (): void => {
  adding.value = null;
};

export const closeEdit = (): void => {
  editing.value = null;
};
