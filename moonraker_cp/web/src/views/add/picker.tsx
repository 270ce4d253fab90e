// The file picker: folders, a search over all of them, and thousands of files.

import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  mdiArchiveArrowDownOutline, mdiCheckboxBlankOutline, mdiCheckboxMarked, mdiClose, mdiCubeOutline,
  mdiFileSearchOutline, mdiFolder, mdiFolderOpenOutline, mdiMagnify,
} from "@mdi/js";
import { metadata } from "../../live/files";
import { printerNow } from "../../live/store";
import { Empty, Icon, IconButton, Loading, Thumbnail } from "../../ui";
import { t } from "../../words";
import { bytes, duration, fileName, grams, moment } from "../../words/format";
import { crumbs, parentOf, type Entry, type Order } from "./listing";
import { useListing, type Read } from "./use_listing";

const ROW = 64;
const CROWD = 5; // rows beyond the edge, so that nothing flickers

interface PickerProps {
  chosen: ReadonlySet<string>;
  onToggle: (path: string) => void;
  onJobFile?: (path: string) => void;
  at: string;
  onFolder: (path: string) => void;
  /** Beside the search. */
  top?: ComponentChildren;
  /** Between the folders and the list. */
  children?: ComponentChildren;
}

export function Picker(props: PickerProps) {
  const query = useSignal("");
  const order = useSignal<Order>(lastOrder);
  const listing = useListing(props.at, query.value.trim(), order.value);
  const list = useRef<HTMLDivElement>(null);
  const searchKey = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    list.current?.focus();
  };
  return (
    <div class="add-picker">
      <div class="add-tools">
        <span class="field-box add-search">
          <Icon path={mdiMagnify} size={20} />
          <input
            type="search"
            aria-label={t("add.search")}
            placeholder={t("add.search")}
            value={query.value}
            onInput={(event) => (query.value = event.currentTarget.value)}
            onKeyDown={searchKey}
            data-testid="add-search"
          />
          {query.value !== "" && (
            <IconButton icon={mdiClose} label={t("add.search_end")} onClick={() => (query.value = "")} />
          )}
        </span>
        <span class="field-box add-order">
          <select
            aria-label={t("add.order")}
            value={order.value}
            onChange={(event) => (order.value = lastOrder = event.currentTarget.value as Order)}
          >
            <option value="newest">{t("add.newest")}</option>
            <option value="name">{t("add.by_name")}</option>
          </select>
        </span>
        {props.top}
      </div>
      {query.value.trim() === "" && <Crumbs at={props.at} onFolder={props.onFolder} />}
      {props.children}
      <Listing {...props} listing={listing} isSearch={query.value.trim() !== ""} list={list} />
    </div>
  );
}

let lastOrder: Order = "newest";

function Crumbs({ at, onFolder }: { at: string; onFolder: (path: string) => void }) {
  const end = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    end.current?.scrollTo({ left: end.current.scrollWidth });
  }, [at]);
  const steps = [{ path: "", name: t("add.all_files") }, ...crumbs(at)];
  return (
    <nav class="add-crumbs" aria-label={t("add.folder")}>
      <ol ref={end}>
        {steps.map((one) => (
          <li key={one.path}>
            <button
              type="button"
              class="add-crumb line"
              aria-current={one.path === at ? "location" : undefined}
              onClick={() => onFolder(one.path)}
            >
              {one.name}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface ListingProps extends PickerProps {
  listing: Read | null;
  isSearch: boolean;
  list: { current: HTMLDivElement | null };
}

function Listing({ listing, isSearch, list, ...picker }: ListingProps) {
  const id = useId();
  const [active, setActive] = useState(0);
  const entries = listing?.entries ?? [];
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW,
    getItemKey: (at) => entries[at]?.path ?? at,
    overscan: CROWD,
  });
  const about = listing?.about;
  useLayoutEffect(() => {
    setActive(0);
    list.current?.scrollTo({ top: 0 });
  }, [about]);
  const now = Math.min(active, entries.length - 1);
  const go = (to: number): void => {
    const at = Math.max(0, Math.min(entries.length - 1, to));
    setActive(at);
    rows.scrollToIndex(at);
  };
  const pick = (one: Entry | undefined): void => {
    if (one?.kind === "folder") picker.onFolder(one.path);
    else if (one?.kind === "job") picker.onJobFile?.(one.path);
    else if (one !== undefined) picker.onToggle(one.path);
  };
  const onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((list.current?.clientHeight ?? ROW) / ROW) - 1);
    const step: Record<string, () => void> = {
      ArrowDown: () => go(now + 1), ArrowUp: () => go(now - 1),
      PageDown: () => go(now + page), PageUp: () => go(now - page),
      Home: () => go(0), End: () => go(entries.length - 1),
      " ": () => pick(entries[now]), Enter: () => pick(entries[now]),
      Backspace: () => !isSearch && picker.at !== "" && picker.onFolder(parentOf(picker.at)),
    };
    const what = step[event.key];
    if (what === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    what();
  };
  return (
    <div
      ref={list}
      class="add-list"
      role="listbox"
      aria-multiselectable="true"
      aria-label={isSearch ? t("add.found_label") : t("add.files_label")}
      aria-activedescendant={entries.length > 0 ? `${id}-${now}` : undefined}
      tabIndex={0}
      autofocus
      onKeyDown={onKey}
      data-testid="add-list"
    >
      <div class="add-rows" role="presentation" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const one = entries[row.index];
          return one && (
            <Row
              key={row.key}
              id={`${id}-${row.index}`}
              entry={one}
              at={row.index}
              of={entries.length}
              start={row.start}
              isActive={row.index === now}
              isChosen={picker.chosen.has(one.path)}
              isSearch={isSearch}
              isPassing={rows.isScrolling}
              onPick={() => {
                setActive(row.index);
                pick(one);
              }}
            />
          );
        })}
      </div>
      <Nothing listing={listing} isSearch={isSearch} />
    </div>
  );
}

