// A matrix over steps, painted pixel by pixel: no smoothing, nothing averaged.

import { packed, rgbAt, type Scale as ColourScale } from "../lib/theme/colours.ts";
import { borders, type Scale } from "./scale.ts";

export interface Matrix {
  steps: readonly number[];
  rows: number;
  value(step: number, row: number): number | null;
  /** Whether a cell is within what chance gives: it is painted grey. */
  chance(step: number, row: number): boolean;
  low: number;
  high: number;
}

const GREYS = { light: [[236, 239, 242], [176, 183, 191]], dark: [[34, 40, 48], [104, 113, 124]] } as const;

/** Paint into a canvas that is `width` pixels wide on the page; the first row is at the bottom. Cells without a value stay clear. */
export function paint(canvas: HTMLCanvasElement, matrix: Matrix, x: Scale, width: number, dark: boolean, scale: ColourScale = "sequential"): void {
  const context = canvas.getContext("2d");
  const columns = Math.max(1, Math.round(width));
  if (!context || matrix.rows === 0 || matrix.steps.length === 0) return;
  const small = document.createElement("canvas");
  small.width = columns;
  small.height = matrix.rows;
  const image = new ImageData(columns, matrix.rows);
  const pixels = new Uint32Array(image.data.buffer);
  const [colours, greys] = [packed(scale), greyScale(dark)];
  const of = columnSteps(matrix.steps, x, columns);
  const range = matrix.high - matrix.low || 1;
  for (let column = 0; column < columns; column++) {
    const step = of[column]!;
    for (let row = 0; row < matrix.rows; row++) {
      const value = matrix.value(step, row);
      if (value === null) continue;
      const level = Math.round(255 * Math.min(1, Math.max(0, (value - matrix.low) / range)));
      pixels[(matrix.rows - 1 - row) * columns + column] = (matrix.chance(step, row) ? greys : colours)[level]!;
    }
  }
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** Which step each column of pixels shows: the one whose surroundings it lies in. */
export function columnSteps(steps: readonly number[], x: Scale, columns: number): Uint32Array {
  const edges = borders(steps).map((edge) => x.at(edge) - x.at(steps[0] ?? 0));
  const found = new Uint32Array(columns);
  let step = 0;
  for (let column = 0; column < columns; column++) {
    while (step < steps.length - 1 && column + 0.5 >= (edges[step + 1] ?? Infinity)) step++;
    found[column] = step;
  }
  return found;
}

function greyScale(dark: boolean): Uint32Array {
  const [from, to] = GREYS[dark ? "dark" : "light"];
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const [red, green, blue] = [0, 1, 2].map((at) => Math.round(from[at]! + ((to[at]! - from[at]!) * index) / 255));
    return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
  });
}

const STOPS = 16;

/** The colours of a scale, from its lowest to its highest. */
export const gradient = (scale: ColourScale = "sequential"): string[] =>
  Array.from({ length: STOPS }, (_, index) => `rgb(${rgbAt(scale, index / (STOPS - 1)).join(" ")})`);

/** The greys of what is within chance, from the lowest to the highest. */
export function greys(dark: boolean): string[] {
  const [from, to] = GREYS[dark ? "dark" : "light"];
  const between = (at: number, share: number): number => Math.round(from[at]! + (to[at]! - from[at]!) * share);
  return Array.from({ length: STOPS }, (_, index) => `rgb(${[0, 1, 2].map((at) => between(at, index / (STOPS - 1))).join(" ")})`);
}
