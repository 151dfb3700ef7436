"""What looks over several evaluations go back to."""

import pytest
import torch

from latebloom.engine import train
from latebloom.events import Criteria
from latebloom.looks import parse_look, parse_looks, subject_of
from latebloom.looks.gradient import gradients
from latebloom.looks.history import History, Reach, compares, reach, steps_before
from latebloom.measures import (
    gradient_cosine_similarity,
    gradient_norm,
    stages,
    weight_change,
    weight_norm,
)
from latebloom.observe import Observer
from latebloom.running.build import population_of
from tests.running.labs import specs

STEPS = (0, 10, 20, 30, 40, 50, 60)
COSINE, STAGES = "gradient_cosine_similarity", "stages"


def observed(*texts, lanes=2, steps=STEPS):
    """Train and look; return what was seen of the last lane at each step, and all weights and gradients then."""
    wanted = specs(lanes)
    population, state = population_of(wanted)
    observer = Observer.start(
        lanes, Criteria(), parse_looks(texts), [subject_of(spec.task) for spec in wanted]
    )
    observer.initial = state.parameters.clone()
    seen, weights, slopes = {}, {}, {}
    for snapshot in train(population, state, steps):
        seen[snapshot.step] = observer.see(snapshot)[-1].values
        weights[snapshot.step] = state.parameters[-1].clone()
        slopes[snapshot.step] = gradients(population, state.parameters)[-1]
    return seen, weights, slopes


def part(population, row, name):
    (found,) = (one for one in population.layout if one.name == name)
    return row[found.start : found.stop]


def test_the_cosine_is_that_of_the_gradients_of_the_last_evaluations():
    text = f"{COSINE}@parameters/train"
    seen, _, slopes = observed(text, f"{COSINE}(window=3)@parameters/train")
    assert text not in seen[0]
    for place, step in enumerate(STEPS[1:], 1):
        rows = torch.stack([slopes[one] for one in STEPS[: place + 1]])
        assert seen[step][text] == pytest.approx(gradient_cosine_similarity(rows).item(), abs=1e-12)
        narrow = seen[step][f"{COSINE}(window=3)@parameters/train"]
        assert narrow == pytest.approx(gradient_cosine_similarity(rows, 3).item(), abs=1e-12)


def test_with_steps_of_its_own_a_look_compares_the_gradients_of_those_steps():
    seen, _, slopes = observed(f"{COSINE}@parameters/train:20")
    own = [step for step in STEPS if f"{COSINE}@parameters/train" in seen[step]]
    assert own == [20, 40, 60]
    rows = torch.stack([slopes[step] for step in (0, 20, 40, 60)])
    expected = gradient_cosine_similarity(rows).item()
    assert seen[60][f"{COSINE}@parameters/train"] == pytest.approx(expected, abs=1e-12)


def test_gradients_can_be_those_of_one_parameter():
    texts = [f"{name}@parameter.hidden.weight/train" for name in (COSINE, "gradient_norm")]
    seen, _, slopes = observed(*texts)
    population, _ = population_of(specs(1))
    rows = torch.stack([part(population, slopes[step], "hidden.weight") for step in STEPS[:3]])
    assert seen[20][texts[0]] == pytest.approx(gradient_cosine_similarity(rows).item(), abs=1e-12)
    assert seen[20][texts[1]] == pytest.approx(gradient_norm(rows[2]).item(), rel=1e-12)


