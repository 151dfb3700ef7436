// The figure of a claim: a dot for each run, the interval, what was observed and what was published, on one axis.

import type { Table } from "../../lib/table.ts";
import type { Maybe, Verdict } from "../../lib/types.ts";

export interface Dot {
  run: string;
  value: number;
  happened: boolean;
}

export interface Figure {
  dots: Dot[];
  /** The lowest and highest of all that is drawn. */
  least: number;
  most: number;
  /** The ends of the axis, a little further out. */
  low: number;
  high: number;
  /** Do the published and the observed number stand on this axis? */
  marks: boolean;
}

/** What of a claim can be laid on an axis; null where nothing can. */
export function figureOf(verdict: Verdict): Figure | null {
  const dots = (verdict.series ?? []).flatMap(({ run, value, happened, left_out }) =>
    typeof value === "number" && !left_out ? [{ run, value, happened }] : [],
  );
  const observed = [verdict.observed, verdict.low, verdict.high].filter((value): value is number => value !== null);
  const published = verdict.value === null ? [] : [verdict.value];
  // A claim may be about a ratio of what was seen of the runs: then dots and ratio do not share an axis.
  const marks = [...observed, ...published];
  const shared = marks.every((mark) => isNear(mark, dots));
  const drawn = shared || observed.length === 0 ? dots : [];
  const all = [...drawn.map(({ value }) => value), ...(shared || observed.length > 0 ? marks : [])];
  if (all.length === 0) return null;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return { dots: drawn, least: low, most: high, low: low - room, high: high + room, marks: shared || observed.length > 0 };
}

function isNear(mark: number, dots: readonly Dot[]): boolean {
  if (dots.length === 0) return true;
  const values = dots.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(high - low, Math.abs(high) / 2, Math.abs(low) / 2);
  return mark >= low - room && mark <= high + room;
}

export const placeIn = ({ low, high }: Pick<Figure, "low" | "high">, width: number, value: number): number => ((value - low) / (high - low)) * width;

/** A number of a claim in its unit: shares as per cent. */
export function written(value: Maybe, unit: string, short: (value: Maybe) => string): string {
  if (value === null) return "–";
  return /accuracy|share|rate/.test(unit) && Math.abs(value) <= 1 ? `${(100 * value).toFixed(1)} %` : short(value);
}

/** What was seen of each run, or compared with a theory; of the other explanation, too. */
export function seriesTable(verdict: Verdict): Table {
  const all = [["claim", verdict] as const, ...(verdict.rival ? [["rival", verdict.rival] as const] : [])];
  const compared = all.flatMap(([of, judged]) => (judged.compared ?? []).map(({ what, computed, expected, scale }) => [of, what, computed, expected, scale]));
  if (compared.length > 0) return { head: ["of", "what", "computed", "expected", "scale"], rows: compared };
  const rows = all.flatMap(([of, judged]) =>
    (judged.series ?? []).map(({ run, arm, seed, value, happened, left_out }) => {
      const pair = Array.isArray(value) ? value.map(plainOf) : [plainOf(value), null];
      return [of, run, arm, seed, pair[0] ?? null, pair[1] ?? null, happened ? "yes" : "no", left_out];
    }),
  );
  return { head: ["of", "run", "arm", "seed", "value", "second value", "happened", "left out"], rows };
}

const plainOf = (value: unknown): string | number | null =>
  value === null || value === undefined ? null : typeof value === "number" || typeof value === "string" ? value : JSON.stringify(value);
