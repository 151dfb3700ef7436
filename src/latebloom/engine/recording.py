"""What a function of tensors did, operation by operation, beneath gradients and maps."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True)
class Variable:
    """A name for a tensor of a recording."""

    number: int


@dataclass(eq=False)
class Call:
    """One operation: what is called, variables standing in for tensors, and what comes of it."""

    operation: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    results: list[Variable | None]

    @property
    def makes(self) -> list[Variable]:
        """List the variables among the results."""
        return [result for result in self.results if result is not None]

    @property
    def writes(self) -> bool:
        """Whether it changes an operand."""
        return self.operation._schema.is_mutable

    def takes(self) -> Iterator[Variable]:
        """List the variables among the arguments."""
        leaves = pytree.tree_leaves((self.arguments, self.keywords))
        return (leaf for leaf in leaves if isinstance(leaf, Variable))


class Values:
    """The tensors of a recording by their names. All are kept until it is done, so that addresses tell them apart."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._tensors: list[Tensor] = []
        self._numbers: dict[int, int] = {}
        self._joined: dict[int, int] = {}
        for tensor in tensors:
            self.name(tensor)

    def name(self, tensor: Tensor) -> Variable:
        """Give a tensor's name; a new one if it has none yet."""
        if id(tensor) not in self._numbers:
            self._numbers[id(tensor)] = len(self._tensors)
            self._tensors.append(tensor)
        return Variable(self._numbers[id(tensor)])

    def __getitem__(self, variable: Variable) -> Tensor:
        """Give the tensor of that name."""
        return self._tensors[variable.number]

    def memory(self, variable: Variable) -> int:
        """Tell which memory a tensor lies in: a number that all its views share."""
        memory = self[variable].untyped_storage()._cdata
        while memory in self._joined:
            memory = self._joined[memory]
        return memory

    def join(self, made: Variable, operand: Variable) -> None:
        """Note that a replay puts one tensor, and all its views, where the other lies."""
        old, new = self.memory(made), self.memory(operand)
        if old != new:
            self._joined[old] = new

    def alike(self, one: Variable, other: Variable) -> bool:
        """Whether two tensors have the same shape, strides and type."""
        first, second = self[one], self[other]
        return (first.shape, first.stride(), first.dtype) == (second.shape, second.stride(), second.dtype)


@dataclass(eq=False)
class Recording:
    """Calls in their order, and the names of what went in and came out."""

    calls: list[Call]
    inputs: list[Variable]
    outputs: list[Variable]
    values: Values


class Reading:
    """Who makes each variable, and how many calls or outputs read it."""

    def __init__(self, calls: Sequence[Call], outputs: Sequence[Variable]) -> None:
        self.makers = {made: call for call in calls for made in call.makes}
        self.counts = Counter(taken for call in calls for taken in call.takes())
        self.counts.update(outputs)
        self.readers: dict[Variable, list[Call]] = {}
        for call in calls:
            for taken in call.takes():
                self.readers.setdefault(taken, []).append(call)

    def made_by(self, variable: object, operation: object) -> Call | None:
        """Give the call that makes a variable, if it is that operation and nobody else reads what it made."""
        maker = self.makers.get(variable) if isinstance(variable, Variable) else None
        alone = maker is not None and maker.operation == operation and self.counts[maker.makes[0]] == 1
        return maker if alone else None


def record_calls(function: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor]) -> Recording:
    """Run a function once and keep the operations that it made."""
    recorder = _Recorder(inputs)
    with recorder:
        made = [output.detach() for output in function(*inputs)]
    values = recorder.values
    outputs = [values.name(output) for output in made]
    return Recording(recorder.calls, [values.name(given) for given in inputs], outputs, values)


class _Recorder(TorchDispatchMode):
    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.values = Values(inputs)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first call imports torch's compiler, which takes more than a second

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        result = func(*args, **(kwargs or {}))
        arguments, keywords = pytree.tree_map_only(Tensor, self.values.name, (args, kwargs or {}))
        made = result if isinstance(result, tuple | list) else [result]
        results = [self.values.name(one) if isinstance(one, Tensor) else None for one in made]
        self.calls.append(Call(func, arguments, keywords, results))
        return result
