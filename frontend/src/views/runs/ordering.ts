// The order of the runs, and their parting into groups with what came of each.

import { medianTime } from "../../lib/course.ts";
import type { Maybe, RunRow, Setting } from "../../lib/types.ts";

export const COLUMNS = ["id", "status", "step", "test_accuracy", "train_accuracy", "memorised", "grokked_first", "grokked_stable", "up_time", "updated"] as const;

/** What a column says of a run; settings go by their path. */
export function cellOf(run: RunRow, column: string): Setting | null {
  if (column in run.settings) return run.settings[column] ?? null;
  const value = (run as unknown as Record<string, unknown>)[column];
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** Sort by a column, `-` before it for the largest first; what is missing comes last either way. */
export function ordered(runs: readonly RunRow[], by: string): RunRow[] {
  const down = by.startsWith("-");
  const column = down ? by.slice(1) : by;
  return runs.toSorted((a, b) => {
    const [left, right] = [cellOf(a, column), cellOf(b, column)];
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0) || (a.id < b.id ? -1 : 1);
    const sign = typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right), "en", { numeric: true });
    return (down ? -sign : sign) || (a.id < b.id ? -1 : 1);
  });
}

export interface Group {
  key: string;
  label: string;
  runs: RunRow[];
  grokked: number;
  /** Kaplan-Meier median of the step of stable grokking. */
  median: Maybe;
}

/** Part runs by a column or setting; `group` puts together what differs in the seed alone. */
export function parted(runs: readonly RunRow[], by: string): Group[] {
  const found = new Map<string, RunRow[]>();
  for (const run of runs) {
    const key = String(cellOf(run, by) ?? "–");
    const members = found.get(key);
    if (members) members.push(run);
    else found.set(key, [run]);
  }
  return [...found].map(([key, members]) => ({
    key,
    label: key,
    runs: members,
    grokked: members.filter(({ grokked_stable }) => grokked_stable !== null).length,
    median: medianTime(members.map(({ grokked_stable, step }) => ({ time: grokked_stable, last: step }))),
  }));
}
