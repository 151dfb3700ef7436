import assert from "node:assert/strict";
import { test } from "node:test";
import { extent } from "../src/lib/curves/drawing.ts";
import { around, ofSteps, powersOf, ticksOf, type Range } from "../src/lib/curves/ranges.ts";

/** As uPlot counts up its ticks: how many there are with about ten on an axis, or that it would never end. */
function ticks([from, to]: Range): number {
  const each = 10 ** Math.floor(Math.log10((to - from) / 10));
  let [at, count] = [from, 0];
  while (at <= to && count < 1000) [at, count] = [at + each, count + 1];
  return count;
}

const next = (value: number): number => value * (1 + Number.EPSILON);

test("an axis around values that differ by rounding alone, or not at all, has an end", () => {
  for (const value of [0, 1, -1, 0.1, 3.7e-9, 1e12, -2.5e100]) {
    for (const found of [[value, value], [value, next(value)], [next(value), value]] as Range[]) {
      const [low, high] = around(found, false);
      assert.ok(low < value || value === 0);
      assert.ok(high > value);
      assert.ok(ticks([low, high]) < 300, `${found} gave ${[low, high]}`);
    }
  }
});

test("an axis around values keeps a twentieth of room at both ends", () => {
  assert.deepEqual(around([0, 20], false), [-1, 21]);
  assert.deepEqual(around(null, false), [0, 1]);
  assert.deepEqual(around([Number.NEGATIVE_INFINITY, 3], false), [0, 1]);
});

test("a logarithmic axis never begins at zero nor ends in the infinite", () => {
  for (const found of [[5e-324, 1], [1, Number.MAX_VALUE], [0, 0]] as Range[]) {
    const [low, high] = around(found, true);
    assert.ok(low > 0 && high > low && high < Infinity, `${found} gave ${[low, high]}`);
  }
  assert.deepEqual(around(null, true), [0.1, 1]);
});

test("an axis of steps is as asked where that is possible, and never shorter than can be counted", () => {
  assert.deepEqual(ofSteps([0, 2000], false), [0, 2000]);
  assert.deepEqual(ofSteps([0, 2000], true), [1, 2000]);
  assert.deepEqual(ofSteps([7, 7], false), [7, 8]);
  assert.deepEqual(ofSteps([0, 0], true), [1, 2]);
  for (const asked of [[NaN, NaN], [0, Infinity], [-Infinity, Infinity], [5000, next(5000)], [9, 3]] as Range[]) {
    for (const logarithmic of [false, true]) {
      const [low, high] = ofSteps(asked, logarithmic);
      assert.ok(high > low && ticks([low, high]) < 300, `${asked} gave ${[low, high]}`);
    }
  }
});

test("what is not finite has no extent", () => {
  const line = { label: "", x: [0, 1, 2], y: [Infinity, 4, NaN], colour: "" };
  assert.deepEqual(extent({ lines: [line], ribbons: [], marks: [], stretches: [] }, false), [4, 4]);
});

test("ticks rise within their axis, and are few, wherever it begins and ends", () => {
  for (let power = -300; power <= 290; power += 5) {
    for (const digits of [1, 1.1, 3.3, 9.49, 9.7, 9.999]) {
      for (const decades of [1e-5, 0.01, 0.3, 1, 4, 8]) {
        const [low, high] = [digits * 10 ** power, digits * 10 ** power * 10 ** decades];
        for (const logarithmic of [false, true]) {
          const found = ticksOf([low, high], logarithmic, 6);
          assert.ok(found.length <= 9 * (decades + 1) + 7, `${found.length} ticks from ${low} to ${high}`);
          assert.ok(found.every((tick, index) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9) && tick > (found[index - 1] ?? 0)), `${found}`);
        }
      }
    }
  }
});

test("a logarithmic axis is marked at powers of ten, and where it is too short for two of them, in between", () => {
  assert.deepEqual(ticksOf([0.95, 30], true, 6), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30]);
  assert.deepEqual(powersOf([1, 2, 3, 10, 20]), [1, null, null, 10, null]);
  assert.deepEqual(powersOf([2, 3, 4]), [2, 3, 4]);
  assert.deepEqual(ticksOf([110, 190], true, 4), [120, 140, 160, 180]);
});
