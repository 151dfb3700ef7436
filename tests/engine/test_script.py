"""Recordings that torch's interpreter runs: to the same bits as Python, which stands in where it cannot."""

from functools import partial

import pytest
import torch

from latebloom.engine.forward import differentiate, tensors_of
from latebloom.engine.population import gather
from latebloom.engine.program import record
from latebloom.engine.recording import record_calls
from latebloom.engine.rewriting import shortened
from latebloom.engine.script import scripted
from latebloom.running.build import population_of
from latebloom.spec import read_request
from tests.engine.test_program import draw


def step(x, weights, out):
    hidden = (x @ weights).relu_()
    first, second = hidden.to(torch.float64).unbind(0)
    chunks = torch.cat([first, second], dim=1).log_softmax(-1).split([1, 3], dim=1)
    out.copy_(chunks[1].sum(0, keepdim=True).expand_as(out))
    return (chunks[0] * 0.5, hidden.argmax(-1), first.mean())


def inputs():
    return (draw(2, 3, 4), draw(2, 4, 2, seed=1), torch.zeros(2, 3))


def test_the_interpreter_gives_the_same_bits_as_python_and_writes_what_it_is_given(monkeypatch):
    interpreted = record(step, inputs())
    monkeypatch.delattr(torch._C, "parse_ir")
    python = record(step, inputs())
    assert interpreted._run.__module__ == "latebloom.engine.script"
    assert python._run.__name__ == "run"
    for seed in range(4):
        first, second = ((draw(2, 3, 4, seed=seed), *inputs()[1:]) for _ in range(2))
        for one, other in zip((*interpreted(*first), first[2]), (*python(*second), second[2]), strict=True):
            assert one.dtype == other.dtype
            assert torch.equal(one, other)
        assert first[2].abs().sum() > 0


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), 5e-324])
def test_python_replays_a_number_that_has_no_spelling(number):
    def masked(x):
        return (x.masked_fill(x > 0, number),)

    given = torch.tensor([-1.0, 2.0])
    assert scripted(shortened(record_calls(masked, (given,)))) is None
    assert torch.equal(record(masked, (given,))(given)[0], masked(given)[0])


@pytest.mark.parametrize("number", [1e-5, -0.5, 1e16, 1e-300, 0.1, 3.4e38, 7, -3, 2**40])
def test_numbers_keep_every_digit(number):
    given = torch.tensor([1.0, -2.0, 0.3], dtype=torch.float64)
    run = scripted(shortened(record_calls(lambda x: (x * number + number,), (given,))))
    assert run is not None
    assert torch.equal(run(given)[0], given * number + number)


@pytest.mark.parametrize("preset", ["demo", "manifold-addition", "stages", "nanda", "gromov"])
def test_the_steps_of_built_in_models_are_interpreted(preset):
    population, state = population_of(read_request(preset, seeds=(0,)).specs)
    tensors = tensors_of(population, state.parameters)
    tokens, labels = gather(population, population.train[:, : population.batch])
    inputs = (tokens, labels, torch.empty_like(state.parameters), *tensors)
    program = record(partial(differentiate, population), inputs)
    assert program._run.__module__ == "latebloom.engine.script"


def test_tensors_from_elsewhere_are_constants():
    table = draw(3)
    program = record(lambda x: (x + table, table), (draw(3, seed=1),))
    assert program._run.__module__ == "latebloom.engine.script"
    total, same = program(torch.ones(3))
    assert torch.equal(total, table + 1)
    assert torch.equal(same, table)
