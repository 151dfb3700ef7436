// What may stand in the address: each key with its default, how it is read and written, and what would be right.

export interface Param<Value> {
  key: string;
  fallback: Value;
  /** Read a text; undefined where it makes no sense. */
  read(text: string): Value | undefined;
  write(value: Value): string;
  /** What would be right, for the notice about a bad value. */
  expected: string;
}

/** One of a few words. */
export function choice<Word extends string>(key: string, fallback: Word, words: readonly Word[]): Param<Word> {
  return {
    key,
    fallback,
    read: (text) => words.find((word) => word === text),
    write: (value) => value,
    expected: `one of ${words.join(", ")}`,
  };
}

/** Any short text. */
export function text(key: string, fallback = ""): Param<string> {
  return {
    key,
    fallback,
    read: (given) => (given.length <= 300 ? given : undefined),
    write: (value) => value,
    expected: "at most 300 characters",
  };
}

export interface Bounds {
  least?: number;
  most?: number;
  whole?: boolean;
}

function within(given: string, { least = -Infinity, most = Infinity, whole = false }: Bounds): number | undefined {
  const value = given.trim() === "" ? Number.NaN : Number(given);
  const right = Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
  return right ? value : undefined;
}

function bounded({ least, most, whole = false }: Bounds): string {
  const range = [least === undefined ? "" : `at least ${least}`, most === undefined ? "" : `at most ${most}`];
  return [whole ? "a whole number" : "a number", ...range.filter(Boolean)].join(", ");
}

export function number(key: string, fallback: number, bounds: Bounds = {}): Param<number> {
  return {
    key,
    fallback,
    read: (given) => within(given, bounds),
    write: (value) => String(Number(value.toPrecision(6))),
    expected: bounded(bounds),
  };
}

/** A number, or nothing. */
export function maybeNumber(key: string, bounds: Bounds = {}): Param<number | null> {
  return {
    key,
    fallback: null,
    read: (given) => within(given, bounds),
    write: (value) => (value === null ? "" : String(value)),
    expected: bounded(bounds),
  };
}

export function flag(key: string, fallback = false): Param<boolean> {
  return {
    key,
    fallback,
    read: (given) => ({ "1": true, "0": false })[given],
    write: (value) => (value ? "1" : "0"),
    expected: "0 or 1",
  };
}

const IDENTIFIER = /^[a-z0-9-]{1,64}$/;

/** Names of runs, parted by commas, each once. */
export function identifiers(key: string): Param<string[]> {
  return {
    key,
    fallback: [],
    read: (given) => {
      const names = [...new Set(given.split(",").filter(Boolean))];
      return names.length <= 200 && names.every((name) => IDENTIFIER.test(name)) ? names : undefined;
    },
    write: (value) => value.join(","),
    expected: "at most 200 names of runs, parted by commas",
  };
}

/** One name of a run, or nothing. */
export function identifier(key: string): Param<string> {
  return {
    key,
    fallback: "",
    read: (given) => (IDENTIFIER.test(given) ? given : undefined),
    write: (value) => value,
    expected: "the name of a run",
  };
}

/** A few texts parted by commas. */
export function texts(key: string, fallback: readonly string[]): Param<readonly string[]> {
  return {
    key,
    fallback,
    read: (given) => {
      const found = given.split(",").filter(Boolean);
      return found.length <= 24 && given.length <= 1500 ? found : undefined;
    },
    write: (value) => value.join(","),
    expected: "at most 24 names, parted by commas",
  };
}
