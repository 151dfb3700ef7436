"""Steps on a GPU: populations of growing size against the plain loop on the same GPU, and the chip's own speed."""

import gc
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch

from benchmarks import limit, ours, plain
from benchmarks.protocols import PROTOCOLS
from benchmarks.rounds import Effort, UnavailableError, alternate, ratio, spread, table

LANES = (1, 8, 64, 256)
FULL, QUICK = Effort(rounds=3, seconds=3.0), Effort(rounds=1, seconds=1.0)
LARGE = 8192  # rows of the square matrices whose product tells the peak
PRECISIONS = ("float32", "tf32", "bfloat16")
"""Settings of a run of ours; the plain loop has the first two by torch's switch and the last by autocast."""


def measure_manifold(quick: bool) -> dict[str, Any]:
    return _measure("manifold", quick)


def measure_full_batch(quick: bool) -> dict[str, Any]:
    return _measure("full-batch", quick)


def measure_stages(quick: bool) -> dict[str, Any]:
    return _measure("stages", quick)


def _measure(protocol: str, quick: bool) -> dict[str, Any]:
    if not torch.cuda.is_available():
        raise UnavailableError("no CUDA device here")
    return compare(protocol, LANES, QUICK if quick else FULL, device="cuda")


def compare(
    protocol: str, lanes: tuple[int, ...], chosen: Effort, *, device: str, large: int = LARGE
) -> dict[str, Any]:
    """Time all in turn on one device, print throughputs, ratios, shares of the peak and memory."""
    contenders: dict[str, Any] = {}
    for name in PRECISIONS:
        contenders |= {
            f"ours, {count} lanes, {name}": partial(_ours, protocol, count, name, chosen, device)
            for count in lanes
        }
        contenders[_rival(name)] = partial(_plain, protocol, name, chosen, device)
        contenders[_peak(name)] = partial(_peak_speed, large, name, device)
    found = alternate(contenders, chosen.rounds)
    peaks = {name: [one["operations"] for one in found.pop(_peak(name))] for name in PRECISIONS}
    counted = limit.operations(protocol)
    results = {
        name: _summary(protocol, name, found, peaks, counted["plain" if name.startswith("plain") else "own"])
        for name in found
    }
    _print(protocol, device, results, peaks)
    return {"results": results, "peaks": peaks, "operations of a step": counted["own"]}


def _rival(precision: str) -> str:
    return f"plain loop, {precision}"


def _peak(precision: str) -> str:
    return f"peak, {precision}"


def _ours(protocol: str, lanes: int, precision: str, chosen: Effort, device: str) -> dict[str, Any]:
    changes = [f"training.precision={precision}"]
    return _timed(partial(ours.timing, protocol, range(lanes), changes=changes), chosen, device)


def _plain(protocol: str, precision: str, chosen: Effort, device: str) -> dict[str, Any]:
    return _timed(partial(plain.timing, protocol, 0, precision=precision), chosen, device)


def _timed(call: Callable[..., dict[str, Any]], chosen: Effort, device: str) -> dict[str, Any]:
    """Time in this process, with its most memory on the device."""
    _forget_memory(device)
    answer = call(
        seconds=chosen.seconds,
        warm_up=min(1.0, chosen.seconds),
        threads=torch.get_num_threads(),
        ready=lambda: None,
        device=device,
    )
    return answer | {"bytes": torch.cuda.max_memory_allocated() if device == "cuda" else 0}


def _forget_memory(device: str) -> None:
    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _peak_speed(large: int, precision: str, device: str) -> dict[str, float]:
    return {"operations": limit.peak(large, precision, device)}


def _summary(
    protocol: str, name: str, found: dict[str, Any], peaks: dict[str, list[float]], operations: float
) -> dict[str, Any]:
    precision, answers = name.rpartition(", ")[2], found[name]
    speeds = [one["lanes"] / one["step"] for one in answers]
    rival = [1 / one["step"] for one in found[_rival(precision)]]
    achieved = [speed * operations for speed in speeds]
    return {
        "lane-steps per second": speeds,
        "over plain": ratio(speeds, rival),
        "operations per second": achieved,
        "share of peak": ratio(achieved, peaks[precision]),
        "minutes of a whole run": median(_minutes(protocol, one) for one in answers),
        "bytes": max(one["bytes"] for one in answers),
    }


def _minutes(protocol: str, answer: dict[str, Any]) -> float:
    """Extrapolate to all steps and evaluations (with looks, on our side) of the protocol, for all lanes at once."""
    wanted = PROTOCOLS[protocol]
    evaluation = answer["evaluation"] + answer.get("looks", 0.0)
    return wanted.steps * (answer["step"] + evaluation / wanted.every) / 60


def _print(protocol: str, device: str, results: dict[str, Any], peaks: dict[str, list[float]]) -> None:
    print(
        f"{protocol} on {device}: steps without evaluations; the whole run with them, and with looks on our side"
    )
    rows = [
        [
            name,
            spread(one["lane-steps per second"]),
            f"{one['over plain']:.1f}",
            f"{median(one['operations per second']) / 1e12:.3f}",
            f"{one['share of peak']:.2%}",
            f"{one['minutes of a whole run']:.1f}",
            f"{one['bytes'] / 1e6:,.0f}",
        ]
        for name, one in results.items()
    ]
    table(["", "lane-steps/s", "over plain", "TFLOP/s", "of peak", "run, minutes", "MB"], rows)
    for name, values in peaks.items():
        print(f"large matrix products, {name}: {median(values) / 1e12:.2f} TFLOP/s")
