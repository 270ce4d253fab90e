// Jobs one below the other: only those on screen are drawn, so that a thousand scroll
// smoothly; and they can be put in another order by mouse, finger and keyboard.

import { signal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { memo } from "preact/compat";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from "@tanstack/react-virtual";
import { mdiDragVertical } from "@mdi/js";
import type { Job } from "../../live/types";
import { Icon } from "../../ui";
import { t } from "../../words";
import { shifted, useDrag, type Held } from "./drag";
import { titleOf } from "./jobs";

type Draw = (job: Job, lead: ComponentChildren) => ComponentChildren;

const phone = matchMedia("(max-width: 719px)");
/** As queue.css has them. */
const rowHeight = signal(phone.matches ? 112 : 73);
phone.addEventListener("change", () => (rowHeight.value = phone.matches ? 112 : 73));

/** Where the list begins on the page: what is above it grows and shrinks. */
function useTop(list: RefObject<HTMLElement>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const look = (): void => {
      const box = list.current?.getBoundingClientRect();
      if (box !== undefined) setTop(Math.round(box.top + scrollY));
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(document.body);
    return () => watch.disconnect();
  }, []);
  return top;
}

interface RowsProps {
  jobs: Job[];
  list?: RefObject<HTMLUListElement>;
  listeners?: object;
  /** Is moved: drawn though its place has been scrolled away. */
  held?: Held | null;
  children: (job: Job) => ComponentChildren;
  label: string;
  testid: string;
}

/** The part of a long list that is on screen. */
export function Rows({ jobs, list: given, listeners = {}, held = null, children, label, testid }: RowsProps) {
  const own = useRef<HTMLUListElement>(null);
  const list = given ?? own;
  const height = rowHeight.value;
  const kept = held === null ? -1 : jobs.findIndex((job) => job.id === held.id);
  const virtual = useWindowVirtualizer({
    count: jobs.length,
    estimateSize: () => height,
    overscan: 6,
    scrollMargin: useTop(list),
    getItemKey: (at) => jobs[at]?.id ?? at,
    rangeExtractor: (range: Range) => {
      const shown = defaultRangeExtractor(range);
      return kept < 0 || shown.includes(kept) ? shown : [...shown, kept].sort((a, b) => a - b);
    },
  });
  useLayoutEffect(() => virtual.measure(), [height]);
  return (
    <ul
      ref={list}
      class={kept < 0 ? "rows" : "rows moving"}
      style={{ height: jobs.length * height }}
      aria-label={label}
      data-testid={testid}
      {...listeners}
    >
      {virtual.getVirtualItems().map(({ index, key }) => {
        const job = jobs[index];
        if (job === undefined) return null;
        const isHeld = held !== null && index === kept;
        const place = held === null || kept < 0 ? index : shifted(index, kept, held.at);
        return (
          <li
            key={key}
            class={isHeld ? "row job-lifted" : "row"}
            style={{ transform: `translateY(${isHeld ? held.y : place * height}px)` }}
            aria-setsize={jobs.length}
            aria-posinset={index + 1}
          >
            {children(job)}
          </li>
        );
      })}
    </ul>
  );
}

const HOW = "queue-drag-how";

export function SortableRows({ jobs, draw, label }: { jobs: Job[]; draw: Draw; label: string }) {
  const list = useRef<HTMLUListElement>(null);
  const { held, words, listeners } = useDrag(list, jobs, rowHeight.value);
  return (
    <>
      <Rows jobs={jobs} list={list} listeners={listeners} held={held} label={label} testid="queue-rows">
        {(job) => <Sortable job={job} draw={draw} />}
      </Rows>
      <p id={HOW} hidden>{t("queue.drag_how")}</p>
      <p class="sr-only" aria-live="assertive">{words}</p>
    </>
  );
}

// Not drawn anew for each move of another.
const Sortable = memo(function Sortable({ job, draw }: { job: Job; draw: Draw }) {
  return <>{draw(job, <Handle name={titleOf(job)} />)}</>;
});

function Handle({ name }: { name: string }) {
  return (
    <button
      type="button"
      class="handle"
      aria-label={t("queue.drag", { name })}
      aria-describedby={HOW}
      data-testid="handle"
    >
      <Icon path={mdiDragVertical} />
    </button>
  );
}
