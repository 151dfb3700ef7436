// The one cursor over training that every view shares.

import { untrack } from "svelte";
import { bound } from "./url.svelte.ts";
import { choice, maybeNumber } from "./params.ts";
import type { TimeBarView } from "./types.ts";

export const SPEEDS = ["1", "2", "5", "10", "20"] as const; // snapshots a second

const step = bound(maybeNumber("step", { least: 0, whole: true }));
const speed = bound(choice("speed", "5", SPEEDS));

/** The index of the last of growing `steps` that is not after `at`; 0 where all are after it. */
export function indexAt(steps: ArrayLike<number>, at: number): number {
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((steps[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

class Cursor {
  #bar = $state.raw<TimeBarView | null>(null);
  playing = $state(false);
  /** While playing: how far on the way to the next stop, from 0 to 1, for drawing in between. */
  fraction = $state(0);
  /** Is the cursor at the end, going along with training? */
  readonly live = $derived(step.value === null);
  /** Where playing and the arrow keys stop: the snapshots, or the evaluations where there are none. */
  readonly stops = $derived(this.bar === null ? [] : this.bar.snapshots.length > 1 ? this.bar.snapshots : this.bar.steps);
  /** The step that is looked at. */
  readonly step = $derived(step.value ?? this.bar?.last ?? 0);
  readonly #reduced = matchMedia("(prefers-reduced-motion: reduce)");
  #frame = 0;
  /** Was playing asked for before it was known what there is to play? */
  #asked = false;

  /** What the time bar shows; set by the time bar alone. */
  get bar(): TimeBarView | null {
    return this.#bar;
  }

  set bar(value: TimeBarView | null) {
    this.#bar = value;
    if (value === null || !this.#asked) return;
    this.#asked = false;
    untrack(() => this.#play());
  }

  get speed(): (typeof SPEEDS)[number] {
    return speed.value;
  }

  set speed(value: (typeof SPEEDS)[number]) {
    speed.value = value;
  }

  /** Go to a step; null is the live end. */
  go(to: number | null): void {
    this.fraction = 0;
    step.value = to === null ? null : Math.round(to);
  }

  /** Go on by so many stops, or back. */
  move(by: number): void {
    this.pause();
    const at = indexAt(this.stops, this.step);
    this.#goTo(at + by);
  }

  /** Go to the next event, or to the one before. */
  event(direction: 1 | -1): void {
    this.pause();
    const steps = [...new Set((this.bar?.events ?? []).map((event) => event.step))].sort((a, b) => a - b);
    const next =
      direction > 0 ? steps.find((at) => at > this.step) : steps.toReversed().find((at) => at < this.step);
    if (next !== undefined) this.go(next);
  }

  toggle(): void {
    if (this.playing || this.#asked) this.pause();
    else if (this.bar === null) this.#asked = true;
    else this.#play();
  }

  pause(): void {
    this.playing = false;
    this.#asked = false;
    this.fraction = 0;
    cancelAnimationFrame(this.#frame);
  }

  #goTo(index: number): void {
    const last = this.stops.length - 1;
    const bounded = Math.min(Math.max(index, 0), last);
    const to = this.stops[bounded];
    if (to !== undefined) this.go(bounded === last && this.bar?.live ? null : to);
  }

  #play(): void {
    if (this.stops.length < 2) return;
    if (indexAt(this.stops, this.step) >= this.stops.length - 1) this.go(this.stops[0] ?? 0);
    this.playing = true;
    let before = performance.now();
    let position = indexAt(this.stops, this.step);
    const tick = (now: number): void => {
      if (!this.playing) return;
      position += ((now - before) / 1000) * Number(this.speed);
      before = now;
      const index = Math.floor(position);
      if (index >= this.stops.length - 1) {
        this.#goTo(this.stops.length - 1);
        this.pause();
        return;
      }
      const at = this.stops[index];
      if (at !== undefined && at !== step.value) step.value = at;
      this.fraction = this.#reduced.matches ? 0 : position - index;
      this.#frame = requestAnimationFrame(tick);
    };
    this.#frame = requestAnimationFrame(tick);
  }
}

export const cursor = new Cursor();
