// Which chart the keys t, e and f speak to: the one last pointed at or focused, else the first on the page.

export interface ChartHandle {
  table(): void;
  save(): void;
  full(): void;
}

const mounted: ChartHandle[] = [];
let current: ChartHandle | null = null;

export function mount(chart: ChartHandle): () => void {
  mounted.push(chart);
  return () => {
    mounted.splice(mounted.indexOf(chart), 1);
    if (current === chart) current = null;
  };
}

export function attend(chart: ChartHandle): void {
  current = chart;
}

export const attended = (): ChartHandle | null => current ?? mounted[0] ?? null;
