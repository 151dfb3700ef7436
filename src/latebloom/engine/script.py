"""A recording as a graph that torch's own interpreter runs: the same operations, without Python between them.

Threads that replay as Python wait for each other at each of hundreds of operations, since only one of them may run
Python at a time. The interpreter lets others run Python until the whole step is done. It is not part of torch's
public interface; where it is missing, or a recording holds what cannot be written for it, Python replays.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from latebloom.engine.recording import Call, Recording, Variable

NUMBERS = {
    torch.int32: 3,
    torch.int64: 4,
    torch.float16: 5,
    torch.float32: 6,
    torch.float64: 7,
    torch.bool: 11,
    torch.bfloat16: 15,
    torch.strided: 0,
    torch.contiguous_format: 0,
    torch.preserve_format: 1,
}
"""Types and layouts as the interpreter numbers them."""


class _NotWritableError(Exception):
    """A value that has no spelling in the interpreter's language."""


def scripted(recording: Recording) -> Callable[..., tuple[Tensor, ...]] | None:
    """Make a function of a recording's inputs that runs without Python; None where that cannot be."""
    parse = getattr(torch._C, "parse_ir", None)
    create = getattr(torch._C, "_create_function_from_graph", None)
    if parse is None or create is None:
        return None
    text = _Text(recording)
    try:
        graph = parse(text.graph())
    except (_NotWritableError, RuntimeError):  # torch's own, of a number or an operation that it cannot read
        return None
    run, constants = create("program", graph), [recording.values[one] for one in text.constants]
    return lambda *inputs: run(*inputs, *constants)


class _Text:
    """Writes a graph: each name is given once, so that what is written in place keeps its first name."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.known = set(recording.inputs)
        self.constants: list[Variable] = []
        self.lines: list[str] = []
        self.spare = 0

    def graph(self) -> str:
        """Write all calls.

        Raises:
            _NotWritableError: a value has no spelling.
        """
        for call in self.recording.calls:
            self._write(call)
        outputs = ", ".join(self._variable(one) for one in self.recording.outputs)
        inputs = [*self.recording.inputs, *self.constants]
        types = ", ".join("Tensor" for _ in self.recording.outputs)
        return "\n".join(
            [
                f"graph({', '.join(f'{_name(one)} : Tensor' for one in inputs)}):",
                *self.lines,
                f"  %returned : ({types}) = prim::TupleConstruct({outputs})",
                "  return (%returned)\n",
            ]
        )

    def _write(self, call: Call) -> None:
        schema = call.operation._schema
        arguments: list[str] = []
        for place, argument in enumerate(schema.arguments):
            value = argument.default_value if argument.has_default_value() else None
            value = call.arguments[place] if place < len(call.arguments) else value
            value = call.keywords.get(argument.name, value)
            if str(argument.type) == "float" and isinstance(value, int):
                value = float(value)
            arguments.append(self._value(value))
        called = f"{schema.name}({', '.join(arguments)})"
        results = ", ".join(f"{self._fresh(result)} : Tensor" for result in call.results)
        if isinstance(schema.returns[0].type, torch.ListType):
            several = self._spare()
            self.lines.append(f"  {several} : Tensor[] = {called}")
            called = f"prim::ListUnpack({several})"
        self.lines.append(f"  {results} = {called}")

    def _value(self, value: Any) -> str:
        """Name a value, which is written before if it is no variable."""
        if isinstance(value, Variable):
            return self._variable(value)
        if isinstance(value, list | tuple):
            kinds = {_kind(one) for one in value} or {"int"}
            if len(kinds) > 1:
                raise _NotWritableError
            names = ", ".join([self._value(one) for one in value])
            return self._line(f"{kinds.pop()}[]", f"prim::ListConstruct({names})")
        if value is None:
            return self._line("NoneType", "prim::Constant()")
        if isinstance(value, torch.device):
            return self._line("Device", f'prim::Constant[value="{value}"]()')
        kind = _kind(value)
        if kind == "float":
            return self._line(kind, f"prim::Constant[value={float(value)!r}]()")
        number = NUMBERS[value] if value in NUMBERS and kind == "type" else int(value)
        return self._line("int" if kind == "type" else kind, f"prim::Constant[value={number}]()")

    def _line(self, kind: str, made: str) -> str:
        name = self._spare()
        self.lines.append(f"  {name} : {kind} = {made}")
        return name

    def _variable(self, variable: Variable) -> str:
        if variable not in self.known:
            self.known.add(variable)
            self.constants.append(variable)
        return _name(variable)

    def _fresh(self, result: Variable | None) -> str:
        if result is None or result in self.known:
            return self._spare()
        self.known.add(result)
        return _name(result)

    def _spare(self) -> str:
        self.spare += 1
        return f"%s{self.spare}"


def _kind(value: Any) -> str:
    """Tell a value's type in the interpreter's language; ``type`` for a dtype or a layout."""
    if isinstance(value, Variable):
        return "Tensor"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float) and math.isfinite(value):
        return "float"
    if isinstance(value, torch.dtype | torch.layout | torch.memory_format) and value in NUMBERS:
        return "type"
    raise _NotWritableError


def _name(variable: Variable) -> str:
    return f"%v{variable.number}"
