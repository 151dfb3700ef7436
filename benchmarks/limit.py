"""The physical limit: how fast the machine multiplies matrices, and how many such operations a step needs."""

import time
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.crowd import Ready
from benchmarks.plain import begin, computing, steps
from benchmarks.protocols import PROTOCOLS
from latebloom.engine import Snapshot, train
from latebloom.events import Criteria
from latebloom.observe import Observer
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of

aten = torch.ops.aten
PRODUCTS = {aten.mm: torch.mm, aten.addmm: torch.mm, aten.bmm: torch.bmm, aten.baddbmm: torch.bmm}
OWN_SHAPES_DRAWN = 0  # seed of the run whose shapes are taken; every run has the same


@cache
def operations(protocol: str) -> dict[str, float]:
    """Count the floating-point operations of matrix products, by torch's counter.

    ``plain``, ``own``: in a mean training step of one run, over an epoch, in the plain form or in ours.
    ``evaluation``: in one evaluation of one run on both parts, in our form. An epoch and an evaluation go before
    those that are counted, since what is done but once, such as recording, is none of a step's work.
    """
    wanted = PROTOCOLS[protocol]
    epoch = wanted.steps_per_epoch
    plain = steps(begin(wanted, OWN_SHAPES_DRAWN))
    with arithmetic(1):  # the counter sees its own thread alone
        population, state = population_of(wanted.specs([0]))
        training = train(population, state, [epoch, 2 * epoch])
        observer = Observer.start(1, Criteria(), ())
        observer.see(next(training))
        again: list[Snapshot] = []
        return {
            "plain": _counted(lambda: list(islice(plain, epoch))) / epoch,
            "own": _counted(lambda: again.append(next(training))) / epoch,
            "evaluation": _counted(lambda: observer.see(again[0])),
        }


def _counted(work: Callable[[], object]) -> float:
    with FlopCounterMode(display=False) as counter:
        work()
    return float(counter.get_total_flops())


class Shapes(TorchDispatchMode):
    """Notes down the operands of every matrix product that is computed while it is in force."""

    def __init__(self) -> None:
        super().__init__()
        self.products: list[tuple[Callable[..., Tensor], Tensor, Tensor]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        multiply = PRODUCTS.get(func.overloadpacket)
        if multiply:
            left, right = args[-2:]
            self.products.append((multiply, _alike(left), _alike(right)))
        return func(*args, **(kwargs or {}))


def _alike(operand: Tensor) -> Tensor:
    """Make random numbers that lie in memory as the operand does."""
    strides = [
        stride if size > 1 else 1 for size, stride in zip(operand.shape, operand.stride(), strict=True)
    ]
    empty = torch.empty_strided(operand.shape, strides, dtype=operand.dtype, device=operand.device)
    return empty.normal_() if 0 not in strides else torch.randn_like(operand)


def timing(protocol: str, *, seconds: float, threads: int, ready: Ready) -> dict[str, Any]:
    """Repeat the matrix products of one plain step, and nothing else; return operations per second."""
    torch.set_num_threads(threads)
    run = begin(PROTOCOLS[protocol], OWN_SHAPES_DRAWN)
    with Shapes() as shapes:
        next(steps(run))
    work = [(multiply, left, right, multiply(left, right)) for multiply, left, right in shapes.products]
    counted = _counted(lambda: [multiply(left, right) for multiply, left, right, _ in work])
    ready()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds or not count:
        for multiply, left, right, out in work:
            multiply(left, right, out=out)
        count += 1
    return {"operations per second": counted * count / (time.perf_counter() - began)}


def peak(size: int, precision: str, device: str, seconds: float = 0.5) -> float:
    """Multiply two large square matrices in that precision; return operations per second."""
    with computing(precision, device):
        kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
        left, right = torch.randn(2, size, size, device=device, dtype=kind).unbind()
        out = left @ right
        _wait(out)
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            for _ in range(10):
                torch.mm(left, right, out=out)
            _wait(out)
            count += 10
        return 2 * size**3 * count / (time.perf_counter() - began)


def _wait(out: Tensor) -> None:
    out[0, 0].item()
