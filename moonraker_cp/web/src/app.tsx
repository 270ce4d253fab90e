// The shell: where to go, whether we are connected, and what lies over the page.

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { mdiCogOutline, mdiHistory, mdiPlaylistPlay, mdiScriptTextOutline } from "@mdi/js";
import { connection, state } from "./live/store";
import { isEmbedded } from "./look/host";
import { Connection } from "./ui/connection";
import { ConfirmHost } from "./ui/dialog";
import { Guard } from "./ui/guard";
import { lazy } from "./ui/lazy";
import { Icon } from "./ui/basics";
import { LoginDialog } from "./ui/login";
import { adding, closeAdd, closeEdit, editing } from "./ui/overlays";
import { ToastHost } from "./ui/toast";
import { t, type WordKey } from "./words";
import { Now } from "./views/now";

interface Place {
  hash: string;
  name: WordKey;
  icon: string;
  view: ComponentType;
}

const PLACES: readonly [Place, ...Place[]] = [
  { hash: "#/", name: "nav.queue", icon: mdiPlaylistPlay, view: Now },
  {
    hash: "#/history",
    name: "nav.history",
    icon: mdiHistory,
    view: lazy(() => import("./views/history")),
  },
  {
    hash: "#/scripts",
    name: "nav.scripts",
    icon: mdiScriptTextOutline,
    view: lazy(() => import("./views/scripts")),
  },
  {
    hash: "#/settings",
    name: "nav.settings",
    icon: mdiCogOutline,
    view: lazy(() => import("./views/settings")),
  },
];

const AddDialog = lazy(() => import("./views/add"));
const EditForm = lazy(() => import("./views/edit"));

const hash = signal(location.hash);
addEventListener("hashchange", () => (hash.value = location.hash));

/** #/history/7 belongs to #/history. */
function placeOf(now: string): Place {
  return PLACES.slice(1).find((one) => now === one.hash || now.startsWith(`${one.hash}/`)) ?? PLACES[0];
}

/** What the tab is called; the queue is what the page is named after. */
const titleOf = (place: Place): string =>
  place === PLACES[0] ? t("app.title") : `${t(place.name)} · ${t("app.title")}`;

export function App() {
  const place = placeOf(hash.value);
  const title = titleOf(place);
  useEffect(() => scrollTo(0, 0), [place]);
  useEffect(() => void (document.title = title), [title]);
  const View = place.view;
  return (
    <div class={isEmbedded ? "app embedded" : "app"}>
      <header class="top">
        <h1 class="line">{t("app.title")}</h1>
        <nav class="places" aria-label={t("nav.label")}>
          {PLACES.map((one) => (
            <a key={one.hash} href={one.hash} aria-current={one === place ? "page" : undefined}>
              <Icon path={one.icon} />
              <span class="line">{t(one.name)}</span>
            </a>
          ))}
        </nav>
      </header>
      <Connection />
      {/* What was known stays on screen, and says above that it may be old. */}
      <main class="main" data-place={place.hash} data-revision={state.value?.revision}>
        <Guard key={place.hash}><View /></Guard>
      </main>
      {adding.value !== null && <Guard><AddDialog {...adding.value} onClose={closeAdd} /></Guard>}
      {editing.value !== null && (
        <Guard key={editing.value}><EditForm jobId={editing.value} onClose={closeEdit} /></Guard>
      )}
      {connection.value.is === "login" && <LoginDialog />}
      <ConfirmHost />
      <ToastHost />
    </div>
  );
}
