"""What looks give to measures, held against each lane's own module run by hand."""

import pytest
import torch
from torch import nn

from latebloom.engine import Snapshot, train
from latebloom.engine.snapshot import Evaluations
from latebloom.looks import parse_look, parse_looks, subject_of
from latebloom.looks import sight as sights
from latebloom.looks.frame import Frame, parameter_sites
from latebloom.looks.sight import gather_all
from latebloom.looks.taking import take
from latebloom.measures import class_centroids, ring_scan
from latebloom.running.build import population_of
from latebloom.spec import from_plain
from tests.running.labs import PLAIN

TRANSFORMER = {"name": "transformer", "layers": 2, "width": 8, "heads": 2, "feed_forward": 12}


def specs_of(*tasks, **changes):
    return [from_plain({**PLAIN, "task": task, "seed": seed, **changes}) for seed, task in enumerate(tasks)]


def addition(modulus=7):
    return {"name": "addition", "modulus": modulus}


class Seen:
    """A population trained for a few steps, and each lane's own module."""

    def __init__(self, specs, steps=5):
        self.specs = specs
        self.population, state = population_of(specs)
        self.initial = state.parameters.clone()
        (self.snapshot,) = train(self.population, state, [steps])
        self.subjects = [subject_of(spec.task) for spec in specs]

    def frame(self, text, slots=None):
        look = parse_look(text)
        sight = gather_all([look], self.snapshot, None, self.initial)
        slots = tuple(range(len(self.specs))) if slots is None else slots
        return Frame(sight, self.subjects[slots[0]], slots, look.site, look.sample)

    def take(self, *texts):
        looks = parse_looks(texts)
        return take(looks, gather_all(looks, self.snapshot, None, self.initial), self.subjects)

    def module(self, slot):
        task = self.specs[slot].task
        module = self.specs[slot].model.build(
            vocabulary=task.vocabulary, length=task.length, classes=task.classes
        )
        module.load_state_dict(self.snapshot.named_parameters(slot))
        return module

    def sites(self, slot, index):
        with torch.no_grad():
            logits, sites = self.module(slot)(self.population.tokens[slot, index])
        return {**sites, "logits": logits}


@pytest.fixture(scope="module")
def seen():
    return Seen(specs_of(addition(), {"name": "subtraction", "modulus": 7}))


@pytest.fixture(scope="module")
def attentive():
    return Seen(specs_of(addition(), addition(), model=TRANSFORMER))


