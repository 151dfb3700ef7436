"""A recording made shorter without changing a number that it gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils import _pytree as pytree

from latebloom.engine.layouts import laid_out
from latebloom.engine.quicker import quicker
from latebloom.engine.recording import Call, Recording, Values, Variable

aten = torch.ops.aten

IN_PLACE: Mapping[Any, tuple[Any, str]] = {
    aten.add.Tensor: (aten.add_.Tensor, ""),
    aten.sub.Tensor: (aten.sub_.Tensor, ""),
    aten.mul.Tensor: (aten.mul_.Tensor, ""),
    aten.mul.Scalar: (aten.mul_.Scalar, ""),
    aten.div.Tensor: (aten.div_.Tensor, ""),
    aten.div.Scalar: (aten.div_.Scalar, ""),
    aten.neg.default: (aten.neg_.default, ""),
    aten.relu.default: (aten.relu_.default, ""),
    aten.sigmoid.default: (aten.sigmoid_.default, ""),
    aten.tanh.default: (aten.tanh_.default, ""),
    aten.exp.default: (aten.exp_.default, ""),
    aten.scatter_add.default: (aten.scatter_add_.default, ""),
    aten.threshold_backward.default: (aten.threshold_backward.grad_input, "grad_input"),
    aten.sigmoid_backward.default: (aten.sigmoid_backward.grad_input, "grad_input"),
    aten.gelu_backward.default: (aten.gelu_backward.grad_input, "grad_input"),
}
"""Elementwise operations, the form that writes over their first operand, and the keyword that names it twice."""

OF_SHAPE_ALONE = frozenset(
    {
        aten.ones_like.default,
        aten.zeros_like.default,
        aten.full_like.default,
        aten.new_zeros.default,
        aten.new_ones.default,
        aten.new_full.default,
    }
)
"""What these return does not depend on the numbers in their operand."""


def shortened(recording: Recording) -> Recording:
    """Leave out what computes nothing or always the same, and write over what is no longer read."""
    calls, outputs = _without_second_names(recording)
    calls = _without_constants(_without_unused(calls, outputs), recording.inputs, recording.values)
    shorter = quicker(laid_out(Recording(calls, recording.inputs, outputs, recording.values)))
    shorter.calls = _without_unused(_with_narrow_sums(shorter), shorter.outputs)
    _write_in_place(shorter)
    return shorter


def _without_second_names(recording: Recording) -> tuple[list[Call], list[Variable]]:
    """Leave out what returns an operand as it is: views of the same shape, products with the number one."""
    values, written = recording.values, _written(recording.calls, recording.values)
    same: dict[Variable, Variable] = {}
    kept: list[Call] = []
    for call in recording.calls:
        arguments, keywords = _renamed((call.arguments, call.keywords), same)
        call = Call(call.operation, arguments, keywords, call.results)
        operand = _returned_operand(call, values, written)
        if operand is None:
            kept.append(call)
        else:
            same[call.makes[0]] = operand
            values.join(call.makes[0], operand)
    return kept, [same.get(output, output) for output in recording.outputs]


def _returned_operand(call: Call, values: Values, written: set[int]) -> Variable | None:
    """Find the operand that a call returns unchanged."""
    if len(call.makes) != 1 or call.writes:
        return None
    (made,) = call.makes
    times_one = (
        call.operation in (aten.mul.Scalar, aten.mul.Tensor)
        and isinstance(call.arguments[1], int | float)
        and call.arguments[1] == 1
    )
    for operand in call.takes():
        if not values.alike(operand, made):
            continue
        if times_one and not written & {values.memory(operand), values.memory(made)}:
            return operand
        start, end = values[operand].storage_offset(), values[made].storage_offset()
        if values.memory(operand) == values.memory(made) and start == end:
            return operand
    return None


def _renamed(arguments: Any, names: Mapping[Variable, Variable]) -> Any:
    return pytree.tree_map_only(Variable, lambda variable: names.get(variable, variable), arguments)


def _written(calls: Sequence[Call], values: Values) -> set[int]:
    """Tell the memory that the function itself writes in place."""
    return {values.memory(made) for call in calls if call.writes for made in call.makes}


def _without_unused(calls: Sequence[Call], outputs: Sequence[Variable]) -> list[Call]:
    """Leave out what nothing that is returned depends on."""
    wanted = set(outputs)
    kept: list[Call] = []
    for call in reversed(calls):
        if call.writes or wanted.intersection(call.makes):
            wanted.update(call.takes())
            kept.append(call)
    return kept[::-1]


def _without_constants(calls: Sequence[Call], inputs: Sequence[Variable], values: Values) -> list[Call]:
    """Leave out what is the same at every run; the tensors of the recording stand in for it."""
    written = _written(calls, values)
    moving = set(inputs)
    kept: list[Call] = []
    for call in calls:
        fixed = call.operation in OF_SHAPE_ALONE or not moving.intersection(call.takes())
        if fixed and not any(values.memory(made) in written for made in call.makes):
            continue
        moving.update(call.makes)
        kept.append(call)
    return kept


def _with_narrow_sums(recording: Recording) -> list[Call]:
    """Where a slice padded with zeros is added to what nothing else reads, add the slice to its part of that."""
    memory, values = _Memory(recording), recording.values
    padded = _padded(recording)
    for place, call in enumerate(recording.calls):
        for addend in padded.keys() & set(call.takes()):  # what is padded would be read here instead
            home = values.memory(padded[addend].arguments[0])
            memory.last[home] = max(memory.last.get(home, -1), place)
    names: dict[Variable, Variable] = {}
    kept: list[Call] = []
    for place, call in enumerate(recording.calls):
        arguments, keywords = _renamed((call.arguments, call.keywords), names)
        call = Call(call.operation, arguments, keywords, call.results)
        total, addend = _sum_with_padding(call, padded)
        if addend is None or call.makes[0] in recording.outputs or not memory.may_be_written([total], place):
            kept.append(call)
            continue
        narrow, _, *where = addend.arguments
        part = values.name(aten.slice.Tensor(values[total], *where))
        kept.append(Call(aten.slice.Tensor, (total, *where), {}, [part]))
        kept.append(Call(aten.add_.Tensor, (part, narrow), {}, [part]))
        names[call.makes[0]] = total
        memory.join(call.makes[0], total)
    return kept


def _padded(recording: Recording) -> dict[Variable, Call]:
    """List what is a slice padded with zeros, by its variable; not of slices that the function writes itself."""
    written = _written(recording.calls, recording.values)
    return {
        call.makes[0]: call
        for call in recording.calls
        if call.operation == aten.slice_backward.default
        and recording.values.memory(call.arguments[0]) not in written
    }


def _sum_with_padding(call: Call, padded: Mapping[Variable, Call]) -> tuple[Any, Call | None]:
    """Part a sum into what is added to, and the call that pads what is added; None where it is no such sum."""
    if call.operation == aten.add.Tensor and not call.keywords:
        for total, addend in (call.arguments, call.arguments[::-1]):
            if isinstance(total, Variable) and addend in padded and total not in padded:
                return total, padded[addend]
    return None, None


def _write_in_place(recording: Recording) -> None:
    """Let elementwise operations write over an operand that nothing reads any more."""
    memory = _Memory(recording)
    for place, call in enumerate(recording.calls):
        if call.operation not in IN_PLACE:
            continue
        for operands in _orders(call):
            if memory.may_be_written(operands, place) and recording.values.alike(operands[0], call.makes[0]):
                operation, keyword = IN_PLACE[call.operation]
                call.operation = operation
                call.arguments = (*operands, *call.arguments[len(operands) :])
                call.keywords = {**call.keywords, keyword: operands[0]} if keyword else call.keywords
                memory.join(call.makes[0], operands[0])
                break


def _orders(call: Call) -> list[tuple[Variable, ...]]:
    """Give the orders in which the leading operands may stand; the first one would be written over."""
    operands = tuple(argument for argument in call.arguments[:2] if isinstance(argument, Variable))
    if operands[:1] != call.arguments[:1]:
        return []
    symmetric = call.operation in (aten.add.Tensor, aten.mul.Tensor) and not call.keywords
    return [operands, operands[::-1]] if symmetric and len(operands) == 2 else [operands]


class _Memory:
    """Which memory a variable lies in, and when that is read last."""

    def __init__(self, recording: Recording) -> None:
        self.values = recording.values
        made = {self.values.memory(variable) for call in recording.calls for variable in call.makes}
        self.ours = made - {self.values.memory(variable) for variable in recording.inputs}
        self.last: dict[int, float] = {}
        for place, call in enumerate(recording.calls):
            self.last |= {self.values.memory(variable): place for variable in call.takes()}
        self.last |= {self.values.memory(variable): float("inf") for variable in recording.outputs}

    def may_be_written(self, operands: Sequence[Variable], place: int) -> bool:
        """Whether the first operand's memory was made here, is read last at this call, and by it alone."""
        home = self.values.memory(operands[0])
        alone = all(self.values.memory(other) != home for other in operands[1:])
        return home in self.ours and self.last.get(home) == place and alone

    def join(self, made: Variable, operand: Variable) -> None:
        """Put what is made where the operand was."""
        old, new = self.values.memory(made), self.values.memory(operand)
        self.values.join(made, operand)
        self.last[new] = max(self.last.get(new, -1), self.last.get(old, -1))
