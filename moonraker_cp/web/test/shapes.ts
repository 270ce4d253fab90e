// The server's shapes, for tests.

import type { Changed, Job, JobSet, State, Summary } from "../src/live/types";

export function set(id: number, fields: Partial<JobSet> = {}): JobSet {
  return {
    id, path: `part${id}.gcode`, count: 1, remaining: 1, completed: 0, metadata: null,
    materials: [], profiles: [], release_temperature: null, on_failure: null, retries: null,
    spools: [], ...fields,
  };
}

export function job(id: number, fields: Partial<Job> = {}): Job {
  return {
    id, name: `Job ${id}`, count: 1, remaining: 1, passes_done: 0, draft: false, hold: false,
    pinned: false, priority: 0, due: null, note: "", created: 1_700_000_000, owner: "",
    revision: 1, copies_left: 1, sets: [set(id)], ...fields,
  };
}

export function summary(revision: number, fields: Partial<Summary> = {}): Summary {
  return {
    revision, active: false, active_by: "", phase: "inactive", phase_since: 0,
    status: "Inactive", status_type: "NORMAL", reason: null, question: null,
    bed: { state: "clear", cause: "person", since: 0, by: "" }, run: null, cooling: null,
    hook: null, not_before: null, service: { prints: 0, printing_seconds: 0 }, drafts: 0,
    waits_for: { code: "stopped", text: "", advice: "", since: null, until: null },
    next: [], chosen: null, passed_over: [], ...fields,
  };
}

export const stateOf = (revision: number, jobs: Job[], fields: Partial<Summary> = {}): State => ({
  ...summary(revision, fields), jobs,
});

export const changed = (revision: number, fields: Partial<Changed>): Changed => ({
  ...summary(revision), jobs: [], removed: [], ...fields,
});
