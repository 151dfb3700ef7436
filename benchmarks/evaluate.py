"""An evaluation of eight lanes of a transformer, and of an MLP, on all pairs: loss, accuracy, and looks."""

from functools import partial
from typing import Any

from benchmarks import contenders
from benchmarks.contenders import RIVALS, Answers
from benchmarks.limit import operations
from benchmarks.rounds import alternate, effort, ratio, spread, table

TIMED, LANES = ("manifold", "stages"), 8
OURS, LOOKING, LIMIT = "ours", "ours, with the default looks", "limit"
LOOKINGS = 8
STEPPING = {"seconds": 0.1, "warm_up": 0.1}


def measure(quick: bool) -> dict[str, Any]:
    """Time all in turn; print milliseconds of an evaluation of one lane, all cores counted in."""
    return {protocol: _measure(protocol, quick) for protocol in TIMED}


def _measure(protocol: str, quick: bool) -> dict[str, Any]:
    looking = 3 if quick else LOOKINGS
    times: dict[str, Any] = {
        name: partial(_plain, protocol, processes, looking) for name, processes in RIVALS.items()
    }
    times |= {
        OURS: partial(_ours, protocol, looking),
        LIMIT: partial(_limit, protocol, effort(quick).seconds / 3),
    }
    found = alternate(times, effort(quick).rounds)
    ours = found.pop(OURS)
    found |= {OURS: [alone for alone, _ in ours], LOOKING: [whole for _, whole in ours]}
    rows = [[name, spread(values), *_ratios(name, found)] for name, values in found.items() if name != LIMIT]
    print(
        f"{protocol}: milliseconds of evaluating one lane, {LANES} lanes on all cores, median (least to most)"
    )
    table(["", "ms a lane", "ours is faster by", "with looks by"], rows)
    distance = ratio(found[OURS], found[LIMIT])
    print(
        f"matrix products of our form alone {spread(found[LIMIT])} ms: ours takes {distance:.2f} times that"
    )
    against = {name: ratio(found[name], found[OURS]) for name in RIVALS}
    return {"ms a lane": found, "against": against, "times the limit": distance}


def _ratios(name: str, found: dict[str, list[float]]) -> list[str]:
    if name not in RIVALS:
        return ["-", "-"]
    return [f"{ratio(found[name], found[own]):.2f}" for own in (OURS, LOOKING)]


def _ours(protocol: str, looking: int) -> tuple[float, float]:
    answers = contenders.ours(protocol, LANES, looking=looking, **STEPPING)
    return _milliseconds(answers, "evaluation"), _milliseconds(answers, "evaluation", "looks")


def _plain(protocol: str, processes: int, looking: int) -> float:
    parts = ["train", "test"]
    return _milliseconds(
        contenders.plain(protocol, processes, looking=looking, parts=parts, **STEPPING), "evaluation"
    )


def _limit(protocol: str, seconds: float) -> float:
    return 1000 * operations(protocol)["evaluation"] / contenders.matrix_speed(protocol, seconds)


def _milliseconds(answers: Answers, *names: str) -> float:
    """Turn what each process needs for its own lanes into milliseconds a lane of all together."""
    return 1000 / sum(one["lanes"] / sum(one[name] for name in names) for one in answers)
