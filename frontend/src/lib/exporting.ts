// Saving a chart: by the server, which draws it for print from all its numbers, or from the page itself.

import { csv, type Table } from "./table.ts";

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

/** Save what is drawn inside `body` (canvases, or an SVG) with the title above it, as it looks now. */
export async function savePicture(name: string, title: string, body: HTMLElement): Promise<void> {
  const box = body.getBoundingClientRect();
  const scale = Math.max(2, devicePixelRatio);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(box.width * scale);
  canvas.height = Math.ceil((box.height + 36) * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(document.documentElement);
  context.scale(scale, scale);
  context.fillStyle = style.getPropertyValue("--card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.getPropertyValue("--ink");
  context.font = "600 15px system-ui, sans-serif";
  context.fillText(title, 12, 24);
  for (const part of body.querySelectorAll<HTMLCanvasElement | SVGSVGElement>("canvas, svg")) {
    const at = part.getBoundingClientRect();
    const drawn = part instanceof HTMLCanvasElement ? part : await rasterised(part);
    if (at.width > 0) context.drawImage(drawn, at.x - box.x, at.y - box.y + 36, at.width, at.height);
  }
  canvas.toBlob((blob) => blob && save(`${name}.png`, blob));
}

/** Save what is drawn inside `body` as one SVG; canvases go into it as pictures. */
export function saveSvg(name: string, body: HTMLElement): void {
  const box = body.getBoundingClientRect();
  const parts = [...body.querySelectorAll<HTMLCanvasElement | SVGSVGElement>("canvas, svg")].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    const [left, top] = [x - box.x, y - box.y];
    if (part instanceof HTMLCanvasElement)
      return `<image x="${left}" y="${top}" width="${width}" height="${height}" href="${part.toDataURL()}"/>`;
    return `<g transform="translate(${left} ${top})">${standalone(part)}</g>`;
  });
  const whole = `<svg xmlns="http://www.w3.org/2000/svg" width="${box.width}" height="${box.height}">${parts.join("")}</svg>`;
  save(`${name}.svg`, new Blob([whole], { type: "image/svg+xml" }));
}

async function rasterised(svg: SVGSVGElement): Promise<HTMLImageElement> {
  const image = new Image();
  const at = URL.createObjectURL(new Blob([standalone(svg)], { type: "image/svg+xml" }));
  image.src = at;
  await image.decode();
  URL.revokeObjectURL(at);
  return image;
}

const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight", "text-anchor"];

/** An SVG with the style sheet's paint written into it, so that it stands alone. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const box = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  const [from, to] = [[svg, ...svg.querySelectorAll("*")], [copy, ...copy.querySelectorAll("*")]];
  from.forEach((element, index) => {
    const style = getComputedStyle(element);
    for (const name of PAINT) to[index]?.setAttribute(name, style.getPropertyValue(name));
  });
  return new XMLSerializer().serializeToString(copy);
}
