// Which runs are looked at: `runs` are compared, `run` is the one that views of a single run show.

import { bound } from "./url.svelte.ts";
import { identifier, identifiers } from "./params.ts";
import { lab } from "./lab.svelte.ts";

const runs = bound(identifiers("runs"));
const run = bound(identifier("run"));

class Selection {
  /** The chosen runs that the lab has; none chosen means all. */
  readonly chosen = $derived(runs.value.filter((id) => lab.byId.has(id)));
  readonly shown = $derived(this.chosen.length > 0 ? this.chosen : lab.runs.map(({ id }) => id).slice(0, 200));
  /** The run of single-run views: the one asked for, else the first chosen, else the newest with snapshots. */
  readonly run = $derived.by(() => {
    if (lab.byId.has(run.value)) return run.value;
    if (this.chosen[0]) return this.chosen[0];
    const newest = lab.runs.toSorted((a, b) => b.updated - a.updated);
    return (newest.find(({ snapshots }) => snapshots > 0) ?? newest[0])?.id ?? "";
  });
  readonly row = $derived(lab.byId.get(this.run) ?? null);

  show(id: string): void {
    run.value = id;
  }

  choose(ids: readonly string[]): void {
    runs.value = [...ids];
  }

  toggle(id: string): void {
    this.choose(this.chosen.includes(id) ? this.chosen.filter((other) => other !== id) : [...this.chosen, id]);
  }

  /** Go to the next (or previous) run among the shown ones. */
  move(by: number): void {
    const ids = this.shown;
    const next = ids[(ids.indexOf(this.run) + by + ids.length) % ids.length];
    if (next) this.show(next);
  }
}

export const selection = new Selection();
