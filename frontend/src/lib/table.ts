// The numbers behind a chart as a table: shown with the key t, read by screen readers, saved as CSV.

export type Cell = string | number | null;

export interface Table {
  head: string[];
  rows: Cell[][];
}

/** Write a table as CSV; texts that a spreadsheet would take for a formula are marked as text. */
export function csv({ head, rows }: Table): string {
  return [head, ...rows].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}

function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
