// A part of the page that is loaded when it is first shown.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mdiRefresh } from "@mdi/js";
import { t } from "../words";
import { Button, Empty, Loading } from "./basics";

type Module<P> = { default: ComponentType<P> };

export function lazy<P extends object>(load: () => Promise<Module<P>>): ComponentType<P> {
  let held: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, again] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (held !== null) return;
      load().then(
        (module) => {
          held = module.default;
          again((n) => n + 1);
        },
        () => setFailed(true),
      );
    }, []);
    if (held !== null) {
      const View = held;
      return <View {...props} />;
    }
    // After an update of the printer the old page's parts are gone.
    if (failed) return <Again words={t("app.outdated")} />;
    return <Loading />;
  };
}

export const Again = ({ words }: { words: string }) => (
  <Empty
    icon={mdiRefresh}
    title={words}
    action={<Button kind="primary" onClick={() => location.reload()}>{t("app.reload")}</Button>}
  />
);
