// Which colour and shape each point has: cyclic colours for what goes round, at most eight named ones otherwise.

import { GROUPS, SHAPES, type Shape } from "../lib/theme/colours.ts";
import type { ManifoldView } from "../lib/types.ts";
import type { Dress } from "./cloud.ts";
import { ringColour } from "./cycle.ts";

export interface Paints {
  dark: boolean;
  group: (index: number) => string;
  faint: string;
}

export type Colouring = Pick<ManifoldView["colour"], "kind" | "order" | "values">;

/** Dress points by their classes; a class below 0 is none, and grey. */
export function dressed({ kind, order, values }: Colouring, elementClass: (element: number) => number, paints: Paints): Dress {
  const cyclic = kind === "cyclic";
  const colour = (one: number): string => (cyclic ? ringColour(one / order, paints.dark) : paints.group(one));
  const palette = Array.from({ length: order }, (_, one) => colour(one));
  const shapes = cyclic ? [] : Array.from({ length: order }, (_, one) => shapeOfClass(one, order));
  const known = (one: number | null | undefined): number => (one !== null && one !== undefined && one >= 0 && one < order ? one : order);
  return {
    of: Uint16Array.from(values, known),
    palette: [...palette, paints.faint],
    shapes,
    centroid: (element) => [...palette, paints.faint][known(elementClass(element))] ?? paints.faint,
  };
}

/** Right and wrong: colour and shape both say it. */
export function dressedByCorrectness(correct: readonly number[], paints: Paints): Dress {
  return {
    of: Uint16Array.from(correct, (one) => (one ? 1 : 0)),
    palette: [paints.group(1), paints.group(0)],
    shapes: ["cross", "circle"],
    centroid: () => paints.faint,
  };
}

/** Up to eight classes have a colour and a shape each; more share colours, told apart by shape. */
export function shapeOfClass(one: number, order: number): Shape {
  const index = order <= GROUPS ? one : Math.floor(one / GROUPS);
  return SHAPES[index % SHAPES.length] ?? "circle";
}
