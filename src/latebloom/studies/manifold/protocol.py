"""What is run, in plain words: where it follows the account, where the account and its code differ, what is cut."""

PROTOCOL = """
Tasks are a + b mod 97 (all 9409 pairs) and a * b mod 97 without 0 (9216 pairs, ordered by the logarithm to base 5).
30 % of the pairs are trained on, in one shuffled split per seed. The network is a two-layer transformer encoder over
two tokens (width 128, four heads, 512 features, ReLU, LayerNorm after each sum, no dropout; both layers start as
copies of one) with 434,145 parameters; AdamW at rate 0.001 and decay 1.0, batches of 512 reshuffled each epoch,
150,000 steps, evaluated and measured every 1000 on all test pairs. The published seeds 42, 1001, 1002, 1003 come
first; others follow.

The account's text reads the mean of both tokens, its released code the first position, for answers and measured
activations alike. The published numbers come from the code, so claims are judged by its read-out; those that end in
-text are judged by the text's. Which of the two was run stands in each claim.

Healthy is an evaluation with test accuracy of at least 0.9 after the first such one. Matched is the first snapshot
with test accuracy of at least 0.99. Collapsed is one below 0.5 after the first crossing of 0.9. The topology table is
judged twice: at the published steps 7000 and 14,000 whatever the network is like there, as published, and at matched
snapshots, at thresholds that the cloud sets, as the rival explanation.

A published number is that of one run. It counts as reproduced where the median over seeds lies within a quarter of it
(a tenth for norms), a fall to nearly nothing where at most a tenth is left, and yes-or-no findings where they hold of
most runs; so each can come out either way.

Structural scores have two nulls: relabelled classes, with the same maximum over strides, and the untrained network
(the record at step 0). The second is needed because class means over a whole table are a convolution of the
embeddings, so that before any training relabelling is too lenient.

Pictures of the UMAP plane are counted instead of looked at, and adjacency and purity in the plane are held against
the same in activation space.
""".strip()

ABOUT = {
    "smoke": "Tasks mod 31 and a network of width 32, for tests: every arm and every claim, in minutes; no evidence.",
    "laptop": "The published network and task, two hours on two cores: addition and multiplication by the code's "
    "read-out with 8 seeds and 14,000 steps each, addition by the text's with 6 seeds and 14,000 steps, addition mod "
    "96 with 6 seeds and 11,000 steps: 374,000 steps of single runs. Cut, and not judged: everything published "
    "beyond step 14,000 (ends, oscillations, success, adjacency, purity, bottlenecks), the pictures of the UMAP "
    "plane, multiplication by the text's read-out, multiplication with 0, relabelled pairs.",
    "paper": "The published protocol with 32 seeds: 150,000 steps, and 50,000 for each of twelve bottlenecks and none, "
    "evaluated every 500.",
}
