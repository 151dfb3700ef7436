import dataclasses

import pytest
import torch
from torch import nn

from latebloom.engine import assemble, train
from latebloom.errors import UnknownNameError
from latebloom.randomness import permutation
from tests.engine.lanes import Descent, Entropy, Strangers, lane


def trained(lanes, stops, batch=8, precision="float64"):
    population, state = assemble(lanes, Entropy(), batch=batch, precision=precision)
    for _ in train(population, state, stops):
        pass
    return population, state


def by_hand(one, steps, batch=8):
    """The plain loop for one lane in float64: the module itself, autograd, no population."""
    module = Strangers().double()
    module.load_state_dict(one.model.state_dict())
    momentum = [torch.zeros_like(value) for value in module.parameters()]
    per_epoch = -(-len(one.train) // batch)
    for step in range(steps):
        epoch, place = divmod(step, per_epoch)
        order = one.train[torch.from_numpy(permutation(len(one.train), one.seed, "order", epoch))]
        rows = order[place * batch : (place + 1) * batch]
        loss = nn.functional.cross_entropy(module(one.tokens[rows]), one.labels[rows])
        module.zero_grad()
        loss.backward()
        with torch.no_grad():
            for value, moving in zip(module.parameters(), momentum, strict=True):
                moving.mul_(0.9).add_(value.grad)
                value -= one.rule.values(step)["rate"] * moving
    return torch.cat([value.detach().reshape(-1) for value in module.parameters()])


def test_each_lane_of_a_population_does_what_the_plain_loop_does():
    lanes = [lane(0), lane(1, Descent(0.1)), lane(2, Descent(0.2, ((5, 0.05), (11, 0.3))))]
    _, state = trained(lanes, [25])
    for row, one in zip(state.parameters, lanes, strict=True):
        torch.testing.assert_close(row, by_hand(one, 25), rtol=1e-10, atol=1e-12)


def test_the_last_batch_of_an_epoch_is_partial_and_kept():
    population, state = assemble([lane(0)], Entropy(), batch=8, precision="float64")
    assert population.steps_per_epoch == 4  # 29 examples: 8, 8, 8 and 5
    for _ in train(population, state, [4]):
        pass
    torch.testing.assert_close(state.parameters[0], by_hand(lane(0), 4), rtol=1e-10, atol=1e-12)


def test_snapshots_come_at_the_steps_asked_for_and_at_no_others():
    population, state = assemble([lane(0), lane(1)], Entropy(), batch=8)
    assert [snapshot.step for snapshot in train(population, state, [0, 3, 4, 20])] == [0, 3, 4, 20]


def test_stops_may_be_decided_late_and_change_nothing():
    _, straight = trained([lane(0), lane(1)], [30])
    _, halting = trained([lane(0), lane(1)], iter([1, 2, 7, 30]))
    assert torch.equal(straight.parameters, halting.parameters)


def test_evaluating_in_between_leaves_training_bitwise_unchanged():
    population, state = assemble([lane(0), lane(1)], Entropy(), batch=8)
    for snapshot in train(population, state, range(0, 31, 3)):
        for chunk in snapshot.evaluate(population.test):
            assert chunk.logits.shape == (2, 20, 7)
    assert torch.equal(state.parameters, trained([lane(0), lane(1)], [30], precision="float32")[1].parameters)


def test_a_lane_alone_and_among_eight_agree():
    seeds = range(8)
    alone, one = trained([lane(3)], [50])
    many, eight = trained([lane(seed) for seed in seeds], [50])
    assert torch.equal(many.train[3], alone.train[0])
    torch.testing.assert_close(eight.parameters[3], one.parameters[0], rtol=1e-9, atol=1e-9)


def test_the_order_of_lanes_changes_nothing_but_rounding():
    forward, ahead = trained([lane(seed) for seed in range(5)], [40])
    backward, behind = trained([lane(seed) for seed in reversed(range(5))], [40])
    torch.testing.assert_close(ahead.parameters, behind.parameters.flip(0), rtol=1e-9, atol=1e-9)
    assert torch.equal(forward.train, backward.train.flip(0))


def test_a_lane_that_diverges_is_marked_with_its_step_and_harms_no_other():
    lanes = [lane(seed) for seed in range(20)]
    _, calm = trained(lanes, [30], precision="float32")
    poisoned = list(lanes)
    poisoned[7] = lane(7, Descent(0.3, ((12, float("nan")),)))
    _, state = trained(poisoned, [30], precision="float32")
    # the update of step 12 makes the weights nan, so the loss of step 13 is the first that is not finite
    assert state.diverged_at.tolist() == [-1] * 7 + [13] + [-1] * 12
    others = [slot for slot in range(20) if slot != 7]
    assert torch.equal(state.parameters[others], calm.parameters[others])


def test_weights_that_the_last_update_spoiled_are_noticed_when_asked():
    _, state = trained([lane(0, Descent(0.3, ((9, float("inf")),))), lane(1)], [10])
    assert state.diverged_at.tolist() == [-1, -1]
    state.mark_not_finite()
    assert state.diverged_at.tolist() == [10, -1]


def test_where_it_stops_changes_nothing_about_when_a_lane_is_marked():
    poisoned = [lane(0, Descent(0.3, ((12, float("nan")),))), lane(1)]
    for stops in ([30], range(1, 31), [13, 30], [12, 14, 30]):
        assert trained(poisoned, stops)[1].diverged_at.tolist() == [13, -1]


def test_a_population_shrinks_to_the_lanes_kept_and_they_go_on():
    population, state = trained([lane(seed) for seed in range(4)], [10])
    population, state = population.keep([1, 3]), state.keep([1, 3])
    for _ in train(population, state, [30]):
        pass
    for row, seed in zip(state.parameters, (1, 3), strict=True):
        torch.testing.assert_close(row, by_hand(lane(seed), 30), rtol=1e-9, atol=1e-9)


def test_chunks_of_an_evaluation_cover_the_examples_once_in_order(monkeypatch):
    population, state = trained([lane(0), lane(1)], [5])
    (snapshot,) = train(population, state, [5])
    (whole,) = snapshot.evaluate(population.test)
    monkeypatch.setattr("latebloom.engine.snapshot._chunk_size", lambda _: 6)
    chunks = list(snapshot.evaluate(population.test))
    assert [chunk.start for chunk in chunks] == [0, 6, 12, 18]
    torch.testing.assert_close(torch.cat([chunk.logits for chunk in chunks], dim=1), whole.logits)
    assert torch.equal(torch.cat([chunk.labels for chunk in chunks], dim=1), whole.labels)


def test_a_site_that_the_module_does_not_tell_is_refused_with_those_it_does():
    class Telling(Strangers):
        def forward(self, tokens):
            return super().forward(tokens), {"final": self.table(tokens)[:, 0]}

    population, state = assemble([lane(0, module=Telling())], Entropy(), precision="float32")
    (snapshot,) = train(population, state, [0])
    assert snapshot.sites() == ("final",)
    with pytest.raises(UnknownNameError, match="no site 'finale'; did you mean 'final'"):
        list(snapshot.evaluate(population.test, ["finale"]))


def test_a_module_with_buffers_keeps_each_lanes_own():
    class Shifted(Strangers):
        def __init__(self, shift):
            super().__init__()
            self.register_buffer("shift", torch.full((7,), shift))

        def forward(self, tokens):
            return super().forward(tokens) + self.shift

    shifted = [lane(0, module=Shifted(shift)) for shift in (0.0, 5.0)]
    population, state = assemble(shifted, Entropy(), precision="float32")
    (snapshot,) = train(population, state, [0])
    (chunk,) = snapshot.evaluate(population.test)
    plain = [one.model(one.tokens[one.test]) for one in shifted]
    torch.testing.assert_close(chunk.logits, torch.stack(plain))


def test_the_modules_handed_in_are_not_changed():
    one = lane(0)
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    trained([one], [10])
    assert all(torch.equal(value, before[name]) for name, value in one.model.state_dict().items())


def test_named_parameters_are_a_lanes_own_in_the_modules_shapes():
    population, state = assemble([lane(0), lane(1)], Entropy(), precision="float32")
    (snapshot,) = train(population, state, [0])
    for slot, one in enumerate(population.lanes):
        for name, value in one.model.named_parameters():
            assert torch.equal(snapshot.named_parameters(slot)[name], value)


def test_lanes_of_unlike_shapes_are_refused():
    narrow = dataclasses.replace(lane(1), model=Strangers(width=8))
    with pytest.raises(RuntimeError, match="stack"):
        assemble([lane(0), narrow], Entropy())


def test_a_population_differentiated_in_parts_is_what_it_is_whole(monkeypatch):
    lanes = [lane(seed) for seed in range(5)]
    _, whole = trained(lanes, [9], precision="float32")
    monkeypatch.setattr("latebloom.engine.training._lanes_at_once", lambda *_: 2)
    _, parted = trained(lanes, [9], precision="float32")
    torch.testing.assert_close(parted.parameters, whole.parameters, rtol=1e-5, atol=1e-6)


def test_where_memory_does_not_suffice_fewer_lanes_are_taken_at_once(monkeypatch):
    from latebloom.engine import training

    lanes, seen = [lane(seed) for seed in range(5)], []
    _, whole = trained(lanes, [6])
    honest = training.replay_of

    def scarce(function, inputs, *, changing):
        seen.append(len(inputs[0]))
        if len(inputs[0]) > 2:
            raise torch.OutOfMemoryError("no room for so many")
        return honest(function, inputs, changing=changing)

    monkeypatch.setattr(training, "replay_of", scarce)
    _, parted = trained(lanes, [6])
    assert seen[:2] == [5, 3]
    assert max(seen[2:]) == 2
    torch.testing.assert_close(parted.parameters, whole.parameters, rtol=1e-10, atol=1e-12)


def test_where_not_even_one_lane_fits_the_error_is_passed_on(monkeypatch):
    from latebloom.engine import training

    def none(function, inputs, *, changing):
        raise torch.OutOfMemoryError("no room at all")

    monkeypatch.setattr(training, "replay_of", none)
    with pytest.raises(torch.OutOfMemoryError, match="no room at all"):
        trained([lane(0), lane(1)], [1])


def test_in_bfloat16_parameters_and_optimizer_stay_float32_and_training_stays_close():
    lanes = [lane(0), lane(1)]
    _, exact = trained(lanes, [10], precision="float32")
    population, state = trained(lanes, [10], precision="bfloat16")
    assert population.compute == torch.bfloat16
    assert state.parameters.dtype == state.buffers["momentum"].dtype == torch.float32
    difference = (state.parameters - exact.parameters).norm() / exact.parameters.norm()
    assert 1e-7 < difference < 0.05
    (snapshot,) = train(population, state, [10])
    (chunk,) = snapshot.evaluate(population.test)
    assert chunk.logits.dtype == chunk.losses.dtype == torch.float32


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_a_population_ends_at_the_same_numbers_on_every_device(device):
    lanes = [lane(seed) for seed in range(3)]
    population, state = assemble(lanes, Entropy(), batch=8, precision="float64", device=device)
    for snapshot in train(population, state, [10, 25]):
        chunks = [chunk.logits for chunk in snapshot.evaluate(population.test)]
        assert all(logits.isfinite().all() for logits in chunks)
    for row, one in zip(state.parameters.cpu(), lanes, strict=True):
        torch.testing.assert_close(row, by_hand(one, 25), rtol=1e-8, atol=1e-10)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("count", [1, 3])
def test_threads_share_out_lanes_or_the_rows_of_the_batch(count, monkeypatch):
    monkeypatch.setattr("latebloom.engine.training.LEAST_NUMBERS", 1)
    lanes = [lane(seed) for seed in range(count)]
    _, state = trained(lanes, [25])
    for row, one in zip(state.parameters, lanes, strict=True):
        torch.testing.assert_close(row, by_hand(one, 25), rtol=1e-10, atol=1e-12)
    _, again = trained(lanes, [25])
    assert torch.equal(again.parameters, state.parameters)


@pytest.mark.usefixtures("two_threads")
def test_a_loss_shared_out_among_threads_that_is_not_finite_marks_its_lane(monkeypatch):
    monkeypatch.setattr("latebloom.engine.training.LEAST_NUMBERS", 1)
    population, state = assemble([lane(0)], Entropy(), batch=8)
    for snapshot in train(population, state, [3, 6]):
        if snapshot.step == 3:
            state.parameters[0, 0] = torch.nan
    assert 3 <= state.diverged_at[0] < 6


def test_the_threads_of_a_training_end_with_it():
    import threading

    before = threading.active_count()
    torch.set_num_threads(2)
    try:
        population, state = assemble([lane(0), lane(1)], Entropy(), batch=8)
        training = train(population, state, [2, 4])
        next(training)
        assert threading.active_count() > before
        training.close()
    finally:
        torch.set_num_threads(1)
    assert threading.active_count() == before
