// The seven views, in the order of their keys.

import type { Component } from "svelte";
import type { ViewName } from "../lib/address.ts";
import Manifold from "./Manifold.svelte";
import Phase from "./Phase.svelte";
import Runs from "./Runs.svelte";
import Spectrum from "./Spectrum.svelte";
import Structure from "./Structure.svelte";
import Studies from "./Studies.svelte";
import Training from "./Training.svelte";

export interface View {
  title: string;
  component: Component;
}

export const views: Record<ViewName, View> = {
  runs: { title: "Runs", component: Runs },
  training: { title: "Training", component: Training },
  manifold: { title: "Manifold", component: Manifold },
  spectrum: { title: "Spectrum", component: Spectrum },
  structure: { title: "Structure", component: Structure },
  phase: { title: "Phase map", component: Phase },
  studies: { title: "Studies", component: Studies },
};
