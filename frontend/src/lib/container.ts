// Binary answers: uint32 length of a JSON header, the header, padding to four bytes, then columns of float32
// (steps: float64), little-endian. In the header each column stands as {offset, count}, offsets counted from the
// first byte after the padding.

import type { Column } from "./types.ts";

export interface Container<Header> {
  header: Header;
  column(at: Column): Float32Array | Float64Array;
}

/** Read a container's header and hand out its columns as views on the same memory. */
export function readContainer<Header>(buffer: ArrayBuffer): Container<Header> {
  if (buffer.byteLength < 4) throw new Error(`container: got ${buffer.byteLength} bytes; at least 4 are needed`);
  const length = new DataView(buffer).getUint32(0, true);
  if (4 + length > buffer.byteLength)
    throw new Error(`container: its header says ${length} bytes, but ${buffer.byteLength - 4} are there`);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Header;
  const start = Math.ceil((4 + length) / 4) * 4;
  return { header, column: (at) => readColumn(buffer, start, at) };
}

/** Replace every {offset, count} of a header by the numbers themselves, nan by null: the JSON answer again. */
export const inflate = <Whole>(buffer: ArrayBuffer): Whole => inflated<Whole>(readContainer<Whole>(buffer));

/** The same of a container that is open already; the keys of its header in `kept` stay columns. */
export function inflated<Whole>({ header, column }: Container<Whole>, kept: readonly (keyof Whole)[] = []): Whole {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    if (isColumn(value)) return Array.from(column(value), (number) => (Number.isNaN(number) ? null : number));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]));
  };
  const whole = walk(header) as Whole;
  return { ...whole, ...Object.fromEntries(kept.map((key) => [key, header[key]])) };
}

function isColumn(value: object): value is Column {
  const { offset, count } = value as Partial<Column>;
  return Number.isInteger(offset) && Number.isInteger(count);
}

function readColumn(buffer: ArrayBuffer, start: number, at: Column): Float32Array | Float64Array {
  const [Numbers, size] = at.kind === "f8" ? ([Float64Array, 8] as const) : ([Float32Array, 4] as const);
  const first = start + at.offset;
  if (first + at.count * size > buffer.byteLength)
    throw new Error(`container: column at ${at.offset} with ${at.count} numbers goes past the end`);
  // A view needs an aligned start; what is not aligned is copied.
  return first % size === 0
    ? new Numbers(buffer, first, at.count)
    : new Numbers(buffer.slice(first, first + at.count * size));
}
