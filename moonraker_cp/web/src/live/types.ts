// The shapes of the native API, as docs/api.md has them. Times are seconds since the
// epoch, by the printer's clock.

export type Phase =
  | "inactive" | "idle" | "preparing" | "starting" | "printing" | "paused"
  | "cooling" | "clearing" | "finishing" | "script" | "blocked";

export type Outcome = "success" | "failure" | "cancelled" | "aborted";
export type OnFailure = "stop" | "skip" | "hold" | "retry";

export type HookName =
  | "activated" | "before_print" | "print_started" | "print_succeeded"
  | "print_cancelled" | "print_failed" | "cool_down" | "clear_bed" | "verify_bed"
  | "finish" | "awaiting_material" | "deactivated";

export type Answer =
  | "bed_clear" | "print_again" | "run_clearing" | "start" | "run_script"
  | "print_anyway" | "not_yet" | "skip" | "stop";

export interface JobSet {
  id: number;
  path: string;
  count: number;
  remaining: number;
  completed: number;
  metadata: string | null;
  materials: (string | null)[];
  profiles: string[];
  release_temperature: number | null;
  on_failure: OnFailure | null;
  retries: number | null;
  spools: (number | null)[];
}

export interface Job {
  id: number;
  name: string;
  count: number; // -1: without end
  remaining: number;
  passes_done: number;
  draft: boolean;
  hold: boolean;
  pinned: boolean;
  priority: number;
  due: number | null;
  note: string;
  created: number;
  owner: string;
  revision: number;
  copies_left: number | null; // null: without end
  sets: JobSet[];
}

export interface Reason {
  code: string;
  text: string;
  advice: string;
  since: number;
  needs_start: boolean;
  picture: string | null;
}

export interface Question {
  id: number;
  next: string | null;
  answers: { answer: Answer; label: string }[];
}

export interface Bed {
  state: "clear" | "occupied" | "unknown";
  cause: string;
  since: number;
  by: string;
}

export interface Run {
  id: number;
  job_id: number;
  set_id: number;
  job_name: string;
  path: string;
  pass: number;
  user: string;
  opened: number;
  started: number | null;
  ended: number | null;
  outcome: Outcome | null;
  reason: string;
  counted: boolean;
  print_duration: number;
  total_duration: number;
  filament_used: number;
}

export interface PastRun extends Run {
  copy: number;
  copies: number;
  retries: number;
  estimate: number | null;
  bed_temperature: number | null;
  nozzle_temperature: number | null;
  history_id: string;
  video: string;
  cleared: number | null;
}

export interface Cooling {
  target: number;
  temperature: number | null;
  since: number;
  limit_at: number;
  expected: number | null;
}

export interface WaitsFor {
  code: string;
  text: string;
  advice: string;
  since: number | null;
  until: number | null;
}

export interface Step {
  what: "print_ends" | "bed_cools" | "clearing" | "person" | "print_starts" | "finishing";
  path: string | null;
  job_id: number | null;
  expected: number | null;
}

export interface PassedOver {
  job_id: number;
  code: string;
  why: string;
}

/** Everything visible but the jobs. */
export interface Summary {
  revision: number;
  active: boolean;
  active_by: string;
  phase: Phase;
  phase_since: number;
  status: string;
  status_type: "NORMAL" | "NEEDS_ACTION" | "ERROR";
  reason: Reason | null;
  question: Question | null;
  bed: Bed;
  run: Run | null;
  cooling: Cooling | null;
  hook: HookName | null;
  not_before: number | null;
  service: { prints: number; printing_seconds: number };
  drafts: number;
  waits_for: WaitsFor;
  next: Step[];
  chosen: string | null;
  passed_over: PassedOver[];
}

export interface State extends Summary {
  jobs: Job[];
}

/** The payload of notify_continuousprint_changed. */
export interface Changed extends Summary {
  jobs: Job[] | null; // null: too many to tell
  removed: number[];
  order?: number[];
}

export interface Jobs {
  revision: number;
  jobs: Job[];
}

export interface Listed extends Jobs {
  total: number;
  ids?: number[];
}

/** known adds up what is known; unknown: copies of which it is not. */
export interface Sum {
  known: number;
  unknown: number;
}

export interface Left {
  copies: number;
  seconds: Sum;
  filament_mm: Sum;
  filament_g: Sum;
  endless: boolean;
}

export interface JobForecast extends Left {
  id: number;
  expected_end: number | null;
  sets: ({ id: number } & Left)[];
}

export interface Forecast {
  revision: number;
  time: number;
  queue: Left & { expected_end: number | null };
  run: {
    seconds: number | null;
    filament_mm: number | null;
    filament_g: number | null;
    expected_end: number | null;
  };
  /** From the end of a print to a clear bed; null: not known yet. */
  clearing_seconds: number | null;
  jobs: JobForecast[];
  assumes: string[];
}

export interface History {
  runs: PastRun[];
  older: number | null;
}

export interface Totals {
  runs: number;
  outcomes: Record<Outcome, number>;
  success_rate: number | null;
  print_duration: number;
  total_duration: number;
  filament_used: number;
  ratio: number | null;
  last_ended: number | null;
  path?: string;
  job_id?: number;
  job_name?: string;
}

export interface Finding {
  script: string;
  line: number | null;
  severity: "error" | "warning";
  code: string;
  text: string;
  advice: string;
}

export interface ScriptReport {
  ok: boolean;
  gcode: string | null;
  skipped: string[];
  findings: Finding[];
}

export interface HookScript {
  name: string;
  gcode: string;
  condition: string;
  from: "moonraker.conf" | "api";
}

export interface Hook {
  hook: HookName;
  when: string;
  scripts: HookScript[];
}

export interface Tool {
  tool: number;
  material: string | null;
  name: string;
  spool_id: number | null;
  remaining: number | null;
  source: "spoolman" | "manual" | null;
}

export interface ProcedureParameter {
  name: string;
  meaning: string;
  unit: string;
  default: number | string;
  least: number | null;
  most: number | null;
}

export interface Procedure {
  name: string;
  title: string;
  meaning: string;
  assumes: string[];
  parameters: ProcedureParameter[];
  sketch: string; // an SVG: show it as an image, never as HTML
}

// -- what is sent ------------------------------------------------------------------

export interface SetFields {
  count?: number;
  materials?: (string | null)[];
  profiles?: string[];
  release_temperature?: number | null;
  on_failure?: OnFailure | null;
  retries?: number | null;
  spools?: (number | null)[];
}

export interface NewSet extends SetFields {
  path: string;
}

export interface JobFields {
  name?: string;
  draft?: boolean;
  hold?: boolean;
  priority?: number;
  due?: number | null;
  note?: string;
}

export interface NewJob extends JobFields, SetFields {
  path?: string;
  sets?: NewSet[];
}

export interface HistoryFilter {
  outcome?: Outcome;
  job_id?: number;
  path?: string;
  contains?: string;
  since?: number;
  until?: number;
}

// -- of Klipper and Moonraker ----------------------------------------------------------

export interface PrinterObjects {
  webhooks: { state: "ready" | "startup" | "shutdown" | "error"; state_message: string };
  print_stats: {
    state: "standby" | "printing" | "paused" | "complete" | "cancelled" | "error";
    filename: string;
    print_duration: number;
    total_duration: number;
    filament_used: number;
    message: string;
    info: { current_layer: number | null; total_layer: number | null };
  };
  virtual_sdcard: { progress: number; is_active: boolean; file_position: number };
  display_status: { progress: number | null; message: string | null };
  heater_bed: { temperature: number; target: number; power: number };
  extruder: { temperature: number; target: number; power: number };
}
