// Colours that go round, for points on light and on dark ground. Lightness and the blue-yellow axis run in quadrature,
// so that the place on the circle can be told by all kinds of colour vision; red-green only adds to it.

import type { Rgb } from "../lib/theme/colours.ts";

interface Ring {
  middle: number;
  swing: number;
}
// Lightness of OKLab. On either ground every colour of the ring keeps a contrast of at least 3.
const RINGS: Record<"light" | "dark", Ring> = { light: { middle: 0.51, swing: 0.16 }, dark: { middle: 0.75, swing: 0.17 } };
const CHROMA = { blueYellow: 0.13, redGreen: 0.11 };

/** The colour at `share` of the way round; 1 is 0 again. */
export function ringRgb(share: number, dark: boolean): Rgb {
  const { middle, swing } = RINGS[dark ? "dark" : "light"];
  const turn = 2 * Math.PI * share;
  return fromOklab(
    middle + swing * Math.cos(turn),
    CHROMA.redGreen * Math.sin(turn + Math.PI / 4),
    CHROMA.blueYellow * Math.sin(turn),
  );
}

export const ringColour = (share: number, dark: boolean): string => `rgb(${ringRgb(share, dark).join(" ")})`;

/** From OKLab (Ottosson 2020) to sRGB, cut off where it lies outside. */
export function fromOklab(lightness: number, a: number, b: number): Rgb {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    channel(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
    channel(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
    channel(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short),
  ];
}

function channel(linear: number): number {
  const bounded = Math.min(1, Math.max(0, linear));
  const curved = bounded <= 0.0031308 ? 12.92 * bounded : 1.055 * bounded ** (1 / 2.4) - 0.055;
  return Math.round(255 * curved);
}
