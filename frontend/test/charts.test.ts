import assert from "node:assert/strict";
import { test } from "node:test";
import { bars } from "../src/charts/bars.ts";
import { CloudPainter, type Cloud, type Dress, type Moment } from "../src/charts/cloud.ts";
import { ringRgb } from "../src/charts/cycle.ts";
import { dressed, shapeOfClass } from "../src/charts/dress.ts";
import { columnSteps } from "../src/charts/heatmap.ts";
import { extentOf, projection } from "../src/charts/projection.ts";
import { borders, evenTicks, linear, logarithmic, nearest } from "../src/charts/scale.ts";
import { shapePath } from "../src/charts/shapes.ts";
import { disc, laidOver, rgbOf, stamp } from "../src/charts/stamps.ts";
import { SHAPES, type Rgb } from "../src/lib/theme/colours.ts";

test("a logarithmic scale of steps has a place for step 0 and turns back", () => {
  const x = logarithmic(0, 2000, 10, 510);
  assert.equal(x.at(0), 10);
  assert.equal(x.at(2000), 510);
  for (const step of [0, 1, 50, 1999]) assert.ok(Math.abs(x.invert(x.at(step)) - step) < 1e-6);
  assert.deepEqual(x.ticks(10), [0, 1, 10, 100, 1000]);
});

test("ticks are round numbers within the range", () => {
  assert.deepEqual(evenTicks(0, 2000, 4), [0, 500, 1000, 1500, 2000]);
  assert.deepEqual(evenTicks(-0.3, 0.3, 4), [-0.2, 0, 0.2]);
  assert.deepEqual(evenTicks(5, 5, 4), [5]);
});

test("the nearest number is found by halves as by looking at all", () => {
  const sorted = [0, 50, 100, 400, 2000];
  for (const wanted of [-5, 0, 24, 26, 250, 251, 1199, 1201, 9999]) {
    const all = sorted.map((value) => Math.abs(value - wanted));
    assert.equal(nearest(sorted, wanted), all.indexOf(Math.min(...all)));
  }
});

test("each column of a heat map shows the step nearest to it", () => {
  const steps = [0, 100, 400];
  assert.deepEqual(borders(steps), [0, 50, 250, 400]);
  const columns = columnSteps(steps, linear(0, 400, 52, 452), 400);
  assert.deepEqual([columns[0], columns[49], columns[50], columns[249], columns[250], columns[399]], [0, 0, 1, 1, 2, 2]);
});

test("the longest bars come first and those that never die before all", () => {
  const found = bars([[0, 1], [0, null], [0.5, 3]], 0, 2);
  assert.deepEqual(found.map(({ place }) => place), [1, 2]);
});

test("a flat cloud keeps one scale on both axes and stays within its space", () => {
  const seen = projection([-2, 2, -1, 1, 0, 0], { flat: true, yaw: 1, pitch: 1, zoom: 1 }, 800, 300);
  const at = (x: number, y: number): number[] =>
    [seen.across, seen.down].map(([a, b, , d]) => a * x + b * y + d);
  assert.deepEqual(at(0, 0), [400, 150]);
  const [[right], [, up]] = [at(1, 0), at(0, 1)];
  assert.equal(Math.abs(right! - 400), Math.abs(150 - up!));
  for (const [x, y] of [[-2, -1], [2, 1]]) {
    const [across, down] = at(x!, y!);
    assert.ok(across! >= 0 && across! <= 800 && down! >= 0 && down! <= 300);
  }
});

test("turning a cloud keeps the distances between points on the screen and in depth", () => {
  const seen = projection([-1, 1, -1, 1, -1, 1], { flat: false, yaw: 0.7, pitch: -0.4, zoom: 1 }, 500, 500);
  const scale = Math.hypot(seen.across[0], seen.across[1], seen.across[2]);
  for (const row of [seen.across, seen.down]) assert.ok(Math.abs(Math.hypot(row[0], row[1], row[2]) - scale) < 1e-9);
  const product = seen.across[0] * seen.down[0] + seen.across[1] * seen.down[1] + seen.across[2] * seen.down[2];
  assert.ok(Math.abs(product) < 1e-9);
});

test("extents hold over all frames and pass over what is no number", () => {
  assert.deepEqual(extentOf(Float32Array.of(0, 1, 2, NaN, NaN, NaN, -3, 4, 5)), [-3, 0, 1, 4, 2, 5]);
  assert.deepEqual(extentOf([]), [-1, 1, -1, 1, -1, 1]);
});

const linearised = (channel: number): number => {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};
const luminance = ([red, green, blue]: Rgb): number =>
  0.2126 * linearised(red) + 0.7152 * linearised(green) + 0.0722 * linearised(blue);
const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

test("every colour that goes round stands out from its ground by at least 3", () => {
  const grounds = { light: [254, 254, 254], dark: [24, 28, 34] } as const;
  for (let index = 0; index < 97; index++)
    for (const name of ["light", "dark"] as const) {
      const found = contrast(ringRgb(index / 97, name === "dark"), grounds[name]);
      assert.ok(found >= 3, `${name} ${index}: ${found}`);
    }
});

