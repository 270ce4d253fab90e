// The copies to come, in the order in which they are expected. Pure.

import { jobName } from "../../words/format";
import type { Forecast, Job, JobForecast, JobSet, State } from "../../live/types";

export interface Copy {
  jobId: number;
  job: string;
  path: string;
  /** null: nobody knows how long it takes. */
  seconds: number | null;
  /** The last one of its job. */
  isLast: boolean;
}

type Estimate = (path: string) => number | null;

/**
 * All of them; without end when a job is endless. The order of the jobs is that of
 * their expected ends, for the strategy decides it and the forecast knows; those
 * without one stand behind, and in front of them what makes their ends unknown.
 */
export function* copies(state: State, forecast: Forecast, estimate: Estimate): Generator<Copy> {
  const of = new Map(forecast.jobs.map((one) => [one.id, one]));
  for (const job of inOrder(state, of)) {
    yield* copiesOf(job, of.get(job.id), state, forecast, estimate);
  }
}

function inOrder(state: State, of: Map<number, JobForecast>): Job[] {
  // These cannot be printed as things are.
  const out = new Set(state.passed_over.map((one) => one.job_id));
  const next = state.next.find((one) => one.what === "print_starts")?.job_id;
  const rank = (job: Job): [number, number] => {
    const one = of.get(job.id);
    if (one === undefined) return [3, 0];
    if (one.expected_end !== null) return [0, one.expected_end];
    if (job.id === next) return [1, 0];
    return [one.endless || one.seconds.unknown > 0 ? 2 : 3, 0];
  };
  const printable = state.jobs.filter(
    (job) => !job.draft && !job.hold && !out.has(job.id) && job.copies_left !== 0,
  );
  return printable
    .map((job) => ({ job, rank: rank(job) }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1])
    .map((one) => one.job);
}

function* copiesOf(
  job: Job, of: JobForecast | undefined, state: State, forecast: Forecast, estimate: Estimate,
): Generator<Copy> {
  const isEndless = job.count < 0;
  const run = state.run;
  const seconds = new Map(
    job.sets.map((one) => [one.id, eachOf(one, of, state, forecast) ?? estimate(one.path)]),
  );
  const copy = (one: JobSet): Copy => ({
    jobId: job.id, job: jobName(job.name, job.id), path: one.path, seconds: seconds.get(one.id) ?? null, isLast: false,
  });
  const first = job.sets.flatMap((one) => {
    const inPrinter = one.id === run?.set_id && one.remaining > 0 ? 1 : 0;
    return Array.from({ length: one.remaining - inPrinter }, () => copy(one));
  });
  const pass = job.sets.flatMap((one) => Array.from({ length: one.count }, () => copy(one)));
  const more = isEndless ? Infinity : Math.max(job.remaining - 1, 0);
  yield* marked(first, !isEndless && (more === 0 || pass.length === 0));
  for (let done = 0; done < more && pass.length > 0; done++) {
    yield* marked(pass, done === more - 1);
  }
}

function* marked(all: Copy[], isLastPass: boolean): Generator<Copy> {
  for (const [at, one] of all.entries()) {
    yield isLastPass && at === all.length - 1 ? { ...one, isLast: true } : one;
  }
}

/** What one copy of a set takes: the sum without what is left of the one in the printer. */
function eachOf(
  set: JobSet, of: JobForecast | undefined, state: State, forecast: Forecast,
): number | null {
  const left = of?.sets.find((one) => one.id === set.id);
  if (left === undefined) return null;
  let [number, sum] = [left.copies, left.seconds.known];
  let unknown = left.seconds.unknown;
  if (state.run?.set_id === set.id && set.remaining > 0) {
    number -= 1;
    if (forecast.run.seconds === null) unknown -= 1;
    else sum -= forecast.run.seconds;
  }
  return number > 0 && unknown <= 0 ? sum / number : null;
}
