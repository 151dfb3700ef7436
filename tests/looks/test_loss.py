"""The training loss as looks see it: a function of each lane's own parameters."""

import pytest
import torch
from torch.autograd.functional import hessian
from torch.func import functional_call

from latebloom.errors import InputError
from latebloom.looks import parse_look
from latebloom.looks.checking import check_look, result_names
from latebloom.looks.look import OF_ALL
from latebloom.measures.functions import local_learning_coefficient
from latebloom.running.looking import place_of
from tests.looks.test_checking import refused, spec
from tests.looks.test_frame import TRANSFORMER, Seen, addition, specs_of
from tests.running.labs import PLAIN

DOUBLE = {"training": {**PLAIN["training"], "precision": "float64"}}
MODELS = {
    "mlp": {},
    "transformer": {"model": TRANSFORMER},
    "quadratic": {"model": {"name": "quadratic", "width": 4}},
}
SHARPNESS = "sharpness(iterations=3000)@{}/train"
COEFFICIENT = "local_learning_coefficient(draws=6,burn_in=3,examples=9)@parameters/train"


@pytest.fixture(scope="module", params=MODELS)
def seen(request):
    return Seen(specs_of(addition(), addition(), **DOUBLE, **MODELS[request.param]))


@pytest.fixture(scope="module")
def quadratic():
    return Seen(specs_of(addition(5), addition(5), **DOUBLE, model={"name": "quadratic", "width": 3}))


@pytest.fixture(scope="module")
def squared():
    objective = {"name": "squared-error"}
    return Seen(specs_of(addition(5), model={"name": "quadratic", "width": 3}, objective=objective, **DOUBLE))


def loss_of(seen, slot, index=None):
    """The mean loss of a lane's own module on its training examples, as a function of a row."""
    objective = seen.specs[slot].objective
    module, layout = seen.module(slot).double(), seen.population.layout
    index = seen.population.train[slot] if index is None else index
    tokens, labels = seen.population.tokens[slot, index], seen.population.labels[slot, index]

    def loss(row):
        parts = {part.name: row[part.start : part.stop].view(part.shape) for part in layout}
        return objective.per_example(functional_call(module, parts, (tokens,))[0], labels).mean()

    return loss


def test_it_is_the_mean_loss_of_each_lanes_network_on_what_it_is_trained_on(seen):
    rows = seen.snapshot.state.parameters
    found = seen.frame("sharpness@parameters/train").loss(OF_ALL.usual)
    assert found.index.shape == seen.population.train.shape
    moved = torch.stack([rows, rows + 0.1, 0.5 * rows])  # (axis, lane, parameter)
    expected = [[loss_of(seen, slot)(row).item() for slot, row in enumerate(one)] for one in moved]
    torch.testing.assert_close(found(moved), torch.tensor(expected, dtype=torch.float64))


def test_of_one_parameter_it_moves_that_one_alone(seen):
    rows = seen.snapshot.state.parameters
    frame = seen.frame("sharpness@parameter.readout.weight/train")
    part = frame.vector(rows)
    (layout,) = (one for one in seen.population.layout if one.name == "readout.weight")
    whole = rows.clone()
    whole[:, layout.start : layout.stop] += 0.25
    expected = [loss_of(seen, slot)(row).item() for slot, row in enumerate(whole)]
    found = frame.loss(OF_ALL.usual)(part + 0.25)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("site", ["parameters", "parameter.readout.weight", "parameter.tokens.1"])
def test_sharpness_is_the_largest_eigenvalue_of_the_hessian_of_the_training_loss(quadratic, site):
    found = quadratic.take(SHARPNESS.format(site))
    name = f"(iterations=3000)@{site}/train"
    frame = quadratic.frame(f"sharpness@{site}/train")
    place = frame.loss(OF_ALL.usual).place
    for slot, row in enumerate(quadratic.snapshot.state.parameters):
        block = hessian(loss_of(quadratic, slot), row)[place, place]
        largest = torch.linalg.eigvalsh(block)[-1].item()
        assert found["sharpness" + name][slot].item() == pytest.approx(largest, rel=1e-4)
        assert found["sharpness_residual" + name][slot].item() < 1e-2 * largest


def test_it_is_the_objective_that_the_run_has(squared):
    rows = squared.snapshot.state.parameters
    found = squared.take("sharpness(iterations=1000)@parameters/train")
    largest = torch.linalg.eigvalsh(hessian(loss_of(squared, 0), rows[0]))[-1].item()
    value = found["sharpness(iterations=1000)@parameters/train"].item()
    assert value == pytest.approx(largest, rel=1e-4)


