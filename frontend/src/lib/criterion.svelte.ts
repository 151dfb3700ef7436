// The grokking criterion that the sliders move. At the lab's own thresholds the stored events are shown; elsewhere
// they are found anew from the curves, for all runs at once.

import { ask } from "./api.ts";
import { alignedTo, course, type Course } from "./course.ts";
import { lab } from "./lab.svelte.ts";
import { number } from "./params.ts";
import { resource } from "./resource.svelte.ts";
import { selection } from "./selection.svelte.ts";
import type { Criteria, RunRow, TrainingView } from "./types.ts";
import { bound } from "./url.svelte.ts";

const SHARE = { least: 0, most: 1 };
const NAMES = "train_accuracy,test_accuracy";
const MOST_POINTS = 20_000; // per curve; above it the server keeps the extremes of each bin

class Criterion {
  readonly memorised = bound(number("memorised", 0.99, SHARE));
  readonly grokked = bound(number("grokked", 0.9, SHARE));
  readonly stable = bound(number("stable", 0.95, SHARE));
  readonly held = bound(number("held", 5, { least: 1, most: 100, whole: true }));

  /** Do the sliders stand where the lab's own thresholds are? */
  readonly own = $derived.by(() => {
    const lab_ = lab.lab?.criteria;
    return (
      lab_ === undefined ||
      (this.memorised.value === lab_.memorised &&
        this.grokked.value === lab_.grokked &&
        this.stable.value === lab_.stable &&
        this.held.value === lab_.stable_evaluations)
    );
  });

  readonly criteria = $derived<Criteria>({
    memorised: this.memorised.value,
    grokked: this.grokked.value,
    stable: this.stable.value,
    stable_evaluations: this.held.value,
    high: this.grokked.value,
    low: Math.min(lab.lab?.criteria.low ?? 0.5, this.grokked.value),
    after: lab.lab?.criteria.after ?? 0,
  });

  /** The whole curves that are judged; asked for once the sliders have been moved. */
  curves = $state.raw<TrainingView | null>(null);
  readonly courses = $derived.by(() => {
    const courses = new Map<string, Course>();
    if (this.own) return courses;
    for (const { id, curves } of this.curves?.runs ?? []) {
      const [train, test] = [curves["train_accuracy"], curves["test_accuracy"]];
      if (!test) continue;
      const { steps, values } = test;
      courses.set(id, course({ steps, train: train ? alignedTo(steps, train) : [], test: values }, this.criteria));
    }
    return courses;
  });

  /** Of how many runs the curves came thinned, so that their events are near the true ones but not exact. */
  readonly thinned = $derived(
    (this.curves?.runs ?? []).filter(({ curves }) => {
      const test = curves["test_accuracy"];
      return test !== undefined && test.of > test.steps.length;
    }).length,
  );

  /** A row as it is under the criterion. */
  judged(row: RunRow): RunRow {
    const found = this.courses.get(row.id);
    if (!found) return row;
    const { last: _, ...rest } = found;
    return { ...row, ...rest };
  }

  readonly rows = $derived(this.own ? lab.runs : lab.runs.map((row) => this.judged(row)));

  reset(): void {
    for (const threshold of [this.memorised, this.grokked, this.stable, this.held]) threshold.reset();
  }

  /** Keep the curves at hand while the sliders are moved; call it once, while the page is set up. */
  follow(): void {
    const answer = resource<TrainingView>(() => {
      if (this.own) return null;
      const runs = selection.shown;
      const query = { runs: runs.join(","), names: NAMES, points: MOST_POINTS, members: 1, format: "f32" };
      return { view: "training", query, runs };
    }, ask);
    $effect(() => {
      this.curves = answer.data;
    });
  }
}

export const criterion = new Criterion();
