// The phase map under a criterion that was moved: times and shares found anew of each run's course.

import { median, medianTime, type Course } from "../../lib/course.ts";
import type { PhaseCell, PhaseView } from "../../lib/types.ts";

const TIMES = ["memorised", "grokked_first", "grokked_stable"] as const;
type Time = (typeof TIMES)[number];

/** Judge each cell anew where the outcome depends on the criterion; intervals are left out, which the server has. */
export function judged(view: PhaseView, courses: ReadonlyMap<string, Course>): PhaseView {
  const outcome = view.outcome;
  if (courses.size === 0 || !(outcome === "up_time" || TIMES.includes(outcome as Time))) return view;
  return { ...view, cells: view.cells.map((cell) => again(cell, outcome as Time | "up_time", courses)) };
}

function again(cell: PhaseCell, outcome: Time | "up_time", courses: ReadonlyMap<string, Course>): PhaseCell {
  const found = cell.runs.flatMap((run) => courses.get(run) ?? []);
  if (found.length < cell.runs.length) return cell;
  if (outcome === "up_time") {
    const values = found.flatMap(({ up_time }) => (up_time === null ? [] : [up_time]));
    return { ...cell, value: median(values), low: null, high: null };
  }
  const value = medianTime(found.map((course) => ({ time: course[outcome], last: course.last })));
  return { ...cell, value, low: null, high: null, censored: found.filter((course) => course[outcome] === null).length };
}
