// From the cloud's coordinates to the screen: one affine map, the same scale on all axes and at all steps.

/** [x low, x high, y low, y high, z low, z high], over all frames. */
export type Extent = readonly [number, number, number, number, number, number];

export interface Camera {
  /** Looking straight at the first two axes. */
  flat: boolean;
  /** Turned about the second axis, then tipped towards the viewer; radians. */
  yaw: number;
  pitch: number;
  zoom: number;
}

/** Rows that give across, down and away (larger is farther, -1 to 1) of x, y, z, 1. */
export interface Affine {
  across: readonly [number, number, number, number];
  down: readonly [number, number, number, number];
  away: readonly [number, number, number, number];
}

const FILLED = 0.94; // share of the space that the cloud fills at zoom 1

const ROUNDED = 1.35; // clouds are rounder than their boxes: few points come near the corners, 1.73 away

export function projection(extent: Extent, camera: Camera, width: number, height: number): Affine {
  const [x0, x1, y0, y1, z0, z1] = extent;
  const middle = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2] as const;
  const half = [(x1 - x0) / 2, (y1 - y0) / 2, (z1 - z0) / 2] as const;
  const reach = ROUNDED * Math.max(...half) || 1;
  const fits = camera.flat ? Math.min(width / (2 * half[0] || 1), height / (2 * half[1] || 1)) : Math.min(width, height) / (2 * reach);
  const scale = fits * FILLED * camera.zoom;
  const [yaw, pitch] = camera.flat ? [0, 0] : [camera.yaw, camera.pitch];
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const about = (a: number, b: number, c: number, centre: number): readonly [number, number, number, number] => [
    a, b, c, centre - a * middle[0] - b * middle[1] - c * middle[2],
  ];
  return {
    across: about(scale * cy, 0, scale * sy, width / 2),
    down: about(-scale * sp * sy, -scale * cp, scale * sp * cy, height / 2),
    away: about((-cp * sy) / reach, sp / reach, (cp * cy) / reach, 0),
  };
}

/** The extent of coordinates (frame, point, 3); what is not finite does not count. */
export function extentOf(coordinates: ArrayLike<number>): Extent {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let index = 0; index < coordinates.length; index++) {
    const [axis, value] = [index % 3, coordinates[index]!];
    if (value < low[axis]!) low[axis] = value;
    if (value > high[axis]!) high[axis] = value;
  }
  const range = (axis: number): [number, number] =>
    low[axis]! <= high[axis]! ? [low[axis]!, high[axis]!] : [-1, 1];
  return [...range(0), ...range(1), ...range(2)];
}
