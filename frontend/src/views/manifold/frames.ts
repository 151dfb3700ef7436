// The answer about a manifold as a cloud to draw: its columns, and which frame the cursor is at.

import type { Cloud } from "../../charts/cloud.ts";
import { extentOf } from "../../charts/projection.ts";
import { inflated, type Container } from "../../lib/container.ts";
import { indexAt } from "../../lib/cursor.svelte.ts";
import type { ManifoldView } from "../../lib/types.ts";

export interface Manifold {
  view: ManifoldView;
  cloud: Cloud;
}

/** Coordinates (step, point, 3), then centroids (step, element, 3), as they lie in the container. */
export function manifoldOf(container: Container<ManifoldView>): Manifold {
  const view = inflated(container, ["data"]);
  const [frames, elements] = [view.steps.length, view.centroids.elements.length];
  const all = container.column(view.data);
  const count = frames * view.points * 3;
  const coordinates = all.subarray(0, count);
  const centroids = all.subarray(count, count + frames * elements * 3);
  return { view, cloud: { frames, points: view.points, coordinates, centroids, elements, extent: extentOf(coordinates) } };
}

export interface Place {
  frame: number;
  fraction: number;
}

/** Which frame is shown at a step, and how far on the way to the next it is. */
export function placeAt(steps: readonly number[], step: number): Place {
  const frame = indexAt(steps, step);
  const [from, to] = [steps[frame] ?? 0, steps[frame + 1]];
  if (to === undefined || step <= from) return { frame, fraction: 0 };
  return { frame, fraction: Math.min(1, (step - from) / (to - from)) };
}

/** The share of points that are classified right at a frame; null where it is not known. */
export function accuracyAt({ view }: Manifold, frame: number): number | null {
  const right = view.correct?.[frame];
  if (!right || right.length === 0) return null;
  return right.reduce((sum, one) => sum + one, 0) / right.length;
}
