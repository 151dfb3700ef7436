// Energy by frequency over training as a matrix, and in words.

import type { Matrix } from "../../charts/heatmap.ts";
import { share, steps } from "../../lib/format.ts";
import type { Table } from "../../lib/table.ts";
import type { Maybe, SpectrumView } from "../../lib/types.ts";

const LEAST = 1e-4; // the smallest share that a logarithmic scale tells apart

/** Shares of energy, grey where no larger than the largest that relabelling gives. */
export function energyMatrix({ steps, frequencies, energy, null_high }: SpectrumView, logarithmic: boolean): Matrix {
  const scaled = (value: Maybe): Maybe => (value === null || !logarithmic ? value : Math.log10(Math.max(LEAST, value)));
  const most = Math.max(1e-9, ...energy.flatMap((row) => row.filter((value): value is number => value !== null)));
  return {
    steps,
    rows: frequencies.length,
    value: (step, row) => scaled(energy[step]?.[row] ?? null),
    chance: (step, row) => (energy[step]?.[row] ?? 0) <= (null_high[step] ?? -1),
    low: logarithmic ? Math.log10(LEAST) : 0,
    high: logarithmic ? Math.log10(most) : most,
  };
}

/** The rows of the key frequencies at each step. */
export function keyRows({ keys, frequencies }: SpectrumView): number[][] {
  const rows = new Map(frequencies.map((frequency, row) => [frequency, row]));
  return keys.map((found) => found.map((frequency) => rows.get(frequency) ?? -1).filter((row) => row >= 0));
}

/** The largest energies at a step, as a sentence. */
export function leading({ frequencies, energy, keys, gcds, steps: all }: SpectrumView, at: number): string {
  const row = energy[at] ?? [];
  const ranked = row
    .map((value, index) => ({ value: value ?? 0, frequency: frequencies[index] ?? 0, gcd: gcds[index] ?? 1 }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 3);
  const named = ranked.map(({ value, frequency, gcd }) => `${frequency} (${share(value)}${gcd > 1 ? `, gcd ${gcd}` : ""})`).join(", ");
  const count = keys[at]?.length ?? 0;
  return `step ${steps(all[at] ?? null)}: most energy at ${named}; ${count} key ${count === 1 ? "frequency" : "frequencies"}`;
}

export function energyTable({ steps, frequencies, energy, null_high, keys }: SpectrumView): Table {
  return {
    head: ["step", ...frequencies.map((frequency) => `energy at ${frequency}`), "null 99 %", "key frequencies"],
    rows: steps.map((step, at) => [step, ...(energy[at] ?? []), null_high[at] ?? null, (keys[at] ?? []).join(" ")]),
  };
}
