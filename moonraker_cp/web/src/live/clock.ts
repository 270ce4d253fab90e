// The time, for what counts down. It ticks only while somebody shows it.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { printerNow } from "./store";

const now = signal(printerNow());
const minute = computed(() => Math.floor(now.value / 60) * 60);
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now.value = printerNow();
}

function useTicks(): void {
  useEffect(() => {
    if (users++ === 0) {
      tick();
      timer = setInterval(tick, 1000);
    }
    return () => {
      if (--users === 0) clearInterval(timer);
    };
  }, []);
}

/** Seconds since the epoch, by the printer's clock; renewed every second. */
export function useClock(): number {
  useTicks();
  return now.value;
}

/** The same, renewed every minute: for what says "tomorrow" or "late". */
export function useMinute(): number {
  useTicks();
  return minute.value;
}
