// The native API, one function a call. Each throws RpcError.

import { call as rpc, isOnline, take } from "./store";
import { RpcError, type Params } from "./rpc";
import type {
  Answer, Finding, Forecast, History, HistoryFilter, Hook, HookName, Job, JobFields, Jobs,
  Listed, NewJob, NewSet, Procedure, ScriptReport, SetFields, State, Tool, Totals,
} from "./types";

const ask = <T>(name: string, params: Params = {}): Promise<T> =>
  rpc<T>(`server.continuousprint.${name}`, params);

/** Nothing is told to the machine by what somebody saw before the connection went. */
async function live<T>(method: string, params: Params = {}): Promise<T> {
  if (!isOnline.peek()) throw new RpcError(0, "Not connected to Moonraker.");
  return rpc<T>(method, params);
}

/** For calls that answer with the whole state: it is shown without waiting for more. */
async function change(name: string, params: Params = {}): Promise<State> {
  const now = await live<State>(`server.continuousprint.${name}`, params);
  take(now);
  return now;
}

// -- management ---------------------------------------------------------------------

export const start = (options: { bed?: "clear"; at?: number } = {}): Promise<State> =>
  change("active", { active: true, ...options });
/** Stop after the print. */
export const stop = (): Promise<State> => change("active", { active: false });
export const sayBed = (is: "clear" | "occupied"): Promise<State> => change("bed", { state: is });
export const runClearing = (): Promise<State> => change("bed.run_clearing");
export const answer = (question: number, words: Answer): Promise<State> =>
  change("answer", { question, answer: words });
export const reportFailure = (reason: string): Promise<State> =>
  change("report_failure", { reason });
/** The newest copy, which was counted, is bad after all. */
export const printAgain = (reason: string): Promise<State> => change("print_again", { reason });

// -- jobs; revision: the queue's, as the user saw it ------------------------------------

interface Seen {
  revision?: number;
}

export const listJobs = (page: { offset?: number; limit?: number } = {}): Promise<Listed> =>
  ask("get_jobs", page);
export const addJob = (job: NewJob): Promise<Jobs> => ask("post_jobs", { ...job });
export const addJobs = (jobs: NewJob[]): Promise<Jobs> => ask("post_jobs", { jobs });
export const removeJobs = (job_ids: number[], seen: Seen = {}): Promise<{ removed: number[] }> =>
  ask("delete_jobs", { job_ids, ...seen });
export const editJob = (
  id: number,
  fields: JobFields & { count?: number; remaining?: number } & Seen,
): Promise<Jobs> => ask("job", { id, ...fields });
/** after: the job to stand behind; null: in front of all. */
export const moveJob = (id: number, after: number | null, seen: Seen = {}): Promise<Jobs> =>
  ask("job.move", { id, after, ...seen });
export const copyJob = (id: number): Promise<Jobs> => ask("job.copy", { id });
export const printNext = (id: number): Promise<Jobs> => ask("job.next", { id });
export const resetJobs = (job_ids: number[]): Promise<Jobs> => ask("jobs.reset", { job_ids });
export const listRemoved = (page: { offset?: number; limit?: number } = {}): Promise<{
  jobs: (Job & { removed: number })[];
}> => ask("get_removed", page);
export const restoreJobs = (job_ids: number[]): Promise<Jobs> =>
  ask("removed.restore", { job_ids });
export const purgeRemoved = (before?: number): Promise<{ purged: number }> =>
  ask("delete_removed", before === undefined ? {} : { before });
export const exportJob = (id: number): Promise<{ path: string }> => ask("job.export", { id });
export const importJob = (path: string): Promise<Jobs> => ask("job.import", { path });

// -- sets ---------------------------------------------------------------------------

export const addSet = (job_id: number, set: NewSet & Seen): Promise<Jobs> =>
  ask("sets", { job_id, ...set });
export const editSet = (
  id: number,
  fields: SetFields & { path?: string; remaining?: number } & Seen,
): Promise<Jobs> => ask("post_set", { id, ...fields });
export const removeSet = (id: number, seen: Seen = {}): Promise<Jobs> =>
  ask("delete_set", { id, ...seen });
export const moveSet = (
  id: number,
  to: { job_id?: number; after: number | null } & Seen,
): Promise<Jobs> => ask("set.move", { id, ...to });
/** Drop the copies of a set that are left in this pass; the one in the printer goes on. */
export const skipSet = (id: number): Promise<Jobs> => ask("set.skip", { id });

// -- looking back and ahead -------------------------------------------------------------

export const history = (
  filter: HistoryFilter & { limit?: number; before?: number } = {},
): Promise<History> => ask("get_history", { ...filter });
export const forgetHistory = (before: number): Promise<{ purged: number }> =>
  ask("delete_history", { before });
export const totals = (
  by: "all" | "file" | "job",
  filter: HistoryFilter & { limit?: number } = {},
): Promise<{ totals: Totals[] }> => ask("history.totals", { by, ...filter });
export const exportCsv = (filter: HistoryFilter = {}): Promise<string> =>
  ask("history.export", { format: "csv", ...filter });
export const readForecastOf = (job_ids: number[]): Promise<Forecast> =>
  ask("forecast", { job_ids });

// -- scripts, materials, the library ------------------------------------------------------

export const checkScript = (about: {
  script?: string; condition?: string; hook?: HookName;
}): Promise<ScriptReport> => ask("scripts.check", about);
export const simulateScript = (about: {
  script?: string; condition?: string; hook?: HookName; name?: "clearing" | "finish";
  job_id?: number; set_id?: number; path?: string; printer?: object;
}): Promise<ScriptReport> => ask("scripts.simulate", about);
export const hooks = (): Promise<{ hooks: Hook[] }> => ask("get_hooks");
export const setHook = (
  hook: HookName,
  scripts: { name: string; gcode: string; condition: string }[],
): Promise<{ hook: Hook; findings: Finding[] | null }> => ask("post_hooks", { hook, scripts });
export const materials = (): Promise<{ tools: Tool[] }> => ask("get_materials");
export const setMaterial = (
  tool: number, material: string | null, remaining?: number,
): Promise<{ tools: Tool[] }> =>
  ask("post_materials", { tool, material, ...(remaining === undefined ? {} : { remaining }) });
export const library = (): Promise<{ procedures: Procedure[] }> => ask("library");
export const libraryScript = (
  name: string, values: Record<string, number | string>,
): Promise<{ script: string }> => ask("library.script", { ...values, name });

// -- of Klipper itself --------------------------------------------------------------------

export const pausePrint = (): Promise<unknown> => live("printer.print.pause");
export const resumePrint = (): Promise<unknown> => live("printer.print.resume");
export const cancelPrint = (): Promise<unknown> => live("printer.print.cancel");
