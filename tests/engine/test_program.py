"""Recorded functions: the same numbers to the last bit, with fewer operations."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import vmap

from latebloom.engine.program import record
from latebloom.engine.recording import record_calls
from latebloom.engine.rewriting import shortened


@pytest.fixture(autouse=True, scope="module", params=["interpreter", "python"])
def replayed_by(request):
    """Replay by torch's interpreter, and by Python, as on a GPU and where there is no interpreter."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "python":
            patch.delattr(torch._C, "parse_ir")
        yield


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def gradient(weights, points):
    """Differentiate a small network, mapped over lanes."""
    leaf = weights.detach().requires_grad_()
    hidden = vmap(lambda matrix, rows: torch.relu(rows @ matrix) * 2.0 + 1.0)(leaf, points)
    loss = hidden.tanh().sigmoid().square().sum()
    return (*torch.autograd.grad(loss, [leaf]), loss)


def test_a_program_gives_the_same_bits_on_other_numbers():
    program = record(gradient, (draw(3, 4, 5), draw(3, 6, 4, seed=1)))
    for seed in (2, 3):
        inputs = (draw(3, 4, 5, seed=seed), draw(3, 6, 4, seed=seed + 10))
        for made, expected in zip(program(*inputs), gradient(*inputs), strict=True):
            assert torch.equal(made, expected)
            assert not made.requires_grad


def test_inputs_stay_as_they_were():
    inputs = (draw(3, 4, 5), draw(3, 6, 4, seed=1))
    program = record(gradient, inputs)
    program(*inputs)
    assert torch.equal(inputs[0], draw(3, 4, 5))
    assert torch.equal(inputs[1], draw(3, 6, 4, seed=1))


def test_what_nobody_reads_is_not_computed():
    def wasteful(x):
        torch.linalg.svd(x)
        return (x + 1,)

    assert record(wasteful, (draw(4, 4),)).operations == ("aten.add.Tensor",)


def test_what_does_not_depend_on_the_inputs_is_computed_once():
    def offset(x):
        return (x + torch.arange(4).float().cumsum(0) + torch.ones_like(x),)

    program = record(offset, (draw(4),))
    assert not {"aten.arange.default", "aten.cumsum.default", "aten.ones_like.default"} & set(
        program.operations
    )
    assert torch.equal(program(draw(4, seed=1))[0], offset(draw(4, seed=1))[0])


def test_products_with_one_and_views_of_the_same_shape_are_left_out():
    program = record(lambda x: ((x * 1).view(2, 3).expand(2, 3).detach() + 2,), (draw(2, 3),))
    assert program.operations == ("aten.add.Tensor",)


def test_elementwise_operations_write_over_what_was_made_for_them_alone():
    program = record(lambda x: (((x @ x).relu() + 1).sigmoid(),), (draw(3, 3),))
    assert program.operations == (
        "aten.mm.default",
        "aten.relu_.default",
        "aten.add_.Tensor",
        "aten.sigmoid_.default",
    )
    x = draw(3, 3, seed=1)
    assert torch.equal(program(x)[0], ((x @ x).relu() + 1).sigmoid())


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x.relu(), x + 1),  # an input
        lambda x: ((y := x @ x), y.relu()),  # returned itself
        lambda x: ((y := x @ x).relu() + y,),  # read later
        lambda x: ((y := x @ x).relu() + y.t(),),  # read later through a view
        lambda x: (torch.add(y := x @ x, y.t()),),  # read beside itself, turned
        lambda x: ((x @ x).sum(0).expand(3, 3).relu(),),  # one number in several places
        lambda x: (torch.relu(x @ x).mul((x @ x)[:1]).sub(x), x),
        lambda x: ((x @ x).t() + (x @ x),),
    ],
)
def test_nothing_is_written_over_that_is_still_read(function):
    program = record(function, (draw(3, 3),))
    for seed in (1, 2):
        x = draw(3, 3, seed=seed)
        for made, expected in zip(program(x), function(x), strict=True):
            assert torch.equal(made, expected)
        assert torch.equal(x, draw(3, 3, seed=seed))


def layer_gradients(weights, points, wanted):
    """Differentiate a linear layer, mapped over lanes, and lay the gradients of each lane in a row."""
    leaf = weights.detach().requires_grad_()
    made = vmap(torch.nn.functional.linear)(points, leaf)
    (gradient,) = torch.autograd.grad((made - wanted).square().sum(), [leaf])
    return torch.cat([gradient.flatten(1), wanted.flatten(1)], dim=1), gradient.sum()


def test_a_weights_gradient_is_made_as_the_weights_lie():
    shapes = ((3, 7, 5), (3, 6, 5), (3, 6, 7))
    first, second = ([draw(*shape, seed=s + n) for n, shape in enumerate(shapes)] for s in (0, 10))
    program = record(lambda *inputs: layer_gradients(*inputs)[:1], first)
    assert not {"aten.clone.default", "aten.stack.default"} & set(program.operations)
    (made,), (expected, _) = program(*second), layer_gradients(*second)
    torch.testing.assert_close(made, expected, rtol=1e-6, atol=1e-6)
    assert made.is_contiguous()


