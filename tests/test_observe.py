import numpy as np
import pytest
import torch
from torch import nn

from latebloom.engine import assemble, train
from latebloom.errors import UnknownNameError
from latebloom.events import Criteria
from latebloom.looks import Look, parse_look, parse_looks, subject_of
from latebloom.observe import Observer
from latebloom.tasks import Addition, Multiplication
from tests.engine.lanes import Descent, Entropy, Strangers, lane


class WithFinal(Strangers):
    """The same stranger's module, telling its hidden activations."""

    def forward(self, tokens):
        hidden = torch.relu(self.hidden(self.table(tokens).flatten(1)))
        return self.out(hidden), {"final": hidden}


def lanes():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [lane(seed, Descent(0.1), module=WithFinal()) for seed in range(3)]


def watched(stops, looks=None):
    population, state = assemble(lanes(), Entropy(), batch=8, precision="float64")
    observer = Observer.start(3, Criteria()) if looks is None else Observer.start(3, Criteria(), looks)
    return (
        [(snapshot.step, observer.see(snapshot)) for snapshot in train(population, state, stops)],
        population,
        state,
    )


def rebuilt(population, state, slot):
    module = WithFinal().double()
    parts = {p.name: state.parameters[slot, p.start : p.stop].view(p.shape) for p in population.layout}
    module.load_state_dict(parts)
    return module


def test_losses_and_accuracies_are_those_of_the_whole_parts():
    seen, population, state = watched([40])
    for slot, one in enumerate(population.lanes):
        module = rebuilt(population, state, slot)
        for part, index in (("train", one.train), ("test", one.test)):
            logits, _ = module(one.tokens[index])
            right = (logits.argmax(-1) == one.labels[index]).double().mean()
            values = seen[0][1][slot].values
            assert values[f"{part}_accuracy"] == pytest.approx(right.item(), abs=1e-12)
            loss = nn.functional.cross_entropy(logits, one.labels[index]).item()
            assert values[f"{part}_loss"] == pytest.approx(loss, rel=1e-9)


def test_activations_are_measured_on_the_test_examples():
    seen, population, state = watched([40])
    one = population.lanes[1]
    _, sites = rebuilt(population, state, 1)(one.tokens[one.test])
    hidden = sites["final"].detach().numpy()
    values = seen[0][1][1].values
    assert values["activation_l2"] == pytest.approx(np.linalg.norm(hidden, axis=1).mean(), rel=1e-9)
    assert values["activation_max"] == pytest.approx(np.abs(hidden).max(), rel=1e-9)
    spectrum = np.linalg.eigvalsh(np.cov(hidden.T))
    assert values["participation_ratio"] == pytest.approx(spectrum.sum() ** 2 / (spectrum**2).sum(), rel=1e-6)


def test_the_change_of_weights_is_since_the_evaluation_before():
    seen, _, state = watched([0, 10])
    _, _, later = watched([10])
    first, second = (observations[2].values for _, observations in seen)
    _, _, start = watched([0])
    assert "weight_change" not in first
    distance = torch.linalg.vector_norm(later.parameters[2] - start.parameters[2]).item()
    assert second["weight_change"] == pytest.approx(distance, rel=1e-9)
    assert second["weight_norm"] == pytest.approx(
        torch.linalg.vector_norm(state.parameters[2]).item(), rel=1e-9
    )


def test_a_module_without_the_site_is_seen_without_its_numbers():
    population, state = assemble([lane(0)], Entropy(), precision="float32")
    (snapshot,) = train(population, state, [0])
    (observation,) = Observer.start(1, Criteria()).see(snapshot)
    assert set(observation.values) == {
        "train_loss",
        "train_accuracy",
        "test_loss",
        "test_accuracy",
        "weight_norm",
    }


def test_a_look_that_is_required_at_a_site_that_is_not_there_is_refused():
    with pytest.raises(UnknownNameError, match="no site 'block9'"):
        watched([0], looks=[Look("linear_dimensions", "block9")])


def test_looks_at_other_samples_carry_their_name():
    seen, *_ = watched([0], looks=[parse_look("linear_dimensions@final/train")])
    assert {name for name in seen[0][1][0].values if "@" in name} == {
        "pca_dimension_95@final/train", "pca_dimension_99@final/train", "participation_ratio@final/train"
    }  # fmt: skip


def test_lanes_that_leave_are_forgotten_and_the_others_are_not_mixed_up():
    population, state = assemble(lanes(), Entropy(), batch=8, precision="float64")
    observer = Observer.start(3, Criteria())
    for snapshot in train(population, state, [10]):
        observer.see(snapshot)
    observer.keep([2])
    population, state = population.keep([2]), state.keep([2])
    for snapshot in train(population, state, [20]):
        (observation,) = observer.see(snapshot)
    whole, *_ = watched([10, 20])
    for name, value in whole[1][1][2].values.items():
        assert observation.values[name] == pytest.approx(value, rel=1e-6), name


def test_lanes_that_stay_are_compared_with_their_own_beginning_and_measured_on_their_own_group():
    population, state = assemble(lanes(), Entropy(), batch=8, precision="float64")
    subjects = [subject_of(task) for task in (Multiplication(7, zero=True), Addition(7), Addition(7))]
    looks = parse_looks(["relative_weight_norm@parameters", "ring_scan@final/all"])
    observer = Observer.start(3, Criteria(), looks, subjects)
    state.parameters.mul_(torch.tensor([1.0, 2.0, 3.0])[:, None])
    observer.initial = state.parameters.clone()
    state.parameters.mul_(torch.tensor([5.0, 6.0, 7.0])[:, None])
    (snapshot,) = train(population, state, [0])
    whole = observer.see(snapshot)
    assert [seen.values["relative_weight_norm"] for seen in whole] == pytest.approx([5.0, 6.0, 7.0])
    observer.keep([2])
    state.step = 1
    (snapshot,) = train(population.keep([2]), state.keep([2]), [1])
    (seen,) = observer.see(snapshot)
    for name, value in whole[2].values.items():
        assert seen.values[name] == pytest.approx(value, rel=1e-6), name


def test_looks_are_taken_at_their_own_steps_alone():
    seen, *_ = watched(
        [0, 10, 20], looks=parse_looks(["linear_dimensions@final:20", "activation_l2@final/train"])
    )
    assert ["pca_dimension_95" in one[0].values for _, one in seen] == [True, False, True]
    assert all("activation_l2@final/train" in one[0].values for _, one in seen)


def test_events_are_told_when_they_are_established():
    seen, *_ = watched(range(0, 401, 20))
    names = [event.name for _, observations in seen for event in observations[0].events]
    assert names[0] == "memorised"
    memorised = next(event for _, observations in seen for event in observations[0].events)
    accuracy = {step: observations[0].values["train_accuracy"] for step, observations in seen}
    assert accuracy[memorised.step] >= 0.99
    assert all(value < 0.99 for step, value in accuracy.items() if step < memorised.step)