@pytest.mark.parametrize("options", ["", "(lazy_change=0.3)", "(aligned_cosine=-1.0,growth=0.0)"])
def test_the_stage_is_that_of_the_curves_that_a_run_has_drawn(options):
    text = f"{STAGES}{options}@parameter.hidden.weight/train"
    seen, weights, slopes = observed(text)
    population, _ = population_of(specs(1))
    hidden = torch.stack([part(population, weights[step], "hidden.weight") for step in STEPS])
    rows = torch.stack([slopes[step] for step in STEPS])
    nan = torch.full((1,), torch.nan, dtype=torch.float64)
    cosines = [gradient_cosine_similarity(rows[max(0, end - 5) : end]) for end in range(2, len(STEPS) + 1)]
    said = dict(parse_look(text).options)
    expected = stages(
        torch.cat([nan, weight_change(hidden[1:], hidden[:-1])]),
        torch.tensor([seen[step]["train_accuracy"] for step in STEPS], dtype=torch.float64),
        torch.cat([nan, torch.stack(cosines)]),
        weight_norm(hidden),
        gradient_norm(rows),
        **said,
    )
    assert text not in seen[0]
    assert [seen[step][text] for step in STEPS[1:]] == expected[1:].tolist()
    assert set(expected[1:].tolist()) != {0.0} or not options


def test_a_lane_that_stays_is_compared_with_its_own_past():
    text = f"{COSINE}@parameters/train"
    wanted = specs(3)
    population, state = population_of(wanted)
    observer = Observer.start(3, Criteria(), parse_looks([text]), [subject_of(spec.task) for spec in wanted])
    for snapshot in train(population, state, (0, 10)):
        whole = observer.see(snapshot)
    history = observer.history.stored(2)
    observer.keep([2])
    assert torch.equal(observer.history.stored(0)["history.0.gradients"], history["history.0.gradients"])
    population, state = population.keep([2]), state.keep([2])
    for snapshot in train(population, state, [20]):
        (seen,) = observer.see(snapshot)
    expected, *_ = observed(text, lanes=3, steps=(0, 10, 20))
    assert seen.values[text] == pytest.approx(expected[20][text], rel=1e-6)
    assert whole[2].values[text] == expected[10][text]


def test_what_is_stored_is_taken_up_again():
    looks = parse_looks([f"{COSINE}@parameters/train", f"{STAGES}@parameter.hidden.weight/train:20"])
    history = History.of(looks)
    assert history.reaches == {0: Reach(4), 20: Reach(4, 1)}
    for step in STEPS:
        row = torch.full((2, 3), float(step))
        history.remember(step, row, lambda row=row: row + torch.tensor([[1.0], [2.0]]))
    lanes = [history.stored(slot) for slot in (0, 1)]
    assert {name: tuple(rows.shape) for name, rows in lanes[0].items()} == {
        "history.0.gradients": (4, 3),
        "history.20.gradients": (4, 3),
        "history.20.parameters": (1, 3),
    }
    assert lanes[1]["history.0.gradients"][:, 0].tolist() == [32.0, 42.0, 52.0, 62.0]
    again = History.of(looks)
    again.restore(lanes[0], lambda name: torch.stack([lane[name] for lane in lanes]))
    for slot in (0, 1):
        stored = again.stored(slot)
        assert stored.keys() == lanes[slot].keys()
        assert all(torch.equal(stored[name], lanes[slot][name]) for name in stored)


def test_no_gradient_is_computed_where_no_look_asks():
    history = History.of(parse_looks(["weight_norm@parameters", f"{COSINE}@parameters/train:20"]))
    asked = []
    for step in (10, 30, 50):
        history.remember(step, torch.zeros(1, 2), lambda step=step: asked.append(step))
    assert asked == []
    assert history.stored(0) == {}


def test_how_far_looks_go_back():
    evaluations = range(0, 101, 10)
    assert steps_before(parse_look(f"{COSINE}@parameters/train"), 60, evaluations) == (20, 30, 40, 50)
    assert steps_before(parse_look(f"{STAGES}@parameters/train:50"), 100, evaluations) == (0, 50)
    assert steps_before(parse_look("weight_change@parameters:50"), 100, evaluations) == (90,)
    assert steps_before(parse_look("weight_change@parameters"), 0, evaluations) == ()
    assert reach(parse_look(f"{COSINE}(window=2)@parameters/train")) == Reach(1)
    assert not compares(parse_look("weight_norm@parameters"))
