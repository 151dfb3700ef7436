// The figure of a claim: a dot for each run, the interval, what was observed and what was published, on one axis.

import type { Maybe, Verdict } from "../../lib/types.ts";

export interface Dot {
  run: string;
  value: number;
  happened: boolean;
}

export interface Figure {
  dots: Dot[];
  low: number;
  high: number;
}

/** What of a claim can be laid on an axis; null where nothing can. */
export function figureOf(verdict: Verdict): Figure | null {
  const dots = (verdict.series ?? []).flatMap(({ run, value, happened, left_out }) =>
    typeof value === "number" && !left_out ? [{ run, value, happened }] : [],
  );
  const marks = [verdict.observed, verdict.low, verdict.high, verdict.value].filter((value): value is number => value !== null);
  const all = [...dots.map(({ value }) => value), ...marks];
  if (all.length === 0) return null;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return { dots, low: low - room, high: high + room };
}

export const placeIn = ({ low, high }: Figure, width: number, value: number): number => ((value - low) / (high - low)) * width;

/** A number of a claim in its unit: shares as per cent. */
export function written(value: Maybe, unit: string, short: (value: Maybe) => string): string {
  if (value === null) return "–";
  return /accuracy|share|rate/.test(unit) && Math.abs(value) <= 1 ? `${(100 * value).toFixed(1)} %` : short(value);
}
