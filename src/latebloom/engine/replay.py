"""Programs on a device: as they are on a CPU, as one captured graph on a GPU."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from latebloom.engine.program import Program, record

WARM_UP = 3  # runs before a capture, in which libraries choose their kernels and allocate what they keep


class Graph:
    """A program captured as one CUDA graph, so that hundreds of small kernels cost one launch.

    Args:
        program: what to capture.
        inputs: tensors of its shapes.
        changing: how many of the leading inputs are other tensors at each call; they are copied to where the
            graph reads. The others must be the same memory at each call.
    """

    def __init__(self, program: Program, inputs: Sequence[Tensor], changing: int) -> None:
        self.read = [tensor.clone() for tensor in inputs[:changing]]
        given = (*self.read, *inputs[changing:])
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                program(*given)
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.outputs = program(*given)

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Replay. What is returned is overwritten by the next call."""
        for read, given in zip(self.read, inputs, strict=False):
            read.copy_(given)
        self.graph.replay()
        return self.outputs


def replay_of(
    function: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor], *, changing: int
) -> Program | Graph:
    """Record a function for these inputs, and on a GPU capture it."""
    program = record(function, inputs)
    return Graph(program, inputs, changing) if inputs[0].is_cuda else program
