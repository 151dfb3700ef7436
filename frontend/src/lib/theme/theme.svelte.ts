// The colours of the style sheet for canvases, which cannot read them by themselves; changes with the system.

import { GROUPS } from "./colours.ts";

const NAMES = [
  "page", "card", "sunk", "ink", "soft", "faint", "line", "edge", "accent", "train", "test", "stable", "fallen",
  ...["stage0", "stage1", "stage2", "stage3", "stage4"],
  ...Array.from({ length: GROUPS }, (_, index) => `group${index}`),
] as const;

class Theme {
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  dark = $state(this.#dark.matches);
  /** Every colour by its name in theme.css without the dashes. */
  readonly colours = $derived.by((): Record<string, string> => {
    void this.dark;
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  });

  constructor() {
    this.#dark.addEventListener("change", (event) => (this.dark = event.matches));
  }

  colour(name: string): string {
    return this.colours[name] ?? "#888";
  }

  group(index: number): string {
    return this.colour(`group${index % GROUPS}`);
  }
}

export const theme = new Theme();
