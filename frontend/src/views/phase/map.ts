// The phase map on a canvas: a cell for each pair of settings, its colour the outcome, hatched where runs are censored.

import { rgbAt, type Rgb } from "../../lib/theme/colours.ts";
import type { Maybe, PhaseCell, PhaseView } from "../../lib/types.ts";

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Range {
  low: number;
  high: number;
  log: boolean;
}

/** From the lowest to the highest value on the map; logarithmic where all are above zero and it is asked for. */
export function rangeOf(cells: readonly PhaseCell[], log: boolean): Range | null {
  const values = cells.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  const low = Math.min(...values);
  return { low, high: Math.max(...values), log: log && low > 0 };
}

/** Where a value lies in the range, from 0 to 1. */
export function shareOf(value: number, { low, high, log }: Range): number {
  const [from, to, at] = log ? [Math.log(low), Math.log(high), Math.log(value)] : [low, high, value];
  return to > from ? (at - from) / (to - from) : 0.5;
}

export const boxOf = (view: PhaseView, cell: PhaseCell, frame: Frame): Frame => {
  const [width, height] = [frame.width / view.xs.length, frame.height / view.ys.length];
  return { left: frame.left + cell.x * width, top: frame.top + (view.ys.length - 1 - cell.y) * height, width, height };
};

export function cellAt(view: PhaseView, frame: Frame, left: number, top: number): PhaseCell | null {
  const x = Math.floor(((left - frame.left) / frame.width) * view.xs.length);
  const y = view.ys.length - 1 - Math.floor(((top - frame.top) / frame.height) * view.ys.length);
  return view.cells.find((cell) => cell.x === x && cell.y === y) ?? null;
}

/** Dark ink on light cells, light ink on dark ones. */
const inkOn = ([red, green, blue]: Rgb): string => (0.299 * red + 0.587 * green + 0.114 * blue > 125 ? "#14181d" : "#ffffff");

export interface Look {
  ground: string;
  empty: string;
  edge: string;
  ink: string;
  write: (value: Maybe) => string;
}

export function drawMap(context: CanvasRenderingContext2D, view: PhaseView, range: Range | null, frame: Frame, look: Look): void {
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const cell of view.cells) {
    const box = boxOf(view, cell, frame);
    const gap = box.width > 14 ? 1 : 0;
    const colour = cell.value === null || range === null ? null : rgbAt("sequential", 1 - shareOf(cell.value, range));
    context.fillStyle = colour ? `rgb(${colour.join(" ")})` : look.empty;
    context.fillRect(box.left + gap, box.top + gap, box.width - 2 * gap, box.height - 2 * gap);
    const ink = colour ? inkOn(colour) : look.ink;
    if (cell.censored > 0) hatch(context, box, ink, cell.censored / cell.n);
    if (box.width >= 44 && box.height >= 22) write(context, box, cell, ink, look, colour ? `rgb(${colour.join(" ")})` : look.empty);
  }
}

function write(context: CanvasRenderingContext2D, box: Frame, cell: PhaseCell, ink: string, look: Look, ground: string): void {
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const lines = [look.write(cell.value), ...(box.height >= 42 ? [cell.censored > 0 ? `${cell.n - cell.censored} of ${cell.n}` : `n = ${cell.n}`] : [])];
  lines.forEach((line, index) => {
    context.font = index === 0 ? "600 12.5px system-ui, sans-serif" : "11px system-ui, sans-serif";
    const top = y + (index - (lines.length - 1) / 2) * 15;
    if (cell.censored > 0) {
      const wide = context.measureText(line).width + 8;
      context.fillStyle = ground;
      context.fillRect(x - wide / 2, top - 8, wide, 16);
    }
    context.fillStyle = ink;
    context.fillText(line, x, top);
  });
}

/** Slanted lines, the denser the more of the runs are censored. */
function hatch(context: CanvasRenderingContext2D, box: Frame, ink: string, share: number): void {
  context.save();
  context.beginPath();
  context.rect(box.left + 1, box.top + 1, box.width - 2, box.height - 2);
  context.clip();
  context.beginPath();
  const every = 14 - 8 * share;
  for (let at = -box.height; at < box.width; at += every) {
    context.moveTo(box.left + at, box.top + box.height);
    context.lineTo(box.left + at + box.height, box.top);
  }
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.strokeStyle = ink;
  context.stroke();
  context.restore();
}