def test_a_turned_product_that_is_read_elsewhere_stays_as_it_is():
    def function(x, y):
        turned = torch.bmm(x, y).transpose(1, 2)
        return torch.stack([turned, turned], 2), turned.sum(0), torch.bmm(x, y)

    inputs = (draw(2, 3, 4), draw(2, 4, 5))
    program = record(function, inputs)
    for made, expected in zip(program(*inputs), function(*inputs), strict=True):
        assert torch.equal(made, expected)


def test_a_stack_that_is_summed_at_once_is_a_sum():
    program = record(lambda x, y: (torch.stack([x, y], 1).sum(1, keepdim=True),), (draw(3, 4), draw(3, 4)))
    assert program.operations == ("aten.add.Tensor", "aten.view.default")
    x, y = draw(3, 4, seed=1), draw(3, 4, seed=2)
    assert torch.equal(program(x, y)[0], torch.stack([x, y], 1).sum(1, keepdim=True))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (torch.stack([x, x], 1).sum(0),),  # another axis
        lambda x: (torch.stack([x, x, x], 1).sum(1),),  # three
        lambda x: ((y := torch.stack([x, x * 2], 1)).sum(1), y),  # the stack itself is returned
        lambda x: (torch.stack([x, x * 2], 1).sum(1, dtype=torch.float64),),
        lambda x: (torch.stack([x, x.t()], 1).sum(1),),
    ],
)
def test_other_sums_of_stacks_replay_to_the_same_bits(function):
    program = record(function, (draw(3, 3),))
    x = draw(3, 3, seed=1)
    for made, expected in zip(program(x), function(x), strict=True):
        assert torch.equal(made, expected)
        assert made.dtype == expected.dtype


def rows_gradient(table, index, wanted, **options):
    """Differentiate sums of gathered rows, mapped over lanes, by the table."""
    leaf = table.detach().requires_grad_()
    made = vmap(lambda rows, places: torch.nn.functional.embedding(places, rows, **options))(leaf, index)
    return torch.autograd.grad((made * wanted).tanh().sum(), [leaf])


def places(*shape, below, seed=0):
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(seed))


def test_the_gradient_of_gathered_rows_is_a_sum_by_index_to_the_same_bits():
    draws = [
        (draw(3, 7, 5, seed=n), places(3, 40, below=7, seed=n), draw(3, 40, 5, seed=n + 9)) for n in (0, 1)
    ]
    program = record(rows_gradient, draws[0])
    assert "aten.index_add.default" in program.operations
    assert "aten.embedding_dense_backward.default" not in program.operations
    for inputs in draws[::-1] * 2:  # nothing of a run is left in the next
        assert torch.equal(program(*inputs)[0], rows_gradient(*inputs)[0])


@pytest.mark.parametrize("options", [{"padding_idx": 2}, {"scale_grad_by_freq": True}])
def test_gradients_of_rows_that_are_not_plain_sums_stay_as_they_are(options):
    def function(table, index, wanted):
        leaf = table.detach().requires_grad_()
        made = torch.nn.functional.embedding(index, leaf, **options)
        return torch.autograd.grad((made * wanted).tanh().sum(), [leaf])

    inputs = (draw(7, 5), places(40, below=7), draw(40, 5, seed=1))
    program = record(function, inputs)
    assert "aten.embedding_dense_backward.default" in program.operations
    assert torch.equal(program(*inputs)[0], function(*inputs)[0])


def test_rows_whose_gradient_lies_turned_are_summed_all_the_same():
    def function(table, index, wanted):
        leaf = table.detach().requires_grad_()
        made = torch.nn.functional.embedding(index, leaf).transpose(0, 1)
        return torch.autograd.grad(made, [leaf], wanted)

    inputs = (draw(7, 5), places(40, below=7), draw(5, 40, seed=1))
    assert torch.equal(record(function, inputs)(*inputs)[0], function(*inputs)[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_of_a_loss_that_reads_one_number_of_each_row(dtype):
    def function(logits, labels):
        leaf = logits.detach().requires_grad_()
        each = -leaf.log_softmax(-1).gather(-1, labels[..., None]).squeeze(-1)
        return (*torch.autograd.grad((each * each.detach()).sum(), [leaf]), each.detach())

    draws = [((30.0 * draw(3, 8, 11, seed=n)).to(dtype), places(3, 8, below=11, seed=n)) for n in (0, 1)]
    program = record(function, draws[0])
    assert "aten._log_softmax_backward_data.default" not in program.operations
    for inputs in draws[::-1] * 2:
        expected, losses = function(*inputs)
        made, each = program(*inputs)
        # next to 1, the softmax less 1 is as exact as autograd's
        torch.testing.assert_close(made, expected, rtol=4 * torch.finfo(dtype).eps, atol=0.0)
        assert torch.equal(each, losses)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x.log_softmax(-1) * x.detach()).sum(),  # every number is read
        lambda x: x.log_softmax(-1).gather(-1, torch.tensor([[0, 0], [1, 2], [2, 0]])).sum(),  # two of a row
        lambda x: (
            x.log_softmax(0).gather(1, torch.tensor([[0], [1], [2]])).sum()
        ),  # one of each row, not column
        lambda x: x.log_softmax(-1)[:2].gather(1, torch.tensor([[0], [1]])).sum(),  # one of some rows
    ],
)
def test_gradients_of_losses_that_read_more_stay_as_they_are(function):
    def differentiated(x):
        leaf = x.detach().requires_grad_()
        return torch.autograd.grad(function(leaf).tanh(), [leaf])

    program = record(differentiated, (draw(3, 3),))
    assert "aten._log_softmax_backward_data.default" in program.operations
    x = draw(3, 3, seed=1)
    assert torch.equal(program(x)[0], differentiated(x)[0])


