"""Restricted and excluded losses by direct sums over all pairs, in Python's float64."""

import math


def parts_of(logits, frequency):
    """Find what a table of logits holds of cos and sin w(a + b), pair by pair, by direct sums."""
    order, classes = len(logits), len(logits[0][0])
    pairs = [(a, b) for a in range(order) for b in range(order)]
    angle = {(a, b): 2 * math.pi * frequency * (a + b) / order for a, b in pairs}
    norms = [math.fsum(wave(angle[pair]) ** 2 for pair in pairs) for wave in (math.cos, math.sin)]
    found = {pair: [0.0] * classes for pair in pairs}
    for c in range(classes):
        for wave, norm in zip((math.cos, math.sin), norms, strict=True):
            if norm < 1e-9:  # the sine of n / 2
                continue
            amount = math.fsum(wave(angle[a, b]) * logits[a][b][c] for a, b in pairs) / norm
            for pair in pairs:
                found[pair][c] += amount * wave(angle[pair])
    return found


def loss_by_direct_sum(table, labels, pairs):
    """Average -log softmax at the label, summed exactly; `table` maps a pair to its logits."""
    losses = []
    for a, b in pairs:
        largest = max(table[a, b])
        total = math.fsum(math.exp(value - largest) for value in table[a, b])
        losses.append(math.log(total) + largest - table[a, b][labels[a][b]])
    return math.fsum(losses) / len(losses)


def direct(logits, labels, keys, keep):
    """Give the tables of logits with only the key frequencies and the mean, or with all but these."""
    logits = logits.tolist()
    order, classes = len(logits), len(logits[0][0])
    pairs = [(a, b) for a in range(order) for b in range(order)]
    parts = [parts_of(logits, frequency) for frequency in keys]
    means = [math.fsum(logits[a][b][c] for a, b in pairs) / len(pairs) for c in range(classes)]
    table = {}
    for a, b in pairs:
        inside = [math.fsum(part[a, b][c] for part in parts) for c in range(classes)]
        start = means if keep else logits[a][b]
        table[a, b] = [x + y if keep else x - y for x, y in zip(start, inside, strict=True)]
    return table
