// Klipper's G-code with Jinja2 in it, coloured line by line.
//
// Klipper writes {value} where others write {{ value }}; {% statements %} and
// {# comments #} are Jinja2's own.

import { StreamLanguage, type StreamParser, type StringStream } from "@codemirror/language";

/** What the template is in the middle of; "": plain G-code. */
type Inside = "" | "value" | "statement" | "comment";

interface State {
  inside: Inside;
  /** Brackets that are open in a value: {{"a": 1}["a"]} ends at the last one. */
  depth: number;
  /** The quote of a text that goes on, in a template. */
  quote: string;
  /** The line's command was seen; what follows are its parameters. */
  afterCommand: boolean;
  /** Behind a semicolon. */
  note: boolean;
}

const WORDS = new Set([
  "if",
  "elif",
  "else",
  "endif",
  "for",
  "in",
  "endfor",
  "set",
  "endset",
  "macro",
  "endmacro",
  "not",
  "and",
  "or",
  "is",
  "do",
  "filter",
  "endfilter",
  "recursive",
  "with",
  "endwith",
  "break",
  "continue",
]);
const CONSTANTS = new Set(["true", "false", "none", "True", "False", "None"]);
/** What a script can name. */
const NAMES = new Set([
  "printer",
  "job",
  "set",
  "run",
  "file",
  "history",
  "queue",
  "bed",
  "external",
  "user",
  "shared",
  "params",
  "rawparams",
  "fail",
]);

const start = (): State => ({ inside: "", depth: 0, quote: "", afterCommand: false, note: false });

export const parser: StreamParser<State> = {
  name: "klipper",
  startState: start,
  copyState: (state) => ({ ...state }),
  token,
  languageData: { commentTokens: { line: ";" } },
};

export const klipper = StreamLanguage.define(parser);

function token(stream: StringStream, state: State): string | null {
  if (stream.sol()) {
    state.afterCommand = false;
    state.note = false;
  }
  if (state.inside === "comment") return comment(stream, state);
  if (state.inside !== "") return template(stream, state);
  if (stream.match("{#")) {
    state.inside = "comment";
    return comment(stream, state);
  }
  const opened = stream.match(/^\{%[-+]?|^\{-?/) as RegExpMatchArray | null;
  if (opened !== null) {
    state.inside = opened[0].startsWith("{%") ? "statement" : "value";
    state.depth = 0;
    state.afterCommand = true;
    return "brace";
  }
  return state.note ? note(stream) : gcode(stream, state);
}

function comment(stream: StringStream, state: State): string {
  if (stream.match(/^.*?#\}/)) state.inside = "";
  else stream.skipToEnd();
  return "comment";
}

/** Values are filled in behind a semicolon, too. */
function note(stream: StringStream): string {
  stream.match(/^[^{]+/);
  return "comment";
}

function gcode(stream: StringStream, state: State): string | null {
  if (stream.eatSpace()) return null;
  if (stream.peek() === ";") {
    state.note = true;
    return note(stream);
  }
  if (!state.afterCommand) {
    state.afterCommand = true;
    // A checksum's line number or a command: G28, T0, EJECT_PART.
    if (stream.match(/^[A-Za-z_@][\w.]*/)) return "keyword";
  }
  if (stream.match(/^"[^"{]*"?/)) return "string";
  if (stream.match(/^[A-Za-z_]\w*(?==)/)) return "propertyName";
  // X12.5 is a letter and a number; the number comes next.
  if (stream.match(/^[A-Za-z](?=[-+.\d{])/)) return "propertyName";
  if (stream.match(/^[-+]?(?:\d+\.?\d*|\.\d+)(?![\w])/)) return "number";
  if (stream.match(/^\w+/)) return null;
  stream.next();
  return null;
}

function template(stream: StringStream, state: State): string | null {
  if (state.quote !== "") return text(stream, state);
  if (stream.eatSpace()) return null;
  if (isEnd(stream, state)) {
    state.inside = "";
    return "brace";
  }
  const first = stream.peek() ?? "";
  if (first === '"' || first === "'") {
    stream.next();
    state.quote = first;
    return text(stream, state);
  }
  if (stream.match(/^\d+(?:\.\d+)?/)) return "number";
  const before = stream.string[stream.pos - 1] ?? "";
  const word = (stream.match(/^[A-Za-z_]\w*/) as RegExpMatchArray | null)?.[0];
  if (word !== undefined) return kindOf(word, before, stream.string.slice(0, stream.start));
  stream.next();
  if ("([{".includes(first)) state.depth += 1;
  if (")]}".includes(first)) state.depth -= 1;
  return "operator";
}

function isEnd(stream: StringStream, state: State): boolean {
  if (state.inside === "statement") return stream.match(/^[-+]?%\}/) !== null;
  return state.depth <= 0 && stream.match(/^-?\}/) !== null;
}

/** "set" is a word of the template's, and the set that is printed. */
function kindOf(word: string, before: string, line: string): string {
  if (before === ".") return "propertyName";
  const begins = /\{%[-+]?\s*$/.test(line);
  if (CONSTANTS.has(word)) return "atom";
  if (word === "set" ? begins : WORDS.has(word)) return "controlKeyword";
  return NAMES.has(word) ? "variableName.standard" : "variableName";
}

function text(stream: StringStream, state: State): string {
  while (!stream.eol()) {
    const one = stream.next();
    if (one === "\\") stream.next();
    else if (one === state.quote) {
      state.quote = "";
      break;
    }
  }
  return "string";
}
