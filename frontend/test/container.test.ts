// Binary answers, made here byte by byte as the wire says and read back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inflate, readContainer } from "../src/lib/container.ts";

function packed(header: object, ...columns: ArrayBufferView[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((4 + text.length) / 4) * 4;
  const bytes = new Uint8Array(start + columns.reduce((sum, column) => sum + column.byteLength, 0));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = start;
  for (const column of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return bytes.buffer;
}

for (const name of ["a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh"])
  test(`columns are read whatever the padding and alignment: a header with ${name}`, () => {
    const steps = new Float64Array([0, 10, 2 ** 40]);
    const values = new Float32Array([0.5, Number.NaN, 1]);
    const buffer = packed({ [name]: { offset: 0, count: 3, kind: "f8" }, values: { offset: 24, count: 3 } }, steps, values);
    assert.deepEqual(inflate(buffer), { [name]: [0, 10, 2 ** 40], values: [0.5, null, 1] });
  });

test("a column that goes past the end is refused", () => {
  const container = readContainer(packed({}, new Float32Array(2)));
  assert.throws(() => container.column({ offset: 4, count: 2 }), /past the end/);
});

test("a header that is longer than the answer is refused", () => {
  assert.throws(() => readContainer(new Uint8Array([200, 0, 0, 0, 1]).buffer), /header says 200 bytes/);
});
