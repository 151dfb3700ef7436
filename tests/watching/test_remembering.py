"""Measures over several looks at a watched model."""

import pytest
import torch

import latebloom
from latebloom.errors import InputError
from latebloom.measures import gradient_cosine_similarity, gradient_norm, weight_change
from latebloom.watching.measuring import Plan
from tests.watching.strangers import LABELS, PAIRS, hooks_of, stranger, training

COSINE = "gradient_cosine_similarity(window=3)"


def row(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def watched(model, lab, **options):
    return latebloom.watch(model, sites=["4"], inputs=PAIRS, labels=LABELS, every=2, lab=lab, **options)


def trained(model, lab, steps, **options):
    """Train under a watch; return it, and gradients and weights at each step that is looked at."""
    gradients, weights = [], []
    with watched(model, lab, **options) as w:
        for step, _ in zip(range(1, steps + 1), training(model), strict=False):
            if step % 2 == 0:
                gradients.append(row(p.grad for p in model.parameters()))
                weights.append(row(model.parameters()))
            w.step(train_accuracy=0.5 if step < 5 else 0.99)
    return w, gradients, weights


def test_gradients_of_the_last_looks_are_compared(tmp_path):
    w, gradients, _ = trained(stranger(), tmp_path, 10, measures=[COSINE])
    found = {one["step"]: one[COSINE] for one in w.results() if COSINE in one}
    assert list(found) == [4, 6, 8, 10]  # from the second look on at which there was a gradient
    for step, value in found.items():
        last = gradients[: step // 2][-3:]
        assert value == pytest.approx(
            gradient_cosine_similarity(torch.stack(last), window=3).item(), abs=1e-6
        )


def test_only_as_many_gradients_are_kept_as_the_next_look_compares(tmp_path):
    w, gradients, _ = trained(stranger(), tmp_path, 14, measures=[COSINE])
    past = w._instruments.history.pasts[0]
    assert [torch.equal(one, own) for one, own in zip(past.gradients, gradients[-2:], strict=True)] == [
        True,
        True,
    ]
    assert past.parameters == ()


def test_stages_are_told_from_the_loops_own_accuracy(tmp_path):
    always = "stages(lazy_change=99.0)"  # everything counts as lazy, so what else holds makes it undetermined
    w, gradients, weights = trained(stranger(), tmp_path, 10, measures=["stages", always])
    rows = {one["step"]: one for one in w.results() if "stages" in one}
    assert list(rows) == [4, 6, 8, 10]
    for place, found in enumerate(rows.values(), 1):
        assert weight_change(weights[place], weights[place - 1]) > 1e-3
        cosine = gradient_cosine_similarity(torch.stack(gradients[: place + 1]))
        assert gradient_norm(gradients[place]) > 0.1
        grows = weights[place].norm() > weights[place - 1].norm()
        early = 2.0 if cosine > 0.6 and grows else 0.0  # at step 4 the loop is not accurate
        expected = early if place == 1 else 3.0
        assert found["stages"] == expected
        assert found[always] == (0.0 if expected else 1.0)


def test_without_an_accuracy_or_without_gradients_nothing_is_told(tmp_path):
    model = stranger()
    with watched(model, tmp_path, measures=["stages", COSINE]) as w:
        loop = training(model)
        for _ in range(6):
            next(loop)
            w.step()
    assert any(COSINE in one for one in w.results())
    assert not any("stages" in one for one in w.results())
    cleared = stranger()
    with watched(cleared, tmp_path, measures=["stages", COSINE]) as w:
        loop = training(cleared)
        for _ in range(6):
            next(loop)
            cleared.zero_grad()
            w.step(train_accuracy=1.0)
    assert not any(COSINE in one or "stages" in one for one in w.results())


def test_training_goes_on_to_the_same_bits_as_if_nobody_had_looked(tmp_path):
    plain = stranger()
    losses = [loss.item() for _, loss in zip(range(9), training(plain), strict=False)]
    state = torch.get_rng_state()
    model, own = stranger(), []
    coefficient = "local_learning_coefficient(chains=2,draws=2,burn_in=1)"
    kernels = ["kernel_distance(examples=5)", "kernel_alignment(examples=5)"]
    measures = [COSINE, "stages", *kernels, "sharpness(iterations=2)", coefficient]
    with watched(model, tmp_path, measures=measures) as w:
        for _, loss in zip(range(9), training(model), strict=False):
            own.append(loss.item())
            w.step(train_accuracy=0.5)
    assert own == losses
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in plain.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name
    assert hooks_of(model) == []
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)
        assert ours.requires_grad
    assert all(module.training for module in model.modules())
    last = w.results()[-1]
    assert {"kernel_distance(examples=5)", "sharpness(iterations=2)", "probe_loss"} <= last.keys()
    assert last["kernel_distance(examples=5)"] > 0.0


def test_more_gradients_than_are_kept_are_refused():
    with pytest.raises(InputError, match="window is 51; gradients of at most 50 evaluations are kept"):
        Plan.of(["gradient_cosine_similarity(window=51)"], labels=True, elements=None)
