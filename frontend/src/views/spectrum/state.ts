// What the address says of the spectrum.

import { flag } from "../../lib/params.ts";
import { bound } from "../../lib/url.svelte.ts";

/** Energies on a logarithmic scale, so that small ones can be told apart. */
export const logEnergy = bound(flag("logenergy"), "spectrum");