def padded(x, start=0, end=2):
    return torch.ops.aten.slice_backward(x, [4, *x.shape[1:]], 0, start, end, 1)


@pytest.mark.parametrize(
    ("function", "narrow"),
    [
        (lambda x: ((x @ x).add(padded(x[:2] * 3)).relu(),), True),
        (lambda x: (padded(x[:2] * 3, 2, 4) + (x @ x),), False),  # returned: its own memory may be wanted
        (lambda x: ((padded(x[:2] * 3, 2, 4) + (x @ x)) * 2,), True),
        (lambda x: ((y := x @ x) + padded(x[:2]), y.relu()), False),  # read later
        (lambda x: ((x + padded(x[:2])) * 2, x), False),  # an input
        (lambda x: ((padded(x[:2]) + padded(x[2:], 2, 4)) * 2,), False),
        (lambda x: (((y := x @ x)[:2] * 1, (y + padded(y[:2] * 2)) * 3)), False),
        # what is padded first is written over by another sum before it would be read
        (
            lambda x: ((p := padded((z := x @ x)[:2])), (z + padded(x[:2])) * 2, ((x @ x @ x) + p) * 5)[1:],
            None,
        ),
    ],
)
def test_a_padded_slice_is_added_to_its_part_alone(function, narrow):
    program = record(function, (draw(4, 4),))
    if narrow is not None:
        assert ("aten.slice_backward.default" not in program.operations) == narrow
    for seed in (1, 2):
        x = draw(4, 4, seed=seed)
        for made, expected in zip(program(x), function(x), strict=True):
            assert torch.equal(made, expected)
        assert torch.equal(x, draw(4, 4, seed=seed))


def test_what_the_function_itself_writes_in_place_is_written_at_each_run():
    def running(x, total):
        fresh = torch.zeros(3)
        fresh.add_(x)
        total.add_(fresh)
        return (total * 1,)

    program = record(running, (draw(3), torch.zeros(3)))
    total = torch.zeros(3)
    program(draw(3, seed=1), total)
    (result,) = program(draw(3, seed=2), total)
    torch.testing.assert_close(result, draw(3, seed=1) + draw(3, seed=2))
    assert torch.equal(total, result)


def test_operations_with_several_results_and_lists_of_operands():
    def function(x):
        first, second = x.unbind(0)
        values, places = torch.cat([first, second]).sort()
        return values, places, torch.stack([second, first])

    program = record(function, (draw(2, 4),))
    x = draw(2, 4, seed=1)
    assert all(torch.equal(made, expected) for made, expected in zip(program(x), function(x), strict=True))


def test_a_recording_is_shortened_without_being_changed():
    recording = record_calls(gradient, (draw(3, 4, 5), draw(3, 6, 4)))
    before = [(call.operation, call.arguments) for call in recording.calls]
    shorter = shortened(recording)
    assert len(shorter.calls) < len(recording.calls)
    assert before == [(call.operation, call.arguments) for call in recording.calls]


OPERATIONS = {
    "relu": torch.relu,
    "negative": torch.neg,
    "sigmoid": torch.sigmoid,
    "turn": lambda x: x.transpose(-1, -2),
    "double": lambda x: x * 2,
    "once": lambda x: x * 1,
    "add a row": lambda x: x + x[:1],
    "add its turn": lambda x: x + x.t(),
    "product": lambda x: x @ x,
    "subtract": lambda x: x - x.mean(),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=9), st.integers(0, 8))
def test_any_chain_of_operations_replays_to_the_same_bits(names, back):
    def function(x):
        made = [x]
        for name in names:
            made.append(OPERATIONS[name](made[-1]))
        return (
            made[-1],
            made[max(0, len(made) - 1 - back)] + 1,
            *torch.autograd.functional.jvp(OPERATIONS[names[0]], x, x),
        )

    program = record(function, (draw(3, 3) / 4,))
    x = draw(3, 3, seed=5) / 4
    assert all(torch.equal(made, expected) for made, expected in zip(program(x), function(x), strict=True))
