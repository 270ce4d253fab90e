// How a run ended, in a word, a shape and a colour.

import { mdiAlertCircle, mdiCancel, mdiCheckCircle, mdiHelpCircle } from "@mdi/js";
import type { Outcome } from "../../live/types";
import { Chip } from "../../ui";
import { known } from "../../words";

const LOOKS = {
  success: { kind: "success", icon: mdiCheckCircle },
  failure: { kind: "error", icon: mdiAlertCircle },
  cancelled: { kind: "warning", icon: mdiCancel },
  aborted: { kind: "plain", icon: mdiHelpCircle },
} as const;

export const outcomeName = (one: Outcome): string => known(`history.outcome_is.${one}`) ?? one;

export function OutcomeChip({ outcome }: { outcome: Outcome | null }) {
  if (outcome === null) return null;
  const look = LOOKS[outcome];
  return <Chip kind={look.kind} icon={look.icon}>{outcomeName(outcome)}</Chip>;
}
