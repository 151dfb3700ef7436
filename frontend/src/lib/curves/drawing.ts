// Draws curves, bands, marks and the stage ribbon onto a uPlot canvas. uPlot lays out axes, zoom and crosshair; the
// curves are drawn here, because each has its own steps after thinning, and joining a hundred of them costs seconds.

import type uPlot from "uplot";
import type { Maybe } from "../types.ts";

export interface Line {
  label: string;
  x: readonly number[];
  y: readonly Maybe[];
  colour: string;
  width?: number;
  dash?: number[];
  alpha?: number;
}

export interface Ribbon {
  x: readonly number[];
  low: readonly Maybe[];
  high: readonly Maybe[];
  colour: string;
}

export interface Mark {
  x: number;
  colour: string;
  /** Marks of one kind stand on one lane of the strip above the curves. */
  lane: number;
  /** Drawn through the whole height with this word, where there is room for words. */
  word?: string;
}

export interface Stretch {
  from: number;
  to: number;
  colour: string;
}

export interface Picture {
  lines: readonly Line[];
  ribbons: readonly Ribbon[];
  marks: readonly Mark[];
  stretches: readonly Stretch[];
}

type Place = (value: number) => number;

export interface Canvas {
  context: CanvasRenderingContext2D;
  x: Place;
  y: Place;
  box: { left: number; top: number; width: number; height: number };
  ratio: number;
}

/** The places of a uPlot's canvas, as plain functions; logarithmic scales keep what is not above zero at the edge. */
export function canvasOf(plot: uPlot): Canvas {
  const { left, top, width, height } = plot.bbox;
  const ratio = devicePixelRatio;
  return {
    context: plot.ctx,
    x: place(plot, "x", left, width, false),
    y: place(plot, "y", top, height, true),
    box: { left, top, width, height },
    ratio,
  };
}

function place(plot: uPlot, name: "x" | "y", start: number, size: number, upwards: boolean): Place {
  const { min = 0, max = 1, distr } = plot.scales[name] ?? {};
  const [low, high] = [min ?? 0, max ?? 1];
  const raised = distr === 3 ? (value: number) => Math.log10(Math.max(value, low / 10, 1e-300)) : (value: number) => value;
  const [from, to] = [raised(low), raised(high)];
  const factor = size / (to - from || 1);
  return upwards ? (value) => start + size - (raised(value) - from) * factor : (value) => start + (raised(value) - from) * factor;
}

export function draw(canvas: Canvas, picture: Picture): void {
  const { context, box } = canvas;
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  for (const stretch of picture.stretches) drawStretch(canvas, stretch);
  for (const ribbon of picture.ribbons) drawRibbon(canvas, ribbon);
  for (const line of picture.lines) drawLine(canvas, line);
  context.restore();
  for (const mark of picture.marks) drawMark(canvas, mark);
}

const RIBBON_HEIGHT = 7;

function drawStretch({ context, x, box, ratio }: Canvas, { from, to, colour }: Stretch): void {
  context.fillStyle = colour;
  const height = RIBBON_HEIGHT * ratio;
  context.fillRect(x(from), box.top + box.height - height, x(to) - x(from), height);
}

function drawRibbon({ context, x, y }: Canvas, { x: steps, low, high, colour }: Ribbon): void {
  context.beginPath();
  steps.forEach((step, index) => {
    const value = high[index];
    if (value !== null && value !== undefined) context.lineTo(x(step), y(value));
  });
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const value = low[index];
    if (value !== null && value !== undefined) context.lineTo(x(steps[index] ?? 0), y(value));
  }
  context.closePath();
  context.globalAlpha = 0.18;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
}

function drawLine({ context, x, y, ratio }: Canvas, line: Line): void {
  context.beginPath();
  let down = false;
  for (let index = 0; index < line.x.length; index += 1) {
    const value = line.y[index];
    if (value === null || value === undefined) {
      down = false;
      continue;
    }
    const [left, top] = [x(line.x[index] ?? 0), y(value)];
    if (down) context.lineTo(left, top);
    else context.moveTo(left, top);
    down = true;
  }
  context.globalAlpha = line.alpha ?? 1;
  context.lineWidth = (line.width ?? 1.6) * ratio;
  context.lineJoin = "round";
  context.strokeStyle = line.colour;
  context.setLineDash((line.dash ?? []).map((length) => length * ratio));
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

const LANE = 5;

function drawMark({ context, x, box, ratio }: Canvas, { x: at, colour, lane, word }: Mark): void {
  const left = x(at);
  if (left < box.left - 1 || left > box.left + box.width + 1) return;
  context.fillStyle = colour;
  const top = box.top - (lane + 1) * LANE * ratio;
  context.fillRect(left - ratio, top, 2 * ratio, (LANE - 1) * ratio);
  if (word === undefined) return;
  context.globalAlpha = 0.75;
  context.fillRect(left - 0.5 * ratio, box.top, ratio, box.height);
  context.globalAlpha = 1;
}

/** The lowest and highest value on show, both kinds counted; null where nothing is. */
export function extent(picture: Picture, positive: boolean): [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  const see = (values: readonly Maybe[]): void => {
    for (const value of values) {
      if (value === null || !Number.isFinite(value) || (positive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  };
  for (const { y } of picture.lines) see(y);
  for (const ribbon of picture.ribbons) {
    see(ribbon.low);
    see(ribbon.high);
  }
  return low <= high ? [low, high] : null;
}

/** The value of a curve at a place: the newest by then. */
export function valueAt(line: Pick<Line, "x" | "y">, at: number): Maybe {
  let [low, high] = [0, line.x.length - 1];
  if (high < 0 || (line.x[0] ?? Infinity) > at) return null;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((line.x[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return line.y[low] ?? null;
}
