// Colours that can be read: contrast as WCAG 2.2 counts it. Pure.

export type Rgb = readonly [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** "#2196f3", "#29f", "rgb(33, 150, 243)"; null for anything else. */
export function parse(text: string): Rgb | null {
  const hex = /^#([0-9a-f]{6}|[0-9a-f]{3})(?:[0-9a-f]{2})?$/i.exec(text.trim())?.[1];
  if (hex !== undefined) {
    const full = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
    return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
  }
  const parts = /^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)/.exec(text.trim());
  return parts === null ? null : [Number(parts[1]), Number(parts[2]), Number(parts[3])];
}

export const css = (colour: Rgb): string => `rgb(${colour.map(Math.round).join(" ")})`;

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const mix = (colour: Rgb, other: Rgb, share: number): Rgb =>
  colour.map((value, at) => value + ((other[at] ?? 0) - value) * share) as unknown as Rgb;

/** The colour, or the nearest one towards white or black that can be read there. */
export function readable(colour: Rgb, on: Rgb, least = 4.5): Rgb {
  const end = contrast(WHITE, on) > contrast(BLACK, on) ? WHITE : BLACK;
  return nearest(colour, end, (one) => contrast(one, on) >= least);
}

/** A fill for white words, as near to the colour as can be. */
export function fillForWhite(colour: Rgb, least = 4.5): Rgb {
  return nearest(colour, BLACK, (one) => contrast(one, WHITE) >= least);
}

function nearest(colour: Rgb, end: Rgb, isGood: (one: Rgb) => boolean): Rgb {
  for (let share = 0; share < 1; share += 0.02) {
    const one = mix(colour, end, share);
    if (isGood(one)) return one;
  }
  return end;
}
