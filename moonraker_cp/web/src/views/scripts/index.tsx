// Scripts at the moments of a print's life, and ways to clear the bed.

import { mdiAlertCircleOutline, mdiBookOpenVariant, mdiChevronRight, mdiRefresh } from "@mdi/js";
import { useEffect, useRef } from "preact/hooks";
import type { Hook } from "../../live/types";
import { Button, Chip, Empty, Icon, Loading, toast } from "../../ui";
import { t } from "../../words";
import { said } from "../settings/said";
import { HookPage } from "./hook";
import { Library } from "./library";
import { nameOf } from "./names";
import { hookPlace, inLifeOrder, libraryPlace, usePlace, type Place } from "./places";
import { drafts, read, saved, scriptsOf, show, unread } from "./store";
import { UseDialog } from "./use";
import "./scripts.css";

export default function Scripts() {
  const place = usePlace();
  useEffect(() => {
    const end = show();
    return () => {
      end();
      remind();
    };
  }, []);
  useTop(place);
  const all = saved.value;
  return (
    <div class={`scripts ${place.is === "list" ? "at-list" : "at-detail"}`}>
      <List place={place} hooks={all} />
      <div class="scripts-right">
        <Detail place={place} hooks={all} />
      </div>
      <UseDialog />
    </div>
  );
}

/** A phone shows another page: from its top. */
function useTop(place: Place): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else scrollTo(0, 0);
  }, [JSON.stringify(place)]);
}

/** Nothing that was typed is lost without a word. */
function remind(): void {
  const [name] = Object.keys(drafts.peek());
  if (name === undefined) return;
  toast(t("scripts.left_unsaved", { name: nameOf(name) }), {
    action: { label: t("scripts.show"), run: () => (location.hash = hookPlace(name)) },
  });
}

function Detail({ place, hooks }: { place: Place; hooks: Hook[] | null }) {
  if (place.is === "library") return <Library name={null} />;
  if (place.is === "procedure") return <Library name={place.name} />;
  if (place.is === "list")
    return (
      <Empty icon={mdiBookOpenVariant} title={t("scripts.choose")}>
        {t("scripts.choose_why")}
      </Empty>
    );
  if (hooks === null) return null; // the list says why
  const hook = hooks.find((one) => one.hook === place.name);
  if (hook === undefined)
    return <Empty icon={mdiAlertCircleOutline} title={t("scripts.no_such_hook")} />;
  return <HookPage key={hook.hook} hook={hook} />;
}

function List({ place, hooks }: { place: Place; hooks: Hook[] | null }) {
  if (hooks === null) {
    return unread.value === "" ? (
      <Loading />
    ) : (
      <Empty
        icon={mdiAlertCircleOutline}
        title={t("scripts.unread")}
        action={
          <Button icon={mdiRefresh} onClick={read}>
            {t("app.try_now")}
          </Button>
        }
      >
        {unread.value}
      </Empty>
    );
  }
  return (
    <nav class="card scripts-nav" aria-label={t("nav.scripts")}>
      <a
        class="scripts-to-library"
        href={libraryPlace()}
        aria-current={place.is === "library" || place.is === "procedure" ? "page" : undefined}
      >
        <Icon path={mdiBookOpenVariant} />
        <span>
          <strong>{t("scripts.library")}</strong>
          <span class="small dim">{t("scripts.library_short")}</span>
        </span>
        <Icon path={mdiChevronRight} size={20} />
      </a>
      <h2 class="small dim">{t("scripts.moments")}</h2>
      <ol>
        {inLifeOrder(hooks).map((one) => (
          <li key={one.hook}>
            <HookLink hook={one} isHere={place.is === "hook" && place.name === one.hook} />
          </li>
        ))}
      </ol>
    </nav>
  );
}

function HookLink({ hook, isHere }: { hook: Hook; isHere: boolean }) {
  const isUnsaved = drafts.value[hook.hook] !== undefined;
  const fixed = hook.scripts.filter((one) => one.from !== "api").length;
  const scripts = scriptsOf(hook.hook);
  const count = scripts.length + fixed;
  const off = count > 0 && fixed === 0 && scripts.every((one) => !one.on);
  return (
    <a
      href={hookPlace(hook.hook)}
      aria-current={isHere ? "page" : undefined}
      data-testid={`hook-${hook.hook}`}
    >
      <span>
        <strong>{nameOf(hook.hook)}</strong>
        <span class="small dim">{said(hook.when)}</span>
      </span>
      {isUnsaved ? (
        <Chip kind="warning">{t("scripts.not_saved")}</Chip>
      ) : off ? (
        <Chip>{t("scripts.is_off")}</Chip>
      ) : (
        count > 0 && <Chip kind="info">{t("scripts.count", { n: count })}</Chip>
      )}
    </a>
  );
}
