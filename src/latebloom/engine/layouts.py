"""Calls of a recording made in the layout in which their results are read, so that nothing is copied into another."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from latebloom.engine.recording import Call, Reading, Recording, Values, Variable

aten = torch.ops.aten
TURNS = ((1, 2), (2, 1), (-1, -2), (-2, -1))
READS_ANY_LAYOUT = frozenset({aten.clone.default, aten.stack.default, aten.cat.default, aten.cat.out})
"""These read their operands' numbers, and make memory of their own for what they return."""


def laid_out(recording: Recording) -> Recording:
    """Make products turned where they are read turned, and sums without what is only there to be added.

    A product that is made turned may be rounded otherwise in its last bits; all else gives the same numbers.
    """
    calls = recording.calls
    for rewritten in (_with_turned_products, _with_plain_sums):
        calls = rewritten(calls, recording)
    return Recording(calls, recording.inputs, recording.outputs, recording.values)


def _with_turned_products(calls: Sequence[Call], recording: Recording) -> list[Call]:
    """Where the turned result of a batched product is copied, make (A B)' as B' A', which needs no copy.

    Gradients of weights are such: autograd gives x' dy turned, and the optimizer reads them as the weights lie.
    """
    reading, values = Reading(calls, recording.outputs), recording.values
    products: dict[int, tuple[Call, Variable]] = {}
    names: dict[Variable, Variable] = {}
    for call in calls:
        product = _turned_product(call, reading)
        if product is None or call.makes[0] in recording.outputs:
            continue
        fresh = values.name(values[call.makes[0]].contiguous())
        products[id(product)] = (call, fresh)
        names[call.makes[0]] = fresh
    turns = {id(turn) for turn, _ in products.values()}
    kept: list[Call] = []
    for call in calls:
        if id(call) in products:
            kept += _turned(call, products[id(call)][1], values)
        elif id(call) not in turns:
            kept.append(_reading_from(call, names))
    return _without_copies(kept, recording, set(names.values()))


def _turned_product(call: Call, reading: Reading) -> Call | None:
    """Give the batched product that a call turns, where all who read the result may read any layout."""
    if call.operation != aten.transpose.int or tuple(call.arguments[1:]) not in TURNS:
        return None
    readers = reading.readers.get(call.makes[0], [])
    if not readers or any(reader.operation not in READS_ANY_LAYOUT for reader in readers):
        return None
    return reading.made_by(call.arguments[0], aten.bmm.default)


def _turned(product: Call, result: Variable, values: Values) -> list[Call]:
    """Write the product of the operands turned, in turned order."""
    left, right = product.arguments
    turns = [_view(values, operand, lambda one: one.transpose(1, 2)) for operand in (right, left)]
    calls = [
        Call(aten.transpose.int, (operand, 1, 2), {}, [turned])
        for operand, turned in zip((right, left), turns, strict=True)
    ]
    return [*calls, Call(aten.bmm.default, tuple(turns), {}, [result])]


def _without_copies(calls: Sequence[Call], recording: Recording, fresh: set[Variable]) -> list[Call]:
    """Leave out copies of what was made to be read by them alone."""
    reading = Reading(calls, recording.outputs)
    names: dict[Variable, Variable] = {}
    for call in calls:
        copied = call.arguments[0] if call.operation == aten.clone.default else None
        if copied in fresh and reading.counts[copied] == 1 and call.makes[0] not in recording.outputs:
            names[call.makes[0]] = copied
            recording.values.join(call.makes[0], copied)
    return [_reading_from(call, names) for call in calls if not names.keys() & set(call.makes)]


def _with_plain_sums(calls: Sequence[Call], recording: Recording) -> list[Call]:
    """Where two tensors are stacked to be summed at once, add them."""
    reading = Reading(calls, recording.outputs)
    added: dict[int, Call] = {}
    gone: set[int] = set()
    for call in calls:
        stack = (
            reading.made_by(call.arguments[0], aten.stack.default)
            if call.operation == aten.sum.dim_IntList
            else None
        )
        if stack is None or not _sums_the_stack(call, stack):
            continue
        gone.add(id(stack))
        total = recording.values.name(torch.empty_like(recording.values[stack.arguments[0][0]]))
        added[id(call)] = Call(aten.add.Tensor, tuple(stack.arguments[0]), {}, [total])
    kept: list[Call] = []
    for call in calls:
        if id(call) in added:
            total = added[id(call)].makes[0]
            shape = list(recording.values[call.makes[0]].shape)
            kept += [added[id(call)], Call(aten.view.default, (total, shape), {}, call.results)]
            recording.values.join(call.makes[0], total)
        elif id(call) not in gone:
            kept.append(call)
    return kept


def _sums_the_stack(call: Call, stack: Call) -> bool:
    """Whether a sum is over the axis of a stack of two, alike in layout."""
    operands, axis = stack.arguments[0], stack.arguments[1] if len(stack.arguments) > 1 else 0
    return len(operands) == 2 and call.arguments[1] == [axis] and axis >= 0 and not call.keywords


def _view(values: Values, variable: Variable, view: Callable[[Tensor], Tensor]) -> Variable:
    return values.name(view(values[variable]))


def _reading_from(call: Call, names: dict[Variable, Variable]) -> Call:
    """Let a call read other variables in place of some."""
    if not names.keys() & set(call.takes()):
        return call
    arguments, keywords = pytree.tree_map_only(
        Variable, lambda one: names.get(one, one), (call.arguments, call.keywords)
    )
    return Call(call.operation, arguments, keywords, call.results)
