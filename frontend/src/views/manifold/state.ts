// What the address says of the manifold.

import { choice, flag, identifier, maybeNumber, number, text } from "../../lib/params.ts";
import { bound } from "../../lib/url.svelte.ts";

export const PROJECTIONS = ["pca", "fourier", "umap"] as const;
export const INPUTS = ["test", "all", "probes"] as const;
export const BASES = ["steps", "last", "first", "each"] as const;
export const BESIDE = ["nothing", "run", "step"] as const;

const own = "manifold";
const whole = { least: 0, whole: true };
export const chosen = {
  inputs: bound(choice("inputs", "test", INPUTS), own),
  projection: bound(choice("projection", "pca", PROJECTIONS), own),
  basis: bound(choice("basis", "steps", BASES), own),
  k: bound(number("k", 0, whole), own),
  l: bound(number("l", 0, whole), own),
  labels: bound(text("labels", "logarithm"), own),
  solid: bound(flag("solid"), own),
  yaw: bound(number("yaw", 30, { least: -180, most: 180 }), own),
  pitch: bound(number("pitch", 20, { least: -90, most: 90 }), own),
  zoom: bound(number("zoom", 1, { least: 0.5, most: 20 }), own),
  points: bound(flag("points", true), own),
  centroids: bound(flag("centroids", true), own),
  stride: bound(number("stride", 0, whole), own),
  only: bound(maybeNumber("only", whole), own),
  beside: bound(choice("beside", "nothing", BESIDE), own),
  other: bound(identifier("other"), own),
  at: bound(maybeNumber("at", whole), own),
};

/** The colourings that a run has: by label, by element of its group, by coset of each quotient, by correctness. */
export function colourings(order: number | null): { value: string; title: string }[] {
  const cosets = divisors(order ?? 0).map((m) => ({ value: `coset:${m}`, title: `coset mod ${m}` }));
  return [
    { value: "label", title: "label" },
    { value: "logarithm", title: "group element" },
    ...cosets,
    { value: "correct", title: "right or wrong" },
  ];
}

/** The proper divisors, rising: quotients of the cyclic group. */
export const divisors = (order: number): number[] =>
  Array.from({ length: Math.max(0, order - 1) }, (_, index) => index + 1).filter((m) => m > 1 && order % m === 0);
