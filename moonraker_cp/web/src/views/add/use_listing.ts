// A folder's files, or what a search finds, kept up to date.

import { useEffect, useState } from "preact/hooks";
import { allFiles, filesChanged, folder } from "../../live/files";
import { isOnline } from "../../live/store";
import { wordsOf } from "../../ui";
import { entriesOf, found, type Entry, type Order } from "./listing";

export interface Read {
  about: string; // the folder or the search that this is of
  entries: Entry[];
  error: string | null;
}

/** What was read stays until the next is there. */
export function useListing(at: string, query: string, order: Order): Read | null {
  const [read, setRead] = useState<Read | null>(null);
  const about = query === "" ? `/${at}` : `?${query}`;
  const version = filesChanged.value;
  const online = isOnline.value;
  useEffect(() => {
    let current = true;
    const done = (entries: Entry[], error: string | null): void => {
      if (current) setRead({ about, entries, error });
    };
    const asked = query === ""
      ? folder(at).then((one) => entriesOf(one, at, order))
      : allFiles().then((all) => found(all, query, order));
    asked.then((entries) => done(entries, null), (error: unknown) => done([], wordsOf(error)));
    return () => {
      current = false;
    };
  }, [about, order, version, online]);
  return read;
}
