// Reads the little of Markdown that docs/live-view.md is written in: headings, paragraphs, lists, tables, code, bold.

export interface Run {
  kind: "text" | "code" | "strong";
  text: string;
}

export type Block =
  | { kind: "paragraph"; runs: Run[] }
  | { kind: "list"; items: Run[][] }
  | { kind: "table"; rows: Run[][][] }
  | { kind: "code"; text: string };

export interface Section {
  heading: string;
  level: number;
  blocks: Block[];
}

export function readDocs(source: string): Section[] {
  const sections: Section[] = [];
  for (const part of parts(source)) {
    const heading = /^(#{1,4}) (.+)$/.exec(part);
    if (heading) sections.push({ heading: heading[2] ?? "", level: heading[1]?.length ?? 1, blocks: [] });
    else sections.at(-1)?.blocks.push(block(part));
  }
  return sections;
}

/** Part a text at blank lines and headings, keeping fenced code together. */
function parts(source: string): string[] {
  const found: string[] = [];
  let lines: string[] = [];
  let fenced = false;
  const close = (): void => {
    if (lines.length > 0) found.push(lines.join("\n"));
    lines = [];
  };
  for (const line of source.split("\n")) {
    if (line.startsWith("```")) fenced = !fenced;
    if (fenced) lines.push(line);
    else if (line.trim() === "") close();
    else if (line.startsWith("#")) {
      close();
      found.push(line);
    } else lines.push(line);
  }
  close();
  return found;
}

function block(part: string): Block {
  const lines = part.split("\n");
  if (part.startsWith("```")) return { kind: "code", text: lines.slice(1).filter((line) => line !== "```").join("\n") };
  if (part.startsWith("|")) {
    const rows = lines.filter((line) => !/^\|[-| :]+\|$/.test(line));
    return { kind: "table", rows: rows.map((line) => line.slice(1, -1).split("|").map((cell) => inline(cell.trim()))) };
  }
  if (/^[*-] /.test(part)) {
    const items = part.split(/\n(?=[*-] )/).map((item) => item.slice(2).replaceAll(/\s+/g, " "));
    return { kind: "list", items: items.map(inline) };
  }
  return { kind: "paragraph", runs: inline(part.replaceAll("\n", " ")) };
}

function inline(text: string): Run[] {
  return text
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .filter(Boolean)
    .map((run) => {
      if (run.startsWith("`")) return { kind: "code", text: run.slice(1, -1) };
      if (run.startsWith("**")) return { kind: "strong", text: run.slice(2, -2) };
      // Links lead to other pages of the documentation, which the page does not carry: their text stays.
      return { kind: "text", text: run.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1") };
    });
}
