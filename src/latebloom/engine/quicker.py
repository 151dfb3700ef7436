"""Calls of a recording that a CPU makes faster in another form. On a GPU sums by index would come in no fixed order."""

from collections.abc import Sequence

import torch

from latebloom.engine.recording import Call, Reading, Recording

aten = torch.ops.aten


def quicker(recording: Recording) -> Recording:
    """Make gradients of gathered rows, and of losses that read one number of each row, in their quicker forms.

    The first gives the same bits; of the second the last bits may be rounded otherwise.
    """
    if not all(recording.values[one].is_cpu for one in recording.inputs):
        return recording
    calls: list[Call] = []
    reading = Reading(recording.calls, recording.outputs)
    for call in recording.calls:
        calls += _summed_by_index(call, recording) or _of_few_readers(call, reading, recording) or [call]
    return Recording(calls, recording.inputs, recording.outputs, recording.values)


def _summed_by_index(call: Call, recording: Recording) -> Sequence[Call]:
    """Make the gradient of a table whose rows were gathered as a sum by index, which runs over whole rows at once."""
    if call.operation != aten.embedding_dense_backward.default:
        return ()
    gradient, index, rows, padding, by_frequency = call.arguments
    values = recording.values
    fits = values[gradient].is_contiguous() and values[index].is_contiguous()
    if padding >= 0 or by_frequency or not fits:
        return ()
    width = values[gradient].shape[-1]
    nothing = values.name(values[gradient].new_zeros(rows, width))
    flat_index = values.name(values[index].view(-1))
    flat = values.name(values[gradient].view(-1, width))
    return (
        Call(aten.view.default, (index, [-1]), {}, [flat_index]),
        Call(aten.view.default, (gradient, [-1, width]), {}, [flat]),
        Call(aten.index_add.default, (nothing, 0, flat_index, flat), {}, call.results),
    )


def _of_few_readers(call: Call, reading: Reading, recording: Recording) -> Sequence[Call]:
    """Differentiate a log-softmax of which one number of each row is read, without the zeros of all others.

    With g read at one place of each row, the gradient is -g times the softmax, less 1 at that place. The softmax may be
    next to 1 there, so 1 is taken off before anything is rounded.
    """
    if call.operation != aten._log_softmax_backward_data.default:
        return ()
    gradient, output, axis, _ = call.arguments
    spread, values = reading.made_by(gradient, aten.scatter_add.default), recording.values
    if spread is None or not _is_one_of_each_row(spread, axis, reading, recording):
        return ()
    _, _, index, read = spread.arguments
    one = values.name(-torch.ones_like(values[read]))
    negative, softmax, less = (values.name(torch.empty_like(values[like])) for like in (read, output, output))
    return (
        Call(aten.neg.default, (read,), {}, [negative]),
        Call(aten.exp.default, (output,), {}, [softmax]),
        Call(aten.scatter_add.default, (softmax, axis, index, one), {}, [less]),
        Call(aten.mul.Tensor, (less, negative), {}, call.results),
    )


def _is_one_of_each_row(spread: Call, axis: int, reading: Reading, recording: Recording) -> bool:
    """Whether a call puts one number into each row along that axis, and the rows hold nothing else."""
    nothing, along, index, read = spread.arguments
    values = recording.values
    rank = values[nothing].dim()
    constant = nothing not in reading.makers and nothing not in recording.inputs
    rows = list(values[nothing].shape)
    rows[axis] = 1
    return (
        constant
        and along % rank == axis % rank
        and list(values[index].shape) == rows == list(values[read].shape)
        and not values[nothing].any()
    )
