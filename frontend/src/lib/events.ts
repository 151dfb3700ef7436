// The stream of what is new. One per page; closed while the page is hidden, opened again from the last cursor.

import type { RunsChange } from "./types.ts";

export type Connection = "none" | "open" | "lost" | "restored";

export interface Listener {
  connection(state: Connection): void;
  /** Everything new since the last call, merged by run; at most twice a second. */
  runs(change: RunsChange): void;
  /** Too much was missed: ask for everything again. */
  resync(): void;
}

const EVERY = 500; // milliseconds between two renders
const RESTORED_FOR = 4000;

export class Stream {
  #source: EventSource | null = null;
  #cursor: string;
  #waiting: RunsChange = { changed: [], gone: [] };
  #flush: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #lost = false;
  readonly #listener: Listener;

  constructor(cursor: string, listener: Listener) {
    this.#cursor = cursor;
    this.#listener = listener;
    document.addEventListener("visibilitychange", this.#visibility);
    this.#visibility();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#visibility);
    clearTimeout(this.#flush);
    this.#disconnect();
  }

  readonly #visibility = (): void => {
    if (document.hidden) this.#disconnect();
    else if (this.#source === null) this.#connect();
  };

  #connect(): void {
    clearTimeout(this.#retry);
    const source = new EventSource(`/api/events?since=${encodeURIComponent(this.#cursor)}`);
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onerror = () => this.#failed(source);
    source.addEventListener("runs", (event) => this.#take(event as MessageEvent<string>));
    source.addEventListener("resync", (event) => {
      this.#remember(event as MessageEvent<string>);
      this.#listener.resync();
    });
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  #opened(): void {
    this.#tries = 0;
    this.#listener.connection(this.#lost ? "restored" : "open");
    if (this.#lost) setTimeout(() => !this.#lost && this.#listener.connection("open"), RESTORED_FOR);
    this.#lost = false;
  }

  #failed(source: EventSource): void {
    this.#lost = true;
    this.#listener.connection("lost");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    this.#disconnect();
    this.#tries += 1;
    this.#retry = setTimeout(() => !document.hidden && this.#connect(), Math.min(15_000, 1000 * 2 ** (this.#tries - 1)));
  }

  #remember(event: MessageEvent<string>): void {
    if (event.lastEventId) this.#cursor = event.lastEventId;
  }

  #take(event: MessageEvent<string>): void {
    this.#remember(event);
    this.#waiting = merged(this.#waiting, parsed<RunsChange>(event));
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined;
      const change = this.#waiting;
      this.#waiting = { changed: [], gone: [] };
      this.#listener.runs(change);
    }, EVERY);
  }
}

const parsed = <Body>(event: Event): Body => JSON.parse((event as MessageEvent<string>).data) as Body;

/** Merge two changes: the later word on each run counts, key by key. */
export function merged(before: RunsChange, after: RunsChange): RunsChange {
  const changed = new Map(before.changed.map((run) => [run.id, run]));
  for (const run of after.changed) changed.set(run.id, { ...changed.get(run.id), ...run });
  for (const id of after.gone) changed.delete(id);
  return { changed: [...changed.values()], gone: [...new Set([...before.gone, ...after.gone])] };
}
