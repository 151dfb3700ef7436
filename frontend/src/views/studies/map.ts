// A map of a study as the phase map draws it, as a table, and in words.

import { countOf, outcomeOf } from "../../charts/phaseMap.ts";
import * as format from "../../lib/format.ts";
import type { Table } from "../../lib/table.ts";
import type { Maybe, PhaseGrid, StudyMap } from "../../lib/types.ts";

/** How numbers of that kind are written. */
export const writerOf = ({ kind }: Pick<StudyMap, "kind">): ((value: Maybe) => string) =>
  kind === "share" ? format.share : kind === "time" ? (value) => format.steps(value) : format.short;

/** Lay it out for drawing; shares have one scale on every map. */
export function gridOf(map: StudyMap): PhaseGrid {
  const runsAt = (x: number, y: number): string[] => map.points.filter((one) => one.x === x && one.y === y).map(({ run }) => run);
  const { xs, ys, x, log } = map;
  const cells = map.cells.map((cell) => ({ ...cell, runs: runsAt(cell.x, cell.y) }));
  return { xs, ys, x, y: map.y || null, log, cells, ...(map.kind === "share" ? { ends: [0, 1] as const } : {}) };
}

/** A row for each cell, as in the report's own file. */
export function tableOf(map: StudyMap): Table {
  const head = [map.x, ...(map.y ? [map.y] : []), map.outcome, "low", "high", "runs", "declared", "censored", "left out", "censored until"];
  const rows = map.cells.map((cell) => [
    map.xs[cell.x] ?? "", ...(map.y ? [map.ys[cell.y] ?? ""] : []),
    cell.value, cell.low, cell.high, cell.n, cell.declared, cell.censored, cell.left_out, cell.until,
  ]);
  return { head, rows };
}

/** Every cell in one sentence. */
export function sentenceOf(map: StudyMap): string {
  const write = writerOf(map);
  const told = gridOf(map).cells.map((cell) => {
    const where = [map.xs[cell.x], ...(map.y ? [map.ys[cell.y]] : [])].join(", ");
    return `${where}: ${outcomeOf(cell, write)} (${countOf(cell)}${cell.censored ? `, ${cell.censored} censored` : ""})`;
  });
  return `${map.outcome} over ${map.x}${map.y ? ` and ${map.y}` : ""}. ${told.join("; ")}.`;
}
