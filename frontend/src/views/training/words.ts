// The training view as a table and as a sentence.

import { share, short, steps, words } from "../../lib/format.ts";
import type { Table } from "../../lib/table.ts";
import type { Maybe, TrainingView } from "../../lib/types.ts";
import type { Panel } from "./panels.ts";

/** The numbers that are drawn: of each group's band, or of each member. */
export function tableOf(view: TrainingView, panel: Panel, members: boolean): Table {
  if (members) {
    const rows = view.runs.flatMap(({ id, curves }) =>
      panel.names.flatMap((name) => (curves[name]?.steps ?? []).map((step, index) => [id, name, step, curves[name]?.values[index] ?? null])),
    );
    return { head: ["run", "measure", view.origin, "value"], rows };
  }
  const rows = view.groups.flatMap(({ label, bands }) =>
    panel.names.flatMap((name) => {
      const band = bands[name];
      return (band?.steps ?? []).map((step, index) => [
        label,
        name,
        step,
        band?.n[index] ?? null,
        ...[band?.median, band?.low, band?.high].map((values): Maybe => values?.[index] ?? null),
      ]);
    }),
  );
  return { head: ["group", "measure", view.origin, "runs", "median", "lower quartile", "upper quartile"], rows };
}

/** The main numbers in one sentence. */
export function sentenceOf(view: TrainingView, panel: Panel, grokked: number): string {
  const write = panel.share ? share : short;
  const ends = view.groups.slice(0, 4).flatMap(({ label, bands, n }) =>
    panel.names.flatMap((name) => {
      const band = bands[name];
      const last = band?.steps.at(-1);
      if (!band || last === undefined) return [];
      return [`median ${words(name)} of ${n} runs${view.groups.length > 1 ? ` (${label})` : ""} is ${write(band.median.at(-1) ?? null)} at step ${steps(last)}`];
    }),
  );
  const more = view.groups.length > 4 ? `; ${view.groups.length - 4} more groups` : "";
  return `${panel.title} over training: ${ends.join("; ")}${more}. ${grokked} of ${view.runs.length} runs have grokked stably.`;
}
