// The options in force, what is loaded, and how the page looks in this browser.

import { t } from "../../words";
import { DiagnosticsCard } from "./diagnostics";
import { ExternalCard } from "./external";
import { MaterialsCard } from "./materials";
import { OptionsCard, useOptions } from "./options";
import { PageCard } from "./page";
import "./settings.css";

export default function Settings() {
  const [got, read] = useOptions();
  return (
    <div class="settings">
      <div class="settings-side">
        <PageCard />
        <MaterialsCard />
        <ExternalCard />
        <DiagnosticsCard />
        {got.is === "there" && (
          <p class="settings-version small dim" data-testid="version">
            {t("settings.version", { version: got.options.version })}
          </p>
        )}
      </div>
      <OptionsCard got={got} onRead={read} />
    </div>
  );
}
