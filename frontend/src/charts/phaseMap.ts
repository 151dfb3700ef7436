// The phase map on a canvas: a cell for each pair of settings, its colour the outcome, hatched where runs are censored.

import { rgbAt, type Rgb } from "../lib/theme/colours.ts";
import type { Maybe, PhaseCell, PhaseGrid } from "../lib/types.ts";

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
export function rangeOf({ cells, log, ends }: Pick<PhaseGrid, "cells" | "log" | "ends">): Range | null {
  const values = cells.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  const [low, high] = ends ?? [Math.min(...values), Math.max(...values)];
  return { low, high, log: log && low > 0 };
}

/** What stands in a cell: its outcome, or that half of its runs had not come to it when they were last seen. */
export const outcomeOf = ({ value, until }: PhaseCell, write: (value: Maybe) => string): string =>
  value === null && until !== null && until !== undefined ? `> ${write(until)}` : write(value);

/** How many runs a cell has; of how many, while some are still to come. */
export const countOf = ({ n, declared = n }: PhaseCell): string => (n < declared ? `n = ${n} of ${declared}` : `n = ${n}`);

/** How high a map is drawn: with its axis, and rows in which words have a place. */
export const heightOf = ({ ys }: PhaseGrid): number => Math.max(170, Math.min(430, 64 + ys.length * 84));

/** Where a value lies in the range, from 0 to 1. */
export function shareOf(value: number, { low, high, log }: Range): number {
  const [from, to, at] = log ? [Math.log(low), Math.log(high), Math.log(value)] : [low, high, value];
  return to > from ? (at - from) / (to - from) : 0.5;
}

export const boxOf = (view: PhaseGrid, cell: PhaseCell, frame: Frame): Frame => {
  const [width, height] = [frame.width / view.xs.length, frame.height / view.ys.length];
  return { left: frame.left + cell.x * width, top: frame.top + (view.ys.length - 1 - cell.y) * height, width, height };
};

export function cellAt(view: PhaseGrid, frame: Frame, left: number, top: number): PhaseCell | null {
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

export function drawMap(context: CanvasRenderingContext2D, view: PhaseGrid, range: Range | null, frame: Frame, look: Look): void {
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const cell of view.cells) {
    const box = boxOf(view, cell, frame);
    const gap = box.width > 14 ? 1 : 0;
    if (cell.n === 0) {
      outline(context, box, look.edge);
      if (box.width >= 44 && box.height >= 22) write(context, box, [countOf(cell)], look.ink, look.ground, false);
      continue;
    }
    const colour = cell.value === null || range === null ? null : rgbAt("sequential", 1 - shareOf(cell.value, range));
    const fill = colour ? `rgb(${colour.join(" ")})` : look.empty;
    context.fillStyle = fill;
    context.fillRect(box.left + gap, box.top + gap, box.width - 2 * gap, box.height - 2 * gap);
    const ink = colour ? inkOn(colour) : look.ink;
    if (cell.censored > 0) hatch(context, box, ink, cell.censored / cell.n);
    if (box.width >= 44 && box.height >= 22) write(context, box, wordsOf(cell, box, look), ink, fill, cell.censored > 0);
  }
}

/** As many lines as there is room for; how many are censored stands before how many there are. */
function wordsOf(cell: PhaseCell, box: Frame, look: Look): string[] {
  const [value, count] = [outcomeOf(cell, look.write), countOf(cell)];
  if (box.height < 42) return [value];
  if (cell.censored === 0) return [value, count];
  if (box.width < 78) return [value, `${cell.n - cell.censored} of ${cell.n}`];
  return box.height < 60 ? [value, `${cell.censored} censored`] : [value, count, `${cell.censored} censored`];
}

function write(context: CanvasRenderingContext2D, box: Frame, lines: readonly string[], ink: string, ground: string, hatched: boolean): void {
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  lines.forEach((line, index) => {
    context.font = index === 0 ? "600 12.5px system-ui, sans-serif" : "11px system-ui, sans-serif";
    const top = y + (index - (lines.length - 1) / 2) * 15;
    if (hatched) {
      const wide = context.measureText(line).width + 8;
      context.fillStyle = ground;
      context.fillRect(x - wide / 2, top - 8, wide, 16);
    }
    context.fillStyle = ink;
    context.fillText(line, x, top);
  });
}

/** A place of the study that has no run yet. */
function outline(context: CanvasRenderingContext2D, box: Frame, colour: string): void {
  context.save();
  context.setLineDash([4, 4]);
  context.strokeStyle = colour;
  context.strokeRect(box.left + 2, box.top + 2, box.width - 4, box.height - 4);
  context.restore();
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
