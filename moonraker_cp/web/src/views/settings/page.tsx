// How this browser shows the page.

import { mdiLogout } from "@mdi/js";
import { loggedIn } from "../../live/auth";
import { logOut } from "../../live/store";
import { Button, Card, Select } from "../../ui";
import { firstLanguage, languages, speak, t } from "../../words";
import { ownLanguage, ownTheme, wantLanguage, wantTheme, type Theme } from "./own";

const HOST = "host"; // as the front end

export function PageCard() {
  const setLanguage = (name: string): void => {
    wantLanguage(name === HOST ? null : name);
    void speak(name === HOST ? firstLanguage() : name);
  };
  return (
    <Card title={t("settings.page")} testid="page-settings">
      <div class="settings-body">
        <Select
          label={t("settings.language")}
          value={ownLanguage.value ?? HOST}
          onValue={setLanguage}
          options={[
            { value: HOST, label: t("settings.as_host") },
            ...languages.map((name) => ({ value: name, label: nameOf(name) })),
          ]}
          testid="language"
        />
        <Select
          label={t("settings.theme")}
          value={ownTheme.value ?? HOST}
          onValue={(theme) => wantTheme(theme === HOST ? null : (theme as Theme))}
          options={[
            { value: HOST, label: t("settings.as_host") },
            { value: "dark", label: t("settings.dark") },
            { value: "light", label: t("settings.light") },
          ]}
          hint={t("settings.page_hint")}
          testid="theme"
        />
        {loggedIn.value !== "" && (
          <Button icon={mdiLogout} onClick={logOut} testid="log-out">
            {t("settings.log_out")}
          </Button>
        )}
      </div>
    </Card>
  );
}

/** A language's name in itself: who looks for it may read no other. */
function nameOf(language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
  } catch {
    return language;
  }
}
