"""Training steps of a protocol, evaluation as often as it asks: ours against the plain loop, on all cores."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks import contenders
from benchmarks.contenders import PARTED, PUBLISHED, RIVALS, Answers
from benchmarks.limit import operations
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import Effort, alternate, effort, ratio, spread, table

LIMIT, OPERATIONS = "limit", "operations per second"
STEPS, EVALUATED, LOOKED = "steps alone", "evaluated", "with looks"
KINDS = {STEPS: (), EVALUATED: ("evaluation",), LOOKED: ("evaluation", "looks")}
"""What is counted in beside the steps: nothing, evaluations for loss and accuracy, those and the default looks."""

Throughput = Mapping[str, float]
"""Lane-steps per second by kind."""


def measure(protocol: str, lanes: Sequence[int], quick: bool) -> dict[str, Any]:
    """Time all in turn, print throughputs, ratios and distances to the limit, and return them."""
    found = alternate(_contenders(protocol, lanes, effort(quick)), effort(quick).rounds)
    speeds = _values(found.pop(LIMIT), OPERATIONS)
    counted = operations(protocol)
    limits = {form: [speed / counted[form] for speed in speeds] for form in ("own", "plain")}
    against = {_counted(count): _against(found, limits, count) for count in lanes}
    _print(PROTOCOLS[protocol].every, found, limits, against)
    return {
        "lane-steps per second": found,
        "limits": limits,
        "against": against,
        "operations of a step": {form: counted[form] for form in limits},
        OPERATIONS: speeds,
    }


def _contenders(protocol: str, lanes: Sequence[int], chosen: Effort) -> dict[str, Any]:
    rivals = {name: partial(_plain, protocol, count, chosen.seconds) for name, count in RIVALS.items()}
    ours = {_named(count): partial(_ours, protocol, count, chosen.seconds) for count in lanes}
    return {**ours, **rivals, LIMIT: partial(_limit, protocol, chosen.seconds / 3)}


def _named(lanes: int) -> str:
    return f"ours, {_counted(lanes)}"


def _counted(lanes: int) -> str:
    return f"{lanes} lane{'' if lanes == 1 else 's'}"


def _ours(protocol: str, lanes: int, seconds: float) -> Throughput:
    return _throughput(protocol, contenders.ours(protocol, lanes, seconds=seconds))


def _plain(protocol: str, processes: int, seconds: float) -> Throughput:
    return _throughput(protocol, contenders.plain(protocol, processes, seconds=seconds))


def _limit(protocol: str, seconds: float) -> Throughput:
    return {OPERATIONS: contenders.matrix_speed(protocol, seconds)}


def _throughput(protocol: str, answers: Answers) -> Throughput:
    """Add up what the processes did; each tells the seconds of a step and of an evaluation of its lanes."""
    every = PROTOCOLS[protocol].every
    return {
        kind: sum(
            one["lanes"] / (one["step"] + sum(one.get(name, 0.0) for name in names) / every)
            for one in answers
        )
        for kind, names in KINDS.items()
    }


def _against(
    found: Mapping[str, list[Throughput]], limits: Mapping[str, list[float]], lanes: int
) -> dict[str, float]:
    """Compare one count of lanes with its rivals, and with the limit of either form's matrix products."""
    own = found[_named(lanes)]
    steps, looked = _values(own, STEPS), _values(own, LOOKED)
    rivals = (PUBLISHED, PARTED) if lanes > 1 else (PUBLISHED,)  # a single run fills one process
    whole = {f"ours / {name}": ratio(looked, _values(found[name], EVALUATED)) for name in rivals}
    alone = {f"ours / {name}, {STEPS}": ratio(steps, _values(found[name], STEPS)) for name in rivals}
    far = {f"limit of the {form} form / ours, {STEPS}": ratio(limits[form], steps) for form in limits}
    return whole | alone | far


def _values(answers: Sequence[Throughput], kind: str) -> list[float]:
    return [answer[kind] for answer in answers]


def _print(
    every: int,
    found: Mapping[str, list[Throughput]],
    limits: Mapping[str, list[float]],
    against: Mapping[str, Mapping[str, float]],
) -> None:
    print(f"lane-steps per second on all cores, median (least to most); an evaluation every {every} steps")
    rows = [[name, *_spreads(name, answers)] for name, answers in found.items()]
    rows += [[f"limit of the {form} form", spread(values), "-", "-"] for form, values in limits.items()]
    table(["", *KINDS], rows)
    print("\nmedians of the rounds' ratios: evaluations on both sides and looks on ours, or steps alone")
    names = list(dict.fromkeys(name for one in against.values() for name in one))
    table(
        ["", *against],
        [[name, *(f"{one[name]:.2f}" if name in one else "-" for one in against.values())] for name in names],
    )


def _spreads(name: str, answers: Sequence[Throughput]) -> list[str]:
    """Write each kind; the plain loop has no looks."""
    return ["-" if name in RIVALS and kind == LOOKED else spread(_values(answers, kind)) for kind in KINDS]