function Nothing({ listing, isSearch }: { listing: Read | null; isSearch: boolean }) {
  if (listing === null) return <Loading />;
  if (listing.error !== null) return <Empty icon={mdiFolderOpenOutline} title={listing.error} />;
  if (listing.entries.length > 0) return null;
  return isSearch
    ? <Empty icon={mdiFileSearchOutline} title={t("add.nothing_found")} />
    : <Empty icon={mdiFolderOpenOutline} title={t("add.empty_folder")}>{t("add.empty_hint")}</Empty>;
}

interface RowProps {
  id: string;
  entry: Entry;
  at: number;
  of: number;
  start: number;
  isActive: boolean;
  isChosen: boolean;
  isSearch: boolean;
  /** The list is on its way: nothing is asked for rows that only pass by. */
  isPassing: boolean;
  onPick: () => void;
}

function Row({ entry, at, of, start, isActive, isChosen, isSearch, isPassing, ...row }: RowProps) {
  const [rested, setRested] = useState(!isPassing);
  useEffect(() => {
    if (!isPassing) setRested(true);
  }, [isPassing]);
  const isFile = entry.kind === "file";
  const folderName = isSearch ? parentOf(entry.path) : "";
  return (
    <div
      id={row.id}
      role="option"
      aria-selected={isChosen}
      aria-setsize={of}
      aria-posinset={at + 1}
      class={`add-row${isActive ? " active" : ""}${isChosen ? " chosen" : ""}`}
      style={{ transform: `translateY(${start}px)`, height: ROW }}
      onClick={row.onPick}
      data-testid="add-row"
      data-path={entry.path}
    >
      {isFile
        ? <Icon path={isChosen ? mdiCheckboxMarked : mdiCheckboxBlankOutline} />
        : <span class="add-no-box" />}
      {isFile && rested && <Thumbnail path={entry.path} size={48} />}
      {!(isFile && rested) && <span class="thumbnail add-kind"><Icon path={ICONS[entry.kind]} size={28} /></span>}
      <span class="add-row-words">
        <span class="line add-row-name" title={entry.path}>
          {entry.kind === "folder" && <span class="sr-only">{t("add.folder")} </span>}
          {isFile ? fileName(entry.path) : entry.name}
        </span>
        <span class="line dim small number">
          {entry.kind === "job" && t("add.job_file")}
          {isFile && (rested ? <Facts path={entry.path} /> : "")}
          {folderName !== "" && <span>{isFile ? " · " : ""}{folderName}</span>}
        </span>
      </span>
      {entry.kind !== "folder" && (
        <span class="add-row-when dim small number">
          <span>{moment(entry.modified, printerNow())}</span>
          <span>{bytes(entry.size)}</span>
        </span>
      )}
    </div>
  );
}

const ICONS = { folder: mdiFolder, job: mdiArchiveArrowDownOutline, file: mdiCubeOutline };

/** What the slicer said of a file. */
export function Facts({ path }: { path: string }) {
  const about = metadata(path).value;
  const facts = [
    about?.estimated_time && duration(about.estimated_time),
    about?.filament_type,
    about?.filament_weight_total && grams(about.filament_weight_total),
  ].filter(Boolean);
  return <>{facts.length > 0 ? facts.join(" · ") : about === undefined ? "" : t("add.no_facts")}</>;
}

