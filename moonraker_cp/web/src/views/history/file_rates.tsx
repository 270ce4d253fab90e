// How well each file prints: those with most prints first.

import { signal } from "@preact/signals";
import { Button, Card, Progress } from "../../ui";
import { t } from "../../words";
import { fileName, number, percent } from "../../words/format";
import { chosen, files } from "./data";
import { ratio } from "./sums";

const FEW = 8;
const showsAll = signal(false);

export function FileRates() {
  const all = files.value;
  const some = showsAll.value ? all : all.slice(0, FEW);
  return (
    <Card title={t("history.by_file")} testid="history-files">
      <table class="history-files small">
        <thead class="dim">
          <tr>
            <th scope="col">{t("history.file")}</th>
            <th scope="col">{t("history.prints")}</th>
            <th scope="col">{t("history.success_rate")}</th>
            <th scope="col">{t("history.ratio_short")}</th>
          </tr>
        </thead>
        <tbody>
          {some.map((one) => (
            <tr key={one.path}>
              <th scope="row">
                <button
                  type="button"
                  class="history-name line"
                  title={one.path}
                  onClick={() => void (chosen.value = { ...chosen.peek(), file: one.path ?? null })}
                >
                  {fileName(one.path ?? "")}
                </button>
              </th>
              <td class="number">{number(one.runs)}</td>
              <td class="number"><Rate of={one.success_rate} /></td>
              <td class="number">{ratio(one.ratio)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {all.length > some.length && (
        <Button kind="text" onClick={() => void (showsAll.value = true)}>
          {t("history.all_files", { n: all.length })}
        </Button>
      )}
    </Card>
  );
}

const Rate = ({ of }: { of: number | null }) =>
  of === null ? <>–</> : (
    <>
      {percent(of)}
      <Progress value={of} label={t("history.success_rate")} thin />
    </>
  );
