// The keys of the page. Views add their own while they are shown; typing into a field is never a command.

export interface Key {
  /** As KeyboardEvent.key says it; `shift+` before it where shift is held with a key that has no other sign. */
  key: string;
  does: string;
  run: () => void;
}

const layers: Key[][] = [];

/** Add keys; later layers go before earlier ones. Returns what takes them away again. */
export function addKeys(keys: Key[]): () => void {
  layers.push(keys);
  return () => {
    layers.splice(layers.indexOf(keys), 1);
  };
}

/** All keys that work now, the later layers first, each key once. */
export function currentKeys(): Key[] {
  const seen = new Map<string, Key>();
  for (const key of layers.toReversed().flat()) if (!seen.has(key.key)) seen.set(key.key, key);
  return [...seen.values()];
}

const TYPED = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

export function listen(): () => void {
  window.addEventListener("keydown", pressed);
  return () => window.removeEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest(TYPED) || target.closest("dialog[open]")) return;
  // What the focused element does with a key itself goes first.
  if (event.key === " " && target.closest("button, a, summary, [role=slider], input")) return;
  if (event.key.startsWith("Arrow") && target.closest("[role=slider], input, [data-own-arrows]")) return;
  const name = event.shiftKey && event.key.length > 1 ? `shift+${event.key}` : event.key;
  const found = currentKeys().find(({ key }) => key === name);
  if (!found) return;
  event.preventDefault();
  found.run();
}
