// A part of the page that fails is taken away: left on screen it would look alive.

import type { ComponentChildren } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { t } from "../words";
import { Again } from "./lazy";

export function Guard({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary((one: unknown) => console.error(one));
  return error === undefined ? <>{children}</> : <Again words={t("app.broken")} />;
}
