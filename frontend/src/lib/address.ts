// The state of the page as an address and back, without a browser: keys are shared by all views or belong to one.

import type { Param } from "./params.ts";

export const VIEWS = ["runs", "training", "manifold", "spectrum", "structure", "phase", "studies"] as const;
export type ViewName = (typeof VIEWS)[number];

/** Raw texts by slot: `key` where shared, `view/key` where one view's own. */
export type Texts = Record<string, string>;

export interface Known {
  param: Param<unknown>;
  view: ViewName | null;
}

export const slot = (key: string, view: ViewName | null): string => (view ? `${view}/${key}` : key);

/** Which view does an address show: by its path, or by `view=` where the site has one file. */
export function viewOf(path: string, query: URLSearchParams): ViewName {
  const word = query.get("view") ?? path.split("/").pop() ?? "";
  return VIEWS.find((view) => view === word) ?? "runs";
}

export interface Read {
  texts: Texts;
  notices: string[];
}

/** Read the known keys of a query; unknown ones are ignored, a bad value is left out with a notice. */
export function readQuery(query: URLSearchParams, view: ViewName, known: readonly Known[]): Read {
  const read: Read = { texts: {}, notices: [] };
  for (const { param, view: owner } of known) {
    const given = query.get(param.key);
    if (given === null || (owner !== null && owner !== view)) continue;
    if (param.read(given) === undefined) {
      const shown = given.length > 40 ? `${given.slice(0, 40)}…` : given;
      read.notices.push(`${param.key}: got “${shown}” in the address; ${param.expected} is needed. Left out.`);
    } else read.texts[slot(param.key, owner)] = given;
  }
  return read;
}

/** Write the query of a view: shared keys and its own, without those at their defaults, in a steady order. */
export function writeQuery(texts: Texts, view: ViewName, known: readonly Known[]): string {
  const pairs: [string, string][] = [];
  for (const { param, view: owner } of known) {
    if (owner !== null && owner !== view) continue;
    const value = texts[slot(param.key, owner)];
    if (value === undefined || value === "" || value === param.write(param.fallback)) continue;
    pairs.push([param.key, value]);
  }
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  // Commas and colons are allowed in queries; addresses that people read keep them.
  return new URLSearchParams(pairs).toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}
