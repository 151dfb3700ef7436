// The manifold in words and numbers: its summary, its table, what is told of one point.

import { share, short, steps } from "../../lib/format.ts";
import type { Table } from "../../lib/table.ts";
import type { Maybe } from "../../lib/types.ts";
import { accuracyAt, type Manifold } from "./frames.ts";

export function sentence(manifold: Manifold, frame: number, flat: boolean): string {
  const { view } = manifold;
  const axes = view.axes.slice(0, flat ? 2 : 3).join(", ");
  const held = view.explained[frame];
  const accuracy = accuracyAt(manifold, frame);
  return [
    `${steps(view.shown)} points of ${view.run} at ${view.site} at step ${steps(view.steps[frame] ?? null)}, along ${axes}`,
    held === null || held === undefined ? "" : `, which hold ${share(held)} of their variance`,
    `, coloured by ${view.colour.name}`,
    accuracy === null ? "." : `; ${share(accuracy)} of them are classified right.`,
  ].join("");
}

export function tableOf({ view, cloud }: Manifold, frame: number): Table {
  const start = frame * view.points * 3;
  const right = view.correct?.[frame];
  const rows = view.label.map((label, point) => [
    (view.pairs[point] ?? []).join(" "),
    label,
    view.element[point] ?? null,
    view.colour.values[point] ?? null,
    right ? (right[point] ? "right" : "wrong") : null,
    ...[0, 1, 2].map((axis) => finite(cloud.coordinates[start + 3 * point + axis])),
  ]);
  return { head: ["pair", "label", "element", view.colour.name, "answer", ...view.axes], rows };
}

/** A coordinate with the digits that single precision has. */
export const finite = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(6));

export function describe({ view }: Manifold, frame: number, point: number): string[] {
  const [label, element, colour] = [view.label[point], view.element[point], view.colour.values[point]];
  const right = view.correct?.[frame]?.[point];
  return [
    `(${(view.pairs[point] ?? []).join(", ")}) → ${label ?? "–"}`,
    ...(element === null || element === undefined ? [] : [`group element ${element}`]),
    ...(view.colour.kind === "binary" || colour === element || colour === label ? [] : [`${view.colour.name} ${short(colour ?? null)}`]),
    ...(right === undefined ? [] : [right ? "answered right" : "answered wrong"]),
  ];
}

const LITTLE = 0.1; // of the variance: what less of it shows is hardly the shape of the cloud

/** What must be said about the axes. */
export function caveat({ view }: Manifold, frame: number): string {
  const some = view.shown < view.of ? `${steps(view.shown)} of ${steps(view.of)} points shown, the same at every step. ` : "";
  if (!view.comparable)
    return `${some}Not comparable between steps: each step has axes of its own, so only shapes can be compared, not places.`;
  return `${some}One basis and locked axes for all steps, so motion means something. ${heldWords(view.explained[frame])}`;
}

function heldWords(held: Maybe | undefined): string {
  if (held === null || held === undefined) return "";
  const told = `They hold ${share(held)} of the variance at this step`;
  return held < LITTLE ? `${told}: its shape is seen along axes of each step.` : `${told}.`;
}
