// Large clouds are stamped into pixels: without a GPU that costs a millisecond or two where paths cost twenty.

import type { Rgb } from "../lib/theme/colours.ts";

/** Read `rgb(1 2 3)` or `#aabbcc`. */
export function rgbOf(colour: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16)];
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+(\.\d+)?/g) ?? []).map(Number);
  return [red, green, blue];
}

/** A colour laid over its ground with some opacity, as one opaque pixel, little-endian RGBA. */
export function laidOver(colour: Rgb, ground: Rgb, opacity: number): number {
  const [red, green, blue] = [0, 1, 2].map((at) => Math.round(ground[at]! + (colour[at]! - ground[at]!) * opacity));
  return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
}

/** The pixels of a disc about its middle: x, y in turn. */
export function disc(radius: number): Int16Array {
  const reach = Math.ceil(radius);
  const found: number[] = [];
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) if (x * x + y * y <= radius * radius) found.push(x, y);
  return Int16Array.from(found);
}

export interface Sheet {
  pixels: Uint32Array;
  width: number;
  height: number;
}

/** Stamp some points, whose places on the screen are given in CSS pixels, in one colour. */
export function stamp(sheet: Sheet, screen: Float32Array, points: Uint32Array, density: number, shape: Int16Array, pixel: number): void {
  const { pixels, width, height } = sheet;
  for (const point of points) {
    const [left, top] = [Math.round(screen[2 * point]! * density), Math.round(screen[2 * point + 1]! * density)];
    for (let index = 0; index < shape.length; index += 2) {
      const [x, y] = [left + shape[index]!, top + shape[index + 1]!];
      if (x >= 0 && x < width && y >= 0 && y < height) pixels[y * width + x] = pixel;
    }
  }
}
