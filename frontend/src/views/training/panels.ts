// From the training view to pictures: which measures stand on one chart, and how each curve is drawn.

import { eventKind } from "../../lib/eventNames.ts";
import { words } from "../../lib/format.ts";
import type { Line, Mark, Picture, Ribbon, Stretch } from "../../lib/curves/drawing.ts";
import type { Origin, RunEvent, Span, TrainingView } from "../../lib/types.ts";

export interface Panel {
  key: string;
  title: string;
  names: string[];
  /** A share from 0 to 1, drawn on that whole range. */
  share: boolean;
}

/** Put train and test of one measure on one chart; every other measure has its own. */
export function panels(names: readonly string[]): Panel[] {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const key = name.replace(/^(train|test)_/, "");
    found.set(key, [...(found.get(key) ?? []), name]);
  }
  return [...found].map(([key, members]) => ({
    key,
    title: members.length > 1 || members[0] === key ? capital(words(key)) : capital(words(members[0] ?? key)),
    names: members.toSorted(),
    share: key === "accuracy" || key.endsWith("_accuracy"),
  }));
}

const USUAL = ["train_accuracy", "test_accuracy", "train_loss", "test_loss"];
const FEW = 4;

/** Which numbers of an answer are shown: those chosen, or the usual ones. An exported site answers with all that it has. */
export function shownOf(view: TrainingView | null, chosen: readonly string[]): string[] {
  const known = view?.names ?? [];
  const [asked, usual] = [chosen, USUAL].map((names) => names.filter((name) => known.includes(name))) as [string[], string[]];
  return asked.length > 0 ? asked : usual.length > 0 ? usual : known.slice(0, FEW);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export interface Painting {
  colour: (name: string) => string;
  group: (index: number) => string;
  members: boolean;
  /** Only this group stands out. */
  lit: number | null;
  /** This run stands out among members. */
  run: string;
  events: (run: { id: string; events: RunEvent[] }) => RunEvent[];
  stages: readonly Span[];
  stage: (name: string) => string;
}

const READ = 44; // letters of a label beside the crosshair
const LANES = ["memorised", "grokked_first", "grokked_stable", "collapsed"];
const TRAIN_DASH = [5, 3];

/** Draw one panel of a training view. */
export function pictureOf(view: TrainingView, panel: Panel, painting: Painting): Picture {
  const many = view.groups.length > 1;
  const drawn = panel.names.map((name) => ({ name, train: name.startsWith("train_"), pair: panel.names.length > 1 }));
  const paint = (name: string, train: boolean, group: number): string =>
    many ? painting.group(group) : train ? painting.colour("train") : painting.colour(name.startsWith("test_") ? "test" : "accent");
  const lines: Line[] = [];
  const ribbons: Ribbon[] = [];
  for (const { name, train, pair } of drawn) {
    const dash = many && train && pair ? { dash: TRAIN_DASH } : {};
    if (painting.members) {
      for (const run of view.runs) {
        const curve = run.curves[name];
        if (!curve) continue;
        const dim = painting.lit !== null && painting.lit !== run.group;
        const chosen = run.id === painting.run;
        lines.push({
          label: `${run.id}${pair ? ` ${train ? "train" : "test"}` : ""}`,
          x: curve.steps,
          y: curve.values,
          colour: paint(name, train, run.group),
          width: chosen ? 2.4 : 1.2,
          alpha: dim ? 0.08 : chosen ? 1 : view.runs.length > 20 ? 0.45 : 0.7,
          ...dash,
        });
      }
    } else {
      view.groups.forEach((group, index) => {
        const band = group.bands[name];
        if (!band) return;
        const dim = painting.lit !== null && painting.lit !== index;
        const colour = paint(name, train, index);
        if (!dim) ribbons.push({ x: band.steps, low: band.low, high: band.high, colour });
        const label = [many ? clipped(shortLabel(group.label), READ) : "", pair ? (train ? "train" : "test") : ""].filter(Boolean).join(" · ");
        lines.push({ label: label || words(name), x: band.steps, y: band.median, colour, width: 2, alpha: dim ? 0.12 : 1, ...dash });
      });
    }
  }
  return { lines, ribbons, marks: marks(view, painting), stretches: stretches(view, painting) };
}

function marks(view: TrainingView, painting: Painting): Mark[] {
  const alone = view.runs.length === 1;
  return view.runs.flatMap((run) => {
    if (painting.lit !== null && run.group !== painting.lit) return [];
    const zero = originOf(run.events, view.origin);
    return painting.events(run).flatMap(({ name, step }): Mark[] => {
      const lane = LANES.indexOf(name);
      if (lane < 0) return [];
      const kind = eventKind(name);
      return [{ x: step - zero, colour: painting.colour(kind.colour), lane, ...(alone ? { word: kind.words } : {}) }];
    });
  });
}

function stretches(view: TrainingView, painting: Painting): Stretch[] {
  const run = view.runs.find(({ id }) => id === painting.run);
  if (!run) return [];
  const zero = originOf(run.events, view.origin);
  return painting.stages.map(({ from, to, stage }) => ({ from: from - zero, to: to - zero, colour: painting.stage(stage) }));
}

/** At which step of a run its axis starts to count; 0 where the event has not happened. */
export function originOf(events: readonly RunEvent[], origin: Origin): number {
  return origin === "step" ? 0 : (events.find(({ name }) => name === origin)?.step ?? 0);
}

/** How many points are drawn, and of how many. */
export function counted(view: TrainingView, names: readonly string[], members: boolean): { shown: number; of: number } {
  const curves = members
    ? view.runs.flatMap(({ curves: all }) => names.flatMap((name) => all[name] ?? []))
    : view.groups.flatMap(({ bands }) => names.flatMap((name) => bands[name] ?? []));
  return {
    shown: curves.reduce((sum, { steps }) => sum + steps.length, 0),
    of: curves.reduce((sum, curve) => sum + (curve.of ?? curve.steps.length), 0),
  };
}

/** From the first to the last step that any curve of the view has. */
export function reach(view: TrainingView): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  const see = (steps: readonly number[]): void => {
    if (steps.length === 0) return;
    low = Math.min(low, steps[0] ?? low);
    high = Math.max(high, steps.at(-1) ?? high);
  };
  for (const { bands } of view.groups) for (const band of Object.values(bands)) see(band.steps);
  for (const { curves } of view.runs) for (const curve of Object.values(curves)) see(curve.steps);
  return low <= high ? [low, high] : [0, 1];
}

/** A group's label with the last part of each path alone: `optimizer.weight_decay=1.0` as `weight decay 1`. */
export const shortLabel = (label: string): string =>
  label.replaceAll(/(?:[a-z_]+\.)*([a-z_]+)=("[^"]*"|\S+)/g, (_, name: string, value: string) => `${words(name)} ${value.replaceAll('"', "").replace(/\.0$/, "")}`);

/** A label of at most so many letters. */
export const clipped = (label: string, letters: number): string => (label.length <= letters ? label : `${label.slice(0, letters - 1).trimEnd()}…`);
