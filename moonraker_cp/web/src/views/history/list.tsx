// The runs, newest first, by day. Only those near the window are in the document.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { Spinner } from "../../ui";
import { t } from "../../words";
import { isReading, more, older, runs } from "./data";
import { opensDay } from "./figures";
import { Row } from "./row";

const ROW = 76; // pixels, about: each is measured when it is shown
const DAY = 40;

export function List() {
  const all = runs.value ?? [];
  const element = useRef<HTMLOListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const list = element.current;
    if (list === null) return;
    const place = (): void => setTop(Math.round(list.getBoundingClientRect().top + scrollY));
    place();
    // What stands above may grow, as the filters do.
    const watcher = new ResizeObserver(place);
    watcher.observe(document.body);
    return () => watcher.disconnect();
  }, []);
  const rows = useWindowVirtualizer({
    count: all.length,
    estimateSize: (at) => ROW + (opensDay(all, at) ? DAY : 0),
    getItemKey: (at) => all[at]?.id ?? at,
    overscan: 8,
    scrollMargin: top,
  });
  const items = rows.getVirtualItems();
  const isAtEnd = (items.at(-1)?.index ?? 0) >= all.length - 5;
  useEffect(() => {
    if (isAtEnd) void more();
  }, [isAtEnd, all.length, older.value, isReading.value]);
  return (
    <section aria-label={t("history.list")}>
      <ol ref={element} class="history-list" style={{ height: rows.getTotalSize() }} data-testid="history-list">
        {items.map((item) => {
          const run = all[item.index];
          return run === undefined ? null : (
            <li
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              aria-setsize={older.value === null ? all.length : -1}
              aria-posinset={item.index + 1}
              style={{ transform: `translateY(${item.start - top}px)` }}
            >
              <Row run={run} opensDay={opensDay(all, item.index)} />
            </li>
          );
        })}
      </ol>
      <div class="history-more">
        {older.value !== null && isAtEnd && <Spinner size={28} label={t("app.loading")} />}
      </div>
    </section>
  );
}
