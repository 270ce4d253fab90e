// The add dialog: choose files, say how often, and put them into the queue.

import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { mdiAlertCircleOutline, mdiClose, mdiUpload } from "@mdi/js";
import { addJobs } from "../../live/calls";
import { Button, confirm, Dialog, Icon, IconButton, Progress, toast, tried } from "../../ui";
import { t } from "../../words";
import { take, unpack } from "./arrive";
import {
  canAdd, DEFAULTS, isTogether, newJobs, toggled, withPaths, type Chosen, type Options,
} from "./choice";
import { useLoaded } from "../edit/loaded";
import { ChoicePanel, severalName, Sum } from "./choice_panel";
import { ACCEPT, isJobFile, parentOf } from "./listing";
import { Picker } from "./picker";
import { forgetUpload, uploads } from "./upload";
import "../edit/edit.css";
import "./add.css";

const PHONE = matchMedia("(max-width: 719px)");

export default function Add({ path, onClose }: { path?: string; onClose: () => void }) {
  const chosen = useSignal<Chosen[]>(path === undefined ? [] : [{ path, count: "1" }]);
  const options = useSignal<Options>(DEFAULTS);
  const at = useSignal(path === undefined ? lastFolder : parentOf(path));
  const isPhone = usePhone();
  const step = useSignal<"files" | "job">(path === undefined ? "files" : "job");
  const loaded = useLoaded();
  const atJob = step.value === "job" && chosen.value.length > 0;

  const close = async (): Promise<void> => {
    const typed = options.value !== DEFAULTS || chosen.value.length > 1;
    const goes = !typed || (await confirm({
      title: t("add.leave_title"), text: t("add.leave_text"), yes: t("add.leave"), no: t("add.stay"),
    }));
    if (goes) onClose();
  };
  const arrived = async (one: string): Promise<void> => {
    if (!isJobFile(one)) chosen.value = withPaths(chosen.value, [one]);
    else if (await unpack(one)) closeIfIdle();
  };
  const closeIfIdle = (): void => {
    if (chosen.value.length === 0 && uploads.value.length === 0) onClose();
  };
  const bring = (files: readonly File[]): Promise<void> =>
    take(files, at.value, (one) => void arrived(one));
  const add = async (): Promise<void> => {
    const done = await tried(addJobs(newJobs(chosen.value, options.value, severalName)));
    if (done === null) return;
    const [first] = done.jobs;
    toast(done.jobs.length === 1 && first !== undefined
      ? t("add.added", { name: first.name })
      : t("add.added_several", { n: done.jobs.length }));
    onClose();
  };
  const dropping = useDrop(bring);
  const isReady = canAdd(chosen.value, options.value);
  const showJob = isPhone && !atJob;
  return (
    <Dialog
      title={isPhone && atJob ? t("add.title_job") : t("add.title")}
      onClose={() => void close()}
      wide
      dismiss={false}
      testid="add"
      actions={
        <>
          <p class="add-sum small number" role="status">
            {chosen.value.length > 0 && <Sum chosen={chosen.value} options={options.value} />}
          </p>
          {isPhone && atJob && (
            <Button onClick={() => (step.value = "files")}>{t("add.back")}</Button>
          )}
          {showJob ? (
            <Button kind="primary" disabled={chosen.value.length === 0} testid="add-next"
              onClick={() => (step.value = "job")}>
              {chosen.value.length === 0 ? t("add.next_none") : t("add.next", { n: chosen.value.length })}
            </Button>
          ) : (
            <Button kind="primary" disabled={!isReady} onClick={add} testid="add-submit">
              {isTogether(chosen.value, options.value) || chosen.value.length === 0
                ? t("add.add") : t("add.add_several", { n: chosen.value.length })}
            </Button>
          )}
        </>
      }
    >
      <div class={`add${dropping.isOver ? " over" : ""}`} {...dropping.on} data-testid="add-drop">
        {(!isPhone || !atJob) && (
          <Picker
            chosen={new Set(chosen.value.map((one) => one.path))}
            onToggle={(one) => (chosen.value = toggled(chosen.value, one))}
            onJobFile={(one) => void unpackAsked(one).then((did) => did && closeIfIdle())}
            at={at.value}
            onFolder={(one) => (at.value = lastFolder = one)}
            top={<UploadButton onFiles={(files) => void bring(files)} />}
          >
            <Uploads />
          </Picker>
        )}
        {(!isPhone || atJob) && (
          <ChoicePanel
            chosen={chosen.value}
            onChosen={(all) => (chosen.value = all)}
            options={options.value}
            onOption={(field, value) => (options.value = { ...options.value, [field]: value })}
            loaded={loaded}
          />
        )}
        {dropping.isOver && <p class="add-drop-here">{t("add.drop_here")}</p>}
      </div>
    </Dialog>
  );
}

let lastFolder = "";

async function unpackAsked(path: string): Promise<boolean> {
  const name = path.split("/").at(-1) ?? path;
  const yes = await confirm({
    title: t("add.unpack_title"), text: t("add.unpack_text", { name }), yes: t("add.unpack"),
  });
  return yes && unpack(path);
}

function UploadButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon={mdiUpload} onClick={() => input.current?.click()} testid="add-upload">
        {t("add.upload")}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        accept={ACCEPT}
        hidden
        aria-hidden="true"
        tabIndex={-1}
        data-testid="add-file"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ""; // the same file can be taken again
          onFiles(files);
        }}
      />
    </>
  );
}

function Uploads() {
  if (uploads.value.length === 0) return null;
  return (
    <ul class="add-uploads" aria-label={t("add.uploads")}>
      {uploads.value.map((one) => (
        <li key={one.id} class={`add-upload${one.error === null ? "" : " wrong"}`} data-testid="add-uploading">
          {one.error !== null && <Icon path={mdiAlertCircleOutline} size={20} />}
          <span class="add-row-words">
            <span class="line small">{one.name}</span>
            {one.error === null
              ? <Progress value={one.share} label={t("add.uploading", { name: one.name })} thin />
              : <span class="small wrap" role="alert">{one.error}</span>}
          </span>
          <IconButton
            icon={mdiClose}
            label={one.error === null ? t("add.upload_cancel", { name: one.name }) : t("common.close")}
            onClick={one.error === null ? one.cancel : () => forgetUpload(one.id)}
          />
        </li>
      ))}
    </ul>
  );
}

function usePhone(): boolean {
  const [isPhone, setPhone] = useState(PHONE.matches);
  useEffect(() => {
    const told = (): void => setPhone(PHONE.matches);
    PHONE.addEventListener("change", told);
    return () => PHONE.removeEventListener("change", told);
  }, []);
  return isPhone;
}

function useDrop(onFiles: (files: File[]) => unknown) {
  const [isOver, setOver] = useState(false);
  const isFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  const over = (event: DragEvent): void => {
    if (!isFiles(event)) return;
    event.preventDefault();
    setOver(true);
  };
  return {
    isOver,
    on: {
      onDragEnter: over,
      onDragOver: over,
      onDragLeave: (event: DragEvent & { currentTarget: Element }): void => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      },
      onDrop: (event: DragEvent): void => {
        if (!isFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles([...(event.dataTransfer?.files ?? [])]);
      },
    },
  };
}
