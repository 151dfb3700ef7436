// Where numbers lie on an axis, and which of them are written beside it.

export interface Scale {
  /** Pixels of a number. */
  at(value: number): number;
  /** The number at a pixel. */
  invert(pixel: number): number;
  ticks(count: number): number[];
}

/** An even scale from `low` to `high` over the pixels from `start` to `end`. */
export function linear(low: number, high: number, start: number, end: number): Scale {
  const range = high - low || 1;
  return {
    at: (value) => start + ((value - low) / range) * (end - start),
    invert: (pixel) => low + ((pixel - start) / (end - start || 1)) * range,
    ticks: (count) => evenTicks(low, high, count),
  };
}

/** A logarithmic scale of steps: log(1 + step), so that step 0 has its place. */
export function logarithmic(low: number, high: number, start: number, end: number): Scale {
  const inner = linear(Math.log1p(low), Math.log1p(high), start, end);
  return {
    at: (value) => inner.at(Math.log1p(Math.max(0, value))),
    invert: (pixel) => Math.expm1(inner.invert(pixel)),
    ticks: (count) => decades(low, high, count),
  };
}

/** Round numbers in a range: steps of 1, 2 or 5 times a power of ten. */
export function evenTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function decades(low: number, high: number, count: number): number[] {
  const all = [0, ...Array.from({ length: 10 }, (_, power) => 10 ** power)].filter((value) => value >= low && value <= high);
  const every = Math.max(1, Math.ceil(all.length / Math.max(1, count)));
  return all.filter((_, index) => (all.length - 1 - index) % every === 0);
}

/** Borders between neighbouring steps: one more than there are steps, the outer ones at the steps themselves. */
export function borders(steps: ArrayLike<number>): number[] {
  const list = Array.from(steps);
  const inner = list.slice(1).map((step, index) => (step + (list[index] ?? step)) / 2);
  return [list[0] ?? 0, ...inner, list.at(-1) ?? 0];
}

/** The place of the number nearest to `wanted` in a rising list. */
export function nearest(sorted: ArrayLike<number>, wanted: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= wanted) low = middle;
    else high = middle;
  }
  return high > low && Math.abs(sorted[high]! - wanted) < Math.abs(sorted[low]! - wanted) ? high : Math.max(0, low);
}
