// The shapes that come over the wire: what `latebloom.views` computes, as JSON. Numbers that are not finite are null.

export type Maybe = number | null;
export type Setting = string | number | boolean;
export type Status = "running" | "done" | "stopped" | "diverged" | "interrupted" | "damaged" | "stale";

/** The thresholds that define the events; see docs/events.md. */
export interface Criteria {
  memorised: number;
  grokked: number;
  stable: number;
  stable_evaluations: number;
  high: number;
  low: number;
  after: number;
}

export interface Lab {
  name: string;
  version: string;
  control: boolean;
  runs: number;
  cursor: string;
  criteria: Criteria;
  presets: { name: string; title: string }[];
  disk: { free: number; low: boolean };
  extras: { umap: boolean };
  static: boolean;
}

export interface RunEvent {
  name: string;
  step: number;
  seen: number;
}

export interface Spark {
  steps: number[];
  train: Maybe[];
  test: Maybe[];
}

export interface RunRow {
  id: string;
  preset: string;
  task: string;
  model: string;
  seed: Maybe;
  status: Status;
  problem: string;
  step: number;
  steps: number;
  settings: Record<string, Setting>;
  group: string;
  train_accuracy: Maybe;
  test_accuracy: Maybe;
  train_loss: Maybe;
  test_loss: Maybe;
  up_time: Maybe;
  memorised: Maybe;
  grokked_first: Maybe;
  grokked_stable: Maybe;
  oscillations: number;
  collapsed: boolean;
  events: RunEvent[];
  snapshots: number;
  updated: number;
  spark: Spark;
}

export interface RunsView {
  cursor: string;
  settings: string[];
  runs: RunRow[];
}

export interface RunView {
  id: string;
  preset: string;
  seed: Maybe;
  status: Status;
  problem: string;
  step: number;
  steps: number;
  settings: Record<string, unknown>;
  settings_toml: string;
  values: { name: string; value: Maybe; step: number }[];
  snapshots: { step: number; bytes: number }[];
  names: string[];
  commands: Record<string, string>;
}

/** A curve for drawing: the extremes of each bin are kept; `of` is how many points there were. */
export interface Thinned {
  steps: number[];
  values: Maybe[];
  of: number;
}

export interface Band {
  steps: number[];
  n: number[];
  median: Maybe[];
  low: Maybe[];
  high: Maybe[];
  of: number;
}

export interface Span {
  from: number;
  to: number;
  stage: string;
}

export type Origin = "step" | "memorised" | "grokked_first";

export interface TrainingRun {
  id: string;
  seed: Maybe;
  group: number;
  events: RunEvent[];
  curves: Record<string, Thinned>;
}

export interface TrainingGroup {
  label: string;
  n: number;
  runs: string[];
  bands: Record<string, Band>;
}

export interface TrainingView {
  cursor: string;
  names: string[];
  known: string[];
  origin: Origin;
  runs: TrainingRun[];
  groups: TrainingGroup[];
  stages: { run: string; spans: Span[] }[];
}

export interface TimeBarView {
  run: string;
  first: number;
  last: number;
  live: boolean;
  steps: number[];
  train: Maybe[];
  test: Maybe[];
  snapshots: number[];
  events: RunEvent[];
  stages: Span[];
}

export interface ManifoldView {
  run: string;
  site: string;
  steps: number[];
  points: number;
  dims: 3;
  projection: string;
  comparable: boolean;
  explained: Maybe[];
  axes: [string, string, string];
  of: number;
  shown: number;
  pairs: number[][];
  label: number[];
  classes: number;
  colour: { kind: "cyclic" | "discrete" | "binary"; order: number; values: number[]; name: string };
  correct: number[][] | null;
  centroids: { elements: number[] };
  order: Maybe;
  element: Maybe[];
  extent: [number, number, number, number, number, number];
  data: Column;
  /** Where the run's activations can be taken, and what its points can be coloured by. */
  sites?: string[];
  colourings?: { value: string; title: string }[];
}

/** The numbers of one snapshot, by name. */
export interface ManifoldMeasures {
  step: number;
  site: string;
  values: { name: string; value: Maybe; help?: string }[];
}

export interface SpectrumView {
  run: string;
  order: number;
  frequencies: number[];
  gcds: number[];
  steps: number[];
  energy: Maybe[][];
  null_high: Maybe[];
  keys: number[][];
  singular: { name: string; values: Maybe[][] }[];
  embedding: {
    name: string;
    frequency: number;
    tokens: number[];
    row: number[];
    fit: number[];
    explained: number;
  }[];
  irreps: null | { names: string[]; dimensions: number[]; power: Maybe[][] };
  step: number;
  gini: Maybe[];
  entropy: Maybe[];
  sites?: string[];
}

