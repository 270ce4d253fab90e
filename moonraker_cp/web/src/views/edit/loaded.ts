// What the printer holds, to be offered as material.

import { useEffect, useState } from "preact/hooks";
import { materials } from "../../live/calls";

export function useLoaded(): string[] {
  const [loaded, setLoaded] = useState<string[]>([]);
  useEffect(() => {
    materials().then(
      ({ tools }) => setLoaded([...new Set(tools.flatMap((one) => one.material ?? []))]),
      () => undefined, // it is only offered; without it the fields work the same
    );
  }, []);
  return loaded;
}
