// The events under a criterion, as docs/events.md defines them, and medians of times of which some are censored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { alignedTo, course, median, medianTime } from "../src/lib/course.ts";
import type { Criteria } from "../src/lib/types.ts";

const CRITERIA: Criteria = { memorised: 0.99, grokked: 0.9, stable: 0.95, stable_evaluations: 2, high: 0.9, low: 0.5, after: 0 };
const STEPS = [0, 10, 20, 30, 40, 50];

test("a run that memorises, groks, collapses and recovers has these events in order", () => {
  const found = course({ steps: STEPS, train: [0.1, 1, 1, 1, 1, 1], test: [0, 0.92, 0.3, 0.96, 0.97, 1] }, CRITERIA);
  assert.deepEqual(
    found.events.map(({ name, step, seen }) => [name, step, seen]),
    [
      ["memorised", 10, 10],
      ["grokked_first", 10, 10],
      ["oscillation", 20, 20],
      ["collapsed", 20, 20],
      ["recovered", 30, 30],
      ["grokked_stable", 30, 40],
    ],
  );
  assert.equal(found.up_time, 4 / 5);
  assert.equal(found.collapsed, false);
});

test("a higher threshold makes a run grok later, and one held longer not at all", () => {
  const curves = { steps: STEPS, train: [1, 1, 1, 1, 1, 1], test: [0.1, 0.91, 0.93, 0.96, 0.97, 0.9] };
  assert.equal(course(curves, { ...CRITERIA, grokked: 0.95 }).grokked_first, 30);
  assert.equal(course(curves, CRITERIA).grokked_stable, 30);
  assert.equal(course(curves, { ...CRITERIA, stable_evaluations: 3 }).grokked_stable, null);
});

test("a missing accuracy is below every threshold and breaks a row", () => {
  const found = course({ steps: [0, 1, 2, 3], train: [null, 1, 1, 1], test: [0.96, null, 0.96, 0.96] }, CRITERIA);
  assert.equal(found.memorised, 1);
  assert.equal(found.grokked_stable, 2);
});

test("a curve at other steps has its newest value by then", () => {
  assert.deepEqual(alignedTo([0, 5, 10, 25], { steps: [5, 10, 20], values: [1, 2, 3] }), [null, 1, 2, 3]);
});

test("runs that have not grokked pull the median time up instead of being left out", () => {
  const happened = [100, 200, 300].map((time) => ({ time, last: 1000 }));
  assert.equal(medianTime(happened), 200);
  assert.equal(medianTime([...happened, ...[1, 2].map(() => ({ time: null, last: 1000 }))]), 300);
  assert.equal(medianTime([...happened, ...[1, 2, 3, 4].map(() => ({ time: null, last: 1000 }))]), null);
});

test("the median of an even number of values lies between the middle two", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([]), null);
});