export interface StructureView {
  run: string;
  order: number;
  steps: number[];
  strides: number[];
  ring: Maybe[][];
  ring_null: Maybe[];
  ring_p: Maybe[];
  best: Maybe[];
  quotients: number[];
  variance: Maybe[][];
  variance_null: Maybe[][];
  quotient_ring: { m: number; best: number; score: number; p: number }[];
  persistence: {
    step: number;
    h0: [number, Maybe][];
    h1: [number, number][];
    diameter: number;
    points: number;
    h1_points: number[][];
    /** What the places in `h1_points` count: means of elements (the rows of the centroids), or points. */
    of?: "centroids" | "points";
  };
  betti: { threshold: string; steps: number[]; b0: Maybe[]; b1: Maybe[] }[];
  attention: { block: number; head: number; steps: number[]; entropy: Maybe[] }[];
  /** Why there are no rings and quotients, where there are none. */
  reason?: string | null;
  stages: Span[];
  sites?: string[];
}

export interface PhaseCell {
  x: number;
  y: number;
  n: number;
  censored: number;
  value: Maybe;
  low: Maybe;
  high: Maybe;
  runs: string[];
  /** How many runs a study has there, and until when a censored one was seen without. */
  declared?: number;
  until?: Maybe;
}

/** An outcome over one or two settings, a cell for each pair of values. */
export interface PhaseGrid {
  x: string;
  y: string | null;
  xs: Setting[];
  ys: Setting[];
  cells: PhaseCell[];
  log: boolean;
  /** The ends of the scale of colours, where they are not the lowest and highest value. */
  ends?: readonly [number, number];
}

export interface PhaseView extends PhaseGrid {
  settings: { path: string; values: Setting[] }[];
  outcomes: string[];
  outcome: string;
  unit: string;
}

/** What was observed of one run; `happened` is false where `value` is a time until which it had not. */
export interface Point {
  run: string;
  arm: string;
  seed: number;
  value: unknown;
  happened: boolean;
  left_out: string;
}

/** A number that was computed of runs beside the one that a theory says. */
export interface Comparison {
  what: string;
  computed: Maybe;
  expected: Maybe;
  scale: Maybe;
}

export interface Judgement {
  statement: string;
  measured: string;
  verdict: string;
  observed: Maybe;
  low: Maybe;
  high: Maybe;
  n: number;
  censored: number;
  p: Maybe;
  p_holm: Maybe;
  why: string;
  runs: string[];
  series?: Point[];
  compared?: Comparison[];
}

export interface Verdict extends Judgement {
  claim: string;
  where: string;
  published: string;
  value: Maybe;
  unit: string;
  finished: number;
  declared: number;
  rival: Judgement | null;
}

export interface Board {
  study: string;
  scale: string;
  question: string;
  source: string;
  evidence: boolean;
  declared: string;
  judged: string;
  counts: Record<string, number>;
  finished: number;
  runs: number;
  changed: string[];
  verdicts: Verdict[];
}

export interface DeclaredStudy {
  study: string;
  question: string;
  source: string;
  scales: Record<string, { about: string; evidence: boolean; arms: number; runs: number; steps: number; claims: number }>;
}

export interface StudiesView {
  boards: Board[];
  studies?: DeclaredStudy[];
}

/** A map of a study, with words for its colours and marks. */
export interface StudyMap {
  name: string;
  title: string;
  measured: string;
  unit: string;
  kind: "time" | "share" | "number";
  x: string;
  y: string;
  xs: string[];
  ys: string[];
  cells: (Omit<PhaseCell, "runs"> & { declared: number; left_out: number; until: Maybe })[];
  points: (Point & { x: number; y: number; value: Maybe })[];
  log: boolean;
  problem: string;
  outcome: string;
  legend: string;
}

export interface StudyMaps {
  maps: StudyMap[];
}

/** One study at one scale, whole. */
export interface StudyView {
  study: string;
  scale: string;
  evidence: boolean;
  verdicts: Verdict[];
}

/** Where a column lies in the binary part of a container: bytes from its start, and how many numbers. */
export interface Column {
  offset: number;
  count: number;
  kind?: "f4" | "f8";
}

/** The answer to a request that has to be computed first. */
export interface Pending {
  what: string;
  since: number;
  done: Maybe;
}

export interface Problem {
  code: string;
  message: string;
  command: string;
}

export interface RunsChange {
  changed: (Partial<RunRow> & { id: string; values?: Record<string, Maybe> })[];
  gone: string[];
}