test("colours that go round come back to where they began and differ half way", () => {
  assert.deepEqual(ringRgb(0, false), ringRgb(1, false));
  assert.ok(contrast(ringRgb(0, false), ringRgb(0.5, false)) > 2);
});

test("up to eight classes have shapes of their own, more share colours and differ by shape", () => {
  assert.equal(new Set(Array.from({ length: 8 }, (_, one) => shapeOfClass(one, 8))).size, 8);
  const looks = Array.from({ length: 20 }, (_, one) => `${one % 8} ${shapeOfClass(one, 20)}`);
  assert.equal(new Set(looks).size, 20);
});

test("a class that is none is grey", () => {
  const paints = { dark: false, group: (index: number) => `group${index}`, faint: "grey" };
  const dress = dressed({ kind: "discrete", order: 3, values: [0, 2, -1] }, (element) => element, paints);
  assert.deepEqual(Array.from(dress.of, (one) => dress.palette[one]), ["group0", "group2", "grey"]);
  assert.equal(dress.centroid(7), "grey");
});

test("a stamped point is a disc of its colour over the ground, cut off at the edge", () => {
  const sheet = { pixels: new Uint32Array(25), width: 5, height: 5 };
  const pixel = laidOver(rgbOf("#0000ff"), rgbOf("rgb(255 255 255)"), 0.5);
  assert.equal(pixel, ((255 << 24) | (255 << 16) | (128 << 8) | 128) >>> 0);
  stamp(sheet, Float32Array.of(1, 1, 2.5, 0), Uint32Array.of(0), 2, disc(1), pixel);
  assert.deepEqual([...sheet.pixels.keys()].filter((at) => sheet.pixels[at]), [7, 11, 12, 13, 17]);
  stamp(sheet, Float32Array.of(1, 1, 2.5, 0), Uint32Array.of(1), 2, disc(1), 1);
  assert.deepEqual([...sheet.pixels.keys()].filter((at) => sheet.pixels[at] === 1), [4]);
});

test("every shape is a path that begins somewhere", () => {
  for (const shape of SHAPES) assert.match(shapePath(shape, 4), /^M-?\d/);
});

/** A context that notes what is drawn, point by point. */
function noting(): { context: CanvasRenderingContext2D; dots: { x: number; y: number; colour: string; alpha: number }[] } {
  const dots: { x: number; y: number; colour: string; alpha: number }[] = [];
  let path: [number, number][] = [];
  const context = {
    globalAlpha: 1, fillStyle: "", strokeStyle: "", lineWidth: 1,
    clearRect() {}, lineTo() {}, rect() {}, closePath() {}, stroke() {}, moveTo() {}, fillRect() {},
    beginPath: () => void (path = []),
    arc: (x: number, y: number) => void path.push([x, y]),
    fill(this: { fillStyle: string; globalAlpha: number }) {
      for (const [x, y] of path) dots.push({ x, y, colour: this.fillStyle, alpha: this.globalAlpha });
    },
  };
  return { context: context as unknown as CanvasRenderingContext2D, dots };
}

const cloud: Cloud = {
  frames: 2, points: 2, elements: 0, centroids: [],
  coordinates: [-1, 0, 0, 1, 0, 0, /* then */ 1, 0, 0, -1, 0, 0],
  extent: [-1, 1, -1, 1, 0, 0],
};
const dress: Dress = { of: [0, 1], palette: ["red", "blue"], shapes: [], centroid: () => "red" };
const moment: Moment = {
  frame: 0, fraction: 0, width: 200, height: 200, isolated: null, marked: new Set(), marksCentroids: false,
  centroids: false, points: true, stride: 0, ink: "black", ground: "white", density: 1, camera: { flat: true, yaw: 0, pitch: 0, zoom: 1 },
};

test("points are drawn in between two frames while playing", () => {
  const { context, dots } = noting();
  new CloudPainter().draw(context, cloud, dress, { ...moment, fraction: 0.5 });
  assert.deepEqual(dots.map(({ x, y }) => [x, y]), [[100, 100], [100, 100]]);
});

test("a class that stands out is drawn last and whole, the others fade", () => {
  const { context, dots } = noting();
  new CloudPainter().draw(context, cloud, dress, { ...moment, isolated: 0 });
  assert.deepEqual(dots.map(({ colour }) => colour), ["blue", "red"]);
  assert.ok(dots[0]!.alpha < 0.2 && dots[1]!.alpha === 1);
});

test("the point under the pointer is the nearest, and none where none is near", () => {
  const painter = new CloudPainter();
  painter.draw(noting().context, cloud, dress, moment);
  assert.equal(painter.pointAt(10, 103), 0);
  assert.equal(painter.pointAt(190, 97), 1);
  assert.equal(painter.pointAt(100, 100), null);
  assert.equal(painter.pointAt(10, 103, (point) => point === 1), null);
});
