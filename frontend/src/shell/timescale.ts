// Where a step lies on the time bar, and which step lies at a place.

export interface Scale {
  first: number;
  last: number;
  width: number;
  log: boolean;
}

const raised = (step: number, log: boolean): number => (log ? Math.log10(Math.max(step, 0) + 1) : step);

export function placeOf(step: number, { first, last, width, log }: Scale): number {
  const [from, to] = [raised(first, log), raised(last, log)];
  return to > from ? ((raised(step, log) - from) / (to - from)) * width : 0;
}

export function stepAt(place: number, { first, last, width, log }: Scale): number {
  const share = Math.min(1, Math.max(0, place / Math.max(width, 1)));
  const [from, to] = [raised(first, log), raised(last, log)];
  const at = from + share * (to - from);
  return Math.round(log ? 10 ** at - 1 : at);
}

/** The nearest of growing `stops` to a step, by place on the bar. */
export function nearest(stops: readonly number[], step: number): number {
  let best = stops[0] ?? step;
  for (const stop of stops) if (Math.abs(stop - step) < Math.abs(best - step)) best = stop;
  return best;
}

/** An SVG path through shares (0 to 1 upwards); gaps where a value is missing. */
export function sparkPath(
  steps: readonly number[],
  values: readonly (number | null)[],
  x: (step: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let pen = "M";
  for (const [index, step] of steps.entries()) {
    const value = values[index] ?? null;
    if (value === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  }
  return path;
}
