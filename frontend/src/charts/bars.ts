// Bars of persistent homology in the order in which people look at them.

export interface Bar {
  kind: 0 | 1;
  /** Its place in the diagram. */
  place: number;
  birth: number;
  /** Null where it never dies. */
  death: number | null;
}

/** The longest bars of a diagram, longest first; those that never die before all others. */
export function bars(diagram: readonly (readonly [number, number | null])[], kind: 0 | 1, most: number): Bar[] {
  const length = ({ birth, death }: Bar): number => (death === null ? Infinity : death - birth);
  return diagram
    .map(([birth, death], place): Bar => ({ kind, place, birth, death }))
    .sort((a, b) => length(b) - length(a) || a.place - b.place)
    .slice(0, most);
}
