// The whole state of the page stands in the address. `bound(param)` ties a value to it: reading is reactive, writing
// changes the address (replacing, so that the back button goes from view to view).

import { isStatic } from "./api.ts";
import { readQuery, slot, viewOf, writeQuery, type Known, type Texts, type ViewName } from "./address.ts";
import type { Param } from "./params.ts";

const WRITE_AFTER = 200; // milliseconds; browsers refuse more than about 100 changes of the address in 30 s

class Url {
  view = $state<ViewName>("runs");
  notices = $state<string[]>([]);
  texts = $state.raw<Texts>({});
  readonly known: Known[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Take over what the address says; called at the start and when the user goes back or forth. */
  load(): void {
    const query = new URLSearchParams(location.search);
    this.view = viewOf(location.pathname, query);
    const read = readQuery(query, this.view, this.known);
    const kept = Object.entries(this.texts).filter(([key]) => key.includes("/") && !key.startsWith(`${this.view}/`));
    this.texts = { ...Object.fromEntries(kept), ...read.texts };
    this.notices = read.notices;
  }

  /** The address of a view with its state as it was last, for links. */
  href(view: ViewName = this.view, changed: Texts = {}): string {
    const query = writeQuery({ ...this.texts, ...changed }, view, this.known);
    if (!isStatic()) return `./${view}${query ? `?${query}` : ""}`;
    return `./index.html?view=${view}${query ? `&${query}` : ""}`;
  }

  go(view: ViewName, changed: Texts = {}): void {
    this.#flush();
    this.texts = { ...this.texts, ...changed };
    this.view = view;
    history.pushState(null, "", this.href());
  }

  /** Go to a stored state: exactly these keys and no other. */
  open(view: ViewName, query: string): void {
    this.#flush();
    const read = readQuery(new URLSearchParams(query), view, this.known);
    this.view = view;
    this.texts = read.texts;
    this.notices = read.notices;
    history.pushState(null, "", this.href());
  }

  set(key: string, value: string): void {
    if (this.texts[key] === value) return;
    this.texts = { ...this.texts, [key]: value };
    this.#timer ??= setTimeout(() => this.#flush(), WRITE_AFTER);
  }

  #flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    history.replaceState(null, "", this.href());
  }
}

export const url = new Url();

export interface Bound<Value> {
  value: Value;
  readonly isDefault: boolean;
  reset(): void;
}

/** Tie a parameter to the address; one that belongs to a view is remembered while other views are shown. */
export function bound<Value>(param: Param<Value>, view: ViewName | null = null): Bound<Value> {
  const key = slot(param.key, view);
  if (!url.known.some((known) => slot(known.param.key, known.view) === key))
    url.known.push({ param: param as Param<unknown>, view });
  const current = $derived.by(() => {
    const given = url.texts[key];
    return given === undefined || given === "" ? param.fallback : (param.read(given) ?? param.fallback);
  });
  return {
    get value() {
      return current;
    },
    set value(value: Value) {
      url.set(key, param.write(value));
    },
    get isDefault() {
      return param.write(current) === param.write(param.fallback);
    },
    reset() {
      url.set(key, "");
    },
  };
}
