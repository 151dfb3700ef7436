// Thousands of moving points on a plain 2D canvas: placed between two frames, drawn colour by colour, far ones first.

import type { Shape } from "../lib/theme/colours.ts";
import { projection, type Affine, type Camera, type Extent } from "./projection.ts";
import { trace } from "./shapes.ts";
import { disc, laidOver, rgbOf, stamp, type Sheet } from "./stamps.ts";

export interface Cloud {
  frames: number;
  points: number;
  /** (frame, point, 3) */
  coordinates: ArrayLike<number>;
  /** (frame, element, 3): the mean of each element's points; empty where there are none. */
  centroids: ArrayLike<number>;
  elements: number;
  /** Over all frames: the axes stay where they are. */
  extent: Extent;
}

/** How points look. */
export interface Dress {
  /** Which colour each point has. */
  of: ArrayLike<number>;
  palette: readonly string[];
  /** One shape for each colour; empty for dots throughout. */
  shapes: readonly Shape[];
  centroid: (element: number) => string;
}

export interface Moment {
  frame: number;
  /** How far on the way to the next frame, 0 to 1. */
  fraction: number;
  camera: Camera;
  width: number;
  height: number;
  /** The colour that stands out; null for none. */
  isolated: number | null;
  /** Places of points (or of centroids) that are marked, such as those on a loop. */
  marked: ReadonlySet<number>;
  marksCentroids: boolean;
  centroids: boolean;
  points: boolean;
  /** Lines between centroids `stride` apart; 0 for none. */
  stride: number;
  ink: string;
  ground: string;
  /** Pixels of the canvas to one of the page. */
  density: number;
}

const NEAR = 14; // pixels within which a point is pointed at
const DEPTHS = 3;
const OPACITY = [0.38, 0.62, 0.92] as const; // far to near
const FADED = 0.07;
const LARGER = 1.25; // points of the class that stands out
const PATHS_UP_TO = 2600; // larger clouds of dots are stamped into pixels

interface Batch {
  points: Uint32Array;
  colour: number;
  opacity: number;
  outstanding: boolean;
}

export class CloudPainter {
  /** Where each point was drawn last: x, y in turn. */
  screen = new Float32Array(0);
  #depth = new Float32Array(0);
  #centroids = new Float32Array(0);
  #centroidDepth = new Float32Array(0);
  #order = new Uint32Array(0);
  #image: ImageData | null = null;

