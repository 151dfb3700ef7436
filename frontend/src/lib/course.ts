// What happened to a run under given thresholds, read off its accuracies: the same fold as `latebloom.events`, so that
// the criterion can be moved and everything recoloured at once. docs/events.md states every definition.

import type { Criteria, Maybe, RunEvent } from "./types.ts";

export interface Accuracies {
  steps: ArrayLike<number>;
  train: ArrayLike<Maybe>;
  test: ArrayLike<Maybe>;
}

export interface Course {
  events: RunEvent[];
  memorised: Maybe;
  grokked_first: Maybe;
  grokked_stable: Maybe;
  up_time: Maybe;
  oscillations: number;
  collapsed: boolean;
  last: number;
}

/** Find the events of a run and sum it up; an accuracy that is missing is below every threshold. */
export function course({ steps, train, test }: Accuracies, criteria: Criteria): Course {
  const events: RunEvent[] = [];
  const state = { memorised: false, grokked: false, stable: false, down: false, row: 0, start: 0, before: -Infinity };
  const upTime = { up: 0, since: 0 };
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index] ?? 0;
    const now = test[index] ?? -Infinity;
    const say = (name: string, at = step): void => void events.push({ name, step: at, seen: step });
    if (!state.memorised && (train[index] ?? -Infinity) >= criteria.memorised) {
      state.memorised = true;
      say("memorised");
    }
    if (!state.grokked && now >= criteria.grokked) {
      state.grokked = true;
      say("grokked_first");
    }
    if (step < criteria.after || now < criteria.stable) state.row = 0;
    else {
      if (state.row === 0) state.start = step;
      state.row += 1;
      if (!state.stable && state.row >= criteria.stable_evaluations) {
        state.stable = true;
        say("grokked_stable", state.start);
      }
    }
    if (state.before >= criteria.high && now < criteria.low) say("oscillation");
    if (state.grokked && !state.down && now < criteria.low) {
      state.down = true;
      say("collapsed");
    } else if (state.down && now >= criteria.high) {
      state.down = false;
      say("recovered");
    }
    const up = now >= criteria.high;
    if (up || upTime.since > 0) upTime.since += 1;
    if (up) upTime.up += 1;
    state.before = now;
  }
  const first = (name: string): Maybe => events.find((event) => event.name === name)?.step ?? null;
  return {
    events,
    memorised: first("memorised"),
    grokked_first: first("grokked_first"),
    grokked_stable: first("grokked_stable"),
    up_time: upTime.since > 0 ? upTime.up / upTime.since : null,
    oscillations: events.filter(({ name }) => name === "oscillation").length,
    collapsed: state.down,
    last: steps[steps.length - 1] ?? 0,
  };
}

/** The values of a curve at other steps: each the newest by then, null before the first. */
export function alignedTo(steps: readonly number[], curve: { steps: readonly number[]; values: readonly Maybe[] }): Maybe[] {
  let index = -1;
  return steps.map((step) => {
    while ((curve.steps[index + 1] ?? Infinity) <= step) index += 1;
    return curve.values[index] ?? null;
  });
}

export interface Watched {
  /** When it happened; or, where it has not, null. */
  time: Maybe;
  /** Until when it was watched. */
  last: number;
}

/** The Kaplan-Meier median of times of which some are censored; null where fewer than half have happened by then. */
export function medianTime(runs: readonly Watched[]): Maybe {
  const times = [...new Set(runs.flatMap(({ time }) => (time === null ? [] : [time])))].sort((a, b) => a - b);
  let survival = 1;
  for (const time of times) {
    const atRisk = runs.filter((run) => (run.time ?? run.last) >= time).length;
    const happened = runs.filter((run) => run.time === time).length;
    survival *= 1 - happened / atRisk;
    if (survival <= 0.5) return time;
  }
  return null;
}

/** The median of numbers; null where there are none. */
export function median(values: readonly number[]): Maybe {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
