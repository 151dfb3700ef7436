// The shapes of points, as paths.

import type { Shape } from "../lib/theme/colours.ts";

type Path = Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "arc" | "rect" | "closePath">;

/** Add a shape about as large as a disc of that radius to the path. */
export function trace(path: Path, shape: Shape, x: number, y: number, radius: number): void {
  const reach = radius * 1.25;
  if (shape === "circle" || shape === "ring") disc(path, x, y, radius, shape === "ring");
  else if (shape === "square") path.rect(x - radius * 0.9, y - radius * 0.9, 1.8 * radius, 1.8 * radius);
  else if (shape === "triangle") polygon(path, [[x, y - reach], [x + reach, y + radius], [x - reach, y + radius]]);
  else if (shape === "diamond") polygon(path, [[x, y - reach], [x + reach, y], [x, y + reach], [x - reach, y]]);
  else if (shape === "star") polygon(path, corners(x, y, reach));
  else bars(path, x, y, reach, shape === "cross" ? Math.PI / 4 : 0);
}

function disc(path: Path, x: number, y: number, radius: number, hollow: boolean): void {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
  if (!hollow) return;
  path.moveTo(x + radius * 0.5, y);
  path.arc(x, y, radius * 0.5, 0, 2 * Math.PI, true);
}

function corners(x: number, y: number, reach: number): [number, number][] {
  return Array.from({ length: 10 }, (_, index) => {
    const [far, turn] = [index % 2 ? reach * 0.45 : reach * 1.15, (index * Math.PI) / 5 - Math.PI / 2];
    return [x + far * Math.cos(turn), y + far * Math.sin(turn)];
  });
}

function bars(path: Path, x: number, y: number, reach: number, turn: number): void {
  const [thin, cos, sin] = [reach * 0.3, Math.cos(turn), Math.sin(turn)];
  const turned = (a: number, b: number): [number, number] => [x + a * cos - b * sin, y + a * sin + b * cos];
  polygon(path, [turned(-reach, -thin), turned(reach, -thin), turned(reach, thin), turned(-reach, thin)]);
  polygon(path, [turned(-thin, -reach), turned(thin, -reach), turned(thin, reach), turned(-thin, reach)]);
}

function polygon(path: Path, points: readonly (readonly [number, number])[]): void {
  points.forEach(([x, y], index) => (index ? path.lineTo(x, y) : path.moveTo(x, y)));
  path.closePath();
}

/** The shape as the `d` of an SVG path, about (0, 0): for legends. */
export function shapePath(shape: Shape, radius: number): string {
  const parts: string[] = [];
  const at = (x: number, y: number): string => `${x.toFixed(2)} ${y.toFixed(2)}`;
  trace(
    {
      moveTo: (x, y) => parts.push(`M${at(x, y)}`),
      lineTo: (x, y) => parts.push(`L${at(x, y)}`),
      rect: (x, y, width, height) => parts.push(`M${at(x, y)}h${width}v${height}h${-width}z`),
      arc: (x, y, r, _from, _to, back = false) =>
        parts.push(`A${r} ${r} 0 0 ${back ? 0 : 1} ${at(x - r, y)}A${r} ${r} 0 0 ${back ? 0 : 1} ${at(x + r, y)}z`),
      closePath: () => parts.push("z"),
    },
    shape,
    0,
    0,
    radius,
  );
  return parts.join("");
}