def close(found, expected):
    torch.testing.assert_close(found, expected.to(found.dtype), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("sample", ["test", "train", "all"])
def test_points_are_the_activations_of_the_examples_of_the_sample(seen, sample):
    frame = seen.frame(f"factorisation@hidden/{sample}")
    for slot in (0, 1):
        train_, test = seen.population.train[slot], seen.population.test[slot]
        index = {"train": train_, "test": test, "all": torch.cat([train_, test])}[sample]
        close(frame.points[slot], seen.sites(slot, index)["hidden"])
        assert torch.equal(frame.labels[slot], seen.population.labels[slot, index])


def test_all_positions_of_an_example_make_one_point(attentive):
    points = attentive.frame("twonn_dimension@block0").points
    sites = attentive.sites(1, attentive.population.test[1])
    assert points.shape[2] == 2 * 8
    close(points[1], sites["block0"].flatten(1))


def test_centroids_are_the_means_of_the_classes_in_the_order_of_the_group():
    seen = Seen(specs_of({"name": "multiplication", "modulus": 7}))
    frame = seen.frame("ring_scan@final/all")
    index = torch.cat([seen.population.train[0], seen.population.test[0]])
    final, labels = seen.sites(0, index)["final"], seen.population.labels[0, index]
    powers = [pow(3, exponent, 7) for exponent in range(6)]  # 3 is the smallest primitive root of 7
    expected = torch.stack([final[labels == power].mean(0) for power in powers])
    close(frame.centroids[0], expected)


def test_examples_of_a_class_that_is_no_element_are_left_out_of_groups_alone():
    seen = Seen(specs_of({"name": "division", "modulus": 7}, {"name": "division", "modulus": 7}))
    numbers = seen.take("quotient_variance@final/all", "factorisation@final/all", "ring_scan@final/all")
    for slot in (0, 1):
        index = torch.cat([seen.population.train[slot], seen.population.test[slot]])
        chosen = index[seen.population.labels[slot, index] != 0]
        logs = torch.tensor([pow(3, exponent, 7) for exponent in range(6)]).argsort()
        places = logs[seen.population.labels[slot, chosen] - 1]
        centroids = class_centroids(seen.sites(slot, chosen)["final"], places, 6)
        expected = ring_scan(centroids)
        assert numbers["ring_best_score@final/all"][slot] == expected["ring_best_score"]
        assert numbers["ring_p_value@final/all"][slot] == expected["ring_p_value"]
    assert numbers["factorisation@final/all"].isfinite().all()


def test_lanes_of_several_tasks_are_measured_each_by_its_own(seen):
    together = seen.take("ring_scan@hidden/all", "restricted_loss@hidden", "factorisation@hidden")
    for slot, task in enumerate((addition(), {"name": "subtraction", "modulus": 7})):
        specs = [from_plain({**PLAIN, "task": task, "seed": slot})]
        alone = Seen(specs, steps=0)
        alone.snapshot.state.parameters.copy_(seen.snapshot.state.parameters[[slot]])
        own = alone.take("ring_scan@hidden/all", "restricted_loss@hidden", "factorisation@hidden")
        assert set(own) == set(together)
        for name, value in own.items():
            close(together[name][slot], value[0])


def test_the_whole_table_lies_by_pairs_with_the_label_at_the_sum(seen):
    frame = seen.frame("restricted_loss@hidden", slots=(1,))  # subtraction
    a, b = torch.meshgrid(torch.arange(7), torch.arange(7), indexing="ij")
    tokens = torch.stack([a, -b % 7], dim=-1)
    with torch.no_grad():
        logits, sites = seen.module(1)(tokens.flatten(0, 1))
    close(frame.table_logits[0].flatten(0, 1), logits)
    close(frame.table_activations[0].flatten(0, 1), sites["hidden"])
    assert torch.equal(frame.table_labels[0], (a + b) % 7)
    trained = torch.zeros(49, dtype=torch.bool)
    trained[seen.population.train[1]] = True
    assert torch.equal(frame.trained[0], trained[a * 7 + -b % 7])


def test_attention_is_looked_at_as_it_is(attentive):
    frame = attentive.frame("attention_entropy@block0.pattern/train")
    close(frame.activations[0], attentive.sites(0, attentive.population.train[0])["block0.pattern"])


def test_a_named_parameter_is_a_matrix_and_a_stack_of_tables_one_matrix_each(attentive):
    module = attentive.module(1)
    frame = attentive.frame("weight_spectrum@parameter.readout.weight")
    close(frame.matrix[1], module.readout.weight)
    sites = parameter_sites({name: tuple(value.shape) for name, value in module.named_parameters()})
    assert sites["parameter.tokens.1"] == (7, 8)
    assert "parameter.tokens" not in sites
    close(attentive.frame("embedding_spectrum@parameter.tokens.1").embedding[1], module.tokens[1])


def test_rows_of_an_embedding_stand_in_the_order_of_the_group():
    seen = Seen(specs_of({"name": "multiplication", "modulus": 7}))
    powers = [pow(3, exponent, 7) for exponent in range(6)]
    close(seen.frame("circularity@parameter.tokens").embedding[0], seen.module(0).tokens[0][powers])


def test_parameters_and_what_they_are_compared_with_are_those_of_the_site(seen):
    numbers = seen.take("weight_norm@parameters", "relative_weight_norm@parameter.hidden.weight")
    module, start = seen.module(0), population_of(seen.specs)[0].lanes[0].model
    whole = nn.utils.parameters_to_vector(module.parameters())
    assert numbers["weight_norm"][0].item() == pytest.approx(whole.norm().item(), rel=1e-6)
    ratio = module.hidden.weight.norm() / start.hidden.weight.norm()
    name = "relative_weight_norm@parameter.hidden.weight"
    assert numbers[name][0].item() == pytest.approx(ratio.item(), rel=1e-5)


def test_what_compares_with_the_evaluation_before_is_left_out_where_there_is_none(seen):
    looks = parse_looks(["weight_change@parameter.hidden.weight"])
    assert seen.take("weight_change@parameter.hidden.weight") == {}
    sight = gather_all(looks, seen.snapshot, seen.initial, None)
    assert take(looks, sight, seen.subjects)["weight_change@parameter.hidden.weight"].shape == (2,)


def test_the_gradient_is_that_of_the_mean_loss_over_all_that_is_trained_on(seen, monkeypatch):
    from latebloom.looks import gradient

    monkeypatch.setattr(gradient, "CHUNK", 9)  # several chunks, the last one smaller
    found = seen.take("gradient_norm@parameters/train")["gradient_norm@parameters/train"]
    for slot in (0, 1):
        module, index = seen.module(slot), seen.population.train[slot]
        logits, _ = module(seen.population.tokens[slot, index])
        nn.functional.cross_entropy(logits, seen.population.labels[slot, index]).backward()
        norm = torch.cat([value.grad.flatten() for value in module.parameters()]).norm()
        assert found[slot].item() == pytest.approx(norm.item(), rel=1e-5)


def test_a_network_of_which_few_points_are_looked_at_shows_the_same_ones_whatever_else_is_asked(monkeypatch):
    monkeypatch.setattr(sights, "MAX_POINTS", 8)
    seen = Seen(specs_of(addition(), addition()))
    alone = {
        sample: seen.frame(f"twonn_dimension@hidden/{sample}").points for sample in ("test", "train", "all")
    }
    assert [points.shape[1] for points in alone.values()] == [8, 8, 16]
    looks = parse_looks([f"twonn_dimension@hidden/{sample}" for sample in alone] + ["key_frequencies@hidden"])
    sight = gather_all(looks, seen.snapshot, None, None)  # the table needs all of them
    for sample, points in alone.items():
        assert torch.equal(Frame(sight, seen.subjects[0], (0, 1), "hidden", sample).points, points)
    train_ = seen.population.train[0][sights.positions(seen.population, "train")]
    close(alone["train"][0], seen.sites(0, train_)["hidden"])
    labels = Frame(sight, seen.subjects[0], (0, 1), "hidden", "train").labels
    assert torch.equal(labels[0], seen.population.labels[0, train_])


def test_several_chunks_of_an_evaluation_are_put_together(seen, monkeypatch):
    from latebloom.engine import snapshot

    whole = {site: seen.frame(f"factorisation@{site}/all").points for site in ("hidden", "logits")}
    monkeypatch.setattr(snapshot, "_chunk_size", lambda _: 6)
    monkeypatch.setattr(sights, "MAX_POINTS", 10)
    for site, points in whole.items():
        found = seen.frame(f"factorisation@{site}/test").points
        close(found, points[:, seen.population.train.shape[1] :][:, :10])
        train_ = seen.frame(f"factorisation@{site}/train").points
        close(train_, points[:, sights.positions(seen.population, "train")])


def test_a_network_is_run_once_for_all_looks_at_one_sample(seen, monkeypatch):
    runs = []
    plain = Evaluations.run

    def counted(self, state, tokens, labels, sites):
        runs.append(sites)
        return plain(self, state, tokens, labels, sites)

    monkeypatch.setattr(Evaluations, "run", counted)
    at_one_sample = (
        "factorisation@hidden",
        "twonn_dimension@final",
        "accuracy@logits",
        "weight_norm@parameters",
    )
    seen.take("ring_scan@final/all", *at_one_sample, "restricted_loss@hidden")
    assert len(runs) == 2  # both parts, each once
    seen.take("weight_norm@parameters")
    assert len(runs) == 2
    assert isinstance(seen.snapshot, Snapshot)


def test_groups_that_are_not_cyclic_are_measured_with_their_table():
    seen = Seen(specs_of({"name": "symmetric-group", "degree": 3}))
    numbers = seen.take("irrep_scan@final/all", "logit_trace_scan@logits")
    assert numbers["irrep_best_power@final/all"].isfinite().all()
    index = torch.cat([seen.population.train[0], seen.population.test[0]])
    from latebloom.measures import irrep_scan

    centroids = class_centroids(seen.sites(0, index)["final"], seen.population.labels[0, index], 6)
    expected = irrep_scan(centroids, torch.from_numpy(seen.subjects[0].products))
    close(numbers["irrep_best_power@final/all"][0], expected["irrep_best_power"])
