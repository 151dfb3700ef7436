// Which runs a filter lets through: every word must fit. `decay>0.5`, `status=running` compare; other words are looked
// for in the run's name, preset, task, model, status and settings.

import type { RunRow, Setting } from "../../lib/types.ts";

type Comparison = (have: Setting, want: string) => boolean;

const COMPARISONS: Record<string, Comparison> = {
  "=": (have, want) => String(have).toLowerCase() === want || (want !== "" && Number(have) === Number(want)),
  "!=": (have, want) => !COMPARISONS["="]?.(have, want),
  ">=": (have, want) => Number(have) >= Number(want),
  "<=": (have, want) => Number(have) <= Number(want),
  ">": (have, want) => Number(have) > Number(want),
  "<": (have, want) => Number(have) < Number(want),
};

/** Make a test of runs from a filter as it is typed. */
export function fits(filter: string): (run: RunRow) => boolean {
  const tests = filter.toLowerCase().split(/\s+/).filter(Boolean).map(wordTest);
  return (run) => tests.every((test) => test(run));
}

function wordTest(word: string): (run: RunRow) => boolean {
  const found = /^([^<>=!]+)(>=|<=|!=|=|>|<)(.*)$/.exec(word);
  if (!found) return (run) => text(run).includes(word);
  const [, name = "", sign = "=", want = ""] = found;
  return (run) => values(run, name).some((have) => COMPARISONS[sign]?.(have, want));
}

const text = (run: RunRow): string =>
  [run.id, run.preset, run.task, run.model, run.status, run.collapsed ? "collapsed" : "", ...Object.entries(run.settings).map(([path, value]) => `${path}=${value}`)]
    .join(" ")
    .toLowerCase();

/** What a name in a filter may mean: a column, or a setting by the end of its path. */
function values(run: RunRow, name: string): Setting[] {
  const columns: Record<string, Setting | null> = {
    id: run.id, preset: run.preset, task: run.task, model: run.model, status: run.status, seed: run.seed, step: run.step,
    train: run.train_accuracy, test: run.test_accuracy, uptime: run.up_time, memorised: run.memorised,
    grokked: run.grokked_first, stable: run.grokked_stable, snapshots: run.snapshots,
  };
  const own = columns[name];
  if (own !== undefined) return own === null ? [] : [own];
  const plain = name.replaceAll(/[_ -]/g, "");
  return Object.entries(run.settings).flatMap(([path, value]) =>
    path.toLowerCase().replaceAll(/[_ -]/g, "").endsWith(plain) ? [value] : [],
  );
}
