// A chart with its words: a label, what the pointer is on, a legend, and all of it as a table.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Outcome } from "../../live/types";
import { language, t } from "../../words";
import type { Colours, Drawing, Plot } from "./plot";

const HEIGHT = 200;
const MOST_ROWS = 500;

// Loaded when the first chart is shown.
let loading: Promise<Plot> | null = null;
const load = (): Promise<Plot> => (loading ??= import("./plot").then((module) => module.plot));

interface ChartProps {
  label: string;
  make: (plot: Plot, colours: Colours) => Drawing;
  /** The chart is drawn anew when this is another one. */
  data: unknown;
  /** What is said of the point with that number. */
  said: (at: number) => string;
}

export function Chart({ label, make, data, said }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [words, setWords] = useState("");
  const look = useLook();
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let end: (() => void) | null = null;
    let isGone = false;
    const point = (at: number | null): void => setWords(at === null ? "" : said(at));
    void load().then((plot) => {
      if (!isGone) end = plot.show(element, HEIGHT, make(plot, plot.colours()), point);
    }, () => undefined); // the table below has it all
    return () => {
      isGone = true;
      end?.();
    };
  }, [data, look, language.value]);
  return (
    <figure class="history-chart">
      <div ref={box} class="history-plot" style={{ height: HEIGHT }} role="img" aria-label={label} />
      <p class="history-said small number line" aria-hidden="true">{words}</p>
    </figure>
  );
}

/** Counts up when the page is dressed anew: a canvas does not follow by itself. */
function useLook(): number {
  const [look, again] = useState(0);
  useEffect(() => {
    const watcher = new MutationObserver(() => again((n) => n + 1));
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme", "data-host"] });
    return () => watcher.disconnect();
  }, []);
  return look;
}

export const Legend = ({ items }: { items: { name: string; look: Outcome }[] }) => (
  <ul class="history-legend small">
    {items.map((one) => (
      <li key={one.look}>
        <span class={`history-swatch ${one.look}`} aria-hidden="true" />
        {one.name}
      </li>
    ))}
  </ul>
);

/** The first cell of a row is its head. */
export function TableOf({ caption, heads, rows }: {
  caption: string; heads: string[]; rows: string[][];
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="history-table-box" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("history.as_table")}</summary>
      {isOpen && (
        <div class="history-table-scroll" tabIndex={0} role="region" aria-label={t("history.table_of", { name: caption })}>
          <table class="history-table small number">
            <caption class="sr-only">{caption}</caption>
            <thead>
              <tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr>
            </thead>
            <tbody>
              {rows.slice(-MOST_ROWS).map((row, at) => (
                <tr key={at}>
                  <th scope="row" class="wrap">{row[0]}</th>
                  {row.slice(1).map((cell, column) => <td key={column}>{cell}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
