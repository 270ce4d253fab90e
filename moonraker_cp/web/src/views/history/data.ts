// The runs on screen: pages of them, sums over them, and what ends while one looks.

import { batch, computed, effect, signal } from "@preact/signals";
import { history, totals } from "../../live/calls";
import { isOnline, printerNow, state } from "../../live/store";
import type { HistoryFilter, PastRun, Totals } from "../../live/types";
import { wordsOf } from "../../ui";
import { isBackwards, USUAL, wanted, type Chosen } from "./filter";
import { append, merge } from "./merge";

const FIRST_PAGE = 50;
const PAGE = 500; // the most that the server gives
/** So many are read for the charts; the rest when somebody scrolls to them. */
export const MOST_IN_CHARTS = 2000;
const NEWEST = 20;

export const chosen = signal<Chosen>(USUAL);

/** null: nothing was read yet. */
export const runs = signal<PastRun[] | null>(null);
export const older = signal<number | null>(null);
export const sums = signal<Totals | null>(null);
export const files = signal<Totals[]>([]);
/** What went wrong with the last reading; "" when nothing did. */
export const failed = signal("");
export const isReading = signal(false);
/** The filter of what is on screen. */
export const shown = signal<HistoryFilter>({});

/** The runs of the charts: the newest ones that were read. */
export const charted = computed(() => (runs.value ?? []).slice(0, MOST_IN_CHARTS));

// Answers to older questions are dropped.
let turn = 0;

/** Everything anew, with the filter as it is chosen now. */
export async function load(): Promise<void> {
  if (isBackwards(chosen.peek())) return;
  const mine = ++turn;
  const filter = wanted(chosen.peek(), printerNow());
  isReading.value = true;
  try {
    const [page] = await Promise.all([history({ ...filter, limit: FIRST_PAGE }), readSums(filter, mine)]);
    if (mine !== turn) return;
    batch(() => {
      failed.value = "";
      shown.value = filter;
      runs.value = page.runs;
      older.value = page.older;
    });
    while (mine === turn && (runs.value?.length ?? 0) < MOST_IN_CHARTS && (await turnPage(mine)));
  } catch (error) {
    if (mine === turn) failed.value = wordsOf(error);
  } finally {
    if (mine === turn) isReading.value = false;
  }
}

async function readSums(filter: HistoryFilter, mine: number): Promise<void> {
  const [all, byFile] = await Promise.all([totals("all", filter), totals("file", filter)]);
  if (mine !== turn) return;
  batch(() => {
    sums.value = all.totals[0] ?? null;
    files.value = byFile.totals;
  });
}

/** False: there are no more. */
async function turnPage(mine: number): Promise<boolean> {
  const before = older.peek();
  if (before === null) return false;
  const page = await history({ ...shown.peek(), before, limit: PAGE });
  if (mine !== turn) return false;
  batch(() => {
    runs.value = append(runs.peek() ?? [], page.runs);
    older.value = page.older;
  });
  return page.older !== null;
}

/** The next page, when somebody has scrolled to the end. */
export async function more(): Promise<void> {
  if (isReading.peek() || older.peek() === null || !isOnline.peek()) return;
  isReading.value = true;
  const mine = turn;
  try {
    await turnPage(mine);
  } catch (error) {
    if (mine === turn) failed.value = wordsOf(error);
  } finally {
    if (mine === turn) isReading.value = false;
  }
}

let refreshing = false;
let again = false;

/** Looks at the newest ones only. Calls while it looks make it look once more. */
async function refresh(): Promise<void> {
  if (runs.peek() === null || isReading.peek()) return;
  again = true;
  if (refreshing) return;
  refreshing = true;
  try {
    while (again) {
      again = false;
      await look();
    }
  } catch {
    // The connection is gone: all is read anew when it is back.
  } finally {
    refreshing = false;
  }
}

async function look(): Promise<void> {
  const mine = turn;
  const filter = shown.peek();
  const page = await history({ ...filter, limit: NEWEST });
  if (mine !== turn) return;
  const next = merge(runs.peek() ?? [], page.runs, page.older === null);
  if (next === null) return load();
  batch(() => {
    runs.value = next;
    if (page.older === null) older.value = null;
  });
  await readSums(filter, mine);
}

/** As long as somebody looks: reads after each connection and each change of the filter,
 * and after what changes the queue, as the end of a run does. Answers with its end. */
export function watch(): () => void {
  const ends = [
    effect(() => {
      void chosen.value;
      if (isOnline.value) void load();
    }),
    effect(() => {
      if (state.value?.revision !== undefined && isOnline.peek()) void refresh();
    }),
  ];
  return () => {
    turn += 1;
    isReading.value = false;
    for (const end of ends) end();
  };
}
