// Stages of training by name, each with its ground colour in theme.css; a name that is new gets the next one.

const GROUNDS = 5;
const known = new Map(["fitting", "memorised", "grokking", "grokked", "collapsed"].map((stage, index) => [stage, index]));

export function stageVariable(stage: string): string {
  const index = known.get(stage) ?? known.size;
  known.set(stage, index);
  return `stage${index % GROUNDS}`;
}
