// Dialogs: the browser's own, which keep the focus and give it back.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { mdiClose } from "@mdi/js";
import { t } from "../words";
import { Button, IconButton } from "./basics";
import { putOnTop, takeAway } from "./overlays";
import { ToastHost } from "./toast";

interface DialogProps {
  title: string;
  /** Escape, the cross, or a click beside it. */
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons; the last one is the main one. */
  actions?: ComponentChildren;
  /** With it the dialog is a form, and Enter is its main button. */
  onSubmit?: () => unknown;
  wide?: boolean;
  /** false: a click beside it does nothing, as something would be lost. */
  dismiss?: boolean;
  testid?: string;
}

export function Dialog(props: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const isOver = useRef(false);
  const title = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    dialog.showModal();
    putOnTop(dialog);
    return () => {
      isOver.current = true;
      takeAway(dialog);
      dialog.close();
    };
  }, []);
  // The browser closes it whatever we say when Escape is pressed twice. It is ours to
  // close: until then it stays, with what was typed.
  const closed = (event: Event): void => {
    const dialog = element.current;
    if (isOver.current || dialog === null || event.target !== dialog) return;
    dialog.showModal();
    putOnTop(dialog);
    props.onClose();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    props.onSubmit?.();
  };
  const body = (
    <>
      <header class="dialog-header">
        <h2 id={title}>{props.title}</h2>
        <IconButton icon={mdiClose} label={t("common.close")} onClick={props.onClose} />
      </header>
      <div class="dialog-body">{props.children}</div>
      <ToastHost inside={element} />
      {props.actions && <footer class="dialog-actions">{props.actions}</footer>}
    </>
  );
  return (
    <dialog
      ref={element}
      class={`dialog${props.wide ? " wide" : ""}`}
      aria-labelledby={title}
      data-testid={props.testid}
      onCancel={(event) => {
        if (event.target !== element.current) return; // of a file chooser inside
        event.preventDefault();
        props.onClose();
      }}
      onClose={closed}
      onMouseDown={(event) => {
        if (event.target === element.current && props.dismiss !== false) props.onClose();
      }}
    >
      {props.onSubmit ? <form class="dialog-sheet" onSubmit={submit}>{body}</form>
        : <div class="dialog-sheet">{body}</div>}
    </dialog>
  );
}

// -- yes or no ------------------------------------------------------------------------

interface Asked {
  title: string;
  text: string;
  yes: string;
  no?: string;
  danger?: boolean;
}

const asked = signal<(Asked & { answer: (yes: boolean) => void }) | null>(null);

/** Asks before something that cannot be undone. yes: what it does, not "OK". */
export function confirm(question: Asked): Promise<boolean> {
  asked.peek()?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer: (yes) => {
        asked.value = null;
        resolve(yes);
      },
    };
  });
}

/** Once, in the app. */
export function ConfirmHost() {
  const now = asked.value;
  if (now === null) return null;
  return (
    <Dialog
      title={now.title}
      onClose={() => now.answer(false)}
      testid="confirm"
      actions={
        <>
          <Button onClick={() => now.answer(false)} testid="confirm-no">
            {now.no ?? t("common.cancel")}
          </Button>
          <Button kind={now.danger ? "danger" : "primary"} onClick={() => now.answer(true)} testid="confirm-yes">
            {now.yes}
          </Button>
        </>
      }
    >
      <p class="wrap">{now.text}</p>
    </Dialog>
  );
}
