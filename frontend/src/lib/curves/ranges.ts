// From where to where an axis goes. uPlot counts up its ticks by additions: on an axis so short that a tick added to its
// start is lost to rounding, or one without an end, it counts for ever. No axis here is that short, and all have ends.

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

function clamped(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}
