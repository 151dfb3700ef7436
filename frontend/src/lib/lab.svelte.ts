// The lab as the page knows it: what the server said at first, kept up by the stream of what is new.

import { ApiError, ask, isStatic } from "./api.ts";
import { Stream, type Connection } from "./events.ts";
import type { Lab, Pending, RunRow, RunsChange, RunsView } from "./types.ts";

const AGAIN = 2000; // milliseconds between two looks whether a lab that is gone is back
const KEYS = ["no-token", "wrong-token"];

class LabState {
  lab = $state.raw<Lab | null>(null);
  runs = $state.raw<RunRow[]>([]);
  settings = $state.raw<string[]>([]);
  loaded = $state(false);
  /** How far the server is that reads the lab for the first time. */
  pending = $state.raw<Pending | null>(null);
  problem = $state.raw<ApiError | null>(null);
  connection = $state<Connection>("none");
  /** Is the connection lost because the server, started anew, has another key? */
  keyless = $state(false);
  /** How often each run has changed since the page was opened; views that show it ask again. */
  revisions = $state.raw<Record<string, number>>({});
  /** Counts whole renewals. */
  renewals = $state(0);
  readonly byId = $derived(new Map(this.runs.map((run) => [run.id, run])));
  #stream: Stream | null = null;

  async start(): Promise<void> {
    try {
      const [lab] = await Promise.all([ask<Lab>("lab"), this.refresh()]);
      this.lab = lab;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Ask for all runs anew and follow the stream from there. */
  async refresh(): Promise<void> {
    const view = await ask<RunsView>("runs", {}, { pending: (how) => (this.pending = how) });
    this.pending = null;
    this.problem = null;
    this.runs = view.runs;
    this.settings = view.settings;
    this.loaded = true;
    this.renewals += 1;
    if (isStatic()) return;
    this.#stream?.close();
    this.#stream = new Stream(view.cursor, {
      connection: (state) => void this.#connected(state),
      runs: (change) => this.#apply(change),
      resync: () => void this.refresh().catch((error: unknown) => this.#failed(error)),
    });
  }

  revision(ids: readonly string[]): number {
    return ids.reduce((sum, id) => sum + (this.revisions[id] ?? 0), 0);
  }

  async #connected(state: Connection): Promise<void> {
    this.connection = state;
    if (state !== "lost") this.keyless = false;
    else
      try {
        await ask<Lab>("lab"); // a stream does not say why it was refused
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        this.keyless = KEYS.includes(error.code);
      }
  }

  #failed(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    this.problem = error;
    if (error.code === "no-lab") setTimeout(() => void this.start(), AGAIN);
  }

  #apply({ changed, gone }: RunsChange): void {
    const revisions = { ...this.revisions };
    for (const { id } of changed) revisions[id] = (revisions[id] ?? 0) + 1;
    this.revisions = revisions;
    if (changed.some(({ id }) => !this.byId.has(id))) {
      void this.refresh().catch((error: unknown) => this.#failed(error)); // a new run: its whole row is needed
      return;
    }
    const byId = new Map(changed.map((run) => [run.id, run]));
    this.runs = this.runs
      .filter(({ id }) => !gone.includes(id))
      .map((run) => {
        const change = byId.get(run.id);
        return change ? renewed(run, change) : run;
      });
  }
}

/** A row with what has changed, its sparkline longer by the newest accuracies. */
function renewed(run: RunRow, change: RunsChange["changed"][number]): RunRow {
  const { values, ...partial } = change;
  const next: RunRow = { ...run, ...partial };
  if (!values) return next;
  next.train_accuracy = values["train_accuracy"] ?? next.train_accuracy;
  next.test_accuracy = values["test_accuracy"] ?? next.test_accuracy;
  next.train_loss = values["train_loss"] ?? next.train_loss;
  next.test_loss = values["test_loss"] ?? next.test_loss;
  if (partial.spark || next.step <= (run.spark.steps.at(-1) ?? -1)) return next;
  next.spark = {
    steps: [...run.spark.steps, next.step],
    train: [...run.spark.train, next.train_accuracy],
    test: [...run.spark.test, next.test_accuracy],
  };
  return next;
}

export const lab = new LabState();
