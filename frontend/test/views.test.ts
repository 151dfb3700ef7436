// What views make of their answers, without a browser.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { readDocs } from "../src/lib/markdown.ts";
import { chooseEntry } from "../src/lib/site.ts";
import { broken } from "../src/lib/picturing.ts";
import { csv } from "../src/lib/table.ts";
import type { RunRow, TrainingView, Verdict } from "../src/lib/types.ts";
import { fits } from "../src/views/runs/filter.ts";
import { ordered } from "../src/views/runs/ordering.ts";
import { clipped, counted, panels, shortLabel, shownOf } from "../src/views/training/panels.ts";
import { seriesTable } from "../src/views/studies/figure.ts";
import { nearest, placeOf, stepAt } from "../src/shell/timescale.ts";

const row = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  id, preset: "demo", task: "addition", model: "mlp", seed: 0, status: "done", problem: "", step: 10, steps: 10,
  settings: { "optimizer.weight_decay": 0.5 }, group: "g", train_accuracy: 1, test_accuracy: 0.9, train_loss: 0, test_loss: 0,
  up_time: 1, memorised: 1, grokked_first: null, grokked_stable: null, oscillations: 0, collapsed: false, events: [],
  snapshots: 0, updated: 0, spark: { steps: [], train: [], test: [] }, ...more,
});

test("a filter compares settings by the end of their path, and columns by name", () => {
  assert.equal(fits("decay>0.4 test<0.95 demo")(row("a")), true);
  assert.equal(fits("decay>0.5")(row("a")), false);
  assert.equal(fits("status!=done")(row("a")), false);
  assert.equal(fits("weight_decay=0.5 nowhere")(row("a")), false);
});

test("runs that lack the number come last whichever way they are sorted", () => {
  const runs = [row("a"), row("b", { grokked_stable: 9 }), row("c", { grokked_stable: 3 })];
  assert.deepEqual(ordered(runs, "grokked_stable").map(({ id }) => id), ["c", "b", "a"]);
  assert.deepEqual(ordered(runs, "-grokked_stable").map(({ id }) => id), ["b", "c", "a"]);
});

test("train and test of one measure share a chart", () => {
  assert.deepEqual(panels(["train_loss", "test_loss", "weight_norm"]).map(({ key, names }) => [key, names.length]), [["loss", 2], ["weight_norm", 1]]);
});

test("a thinned chart counts the points that it shows and those that there were", () => {
  const thin = { steps: [0, 1], values: [0, 1], of: 500 };
  const view = { runs: [{ curves: { loss: thin } }, { curves: { loss: thin, other: thin } }], groups: [] } as unknown as TrainingView;
  assert.deepEqual(counted(view, ["loss"], true), { shown: 4, of: 1000 });
});

test("a group is called by the last parts of its settings' paths", () => {
  assert.equal(shortLabel('model.name="mlp" optimizer.weight_decay=1.0'), "name mlp weight decay 1");
});

test("a place on the time bar and its step lead to each other, on either axis", () => {
  for (const log of [false, true]) {
    const scale = { first: 0, last: 5000, width: 900, log };
    for (const step of [0, 7, 400, 5000]) assert.equal(stepAt(placeOf(step, scale), scale), step);
  }
  assert.equal(nearest([0, 100, 300], 190), 100);
});

test("texts that a spreadsheet would run are marked as text", () => {
  assert.equal(csv({ head: ["=a", "b,c"], rows: [[-1, null]] }), "'=a,\"b,c\"\r\n-1,\r\n");
});

test("the entry of an exported site that names most of what is asked answers", () => {
  const entries = [
    { view: "spectrum", query: {}, file: "0" },
    { view: "spectrum", query: { run: "a" }, file: "1" },
    { view: "spectrum", query: { run: "b" }, file: "2" },
  ];
  assert.equal(chooseEntry(entries, "spectrum", { run: "a", site: "final" })?.file, "1");
  assert.equal(chooseEntry(entries, "spectrum", { run: "c" })?.file, "0");
  assert.equal(chooseEntry(entries, "phase", {}), null);
});

test("every chart's explanation is a section of the documentation", () => {
  const sections = new Set(readDocs(readFileSync(new URL("../../docs/live-view.md", import.meta.url), "utf8")).map(({ heading }) => heading));
  const source = new URL("../src/", import.meta.url);
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".svelte"));
  const asked = files.flatMap((name) =>
    [...readFileSync(new URL(name, source), "utf8").matchAll(/(?: doc="|docs\.open\(")([^"{]+)"/g)].map((found) => found[1] ?? ""),
  );
  assert.ok(asked.length >= 8);
  for (const heading of asked) assert.ok(sections.has(heading), `docs/live-view.md has no section “${heading}”`);
});

test("numbers shown are those chosen, the usual ones, or the first few of those that the runs have", () => {
  const answer = (...names: string[]) => ({ names }) as Parameters<typeof shownOf>[0];
  assert.deepEqual(shownOf(answer("norm", "test_loss", "train_accuracy"), []), ["train_accuracy", "test_loss"]);
  assert.deepEqual(shownOf(answer("norm", "test_loss"), ["norm", "gone"]), ["norm"]);
  assert.deepEqual(shownOf(answer("a", "b", "c", "d", "e"), []), ["a", "b", "c", "d"]);
  assert.deepEqual(shownOf(null, ["norm"]), []);
});

test("the table of a claim has a row for each run, and for each of the other explanation's", () => {
  const point = { run: "a", arm: "wide", seed: 1, value: 310, happened: true, left_out: "" };
  const verdict = { series: [point, { ...point, run: "b", value: [0.1, 0.2], happened: false }], rival: { series: [{ ...point, value: null, left_out: "diverged" }] } };
  assert.deepEqual(seriesTable(verdict as unknown as Verdict).rows, [
    ["claim", "a", "wide", 1, 310, null, "yes", ""],
    ["claim", "b", "wide", 1, 0.1, 0.2, "no", ""],
    ["rival", "a", "wide", 1, null, null, "yes", "diverged"],
  ]);
});

test("a sentence is broken into lines between words alone, and a label is cut with a sign", () => {
  assert.deepEqual(broken("a bc  def ghijklmnop", 6), ["a bc", "def", "ghijklmnop"]);
  assert.deepEqual(broken("", 6), []);
  assert.equal(clipped("weight decay 0.1", 9), "weight d…");
  assert.equal(clipped("short", 9), "short");
});
