// The page's own documentation: docs/live-view.md, built into the page, since nothing is fetched from elsewhere.

import source from "../../../docs/live-view.md?raw";
import { bound } from "./url.svelte.ts";
import { text } from "./params.ts";
import { readDocs } from "./markdown.ts";

const topic = bound(text("docs"));

export const sections = readDocs(source);

export const docs = {
  get topic(): string {
    return topic.value;
  },
  open(heading: string): void {
    topic.value = heading;
  },
  close(): void {
    topic.reset();
  },
};
