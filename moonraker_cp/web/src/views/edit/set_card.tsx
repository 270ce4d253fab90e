// One file of the job in the edit form.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mdiArrowDown, mdiArrowUp, mdiDeleteOutline, mdiPrinter3dNozzle } from "@mdi/js";
import { metadata } from "../../live/files";
import type { JobSet } from "../../live/types";
import { Button, Chip, IconButton, Thumbnail } from "../../ui";
import { t } from "../../words";
import { fileName } from "../../words/format";
import { disputed, shownSet, typed, type Added, type Typed } from "./draft";
import { MOST_COPIES, setForm, wrongSet, type SetForm, type Wrong } from "./forms";
import { disputesOf } from "./meanwhile";
import { Count, SetDetails } from "./parts";

interface Place {
  isFirst: boolean;
  isLast: boolean;
  onMove: (by: number) => void;
  onRemove: () => void;
  /** What the printer holds. */
  loaded: string[];
}

interface SetCardProps extends Place {
  set: JobSet;
  held: Typed<SetForm>;
  onHeld: (held: Typed<SetForm>) => void;
  prints: boolean;
}

export function SetCard({ set, held, onHeld, prints, ...place }: SetCardProps) {
  const form = setForm(set);
  const now = shownSet(set, held);
  const wrong = wrongSet(now);
  const disputes = disputed(form, held);
  const below = disputesOf(form, held, LABELS, onHeld);
  return (
    <Frame
      path={set.path}
      chips={prints && <Chip kind="info" icon={mdiPrinter3dNozzle}>{t("edit.prints")}</Chip>}
      form={now}
      wrong={wrong}
      onField={(field, value) => onHeld(typed(held, form, field, value))}
      below={below}
      about={set.completed > 0 ? t("edit.done", { n: set.completed }) : undefined}
      mustSee={[...disputes].some(isDetail)}
      withLeft
      {...place}
    />
  );
}

const LABELS: Record<keyof SetForm, () => string> = {
  count: () => t("edit.copies"),
  remaining: () => t("edit.copies_left"),
  materials: () => t("edit.material"),
  spools: () => t("edit.spool"),
  profiles: () => t("edit.profiles"),
  release_temperature: () => t("edit.release_temperature"),
  on_failure: () => t("edit.on_failure"),
  retries: () => t("edit.retries"),
};

const isDetail = (field: string): boolean => field !== "count" && field !== "remaining";

export function AddedCard({ added, onForm, ...place }: Place & {
  added: Added; onForm: (form: SetForm) => void;
}) {
  return (
    <Frame
      path={added.path}
      chips={<Chip kind="success">{t("edit.new")}</Chip>}
      form={added.form}
      wrong={wrongSet(added.form)}
      onField={(field, value) => onForm({ ...added.form, [field]: value })}
      {...place}
    />
  );
}

export function RemovedCard({ path, onKeep }: { path: string; onKeep: () => void }) {
  return (
    <li class="edit-set removed" data-testid="edit-set-removed">
      <div class="edit-set-head">
        <Thumbnail path={path} size={40} />
        <p class="edit-set-name wrap">{t("edit.will_go", { name: fileName(path) })}</p>
        <Button kind="text" onClick={onKeep}>{t("edit.keep_it")}</Button>
      </div>
    </li>
  );
}

interface FrameProps extends Place {
  path: string;
  chips?: ComponentChildren;
  form: SetForm;
  wrong: Wrong<SetForm>;
  onField: <K extends keyof SetForm>(field: K, value: SetForm[K]) => void;
  below?: (field: keyof SetForm) => ComponentChildren;
  about?: string | undefined;
  /** Something in the details has to be decided. */
  mustSee?: boolean;
  withLeft?: boolean;
}

function Frame(props: FrameProps) {
  const { path, form, wrong, onField, below } = props;
  const name = fileName(path);
  const [isOpen, setOpen] = useState(false);
  const mustSee = props.mustSee === true || Object.keys(wrong).some(isDetail);
  useEffect(() => {
    if (mustSee) setOpen(true);
  }, [mustSee]);
  const sliced = metadata(path).value?.filament_type;
  const materials = [...new Set([...props.loaded, ...(sliced ? [sliced] : [])])];
  return (
    <li class="edit-set" data-testid="edit-set">
      <div class="edit-set-head">
        <Thumbnail path={path} size={40} />
        <div class="edit-set-name">
          <p class="wrap">{name} {props.chips}</p>
          <p class="dim small wrap">{[folderOf(path), props.about].filter(Boolean).join(" · ")}</p>
        </div>
        <span class="edit-set-buttons">
          <IconButton icon={mdiArrowUp} label={t("edit.up", { name })}
            disabled={props.isFirst} onClick={() => props.onMove(-1)} />
          <IconButton icon={mdiArrowDown} label={t("edit.down", { name })}
            disabled={props.isLast} onClick={() => props.onMove(1)} />
          <IconButton icon={mdiDeleteOutline} label={t("edit.take_out", { name })}
            onClick={props.onRemove} testid="edit-set-remove" />
        </span>
      </div>
      <div class="edit-set-counts">
        <Count label={t("edit.copies")} of={name} value={form.count} most={MOST_COPIES}
          onValue={(value) => onField("count", value)} wrong={wrong.count} testid="edit-set-count" />
        {props.withLeft && (
          <Count label={t("edit.copies_left")} of={name} value={form.remaining} most={MOST_COPIES}
            onValue={(value) => onField("remaining", value)} wrong={wrong.remaining}
            testid="edit-set-remaining" />
        )}
      </div>
      {below?.("count")}
      {below?.("remaining")}
      <details
        class="edit-more"
        open={isOpen}
        onToggle={(event) => setOpen(event.currentTarget.open)}
      >
        <summary>{t("edit.more_of_set")}<Told form={form} /></summary>
        <SetDetails form={form} onField={onField} wrong={wrong} materials={materials} below={below} />
      </details>
    </li>
  );
}

/** What of the details is set, in short. */
function Told({ form }: { form: SetForm }) {
  const told = [
    ...form.materials.filter((one) => one !== ""),
    ...form.spools.filter((one) => one !== "").map((id) => t("edit.spool_id", { id })),
    form.release_temperature && `${form.release_temperature} °C`,
    form.profiles,
  ].filter((one): one is string => Boolean(one));
  return <span class="dim small line">{told.join(" · ")}</span>;
}

const folderOf = (path: string): string => path.split("/").slice(0, -1).join(" / ");
