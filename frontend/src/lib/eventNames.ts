// The events by name: how they are called on the page, and their colour in theme.css.

export interface EventKind {
  words: string;
  colour: string;
  sign: string;
}

export const EVENT_KINDS: Record<string, EventKind> = {
  memorised: { words: "memorised", colour: "train", sign: "M" },
  grokked_first: { words: "first grokked", colour: "test", sign: "G" },
  grokked_stable: { words: "grokked stably", colour: "stable", sign: "S" },
  oscillation: { words: "oscillated", colour: "fallen", sign: "~" },
  collapsed: { words: "collapsed", colour: "fallen", sign: "C" },
  recovered: { words: "recovered", colour: "group6", sign: "R" },
};

export const eventKind = (name: string): EventKind =>
  EVENT_KINDS[name] ?? { words: name.replaceAll("_", " "), colour: "faint", sign: "·" };