  draw(context: CanvasRenderingContext2D, cloud: Cloud, dress: Dress, moment: Moment): void {
    this.#resize(cloud);
    const seen = projection(cloud.extent, moment.camera, moment.width, moment.height);
    place(this.screen, this.#depth, cloud.coordinates, cloud.points, cloud.frames, moment, seen);
    context.clearRect(0, 0, moment.width, moment.height);
    if (moment.points) this.#drawPoints(context, cloud, dress, moment);
    if (moment.centroids && cloud.elements > 0) {
      place(this.#centroids, this.#centroidDepth, cloud.centroids, cloud.elements, cloud.frames, moment, seen);
      drawRing(context, this.#centroids, cloud.elements, moment);
      drawCentroids(context, this.#centroids, cloud.elements, dress, moment);
    }
    drawMarks(context, moment.marksCentroids ? this.#centroids : this.screen, moment);
    context.globalAlpha = 1;
  }

  /** The point drawn nearest to a pixel, or null where none is near; those of a chosen colour alone, if wanted. */
  pointAt(x: number, y: number, accepted: (point: number) => boolean = () => true): number | null {
    let [best, distance]: [number | null, number] = [null, NEAR * NEAR];
    for (let point = 0; 2 * point < this.screen.length; point++) {
      const square = (this.screen[2 * point]! - x) ** 2 + (this.screen[2 * point + 1]! - y) ** 2;
      if (square < distance && accepted(point)) [best, distance] = [point, square];
    }
    return best;
  }

  #resize({ points, elements }: Cloud): void {
    if (this.#depth.length !== points) {
      this.screen = new Float32Array(2 * points);
      this.#depth = new Float32Array(points);
      this.#order = new Uint32Array(points);
    }
    if (this.#centroidDepth.length !== elements) {
      this.#centroids = new Float32Array(2 * elements);
      this.#centroidDepth = new Float32Array(elements);
    }
  }

  #drawPoints(context: CanvasRenderingContext2D, cloud: Cloud, dress: Dress, moment: Moment): void {
    const depths = moment.camera.flat ? 1 : DEPTHS;
    const batches = this.#batches(dress, depths, moment.isolated);
    const radius = pointRadius(cloud.points, Math.min(moment.width, moment.height));
    if (cloud.points > PATHS_UP_TO && dress.shapes.length === 0) this.#stampAll(context, batches, dress, radius, moment);
    else for (const batch of batches) this.#drawBatch(context, batch, dress, radius);
  }

  /** What is drawn in one colour at once: far ones first, the class that stands out last. */
  #batches(dress: Dress, depths: number, isolated: number | null): Batch[] {
    const colours = dress.palette.length;
    const starts = this.#sort(dress, colours, depths);
    const batches: Batch[] = [];
    for (let index = 0; index < depths * colours; index++) {
      const [colour, depth] = [index % colours, Math.floor(index / colours)];
      const points = this.#order.subarray(starts[index], starts[index + 1]);
      const outstanding = colour === isolated;
      const opacity = outstanding ? 1 : isolated === null ? OPACITY[depths === 1 ? 2 : depth]! : FADED;
      if (points.length > 0) batches.push({ points, colour, opacity, outstanding });
    }
    return batches.sort((one, other) => Number(one.outstanding) - Number(other.outstanding));
  }

  #stampAll(context: CanvasRenderingContext2D, batches: readonly Batch[], dress: Dress, radius: number, { density, ground }: Moment): void {
    const { width, height } = context.canvas;
    if (this.#image?.width !== width || this.#image.height !== height) this.#image = new ImageData(width, height);
    const sheet: Sheet = { pixels: new Uint32Array(this.#image.data.buffer), width, height };
    sheet.pixels.fill(0);
    const [usual, larger] = [disc(radius * density), disc(radius * density * LARGER)];
    const under = rgbOf(ground);
    for (const { points, colour, opacity, outstanding } of batches) {
      const pixel = laidOver(rgbOf(dress.palette[colour]!), under, opacity);
      stamp(sheet, this.screen, points, density, outstanding ? larger : usual, pixel);
    }
    context.putImageData(this.#image, 0, 0);
  }

  /** Sort the points by depth, then colour; returns where each batch starts. */
  #sort({ of }: Dress, colours: number, depths: number): Uint32Array {
    const points = this.#order.length;
    const starts = new Uint32Array(depths * colours + 1);
    const next = new Uint32Array(depths * colours);
    const batchOf = (point: number): number => {
      const near = Math.floor(((1 - this.#depth[point]!) / 2) * depths);
      return Math.min(depths - 1, Math.max(0, near)) * colours + of[point]!;
    };
    for (let point = 0; point < points; point++) starts[batchOf(point) + 1]! += 1;
    for (let batch = 1; batch < starts.length; batch++) starts[batch]! += starts[batch - 1]!;
    next.set(starts.subarray(0, -1));
    for (let point = 0; point < points; point++) this.#order[next[batchOf(point)]!++] = point;
    return starts;
  }

  #drawBatch(context: CanvasRenderingContext2D, { points, colour, opacity, outstanding }: Batch, dress: Dress, radius: number): void {
    context.fillStyle = dress.palette[colour]!;
    context.globalAlpha = opacity;
    context.beginPath();
    const shape = dress.shapes[colour] ?? "circle";
    const size = outstanding ? radius * LARGER : radius;
    for (const point of points) trace(context, shape, this.screen[2 * point]!, this.screen[2 * point + 1]!, size);
    context.fill();
  }
}

/** The radius of a point: smaller where there are many, larger on a large canvas. */
export const pointRadius = (points: number, side: number): number =>
  Math.min(3.6, Math.max(1.5, (0.19 * side) / Math.sqrt(Math.max(1, points))));

/** Place points between two frames on the screen. */
function place(
  screen: Float32Array,
  depth: Float32Array,
  values: ArrayLike<number>,
  count: number,
  frames: number,
  { frame, fraction }: Moment,
  { across, down, away }: Affine,
): void {
  const from = frame * count * 3;
  const further = (Math.min(frame + 1, frames - 1) - frame) * count * 3;
  for (let point = 0; point < count; point++) {
    const at = from + 3 * point;
    const x = values[at]! + fraction * (values[at + further]! - values[at]!);
    const y = values[at + 1]! + fraction * (values[at + further + 1]! - values[at + 1]!);
    const z = values[at + 2]! + fraction * (values[at + further + 2]! - values[at + 2]!);
    screen[2 * point] = across[0] * x + across[1] * y + across[2] * z + across[3];
    screen[2 * point + 1] = down[0] * x + down[1] * y + down[2] * z + down[3];
    depth[point] = away[0] * x + away[1] * y + away[2] * z + away[3];
  }
}

function drawRing(context: CanvasRenderingContext2D, at: Float32Array, elements: number, { stride, ink }: Moment): void {
  if (stride % elements === 0) return;
  context.strokeStyle = ink;
  context.globalAlpha = 0.5;
  context.lineWidth = 1.1;
  context.beginPath();
  for (let element = 0; element < elements; element++) {
    const next = (element + stride) % elements;
    if (Number.isNaN(at[2 * element]! + at[2 * next]!)) continue; // an element without a point has no mean
    context.moveTo(at[2 * element]!, at[2 * element + 1]!);
    context.lineTo(at[2 * next]!, at[2 * next + 1]!);
  }
  context.stroke();
}

function drawCentroids(context: CanvasRenderingContext2D, at: Float32Array, elements: number, dress: Dress, { ground }: Moment): void {
  context.globalAlpha = 1;
  context.strokeStyle = ground;
  context.lineWidth = 1.6;
  for (let element = 0; element < elements; element++) {
    context.fillStyle = dress.centroid(element);
    context.beginPath();
    context.arc(at[2 * element]!, at[2 * element + 1]!, 5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

function drawMarks(context: CanvasRenderingContext2D, at: Float32Array, { marked, ink }: Moment): void {
  if (marked.size === 0) return;
  context.globalAlpha = 1;
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.beginPath();
  for (const point of marked) {
    const [x, y] = [at[2 * point], at[2 * point + 1]];
    if (x === undefined || y === undefined) continue;
    context.moveTo(x + 8, y);
    context.arc(x, y, 8, 0, 2 * Math.PI);
  }
  context.stroke();
}
