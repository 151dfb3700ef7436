// What a view shows, asked for whenever its request changes or a run that it shows has new records. The old answer
// stays while the new one is on its way, so nothing blinks.

import { untrack } from "svelte";
import { ApiError, type Asking, type Query } from "./api.ts";
import { lab } from "./lab.svelte.ts";
import type { Pending } from "./types.ts";

export interface Request {
  view: string;
  query?: Query;
  /** Ask again when these runs have new records. */
  runs?: readonly string[];
}

export interface Resource<Answer> {
  readonly data: Answer | null;
  readonly error: ApiError | null;
  readonly pending: Pending | null;
  readonly loading: boolean;
  /** The request that `data` answers. */
  readonly request: Request | null;
}

const LEAST_BETWEEN = 900; // milliseconds between two askings for the same, while a run is live

/** Keep an answer up to date; call it while a component is set up. A null request asks for nothing. */
export function resource<Answer>(
  request: () => Request | null,
  asker: (view: string, query: Query, asking: Asking) => Promise<Answer>,
): Resource<Answer> {
  let data = $state.raw<Answer | null>(null);
  let error = $state.raw<ApiError | null>(null);
  let pending = $state.raw<Pending | null>(null);
  let loading = $state(false);
  let answers = $state.raw<Request | null>(null);
  let again = $state(0);
  let lastKey = "";
  let lastAsked = 0;
  let inFlight: AbortController | null = null;
  const wanted = $derived(request());
  const key = $derived(JSON.stringify([wanted?.view, wanted?.query]));
  const revision = $derived(`${lab.revision(wanted?.runs ?? [])} ${lab.renewals}`);

  $effect(() => {
    void revision;
    void again;
    const changed = key !== lastKey;
    const now = untrack(() => wanted);
    if (!changed && inFlight) return;
    const wait = changed ? 0 : Math.max(0, lastAsked + LEAST_BETWEEN - performance.now());
    lastKey = key;
    if (changed) inFlight?.abort();
    if (now === null) {
      data = null;
      answers = null;
      return;
    }
    const timer = setTimeout(() => void load(now), wait);
    return () => clearTimeout(timer);
  });
  $effect(() => () => inFlight?.abort());

  async function load(now: Request): Promise<void> {
    const controller = new AbortController();
    inFlight = controller;
    lastAsked = performance.now();
    const before = untrack(() => revision);
    loading = true;
    try {
      const answer = await asker(now.view, now.query ?? {}, {
        signal: controller.signal,
        pending: (how) => (pending = how),
      });
      if (controller.signal.aborted) return;
      data = answer;
      answers = now;
      error = null;
    } catch (caught) {
      if (controller.signal.aborted) return;
      if (!(caught instanceof ApiError)) throw caught;
      error = caught;
    } finally {
      if (inFlight === controller) {
        inFlight = null;
        loading = false;
        pending = null;
        // Something came while we asked; a view that was left meanwhile asks no more.
        if (!controller.signal.aborted && untrack(() => revision) !== before) again += 1;
      }
    }
  }

  return {
    get data() {
      return data;
    },
    get error() {
      return error;
    },
    get pending() {
      return pending;
    },
    get loading() {
      return loading;
    },
    get request() {
      return answers;
    },
  };
}
