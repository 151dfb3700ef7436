// From where to where an axis goes, and which numbers are written beside it. uPlot counts up its own ticks by additions,
// and would count for ever on a very short axis, on one without an end, or on a logarithmic one that starts between 9.5
// and 10 times a negative power of ten. So the ticks are made here, no axis is that short, and all have ends.

import { evenTicks } from "../../charts/scale.ts";

export type Range = [number, number];

const SHORTEST = 1e-6; // of the larger end: less than that apart, two values are drawn as one
const [SMALLEST, LARGEST] = [1e-300, 1e300];

/** The axis for values between two, with room at both ends; a stand-in where there are none. */
export function around(found: Readonly<Range> | null, logarithmic: boolean): Range {
  if (!found || !found.every(Number.isFinite)) return logarithmic ? [0.1, 1] : [0, 1];
  const [low, high] = [clamped(found[0]), clamped(found[1])];
  if (logarithmic) return [Math.max(low, SMALLEST) / 1.3, Math.max(high, SMALLEST) * 1.3];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const apart = high - low > SHORTEST * size ? high - low : size || 1;
  return [low - apart * 0.05, high + apart * 0.05];
}

/** The axis of steps between two. */
export function ofSteps([from, to]: Readonly<Range>, logarithmic: boolean): Range {
  const low = Number.isFinite(from) ? clamped(from) : 0;
  const high = Number.isFinite(to) ? clamped(to) : low;
  const start = logarithmic ? Math.max(1, low) : low;
  const least = Math.max(1, Math.abs(start) * SHORTEST);
  return [start, high - start > SHORTEST * Math.max(Math.abs(start), Math.abs(high)) ? high : start + least];
}

/** Round numbers within an axis, rising; of a logarithmic one 1 to 9 times each power of ten, where that gives two. */
export function ticksOf([low, high]: Readonly<Range>, logarithmic: boolean, count: number): number[] {
  if (!logarithmic) return evenTicks(low, high, count);
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1)
    for (let digit = 1; digit < 10; digit += 1) found.push(Number(`${digit}e${power}`));
  const within = found.filter((tick) => tick >= low && tick <= high);
  return within.length > 1 ? within : evenTicks(low, high, count).filter((tick) => tick > 0);
}

/** Of the ticks of a logarithmic axis the powers of ten have words and lines, where there are two; else all have. */
export function powersOf(ticks: readonly number[]): (number | null)[] {
  const powers = ticks.map((tick) => (Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9 ? tick : null));
  return powers.filter((tick) => tick !== null).length > 1 ? powers : [...ticks];
}

function clamped(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}
