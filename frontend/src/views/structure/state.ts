// What the address says of the structure.

import { flag, maybeNumber } from "../../lib/params.ts";
import { bound } from "../../lib/url.svelte.ts";

/** The loop that is lit, counted from 1 by length. */
export const loop = bound(maybeNumber("loop", { least: 1, whole: true }), "structure");
/** All points behind the means. */
export const showPoints = bound(flag("points"), "structure");
