// Which runs are shown. What is chosen is read at once; what is typed, when one pauses.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { mdiClose, mdiFileOutline, mdiLayersOutline } from "@mdi/js";
import type { Outcome } from "../../live/types";
import { Field, IconButton, Icon, Select } from "../../ui";
import { t } from "../../words";
import { fileName } from "../../words/format";
import { chosen } from "./data";
import { isBackwards, OUTCOMES, PERIODS, type Chosen, type Period } from "./filter";
import { outcomeName } from "./outcome";

const PAUSE = 250; // milliseconds

const choose = (news: Partial<Chosen>): void => {
  chosen.value = { ...chosen.peek(), ...news };
};

const periodName = (one: Period): string => {
  if (one === "all") return t("history.all_time");
  if (one === "own") return t("history.own_time");
  return t("history.last_days", { n: Number(one) });
};

export function FilterBar() {
  const now = chosen.value;
  return (
    <form
      class="history-filters"
      role="search"
      aria-label={t("history.filters")}
      onSubmit={(event) => event.preventDefault()}
    >
      <Search />
      <Select<Outcome | "">
        label={t("history.outcome")}
        value={now.outcome}
        onValue={(outcome) => choose({ outcome })}
        options={[
          { value: "", label: t("history.any_outcome") },
          ...OUTCOMES.map((value) => ({ value, label: outcomeName(value) })),
        ]}
        testid="history-outcome"
      />
      <Select<Period>
        label={t("history.period")}
        value={now.period}
        onValue={(period) => choose({ period })}
        options={PERIODS.map((value) => ({ value, label: periodName(value) }))}
        testid="history-period"
      />
      {now.period === "own" && <OwnTime now={now} />}
      <Only now={now} />
    </form>
  );
}

function Search() {
  const typed = useSignal(chosen.peek().contains);
  // Another place may have emptied it.
  useEffect(() => chosen.subscribe((now) => void (typed.value = now.contains)), []);
  useEffect(() => {
    const later = setTimeout(() => {
      if (typed.value !== chosen.peek().contains) choose({ contains: typed.value });
    }, PAUSE);
    return () => clearTimeout(later);
  }, [typed.value]);
  return (
    <Field
      label={t("history.contains")}
      type="search"
      value={typed.value}
      onValue={(value) => void (typed.value = value)}
      autocomplete="off"
      maxLength={200}
      testid="history-contains"
    />
  );
}

function OwnTime({ now }: { now: Chosen }) {
  const wrong = isBackwards(now) ? t("history.backwards") : undefined;
  return (
    <>
      <Field
        label={t("history.from")}
        type="date"
        value={now.from}
        onValue={(from) => choose({ from })}
        testid="history-from"
      />
      <Field
        label={t("history.to")}
        type="date"
        value={now.to}
        onValue={(to) => choose({ to })}
        error={wrong}
        testid="history-to"
      />
    </>
  );
}

function Only({ now }: { now: Chosen }) {
  if (now.file === null && now.job === null) return null;
  return (
    <div class="history-only">
      {now.file !== null && (
        <One
          icon={mdiFileOutline}
          text={t("history.only_file_is", { name: fileName(now.file) })}
          onClear={() => choose({ file: null })}
        />
      )}
      {now.job !== null && (
        <One
          icon={mdiLayersOutline}
          text={t("history.only_job_is", { name: now.job.name })}
          onClear={() => choose({ job: null })}
        />
      )}
    </div>
  );
}

const One = ({ icon, text, onClear }: { icon: string; text: string; onClear: () => void }) => (
  <span class="history-one">
    <Icon path={icon} size={20} />
    <span class="line" title={text}>{text}</span>
    <IconButton icon={mdiClose} label={t("history.clear_filter")} onClick={onClear} />
  </span>
);
