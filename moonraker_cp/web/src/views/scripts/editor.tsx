// An editor for scripts. Tab leaves it, as everywhere on the page; Ctrl+] indents.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "preact/hooks";
import type { Finding } from "../../live/types";
import { language, t } from "../../words";
import { said } from "../settings/said";
import { isEcho } from "./echo";
import { klipper } from "./language";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, class: "scripts-command" },
  { tag: tags.controlKeyword, class: "scripts-word" },
  { tag: tags.brace, class: "scripts-brace" },
  { tag: tags.comment, class: "scripts-comment" },
  { tag: tags.string, class: "scripts-string" },
  { tag: tags.number, class: "scripts-number" },
  { tag: tags.atom, class: "scripts-number" },
  { tag: tags.propertyName, class: "scripts-property" },
  { tag: tags.standard(tags.variableName), class: "scripts-name" },
]);

interface EditorProps {
  label: string;
  value: string;
  /** Without it, it can only be read. */
  onValue?: (value: string) => void;
  onSave?: () => void;
  findings?: Finding[];
  /** A line to go to, from 1; a new object goes there again. */
  goTo?: { line: number } | null;
  testid?: string;
}

export default function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const now = useRef(props);
  now.current = props;
  const told = useRef<string[]>([]);
  const spoken = language.value;

  useEffect(() => {
    if (host.current === null) return;
    const made = new EditorView({ parent: host.current, state: stateOf(now, told.current) });
    view.current = made;
    mark(made, now.current.findings ?? []);
    return () => made.destroy();
  }, [props.onValue === undefined, spoken]);

  useEffect(() => {
    const made = view.current;
    if (made === null || isEcho(told.current, plain(props.value))) return;
    if (made.state.doc.toString() === plain(props.value)) return;
    made.dispatch({
      changes: { from: 0, to: made.state.doc.length, insert: props.value },
      annotations: fromOutside.of(true),
    });
  }, [props.value]);

  useEffect(() => {
    if (view.current !== null) mark(view.current, props.findings ?? []);
  }, [props.findings, props.value]);

  useEffect(() => {
    if (view.current === null) return;
    view.current.dispatch({ effects: naming.reconfigure(named(props.label)) });
  }, [props.label]);

  useEffect(() => {
    const made = view.current;
    if (made === null || !props.goTo) return;
    const line = lineOf(made.state.doc, props.goTo.line);
    made.dispatch({ selection: { anchor: line.from }, scrollIntoView: true });
    made.focus();
  }, [props.goTo]);

  return <div ref={host} class="scripts-editor" data-testid={props.testid} />;
}

/** As the editor has it: a script may come from Windows. */
const plain = (text: string): string => text.replace(/\r\n?/g, "\n");

const fromOutside = Annotation.define<boolean>();

const naming = new Compartment();
const named = (label: string): Extension =>
  EditorView.contentAttributes.of({ "aria-label": label });

function stateOf(now: { current: EditorProps }, told: string[]): EditorState {
  const { value, label, onValue } = now.current;
  const common: Extension[] = [
    lineNumbers(),
    drawSelection(),
    klipper,
    syntaxHighlighting(COLOURS),
    EditorView.lineWrapping,
    search({ top: true }),
    keymap.of([...searchKeymap]),
    EditorState.phrases.of(phrases()),
    naming.of(named(label)),
  ];
  const own = onValue === undefined ? readOnly() : writing(now, told);
  return EditorState.create({ doc: value, extensions: [common, own] });
}

const readOnly = (): Extension => [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false), // no keyboard opens on a phone
  EditorView.contentAttributes.of({ "aria-readonly": "true", tabindex: "0" }),
];

const writing = (now: { current: EditorProps }, told: string[]): Extension => [
  history(),
  bracketMatching(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  lintGutter(),
  indentUnit.of("  "),
  EditorView.contentAttributes.of({
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
  }),
  EditorView.updateListener.of((update) => {
    const isOurs = update.transactions.some(
      (one) => one.docChanged && one.annotation(fromOutside) !== true,
    );
    if (!isOurs) return;
    const text = update.state.doc.toString();
    told.push(text);
    now.current.onValue?.(text);
  }),
  keymap.of([
    {
      key: "Mod-s",
      preventDefault: true,
      run: () => {
        now.current.onSave?.();
        return true;
      },
    },
    ...defaultKeymap,
    ...historyKeymap,
    ...lintKeymap,
  ]),
];

const lineOf = (doc: Text, number: number) => doc.line(Math.min(Math.max(1, number), doc.lines));

/** Findings of no line are in the list below alone. */
function mark(view: EditorView, findings: Finding[]): void {
  const { doc } = view.state;
  const marks = findings.flatMap((one): Diagnostic[] => {
    if (one.line === null) return [];
    const { from, to, text } = lineOf(doc, one.line);
    const indent = text.length - text.trimStart().length;
    const message = [one.text, one.advice].filter(Boolean).map(said).join(" ");
    return [{ from: Math.min(from + indent, to), to, severity: one.severity, message }];
  });
  view.dispatch(
    setDiagnostics(
      view.state,
      marks.sort((a, b) => a.from - b.from),
    ),
  );
}

/** CodeMirror's own words. */
const phrases = (): Record<string, string> => ({
  Find: t("scripts.find"),
  Replace: t("scripts.replace_with"),
  next: t("scripts.find_next"),
  previous: t("scripts.find_previous"),
  all: t("scripts.find_all"),
  "match case": t("scripts.find_case"),
  regexp: t("scripts.find_pattern"),
  "by word": t("scripts.find_word"),
  replace: t("scripts.replace"),
  "replace all": t("scripts.replace_all"),
  close: t("common.close"),
  Diagnostics: t("scripts.messages"),
  "No diagnostics": t("scripts.no_messages"),
  "current match": t("scripts.find_current"),
  "on line": t("scripts.find_on_line"),
  "Go to line": t("scripts.go_to_line"),
  go: t("scripts.go"),
});
