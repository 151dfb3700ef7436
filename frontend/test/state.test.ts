// The state of the page in its address: what is read, what is refused, what is written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuery, viewOf, writeQuery, type Known } from "../src/lib/address.ts";
import { choice, flag, identifiers, maybeNumber, number, type Param } from "../src/lib/params.ts";

const known: Known[] = [
  { param: identifiers("runs") as Param<unknown>, view: null },
  { param: maybeNumber("step", { least: 0, whole: true }) as Param<unknown>, view: null },
  { param: choice("show", "band", ["band", "members"]) as Param<unknown>, view: "training" },
  { param: number("grokked", 0.9, { least: 0, most: 1 }) as Param<unknown>, view: null },
  { param: flag("log") as Param<unknown>, view: null },
];
const read = (text: string) => readQuery(new URLSearchParams(text), "training", known);

test("a state that was written is read back", () => {
  const { texts } = read("runs=a-1,b-2&step=40&show=members&grokked=0.95&log=1");
  assert.equal(writeQuery(texts, "training", known), "grokked=0.95&log=1&runs=a-1,b-2&show=members&step=40");
});

test("what stands at its default is left out of the address", () => {
  assert.equal(writeQuery(read("show=band&grokked=0.9&log=0").texts, "training", known), "");
});

test("unknown keys are ignored without a word", () => {
  assert.deepEqual(read("colour=red&utm=1"), { texts: {}, notices: [] });
});

test("a bad value is left out with a notice that says what would be right", () => {
  const { texts, notices } = read("grokked=7&show=all&step=1.5");
  assert.deepEqual(texts, {});
  assert.equal(notices.length, 3);
  assert.match(notices.join("\n"), /grokked: got “7”.*at most 1/);
  assert.match(notices.join("\n"), /show: got “all”.*one of band, members/);
});

test("names of runs that are no names are refused", () => {
  assert.equal(read("runs=../../etc").notices.length, 1);
});

test("a key of one view is not written into the address of another", () => {
  assert.equal(writeQuery(read("show=members&step=3").texts, "phase", known), "step=3");
});

test("the view stands in the path, or in the query where the site is one file", () => {
  assert.equal(viewOf("/training", new URLSearchParams()), "training");
  assert.equal(viewOf("/site/index.html", new URLSearchParams("view=phase")), "phase");
  assert.equal(viewOf("/", new URLSearchParams()), "runs");
});
