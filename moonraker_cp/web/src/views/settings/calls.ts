// The calls of this view alone.

import { call } from "../../live/store";

export type Value = string | number | boolean;
export type Values = Record<string, unknown>;

export interface Option {
  name: string;
  kind: "switch" | "number" | "choice" | "text";
  unit: string;
  meaning: string;
  default: Value;
  value: Value;
  changed: boolean;
  hidden: boolean;
  choices: string[];
  least: number | null;
}

export interface Options {
  version: string;
  options: Option[];
}

export const readOptions = (): Promise<Options> => call("server.continuousprint.settings");
export const diagnostics = (): Promise<Values> => call("server.continuousprint.diagnostics");
export const external = (): Promise<Values> => call("server.continuousprint.get_external");
export const setExternal = (values: Values): Promise<Values> =>
  call("server.continuousprint.post_external", values);
