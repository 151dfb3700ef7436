// How steps are laid out: linear or logarithmic, and counted from where. Shared by the time bar and all curves.

import { bound } from "./url.svelte.ts";
import { choice, flag } from "./params.ts";

export const ORIGINS = ["step", "memorised", "grokked_first"] as const;

const logarithmic = bound(flag("log"));
const origin = bound(choice("origin", "step", ORIGINS), "training");

export const axis = {
  get log(): boolean {
    return logarithmic.value;
  },
  set log(value: boolean) {
    logarithmic.value = value;
  },
  get origin(): (typeof ORIGINS)[number] {
    return origin.value;
  },
  set origin(value: (typeof ORIGINS)[number]) {
    origin.value = value;
  },
};
