// Palettes that the colour-blind tell apart: at most eight named colours, each with a shape; scales for amounts,
// for differences, and for things that go round.

export type Shape = "circle" | "square" | "triangle" | "diamond" | "cross" | "plus" | "star" | "ring";

/** Okabe and Ito 2008, deeper on light ground, paler on dark; the same as in the printed report. */
export const GROUPS = 8;
export const SHAPES: readonly Shape[] = ["circle", "square", "triangle", "diamond", "cross", "plus", "star", "ring"];

export const groupVariable = (index: number): string => `--group${index % GROUPS}`;
export const shapeOf = (index: number): Shape => SHAPES[index % SHAPES.length] ?? "circle";

export type Rgb = readonly [number, number, number];

// Anchors of scales even to the eye; between them colours are mixed.
const SEQUENTIAL: readonly Rgb[] = [
  [0, 32, 77], [28, 57, 111], [70, 84, 108], [104, 112, 113], [139, 141, 120], [177, 171, 116], [217, 203, 98], [255, 234, 70],
]; // cividis (Nuñez, Anderton and Renslow 2018): the same to all kinds of colour vision
const DIVERGING: readonly Rgb[] = [
  [33, 84, 145], [84, 135, 186], [153, 187, 216], [236, 238, 240], [230, 178, 140], [200, 118, 62], [141, 65, 16],
];
const CYCLIC: readonly Rgb[] = [
  [226, 217, 226], [150, 181, 198], [98, 117, 186], [88, 44, 140], [47, 20, 54], [122, 27, 68], [177, 76, 80], [205, 152, 124],
  [226, 217, 226],
]; // after twilight (Bechtold): light and dark once round, so that order is seen in grey as well

export type Scale = "sequential" | "diverging" | "cyclic";
const SCALES: Record<Scale, readonly Rgb[]> = { sequential: SEQUENTIAL, diverging: DIVERGING, cyclic: CYCLIC };

/** The colour at `share` (0 to 1) of a scale; out of range is cut off, except on the cyclic one, which goes round. */
export function rgbAt(scale: Scale, share: number): Rgb {
  const anchors = SCALES[scale];
  const turned = scale === "cyclic" ? share - Math.floor(share) : Math.min(1, Math.max(0, share));
  const place = turned * (anchors.length - 1);
  const index = Math.min(anchors.length - 2, Math.floor(place));
  const [from, to] = [anchors[index] ?? [0, 0, 0], anchors[index + 1] ?? [0, 0, 0]];
  const mix = place - index;
  const channel = (at: 0 | 1 | 2): number => Math.round(from[at] + (to[at] - from[at]) * mix);
  return [channel(0), channel(1), channel(2)];
}

export const colourAt = (scale: Scale, share: number): string => `rgb(${rgbAt(scale, share).join(" ")})`;

/** `size` colours of a scale as packed little-endian RGBA, for painting maps pixel by pixel. */
export function packed(scale: Scale, size = 256): Uint32Array {
  return Uint32Array.from({ length: size }, (_, index) => {
    const [red, green, blue] = rgbAt(scale, scale === "cyclic" ? index / size : index / (size - 1));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
