// The tour: states of the page as they stand in the address, with two sentences each. Each works on any lab; what a lab
// lacks, the view itself says.

import type { ViewName } from "../lib/address.ts";

export interface Stop {
  title: string;
  text: string;
  view: ViewName;
  query: string;
}

export const TOUR: readonly Stop[] = [
  {
    title: "A population, not a run",
    text: "Each row is a small network with its own seed, trained on the same puzzle. Orange is how well it knows the examples it was shown, blue how well it answers those it never saw.",
    view: "runs",
    query: "sort=grokked_stable",
  },
  {
    title: "First it memorises",
    text: "Within a few steps the training accuracy is perfect while the test accuracy is at chance. On a logarithmic axis the long wait between the two shows.",
    view: "training",
    query: "names=train_accuracy,test_accuracy&log=1",
  },
  {
    title: "Then it understands, late",
    text: "Line all runs up at the step at which each had memorised. The blue climb that follows, long after there is anything left to learn from the examples, is grokking.",
    view: "training",
    query: "names=train_accuracy,test_accuracy&origin=memorised&show=members",
  },
  {
    title: "The loss knew earlier",
    text: "Training loss goes on falling after every answer is right, and test loss rises before it falls. Accuracy jumps; what lies beneath it moves slowly.",
    view: "training",
    query: "names=train_loss,test_loss",
  },
  {
    title: "The average hides the jump",
    text: "The median over seeds climbs gently, though single runs climb steeply at different steps. Press b to go between the two, and trust neither alone.",
    view: "training",
    query: "names=test_accuracy&show=members",
  },
  {
    title: "A shape appears",
    text: "Each point is a pair of numbers where the network puts it. Press space: a shapeless cloud arranges itself into the shape of the arithmetic it has to do.",
    view: "manifold",
    query: "step=0",
  },
  {
    title: "Written in waves",
    text: "To add on a clock face, networks turn numbers into a few waves. Bright rows are the frequencies that this one chose; another seed chooses others.",
    view: "spectrum",
    query: "",
  },
  {
    title: "Circles, and how sure we are",
    text: "A score for circles means something only beside what chance gives, which is greyed out here. Long bars in the barcode are holes that are really there.",
    view: "structure",
    query: "",
  },
  {
    title: "When does it grok?",
    text: "Each cell is a setting, its colour how long grokking took; hatched cells hold networks that had not come to it. Those are counted, not left out.",
    view: "phase",
    query: "",
  },
  {
    title: "Claims on trial",
    text: "Published sentences about grokking, each with a rule that was fixed before the runs. Some hold, some fall, and for some the honest answer is: undecided.",
    view: "studies",
    query: "",
  },
];
