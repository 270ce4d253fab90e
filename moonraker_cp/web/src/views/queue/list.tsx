// Jobs one below the other: only those on screen are drawn, so that a thousand scroll
// smoothly; and they can be put in another order by mouse, finger and keyboard.

import { signal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { memo } from "preact/compat";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  closestCenter, DndContext, DragOverlay, KeyboardSensor, PointerSensor,
  useSensor, useSensors, type Announcements, type DragEndEvent, type DragStartEvent, type Modifier,
} from "@dnd-kit/core";
import {
  SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from "@tanstack/react-virtual";
import { mdiDragVertical } from "@mdi/js";
import type { Job } from "../../live/types";
import { Icon } from "../../ui";
import { t } from "../../words";
import { drop } from "./actions";
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
  /** Drawn though it has been scrolled away: it is being dragged. */
  keep?: number | null;
  children: (job: Job, at: number) => ComponentChildren;
  label: string;
  testid: string;
}

/** The part of a long list that is on screen. */
export function Rows({ jobs, keep = null, children, label, testid }: RowsProps) {
  const list = useRef<HTMLUListElement>(null);
  const height = rowHeight.value;
  const kept = keep === null ? -1 : jobs.findIndex((job) => job.id === keep);
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
    <ul ref={list} class="rows" style={{ height: jobs.length * height }} aria-label={label} data-testid={testid}>
      {virtual.getVirtualItems().map(({ index, key }) => {
        const job = jobs[index];
        if (job === undefined) return null;
        return (
          <li
            key={key}
            class="row"
            style={{ transform: `translateY(${index * height}px)` }}
            aria-setsize={jobs.length}
            aria-posinset={index + 1}
          >
            {children(job, index)}
          </li>
        );
      })}
    </ul>
  );
}

const upAndDown: Modifier = ({ transform }) => ({ ...transform, x: 0 });

export function SortableRows({ jobs, draw, label }: { jobs: Job[]; draw: Draw; label: string }) {
  const [dragged, setDragged] = useState<number | null>(null);
  const ids = useMemo(() => jobs.map((job) => job.id), [jobs]);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const end = ({ active, over }: DragEndEvent): void => {
    setDragged(null);
    if (over !== null) void drop(ids, Number(active.id), Number(over.id));
  };
  const held = jobs.find((job) => job.id === dragged);
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      modifiers={[upAndDown]}
      accessibility={{
        announcements: announcements(jobs),
        screenReaderInstructions: { draggable: t("queue.drag_how") },
      }}
      onDragStart={({ active }: DragStartEvent) => setDragged(Number(active.id))}
      onDragCancel={() => setDragged(null)}
      onDragEnd={end}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <Rows jobs={jobs} keep={dragged} label={label} testid="queue-rows">
          {(job) => <Sortable job={job} draw={draw} />}
        </Rows>
      </SortableContext>
      <DragOverlay>
        {held && <div class="job-lifted">{draw(held, <Handle name={titleOf(held)} />)}</div>}
      </DragOverlay>
    </DndContext>
  ) as ComponentChildren;
}

const Sortable = memo(function Sortable({ job, draw }: { job: Job; draw: Draw }) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } =
    useSortable({ id: job.id });
  const style = {
    transform: transform === null ? undefined : `translateY(${transform.y}px)`,
    transition,
  };
  const name = titleOf(job);
  // The same element again, so that a card is not drawn anew for each move of another.
  const handle = useMemo(
    () => <Handle name={name} grip={{ ...attributes, ...listeners, ref: setActivatorNodeRef }} />,
    [name, attributes, listeners, setActivatorNodeRef],
  );
  const card = useMemo(() => draw(job, handle), [job, draw, handle]);
  return <div ref={setNodeRef} style={style} class={isDragging ? "job-left" : undefined}>{card}</div>;
});

function Handle({ name, grip = {} }: { name: string; grip?: object }) {
  return (
    <button
      type="button"
      class="handle"
      {...grip}
      aria-label={t("queue.drag", { name })}
      data-testid="handle"
    >
      <Icon path={mdiDragVertical} />
    </button>
  );
}

function announcements(jobs: Job[]): Announcements {
  const words = (id: number | string) => {
    const at = jobs.findIndex((job) => job.id === id);
    const job = jobs[at];
    return { name: job === undefined ? String(id) : titleOf(job), at: at + 1, of: jobs.length };
  };
  return {
    onDragStart: ({ active }) => t("queue.said_lifted", words(active.id)),
    onDragOver: ({ active, over }) =>
      over === null
        ? undefined
        : t("queue.said_over", { ...words(over.id), name: words(active.id).name }),
    onDragEnd: ({ active, over }) =>
      t("queue.said_dropped", { ...words(over?.id ?? active.id), name: words(active.id).name }),
    onDragCancel: ({ active }) => t("queue.said_cancelled", words(active.id)),
  };
}
