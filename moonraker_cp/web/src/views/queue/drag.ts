// A job is taken by its handle and put elsewhere: by mouse, finger and keyboard. One
// listener serves all rows, so that a row that scrolls into sight costs nothing more.

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Job } from "../../live/types";
import { t } from "../../words";
import { drop } from "./actions";
import { titleOf } from "./jobs";

export interface Held {
  id: number;
  /** The place where it would be put down. */
  at: number;
  /** Pixels below the top of the list. */
  y: number;
}

/** Pixels until a press is meant as a move. */
const MEANT = 4;
/** Pixels at the window's edges in which it scrolls by itself, and how fast. */
const EDGE = 96;
const FASTEST = 18;

/** The place of something so far below the top of the list. Pure. */
export const placeAt = (y: number, height: number, count: number): number =>
  Math.max(0, Math.min(count - 1, Math.round(y / height)));

/** Where a row is drawn while another one is held over a place. Pure. */
export function shifted(index: number, from: number, at: number): number {
  if (from < index && index <= at) return index - 1;
  if (at <= index && index < from) return index + 1;
  return index;
}

/** Pixels of a frame's scrolling, for a pointer there. Pure. */
export function pull(y: number, window: number): number {
  const [above, below] = [EDGE - y, y - (window - EDGE)];
  if (above > 0) return -Math.ceil((Math.min(above, EDGE) / EDGE) * FASTEST);
  return below > 0 ? Math.ceil((Math.min(below, EDGE) / EDGE) * FASTEST) : 0;
}

const handleOf = (event: Event): HTMLElement | null =>
  (event.target as Element).closest<HTMLElement>(".handle");

const jobOf = (handle: HTMLElement): number =>
  Number(handle.closest<HTMLElement>("[data-job]")?.dataset["job"]);

export function useDrag(list: RefObject<HTMLUListElement>, jobs: Job[], height: number) {
  const [held, setHeld] = useState<Held | null>(null);
  const [words, say] = useState("");
  // For listeners that outlive a drawing.
  const now = useRef({ jobs, height, held });
  now.current = { jobs, height, held };
  const end = useRef<(() => void) | null>(null);
  useEffect(() => () => end.current?.(), []);

  const put = (next: Held | null): void => {
    now.current.held = next;
    setHeld(next);
  };
  const saying = (key: "lifted" | "over" | "dropped" | "cancelled", { id, at }: Held): void => {
    const { jobs } = now.current;
    const job = jobs.find((one) => one.id === id);
    const values = { name: job === undefined ? String(id) : titleOf(job), at: at + 1, of: jobs.length };
    say({
      lifted: () => t("queue.said_lifted", values),
      over: () => t("queue.said_over", values),
      dropped: () => t("queue.said_dropped", values),
      cancelled: () => t("queue.said_cancelled", values),
    }[key]());
  };
  const lift = (id: number): void => {
    const at = now.current.jobs.findIndex((job) => job.id === id);
    if (at < 0) return;
    put({ id, at, y: at * now.current.height });
    saying("lifted", { id, at, y: 0 });
  };
  const moveTo = (y: number): void => {
    const { held: one, jobs, height } = now.current;
    if (one === null) return;
    const at = placeAt(y, height, jobs.length);
    const next = { ...one, at, y: Math.max(0, Math.min(y, (jobs.length - 1) * height)) };
    put(next);
    if (at !== one.at) saying("over", next);
  };
  const leave = (): void => {
    const { held: one, jobs } = now.current;
    if (one === null) return;
    put(null);
    saying("cancelled", { ...one, at: jobs.findIndex((job) => job.id === one.id) });
  };
  const putDown = (): void => {
    const { held: one, jobs } = now.current;
    if (one === null) return;
    const ids = jobs.map((job) => job.id);
    const over = ids[one.at];
    put(null);
    saying("dropped", one);
    if (over !== undefined && ids.includes(one.id)) void drop(ids, one.id, over);
  };

  const onPointerDown = (event: PointerEvent): void => {
    const handle = handleOf(event);
    if (handle === null || event.button !== 0 || !event.isPrimary || end.current !== null) return;
    const id = jobOf(handle);
    const grip = event.clientY - (handle.closest(".row")?.getBoundingClientRect().top ?? 0);
    let [y, frame] = [event.clientY, 0];
    const follow = (): void => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      moveTo(y - grip - top);
    };
    const scrolls = (): void => {
      const by = pull(y, innerHeight);
      if (by !== 0) {
        scrollBy(0, by);
        follow();
      }
      frame = requestAnimationFrame(scrolls);
    };
    const onMove = (moved: PointerEvent): void => {
      if (moved.pointerId !== event.pointerId) return;
      y = moved.clientY;
      if (now.current.held === null) {
        if (Math.hypot(moved.clientX - event.clientX, y - event.clientY) < MEANT) return;
        lift(id);
        frame = requestAnimationFrame(scrolls);
      }
      follow();
    };
    const over = (last?: () => void): void => {
      cancelAnimationFrame(frame);
      ending.abort();
      end.current = null;
      last?.();
    };
    const ending = new AbortController();
    const of = { signal: ending.signal };
    end.current = over;
    addEventListener("pointermove", onMove, of);
    addEventListener("pointerup", (up) => up.pointerId === event.pointerId && over(putDown), of);
    addEventListener("pointercancel", (gone) => gone.pointerId === event.pointerId && over(leave), of);
    addEventListener("keydown", (key) => key.key === "Escape" && over(leave), of);
    handle.setPointerCapture(event.pointerId);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const handle = handleOf(event);
    if (handle === null || end.current !== null) return; // a hand has it
    const { held: one, jobs, height } = now.current;
    const last = jobs.length - 1;
    const to = one && { ArrowDown: one.at + 1, ArrowUp: one.at - 1, Home: 0, End: last }[event.key];
    if (event.key === " " || event.key === "Enter") {
      if (one === null) lift(jobOf(handle));
      else {
        putDown();
        keepFocus(handle);
      }
    }
    else if (event.key === "Escape" && one !== null) leave();
    else if (typeof to === "number") {
      const at = Math.max(0, Math.min(last, to));
      moveTo(at * height);
      bringIntoSight(list.current, at * height, height);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  /** Held by keys: another place has the focus now. */
  const onFocusOut = (): void => {
    if (end.current === null) leave();
  };
  return { held, words, listeners: { onPointerDown, onKeyDown, onFocusOut } };
}

/** An element that is put elsewhere in the document loses it. */
function keepFocus(handle: HTMLElement): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) handle.focus({ preventScroll: true });
  });
}

function bringIntoSight(list: HTMLElement | null, y: number, height: number): void {
  const top = (list?.getBoundingClientRect().top ?? 0) + y;
  if (top < EDGE) scrollBy(0, top - EDGE);
  else if (top + height > innerHeight - EDGE) scrollBy(0, top + height - innerHeight + EDGE);
}
