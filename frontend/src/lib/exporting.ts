// Saving a chart: by the server, which draws it for print from all its numbers, or from the page itself.

import { pictureOf, type Sheet } from "./picturing.ts";
import { csv, type Table } from "./table.ts";

export type Kind = "png" | "svg" | "csv";

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Start the download of something that the server makes. */
export function fetchFile(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}

export const saveTable = (name: string, table: Table): void =>
  save(`${name}.csv`, new Blob([csv(table)], { type: "text/csv;charset=utf-8" }));

/** Save what the page shows as a picture, title, axes and legend with it, as it looks now. */
export async function saveSheet(name: string, kind: "png" | "svg", sheet: Sheet): Promise<void> {
  const { svg, width, height } = pictureOf(sheet);
  const drawing = new Blob([svg], { type: "image/svg+xml" });
  save(`${name}.${kind}`, kind === "svg" ? drawing : await rasterised(drawing, width, height));
}

const LARGEST = 16_000; // pixels of a canvas on either side

async function rasterised(svg: Blob, width: number, height: number): Promise<Blob> {
  const image = new Image();
  const at = URL.createObjectURL(svg);
  image.src = at;
  await image.decode();
  URL.revokeObjectURL(at);
  const scale = Math.min(Math.max(2, devicePixelRatio), LARGEST / width, LARGEST / height);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.floor(width * scale), Math.floor(height * scale)];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large")))));
}

/** A title as the name of a file. */
export const fileName = (title: string): string => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "chart";
