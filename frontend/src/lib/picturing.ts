// A chart as one SVG that stands alone: its title, what is said of it, the drawing, its legends. No style sheet needed.

export interface Sheet {
  title: string;
  /** Sentences below the title. */
  words: readonly string[];
  /** Elements of the page, one below the other: canvases, SVGs, texts and swatches of colour. */
  parts: readonly Element[];
  /** What is said below the drawing. */
  foot?: string;
}

export interface Picture {
  svg: string;
  width: number;
  height: number;
}

const PAD = 14;
const LETTER = 6.1; // pixels of a letter at 12 pixels, about
const LINE = 17;
const LEAST = 420; // pixels: narrower charts would break their own title
/** What is on the page for people to work with, and is no part of a chart. */
const UNSAVED = "[data-unsaved], .unseen, input, select, textarea, script, style";
const SANS = "system-ui, sans-serif";

/** Write what the page shows as an SVG; canvases go into it as pictures. */
export function pictureOf({ title, words, parts, foot }: Sheet): Picture {
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const width = Math.ceil(Math.max(LEAST, ...boxes.map((box) => box.width)) + 2 * PAD);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const lines = (text: string): string[] => broken(text, (width - 2 * PAD) / LETTER);
  const written: string[] = [text(PAD, 26, title, { size: 15, weight: "600", fill: colour("ink") })];
  let y = 26;
  for (const line of words.flatMap(lines)) written.push(text(PAD, (y += LINE), line, { size: 12, fill: colour("faint") }));
  y += PAD;
  parts.forEach((part, index) => {
    const box = boxes[index] as DOMRect;
    written.push(inked(part, PAD - box.x, y - box.y));
    y += box.height + 6;
  });
  for (const line of lines(foot ?? "")) written.push(text(PAD, (y += LINE), line, { size: 12, fill: colour("faint") }));
  const height = Math.ceil(y + PAD);
  const ground = `<rect width="${width}" height="${height}" fill="${escaped(colour("card"))}"/>`;
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return { svg: clean(`<svg xmlns="http://www.w3.org/2000/svg" ${size}>${ground}${written.join("")}</svg>`), width, height };
}

/** Break a sentence into lines of at most so many letters; a word that is longer has a line of its own. */
export function broken(sentence: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function inked(node: Node, right: number, down: number): string {
  if (node instanceof Text) return lettered(node, right, down);
  if (!(node instanceof Element) || node.matches(UNSAVED)) return "";
  const box = node.getBoundingClientRect();
  const place = `x="${box.x + right}" y="${box.y + down}" width="${box.width}" height="${box.height}"`;
  if (node instanceof HTMLCanvasElement) return box.width > 0 ? `<image ${place} href="${node.toDataURL()}"/>` : "";
  if (node instanceof SVGSVGElement) return box.width > 0 ? `<g transform="translate(${box.x + right} ${box.y + down})">${standalone(node)}</g>` : "";
  const { backgroundColor: fill, borderRadius } = getComputedStyle(node);
  const swatch = node.childNodes.length === 0 && box.width > 0 && fill !== "rgba(0, 0, 0, 0)";
  const rounded = borderRadius.endsWith("%") ? box.width / 2 : parseFloat(borderRadius) || 0;
  if (swatch) return `<rect ${place} rx="${rounded}" fill="${fill}"/>`;
  return [...node.childNodes].map((child) => inked(child, right, down)).join("");
}

/** A text where it stands; one that runs over several lines goes word by word. */
function lettered(node: Text, right: number, down: number): string {
  const parent = node.parentElement;
  const whole = node.data.replaceAll(/\s+/g, " ").trim();
  if (!parent || !whole) return "";
  const style = getComputedStyle(parent);
  const look = { size: parseFloat(style.fontSize), weight: style.fontWeight, fill: style.color, family: style.fontFamily };
  const put = (range: Range, words: string): string => {
    const box = range.getClientRects()[0];
    return box ? text(box.x + right, box.y + box.height / 2 + look.size * 0.35 + down, words, look) : "";
  };
  const range = document.createRange();
  range.selectNodeContents(node);
  if (range.getClientRects().length <= 1) return put(range, fitting(whole, parent));
  return [...node.data.matchAll(/\S+/g)]
    .map((word) => {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      return put(range, word[0]);
    })
    .join("");
}

/** What is seen of a text that its element cuts off. */
function fitting(words: string, { clientWidth, scrollWidth }: Element): string {
  if (clientWidth === 0 || scrollWidth <= clientWidth) return words;
  return `${words.slice(0, Math.max(1, Math.floor((words.length * clientWidth) / scrollWidth) - 1))}…`;
}

interface Look {
  size: number;
  fill: string;
  weight?: string;
  family?: string;
}

const text = (x: number, y: number, words: string, { size, fill, weight = "400", family = SANS }: Look): string =>
  `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" font-family="${escaped(family)}" fill="${escaped(fill)}">${escaped(words)}</text>`;

const PAINT = [
  "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "display",
  "font-size", "font-family", "font-weight", "text-anchor",
];

/** An SVG with the style sheet's paint written into it, so that it stands alone. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const box = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  copy.setAttribute("overflow", getComputedStyle(svg).overflow);
  const [from, to] = [[svg, ...svg.querySelectorAll("*")], [copy, ...copy.querySelectorAll("*")]];
  from.forEach((element, index) => {
    const style = getComputedStyle(element);
    for (const name of PAINT) to[index]?.setAttribute(name, style.getPropertyValue(name));
    to[index]?.removeAttribute("class");
    to[index]?.removeAttribute("style");
  });
  return new XMLSerializer().serializeToString(copy);
}

const escaped = (words: string): string =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** XML has no way to write these, and names in a lab may come from anybody. */
const clean = (svg: string): string => svg.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
