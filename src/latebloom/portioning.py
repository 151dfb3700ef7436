"""How many lanes a thread differentiates at once, so that what they keep until then stays near its core."""

PART_NUMBERS = 4_000_000  # numbers in the widest layer of the lanes that are differentiated at once
ALONE_NUMBERS = 250_000  # of one lane, from which it is differentiated alone: what it keeps fills a cache


def lanes_at_once(lanes: int, threads: int, numbers: int) -> int:
    """Tell how many of these lanes each of the threads takes at once; at least 1.

    Args:
        lanes: how many there are.
        threads: that share them.
        numbers: in the widest layer of one lane, for one batch.

    >>> lanes_at_once(8, 2, 20_000), lanes_at_once(64, 1, 100_000), lanes_at_once(8, 1, 500_000)
    (4, 40, 1)
    """
    together = 1 if numbers >= ALONE_NUMBERS else PART_NUMBERS // max(1, numbers)
    return max(1, min(-(-lanes // threads), together))
