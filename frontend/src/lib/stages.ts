// Stages of training by name, each with its ground colour; names that are new get the next one.

const known = new Map<string, number>();
const GROUNDS = 5;

export function stageVariable(stage: string): string {
  const index = known.get(stage) ?? known.size;
  known.set(stage, index);
  return `stage${index % GROUNDS}`;
}
