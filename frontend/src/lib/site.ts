// An exported site: the answers lie beside the page as files. `data/index.json` lists them; an entry answers every
// request for its view whose query agrees with all keys that the entry names, and the entry that names most wins.

import type { Query } from "./api.ts";

export interface Entry {
  view: string;
  query: Record<string, string>;
  file: string;
}

let index: Promise<Entry[]> | null = null;

/** Answer a request from the files of the site; 404 where it was not exported. */
export async function staticAnswer(view: string, query: Query): Promise<Response> {
  index ??= fetch("./data/index.json").then(async (response) => ((await response.json()) as { entries: Entry[] }).entries);
  const entry = chooseEntry(await index, view, query);
  if (entry) return fetch(`./data/${entry.file}`);
  const message = "This view was not exported with the site. Serve the lab itself to see it.";
  return Response.json({ error: { code: "not-exported", message, command: "latebloom serve" } }, { status: 404 });
}

/** Choose the entry that answers a request, or null. */
export function chooseEntry(entries: Entry[], view: string, query: Query): Entry | null {
  const asked = new Map(Object.entries(query).map(([key, value]) => [key, String(value ?? "")]));
  const fitting = entries.filter(
    (entry) => entry.view === view && Object.entries(entry.query).every(([key, value]) => (asked.get(key) ?? "") === value),
  );
  return fitting.sort((a, b) => Object.keys(b.query).length - Object.keys(a.query).length)[0] ?? null;
}
