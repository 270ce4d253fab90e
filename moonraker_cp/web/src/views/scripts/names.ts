import type { HookName } from "../../live/types";
import { known } from "../../words";

/** A hook's name for people. */
export const nameOf = (hook: HookName | string): string => known(`scripts_hook.${hook}`) ?? hook;
