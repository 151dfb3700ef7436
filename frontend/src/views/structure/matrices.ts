// Rings and quotients over training as matrices, with what chance gives, and in words.

import type { Matrix } from "../../charts/heatmap.ts";
import { share, short, steps } from "../../lib/format.ts";
import type { Table } from "../../lib/table.ts";
import type { StructureView } from "../../lib/types.ts";

/** Scores of the ring at each stride; grey where no higher than the best stride of relabelled classes. */
export const ringMatrix = (view: StructureView): Matrix => ({
  steps: view.steps,
  rows: view.strides.length,
  value: (step, row) => view.ring[step]?.[row] ?? null,
  chance: (step, row) => (view.ring[step]?.[row] ?? 0) <= (view.ring_null[step] ?? -1),
  low: 0,
  high: 1,
});

/** The row of the best stride at each step, where it beats chance. */
export const bestRows = (view: StructureView): number[][] =>
  view.steps.map((_, step) => {
    const row = view.strides.indexOf(view.best[step] ?? -1);
    const score = view.ring[step]?.[row] ?? 0;
    return row >= 0 && score > (view.ring_null[step] ?? 1) ? [row] : [];
  });

export const ringTable = (view: StructureView): Table => ({
  head: ["step", ...view.strides.map((stride) => `stride ${stride}`), "null 95 %", "best stride", "p"],
  rows: view.steps.map((step, at) => [step, ...(view.ring[at] ?? []), view.ring_null[at] ?? null, view.best[at] ?? null, view.ring_p[at] ?? null]),
});

export function ringSentence(view: StructureView, at: number): string {
  const [best, p] = [view.best[at] ?? null, view.ring_p[at] ?? null];
  const score = view.ring[at]?.[view.strides.indexOf(best ?? -1)] ?? null;
  return `step ${steps(view.steps[at] ?? null)}: best stride ${best ?? "–"} with score ${short(score)}, chance ${short(view.ring_null[at] ?? null)}, p ${short(p)}`;
}

/** The proper quotients: the whole group and the trivial one say nothing. */
export const properQuotients = (view: StructureView): number[] => view.quotients.filter((m) => m > 1 && m < view.order);

/** Shares of variance between cosets of the proper quotients; grey where no larger than under relabelling. */
export function quotientMatrix(view: StructureView): Matrix {
  const columns = properQuotients(view).map((m) => view.quotients.indexOf(m));
  return {
    steps: view.steps,
    rows: columns.length,
    value: (step, row) => view.variance[step]?.[columns[row] ?? -1] ?? null,
    chance: (step, row) => (view.variance[step]?.[columns[row] ?? -1] ?? 0) <= (view.variance_null[step]?.[columns[row] ?? -1] ?? -1),
    low: 0,
    high: 1,
  };
}

export function quotientSentence(view: StructureView, at: number): string {
  const found = properQuotients(view).map((m) => {
    const column = view.quotients.indexOf(m);
    return { m, part: view.variance[at]?.[column] ?? null, chance: view.variance_null[at]?.[column] ?? null };
  });
  const beyond = found.filter(({ part, chance }) => (part ?? 0) > (chance ?? 1));
  const [first] = beyond.toSorted((a, b) => (b.part ?? 0) - (b.chance ?? 0) - ((a.part ?? 0) - (a.chance ?? 0)));
  const most = first ? `; most beyond it mod ${first.m}, ${share(first.part)} (chance ${share(first.chance)})` : "";
  return `step ${steps(view.steps[at] ?? null)}: ${beyond.length} of ${found.length} beyond chance${most}`;
}

export function quotientTable(view: StructureView): Table {
  const proper = properQuotients(view);
  const column = (rows: StructureView["variance"], at: number, m: number): number | null => rows[at]?.[view.quotients.indexOf(m)] ?? null;
  return {
    head: ["step", ...proper.flatMap((m) => [`mod ${m}`, `mod ${m}, null 95 %`])],
    rows: view.steps.map((step, at) => [step, ...proper.flatMap((m) => [column(view.variance, at, m), column(view.variance_null, at, m)])]),
  };
}

/** The level of p up to which a ring of a quotient is more than chance. */
export const CHANCE = 0.05;

export function quotientRingSentence({ persistence, quotient_ring: rings }: StructureView): string {
  const beyond = rings.filter(({ p }) => p <= CHANCE).map(({ m, best, score }) => `mod ${m} at stride ${best}, score ${short(score)}`);
  return `step ${steps(persistence.step)}: ${beyond.length} of ${rings.length} rings of quotients beyond chance${beyond.length > 0 ? `: ${beyond.join("; ")}` : ""}`;
}

export const quotientRingTable = ({ persistence, quotient_ring: rings }: StructureView): Table => ({
  head: ["step", "quotient", "best stride", "score", "p"],
  rows: rings.map(({ m, best, score, p }) => [persistence.step, m, best, score, p]),
});

/** Curves on the steps of several curves as one table. */
export function curvesTable(curves: readonly { name: string; steps: readonly number[]; values: readonly (number | null)[] }[]): Table {
  const all = [...new Set(curves.flatMap(({ steps: own }) => [...own]))].sort((a, b) => a - b);
  const found = curves.map(({ steps: own, values }) => new Map(own.map((step, index) => [step, values[index] ?? null])));
  return { head: ["step", ...curves.map(({ name }) => name)], rows: all.map((step) => [step, ...found.map((curve) => curve.get(step) ?? null)]) };
}
