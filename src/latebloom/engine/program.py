"""A function of tensors as a straight line of operations: recorded once, shortened, replayed many times.

Differentiating a mapped module costs Python's, the map's and autograd's bookkeeping anew at each step. A program makes
the same operations on the same shapes without it, and gives the same numbers to the last bit.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from latebloom.engine.recording import Call, Recording, Variable, record_calls
from latebloom.engine.rewriting import shortened
from latebloom.engine.script import scripted


class Program:
    """A recorded function. Call it with tensors of the shapes that it was recorded with; no gradient flows.

    Args:
        recording: what to replay.
        interpreted: whether to replay by torch's interpreter on a CPU; see `script`. It lets go of large tensors later
            than Python does.
    """

    def __init__(self, recording: Recording, *, interpreted: bool = True) -> None:
        self.operations = tuple(str(call.operation) for call in recording.calls)
        interpreted = interpreted and all(recording.values[one].is_cpu for one in recording.inputs)
        self._run = (scripted(recording) if interpreted else None) or _compiled(recording)

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Make the operations. What is returned may share memory with the inputs."""
        with torch.no_grad():
            return self._run(*inputs)


def record(
    function: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor], *, interpreted: bool = True
) -> Program:
    """Run a function once and make a program of it; see `Program`.

    The function must be one of its inputs' numbers alone and branch on shapes only, as anything mapped by
    `torch.func.vmap` does; tensors from elsewhere that it reads are taken as constant.
    """
    return Program(shortened(record_calls(function, inputs)), interpreted=interpreted)


def _compiled(recording: Recording) -> Callable[..., tuple[Tensor, ...]]:
    """Write the calls as Python, letting each variable go after its last use, and compile that."""
    names: dict[str, Any] = {}
    known = set(recording.inputs)
    last = {
        variable: place
        for place, call in enumerate(recording.calls)
        for variable in (*call.makes, *call.takes())
        if variable not in recording.outputs
    }
    lines = [f"def run({', '.join(map(_name, recording.inputs))}):"]
    for place, call in enumerate(recording.calls):
        names |= {_name(one): recording.values[one] for one in call.takes() if one not in known}
        known.update(call.makes)
        lines.append(f"    {_assigned(call)} = {_called(call, names)}")
        done = {one for one in (*call.makes, *call.takes()) if last.get(one) == place and one in known}
        lines += [f"    {_name(one)} = None" for one in sorted(done, key=_name)]
    names |= {_name(one): recording.values[one] for one in recording.outputs if one not in known}
    lines.append(f"    return ({''.join(_name(variable) + ', ' for variable in recording.outputs)})")
    exec(compile("\n".join(lines), "<program>", "exec"), names)
    return names["run"]


def _name(variable: Variable) -> str:
    return f"v{variable.number}"


def _assigned(call: Call) -> str:
    returns = call.operation._schema.returns
    many = len(returns) > 1 or isinstance(returns[0].type, torch.ListType)
    targets = ["_" if result is None else _name(result) for result in call.results]
    return ", ".join(targets) + ("," if many else "")


def _called(call: Call, names: dict[str, Any]) -> str:
    """Write one call; what has no spelling of its own is put among the names."""

    def text(value: Any) -> str:
        if isinstance(value, Variable):
            return _name(value)
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(text, value))}]"
        if value is None or isinstance(value, int):
            return repr(value)
        return _kept("k", value, names)

    keywords = [f"{key}={text(value)}" for key, value in call.keywords.items()]
    return f"{_kept('f', call.operation, names)}({', '.join([*map(text, call.arguments), *keywords])})"


def _kept(letter: str, value: Any, names: dict[str, Any]) -> str:
    name = f"{letter}{len(names)}"
    names[name] = value
    return name
