// The library's sketches: SVGs of the server, with a few English words in them.

const WORDS = /(<text\b[^>]*>)([^<]*)(?=<\/text>)/g;

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

/** With its words in another language; nothing else of it changes. */
export const inWords = (sketch: string, said: (text: string) => string): string =>
  sketch.replace(WORDS, (_, tag: string, text: string) => tag + escaped(said(text)));

/** An image, never a part of the page: whatever is in it does nothing. */
export const sourceOf = (sketch: string): string =>
  `data:image/svg+xml;charset=utf-8,${encodeURIComponent(sketch)}`;
