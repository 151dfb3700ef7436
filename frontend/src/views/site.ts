// The place in the network that the views of representations look at; shared, so that it stays from view to view.

import { text } from "../lib/params.ts";
import { bound } from "../lib/url.svelte.ts";

export const site = bound(text("site", "final"));

/** What may be chosen: the sites that the run has, with the chosen one. */
export const siteChoices = (known: readonly string[] | undefined): string[] =>
  [...new Set([...(known ?? ["embedding", "final", "logits"]), site.value])];
