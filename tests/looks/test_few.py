"""What looks compute on a few examples alone: tangent kernels, and gradients by the operands."""

import pytest
import torch
from torch.func import functional_call

from latebloom.looks import parse_look
from latebloom.measures import kernel_alignment, kernel_target_alignment
from latebloom.measures.functions import tangent_kernel
from tests.looks.test_frame import TRANSFORMER, Seen, addition, specs_of

QUADRATIC = {"name": "quadratic", "width": 12}
MODELS = {
    "mlp": {},
    "shared": {"model": {"name": "embedding-mlp", "width": 8, "embeddings": "shared"}},
    "transformer": {"model": TRANSFORMER},
    "closing": {"model": {**TRANSFORMER, "closing": True, "readout": "last"}},
    "quadratic": {"model": QUADRATIC},
}


@pytest.fixture(scope="module", params=MODELS)
def seen(request):
    return Seen(specs_of(addition(), addition(), **MODELS[request.param]))


def outputs_of(seen, slot):
    """The network of a lane as a function of a row of all its parameters and of tokens."""
    module, layout = seen.module(slot), seen.population.layout

    def one(row, tokens):
        parts = {part.name: row[part.start : part.stop].view(part.shape) for part in layout}
        return functional_call(module, parts, (tokens,))[0]

    return one


def test_the_kernel_of_a_lane_is_that_of_its_own_network_on_its_own_examples(seen):
    frame = seen.frame("kernel_alignment(examples=5)@logits")
    for slot in (0, 1):
        few = frame.sight.few("test", 5)[slot]
        row = seen.snapshot.state.parameters[slot]
        expected = tangent_kernel(outputs_of(seen, slot), row, seen.population.tokens[slot, few])
        torch.testing.assert_close(frame.sight.kernel("test", 5)[slot], expected, rtol=1e-4, atol=1e-5)


def test_kernel_looks_give_what_their_measures_make_of_the_kernel_and_its_labels(seen):
    texts = [f"{name}(examples=6)@logits/train" for name in ("kernel_alignment", "kernel_target_alignment")]
    found = seen.take(*texts, "kernel_distance(examples=6)@logits/train")
    sight = seen.frame(texts[0]).sight
    few = sight.few("train", 6)
    labels = seen.population.labels.gather(1, few)
    assert all(
        set(one.tolist()) <= set(own.tolist()) for one, own in zip(few, seen.population.train, strict=True)
    )
    kernel, end = sight.kernel("train", 6), "(examples=6)@logits/train"
    expected = kernel_alignment(kernel, labels)
    for name, value in expected.items():
        torch.testing.assert_close(found[name + end], value)
    one_hot = torch.nn.functional.one_hot(labels, 7).double()
    for name, value in kernel_target_alignment(kernel, one_hot).items():
        torch.testing.assert_close(found[name + end], value)
    assert (found["kernel_distance" + end] > 1e-6).all()


def test_at_step_0_no_kernel_is_away_from_where_it_was():
    start = Seen(specs_of(addition(), addition()), steps=0)
    found = start.take("kernel_distance(examples=4)@logits")
    assert found["kernel_distance(examples=4)@logits"].tolist() == [0.0, 0.0]
    assert found["kernel_change(examples=4)@logits"].tolist() == [0.0, 0.0]


def test_the_few_are_the_same_at_every_step_and_no_more_than_there_are(seen):
    frame = seen.frame("kernel_alignment@logits")
    examples = seen.population.test.shape[1]
    assert frame.sight.few("test", 64).shape == (2, examples)
    assert torch.equal(
        frame.sight.few("test", 3), Seen(seen.specs, steps=1).frame("accuracy@logits").sight.few("test", 3)
    )
    assert len(set(frame.sight.few("all", 9)[0].tolist())) == 9


def test_gradients_by_the_operands_are_those_of_a_network_that_is_given_two_rows(seen):
    frame = seen.frame("gradient_symmetricity(examples=4)@logits")
    few, found = frame.sight.few("test", 4), frame.sight.operands("test", 4)
    for slot in (0, 1):
        module = seen.module(slot).double()
        step = 1e-6
        tables = module.tokens.detach().clone()
        for sample, (first, second) in enumerate(seen.population.tokens[slot, few[slot]].tolist()):
            # A table of its own rows, so that operands that are equal are two inputs; moved along each gradient.
            rows = torch.stack([tables[0, first], tables[-1, second]])
            changes = []
            for operand in (0, 1):
                direction = found[operand, slot, sample].double()
                direction = direction / direction.norm()
                moved = [rows.clone(), rows.clone()]
                moved[0][operand] += step * direction
                moved[1][operand] -= step * direction
                high, low = (logits_of(module, tables, one) for one in moved)
                changes.append((high - low) / (2 * step))
            lengths = found[:, slot, sample].norm(dim=-1).double()
            slopes = torch.stack(changes)  # (operand, class): along its gradient a logit rises by its length
            fits = torch.isclose(slopes, lengths[:, None], rtol=1e-3, atol=1e-5)
            assert fits.all(0).any(), (slot, sample)


def logits_of(module, tables, rows):
    """Run one example whose operands have these embeddings."""
    both = rows.expand(len(tables), 2, -1).contiguous()
    with torch.no_grad():
        return functional_call(module, {"tokens": both}, (torch.arange(2)[None],))[0][0]


def test_a_network_that_adds_embeddings_first_is_symmetric():
    seen = Seen(specs_of(addition(), model=QUADRATIC))
    with torch.no_grad():
        seen.snapshot.state.parameters[:, : 2 * 7 * 12] = seen.snapshot.state.parameters[:, : 7 * 12].repeat(
            1, 2
        )
    found = seen.take("gradient_symmetricity@logits")
    assert found["gradient_symmetricity@logits"].item() == pytest.approx(1.0)
    count = found["gradient_symmetricity_samples@logits"].item()
    assert count == seen.population.test.shape[1]


def test_lanes_do_not_see_each_other(seen):
    together = seen.take("kernel_alignment(examples=4)@logits", "gradient_symmetricity@logits")
    alone = Seen(seen.specs[1:], steps=5)
    alone.snapshot.state.parameters.copy_(seen.snapshot.state.parameters[1:])
    for name, value in alone.take(
        "kernel_alignment(examples=4)@logits", "gradient_symmetricity@logits"
    ).items():
        torch.testing.assert_close(together[name][1:], value, rtol=0, atol=0)
    assert parse_look("kernel_alignment(examples=4)@logits").dear