def test_asking_changes_nothing(seen):
    rows = seen.snapshot.state.parameters
    before, state = rows.clone(), torch.random.get_rng_state()
    seen.take(COEFFICIENT, "sharpness(iterations=5)@parameters/train")
    assert torch.equal(rows, before)
    assert rows.grad is None
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_learning_coefficient_is_that_of_the_function_on_the_same_examples(seen):
    found, rows = seen.take(COEFFICIENT), seen.snapshot.state.parameters
    few = seen.frame(COEFFICIENT).sight.few("train", 9)
    name = "local_learning_coefficient(draws=6,burn_in=3,examples=9)@parameters/train"
    for slot, row in enumerate(rows):
        assert set(few[slot].tolist()) <= set(seen.population.train[slot].tolist())
        own = torch.func.vmap(loss_of(seen, slot, few[slot]))
        expected = local_learning_coefficient(own, row, 9, draws=6, burn_in=3)
        value = expected["local_learning_coefficient"].item()
        assert found[name][slot].item() == pytest.approx(value, rel=1e-6)
    again = seen.take(COEFFICIENT)
    assert all(torch.equal(found[one], again[one]) for one in found)
    other = seen.take(COEFFICIENT.replace("examples", "seed=1,examples"))
    assert not torch.equal(found[name], other[name.replace("examples", "seed=1,examples")])


def test_lanes_do_not_see_each_other(seen):
    looks = (COEFFICIENT, "sharpness(iterations=5)@parameters/train")
    together = seen.take(*looks)
    alone = Seen(seen.specs[1:], steps=5)
    alone.snapshot.state.parameters.copy_(seen.snapshot.state.parameters[1:])
    for name, value in alone.take(*looks).items():
        torch.testing.assert_close(together[name][1:], value, rtol=0, atol=0)


def test_a_lane_that_is_not_finite_gets_nan_alone(quadratic):
    spoiled = Seen(quadratic.specs)
    spoiled.snapshot.state.parameters[0, 3] = torch.inf
    for value in spoiled.take(COEFFICIENT, "sharpness(iterations=5)@parameters/train").values():
        assert value[0].isnan()
        assert value[1].isfinite()


def test_a_run_in_bfloat16_is_asked_in_the_type_of_its_parameters():
    short = {**PLAIN["training"], "precision": "bfloat16"}
    seen, plain = Seen(specs_of(addition(), training=short)), Seen(specs_of(addition()))
    rows = seen.snapshot.state.parameters
    found = seen.frame("sharpness@parameters/train").loss(9)(rows)
    assert torch.equal(found, plain.frame("sharpness@parameters/train").loss(9)(rows))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sharpness@parameters", "it needs loss, that of training, around its weights: say sharpness@parameters/train"),
        ("sharpness@final/train", "say sharpness@parameters/train"),
        ("sharpness(iterations=0)@parameters/train", "iterations: got 0; a whole number, at least 1, is needed"),
        ("sharpness(iterations=10001)@parameters/train", "iterations is 10,001; at most 10,000 are taken"),
        ("sharpness(examples=5000)@parameters/train", "examples is 5000; 2 to 4,096 are needed"),
        ("sharpness(loss=3)@parameters/train", "no option 'loss'"),
        ("local_learning_coefficient@parameter.tokens", "say local_learning_coefficient@parameter.tokens/train"),
        ("local_learning_coefficient(chains=1)@parameters/train", "chains: got 1; a whole number, at least 2"),
        ("local_learning_coefficient(chains=17)@parameters/train", "chains is 17; at most 16 are taken"),
        ("local_learning_coefficient(draws=1000000000)@parameters/train", "draws is 1,000,000,000; at most 100,000"),
        ("local_learning_coefficient(samples=9)@parameters/train", "no option 'samples'"),
        ("local_learning_coefficient(localisation=-1.0)@parameters/train", "localisation: got -1.0"),
    ],
)  # fmt: skip
def test_what_such_a_look_lacks_is_said(text, said):
    assert said in refused(text)


def test_it_names_what_it_records_and_is_taken_beside_training():
    look = parse_look(
        "local_learning_coefficient(draws=100000,burn_in=100000)@parameter.readout.weight/train:30"
    )
    check_look(look, place_of(spec()))
    names = result_names(look, place_of(spec()))
    assert len(names) == 3
    assert look.dear
    assert look.mark in names
    with pytest.raises(InputError, match="at most 10,000"):
        check_look(parse_look("sharpness(iterations=99999)@parameters/train"), place_of(spec()))
