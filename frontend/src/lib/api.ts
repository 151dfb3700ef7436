// The one door to the server: every view is asked for here, and nowhere else is anything fetched.

import { inflate, readContainer, type Container } from "./container.ts";
import { staticAnswer } from "./site.ts";
import type { Pending, Problem } from "./types.ts";

export type Query = Record<string, string | number | boolean | null | undefined>;

/** A refusal or a failure, as the server words it: what was given, what would be right, and a command that helps. */
export class ApiError extends Error {
  readonly code: string;
  readonly command: string;

  constructor({ code, message, command }: Problem) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.command = command;
  }
}

const UNREACHABLE: Problem = {
  code: "unreachable",
  message: "The server does not answer. The page shows what it had; it goes on by itself when the server is back.",
  command: "latebloom serve",
};

/** Is this page part of an exported site, with its answers beside it as files? */
export const isStatic = (): boolean => document.querySelector('meta[name="latebloom-site"]') !== null;

/** Write the address of a view's data; keys without a value are left out. */
export function address(view: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
  return `/api/${view}${text ? `?${text}` : ""}`;
}

export interface Asking {
  signal?: AbortSignal;
  /** Hears how far a view is that has to be computed first. */
  pending?: (pending: Pending) => void;
}

/** Ask for a view as JSON; waits, asking again each second, while the server computes it. */
export async function ask<Answer>(view: string, query: Query = {}, asking: Asking = {}): Promise<Answer> {
  const response = await answered(view, query, asking);
  if (response.headers.get("content-type")?.startsWith("application/octet-stream"))
    return inflate<Answer>(await response.arrayBuffer());
  return (await response.json()) as Answer;
}

/** Ask for a view as a container of float32 columns, as `ask`. */
export async function askContainer<Header>(
  view: string,
  query: Query = {},
  asking: Asking = {},
): Promise<Container<Header>> {
  const response = await answered(view, { ...query, format: "f32" }, asking);
  return readContainer<Header>(await response.arrayBuffer());
}

/** Tell the server to do something; only where it was started with --control. */
export async function control<Answer>(verb: "start" | "stop" | "resume" | "delete", body: object): Promise<Answer> {
  const response = await reached(`/api/control/${verb}`, {
    method: "POST",
    headers: { "content-type": "application/json", "X-Latebloom": "1" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await problem(response);
  return (await response.json()) as Answer;
}

/** Milliseconds after which a view that is being computed is asked for again: at first, and at most. */
const SOON = 125;
const LATER = 1000;

async function answered(view: string, query: Query, { signal, pending }: Asking): Promise<Response> {
  for (let wait = SOON; ; wait = Math.min(2 * wait, LATER)) {
    const response = isStatic()
      ? await staticAnswer(view, query)
      : await reached(address(view, query), signal ? { signal } : {});
    if (response.status === 202) {
      const { pending: how } = (await response.json()) as { pending: Pending };
      pending?.(how);
      await sleep(wait, signal);
      continue;
    }
    if (!response.ok) throw await problem(response);
    return response;
  }
}

async function reached(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(UNREACHABLE);
  }
}

async function problem(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const found = (body as { error?: Partial<Problem> } | null)?.error;
  return new ApiError({
    code: found?.code ?? `http-${response.status}`,
    message: found?.message ?? `The server answered ${response.status} without saying why.`,
    command: found?.command ?? "",
  });
}

/** Resolve after some milliseconds, or reject at once when the signal says so. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
