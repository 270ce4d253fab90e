// The charts' canvas, by uPlot: loaded apart, when the first chart is shown.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { number } from "../../words/format";
import { shortDay } from "./day";

export type Pattern = "full" | "lines" | "dots" | "cross";

export interface Stack {
  values: number[];
  fill: string;
  pattern: Pattern;
}

export interface Colours {
  success: string;
  failure: string;
  cancelled: string;
  aborted: string;
  plain: string;
  dim: string;
  line: string;
}

/** What is drawn; data as uPlot has it. */
export interface Drawing {
  options: Omit<uPlot.Options, "width" | "height">;
  data: uPlot.AlignedData;
}

const CELL = 6; // pixels of a pattern

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    success: of("--success"), failure: of("--error"), cancelled: of("--warning"),
    aborted: of("--dim"), plain: of("--info"), dim: of("--dim"), line: of("--line"),
  };
}

/** Tells stacks apart without colour. */
function filled(context: CanvasRenderingContext2D, colour: string, pattern: Pattern): string | CanvasPattern {
  if (pattern === "full") return colour;
  const size = Math.round(CELL * devicePixelRatio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const draw = tile.getContext("2d");
  if (draw === null) return colour;
  draw.strokeStyle = draw.fillStyle = colour;
  draw.lineWidth = size / 3;
  draw.beginPath();
  if (pattern === "dots") {
    draw.arc(size / 2, size / 2, size / 3, 0, 2 * Math.PI);
    draw.fill();
  } else {
    // Beyond the tile, so that lines meet those of its neighbours.
    draw.moveTo(-size / 2, size * 1.5);
    draw.lineTo(size * 1.5, -size / 2);
    draw.moveTo(-size / 2, size / 2);
    draw.lineTo(size / 2, -size / 2);
    draw.moveTo(size / 2, size * 1.5);
    draw.lineTo(size * 1.5, size / 2);
    if (pattern === "cross") {
      draw.moveTo(-size / 2, -size / 2);
      draw.lineTo(size * 1.5, size * 1.5);
    }
    draw.stroke();
  }
  return context.createPattern(tile, "repeat") ?? colour;
}

const FONT = "12px Roboto, system-ui, sans-serif";

function axis(values: (at: number) => string, more: Partial<uPlot.Axis> = {}): uPlot.Axis {
  const now = colours();
  return {
    stroke: now.dim,
    font: FONT,
    grid: { stroke: now.line, width: 1 },
    ticks: { show: false },
    values: (_, splits) => splits.map(values),
    ...more,
  };
}

const short = (value: number): string => number(value, Number.isInteger(value) ? 0 : 1);
const whole = (value: number): string => (Number.isInteger(value) ? number(value) : "");

/** Columns that stand on each other, one for each day. */
function stacks(days: number[], parts: Stack[], unit = ""): Drawing {
  // Drawn from the top down: each one hides the lower part of the one before.
  const sums: number[][] = [];
  for (const part of parts) {
    const below = sums.at(-1);
    sums.push(part.values.map((value, at) => value + (below?.[at] ?? 0)));
  }
  const drawn = parts.map((part, at) => ({ part, tops: sums[at] ?? [], feet: sums[at - 1] }));
  const bars = (foot: number[] | undefined): uPlot.Series.PathBuilder => (plot, series, from, to) =>
    columns(plot, series, from, to, foot);
  const top = Math.max(1, ...(sums.at(-1) ?? []));
  const label = unit ? short : whole;
  return {
    data: [days.map((_, at) => at), ...drawn.map((one) => one.tops)],
    options: {
      ...usual(),
      scales: {
        x: { time: false, range: [-0.5, Math.max(days.length - 0.5, 0.5)] },
        y: { range: [0, top * 1.05] },
      },
      axes: [
        axis((at) => shortDay(days[at] ?? 0), {
          grid: { show: false },
          size: 28,
          gap: 9, // below the lowest number at the side
          space: 70,
          incrs: [1, 2, 3, 7, 14, 28, 56, 112],
        }),
        axis((value) => (label(value) === "" ? "" : label(value) + unit), { size: unit ? 60 : 40 }),
      ],
      series: [
        {},
        ...drawn.map(({ part, feet }): uPlot.Series => ({
          fill: (plot) => filled(plot.ctx, part.fill, part.pattern),
          stroke: part.fill,
          width: 1,
          paths: bars(feet),
          points: { show: false },
        })),
      ],
    },
  };
}

/** uPlot's own columns all stand on the ground, and patterns would show through. */
function columns(
  plot: uPlot, series: number, from: number, to: number, feet: number[] | undefined,
): uPlot.Series.Paths {
  const path = new Path2D();
  const step = Math.abs(plot.valToPos(1, "x", true) - plot.valToPos(0, "x", true));
  const width = Math.max(1, Math.min(step * 0.7, 40 * devicePixelRatio));
  const tops = plot.data[series] as number[];
  for (let at = from; at <= to; at++) {
    const [high, low] = [tops[at] ?? 0, feet?.[at] ?? 0];
    if (high <= low) continue;
    const y = plot.valToPos(high, "y", true);
    path.rect(plot.valToPos(at, "x", true) - width / 2, y, width, plot.valToPos(low, "y", true) - y);
  }
  return { stroke: path, fill: path };
}

/** Points, and the line on which they would be if estimates were true. Both in hours. */
function pairs(estimates: number[], actual: number[], now: Colours): Drawing {
  const most = Math.max(0.1, ...estimates, ...actual) * 1.05;
  const range: uPlot.Range.MinMax = [0, most];
  return {
    data: [[...estimates, most], [...actual, null], [...estimates, most]],
    options: {
      ...usual(),
      scales: { x: { time: false, range }, y: { range } },
      axes: [
        axis((value) => `${short(value)} h`, { size: 28, gap: 9, space: 60 }),
        axis((value) => `${short(value)} h`, { size: 60 }),
      ],
      series: [
        {},
        {
          paths: () => null,
          points: { show: true, size: 7, fill: now.plain, stroke: now.plain, width: 0 },
        },
        { stroke: now.dim, width: 1.5, dash: [6, 4], points: { show: false } },
      ],
    },
  };
}

const usual = (): Pick<uPlot.Options, "legend" | "cursor" | "padding"> => ({
  legend: { show: false },
  cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
  padding: [8, 8, 0, 0],
});

/** Answers with its end. point: the number of what the pointer is on. */
function show(
  box: HTMLElement, height: number, drawing: Drawing, point: (at: number | null) => void,
): () => void {
  const hooks = { setCursor: [(plot: uPlot) => point(plot.cursor.idx ?? null)] };
  const size = () => ({ width: Math.max(box.clientWidth, 100), height });
  const plot = new uPlot({ ...drawing.options, ...size(), hooks }, drawing.data, box);
  const watcher = new ResizeObserver(() => plot.setSize(size()));
  watcher.observe(box);
  return () => {
    watcher.disconnect();
    plot.destroy();
  };
}

export const plot = { colours, stacks, pairs, show };
export type Plot = typeof plot;
