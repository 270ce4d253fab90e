// Amounts as the history writes them.

import { metres, number } from "../../words/format";

/** "12 m"; of a small part "35 mm". */
export const filament = (millimetres: number): string =>
  millimetres < 1000 && millimetres > 0 ? `${number(millimetres)} mm` : metres(millimetres);

/** "+8 %": so much more than was expected. 0.08 -> "+8 %". */
export function signed(share: number): string {
  const hundredths = Math.round(share * 100);
  const sign = hundredths > 0 ? "+" : hundredths < 0 ? "−" : "±";
  return `${sign}${number(Math.abs(hundredths))} %`;
}
