// The time, for what counts down. It ticks only while somebody shows it.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { printerNow } from "./store";

const now = signal(printerNow());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now.value = printerNow();
}

/** Seconds since the epoch, by the printer's clock; renewed every second. */
export function useClock(): number {
  useEffect(() => {
    if (users++ === 0) {
      tick();
      timer = setInterval(tick, 1000);
    }
    return () => {
      if (--users === 0) clearInterval(timer);
    };
  }, []);
  return now.value;
}
