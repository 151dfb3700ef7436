"""Update rules against torch's own, every lane with hyper-parameters of its own."""

import dataclasses
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from beartype import beartype
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import jaxtyped
from torch import Tensor

from latebloom.errors import SpecError
from latebloom.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer

STEPS, SIZE = 100, 7

every_optimizer = pytest.mark.parametrize(
    "rule", [kind.example() for kind in OPTIMIZERS.values()], ids=list(OPTIMIZERS)
)

LANES: dict[str, list[Optimizer]] = {
    "adamw": [
        AdamW(),
        AdamW(learning_rate=1e-2, beta1=0.8, beta2=0.98, epsilon=1e-4, weight_decay=0.0, warmup=10),
        AdamW(learning_rate=3e-2, beta1=0.0, beta2=0.9, weight_decay=5.0, weight_decay_changes=((40, 0.5),)),
        AdamW(learning_rate=1e-3, beta1=0.95, warmup=30, learning_rate_changes=((20, 5e-3), (60, 1e-4))),
    ],
    "adam": [
        Adam(),
        Adam(learning_rate=1e-2, beta1=0.8, beta2=0.98, epsilon=1e-4, weight_decay=1e-4, warmup=10),
        Adam(learning_rate=3e-2, beta1=0.0, beta2=0.9, weight_decay=5.0, weight_decay_changes=((40, 0.5),)),
        Adam(weight_decay=0.1, warmup=30, learning_rate_changes=((20, 5e-3), (60, 1e-4))),
    ],
    "sgd": [
        SGD(),
        SGD(learning_rate=1e-2, momentum=0.9, nesterov=True, weight_decay=1e-2, warmup=10),
        SGD(learning_rate=3e-2, momentum=0.5, weight_decay=1.0, weight_decay_changes=((40, 0.0), (41, 0.3))),
        SGD(momentum=0.7, nesterov=True, warmup=30, learning_rate_changes=((20, 0.05), (60, 1e-3))),
    ],
}


def start(lanes: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(lanes, SIZE, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(dtype)


def gradients_at(parameters: Tensor, step: int) -> Tensor:
    """Give gradients of sizes from 1e-3 to 1e3, by the step and, without chaos, by where one is."""
    places = torch.arange(SIZE, dtype=parameters.dtype)
    return 10 ** (places - 3) * torch.cos(0.7 * step + places) + 0.3 * parameters


def trained(rules: Sequence[Optimizer], dtype: torch.dtype = torch.float64, steps: int = STEPS) -> Tensor:
    """Train all lanes at once, keeping the numbers between changes as an engine does."""
    parameters = start(len(rules), dtype)
    buffers = {name: torch.zeros_like(parameters) for name in rules[0].buffers}
    changes = {step for rule in rules for step in rule.change_steps()}
    update = jaxtyped(type(rules[0]).update, typechecker=beartype)
    values: list[dict[str, float]] = []
    for step in range(steps):
        if step == 0 or step in changes:
            values = [rule.values(step) for rule in rules]
        gradients = gradients_at(parameters, step)
        for row, numbers in enumerate(values):
            lane = slice(row, row + 1)
            kept = {name: buffer[lane] for name, buffer in buffers.items()}
            update(parameters[lane], gradients[lane], kept, numbers, step)
    return parameters


def torchs_rule(rule: Optimizer, parameters: Tensor) -> torch.optim.Optimizer:
    common: dict[str, Any] = {"lr": rule.learning_rate, "weight_decay": rule.weight_decay, "foreach": False}
    if isinstance(rule, SGD):
        return torch.optim.SGD([parameters], momentum=rule.momentum, nesterov=rule.nesterov, **common)
    assert isinstance(rule, Adam | AdamW)
    kind = torch.optim.AdamW if isinstance(rule, AdamW) else torch.optim.Adam
    return kind([parameters], betas=(rule.beta1, rule.beta2), eps=rule.epsilon, **common)


def trained_by_torch(rule: Optimizer, row: Tensor) -> Tensor:
    """Train one lane with torch: warm-up by LambdaLR, changes by setting what the schedule multiplies."""
    parameters = row.clone().requires_grad_()
    torchs = torchs_rule(rule, parameters)
    warmup = torch.optim.lr_scheduler.LambdaLR(
        torchs, lambda step: min((step + 1) / max(rule.warmup, 1), 1.0)
    )
    rates, decays = dict(rule.learning_rate_changes), dict(rule.weight_decay_changes)
    for step in range(STEPS):
        group = torchs.param_groups[0]
        if step in rates:
            warmup.base_lrs = [rates[step]]
            group["lr"] = rates[step] * warmup.lr_lambdas[0](step)
        group["weight_decay"] = decays.get(step, group["weight_decay"])
        parameters.grad = gradients_at(parameters.detach(), step)
        torchs.step()
        warmup.step()
    return parameters.detach()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_lane_ends_where_torch_ends_with_its_hyper_parameters(name: str):
    rules = LANES[name]
    ours = trained(rules)
    theirs = torch.stack([trained_by_torch(rule, row) for rule, row in zip(rules, start(4), strict=True)])
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_in_float32_it_stays_close_to_torch(name: str):
    rule = LANES[name][0]
    ours = trained([rule], torch.float32)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(
        ours[0], trained_by_torch(rule, start(1, torch.float32)[0]), rtol=1e-4, atol=1e-5
    )


@every_optimizer
def test_the_example_ends_where_torch_ends(rule: Optimizer):
    torch.testing.assert_close(
        trained([rule])[0], trained_by_torch(rule, start(1)[0]), rtol=1e-12, atol=1e-12
    )


@every_optimizer
def test_a_lane_does_not_depend_on_who_is_trained_beside_it(rule: Optimizer):
    others = LANES[rule.name]
    beside = trained([rule, *others])
    together = trained([rule, *reversed(others)])
    torch.testing.assert_close(beside[0], together[0], rtol=1e-14, atol=0)


@every_optimizer
def test_lanes_that_share_their_numbers_are_updated_in_one_call(rule: Optimizer):
    starts = start(3)
    together, apart = starts.clone(), starts.clone()
    kept = {name: torch.zeros_like(starts) for name in rule.buffers}
    kept_apart = {name: torch.zeros_like(starts) for name in rule.buffers}
    for step in range(5):
        gradients = gradients_at(starts, step)
        type(rule).update(together, gradients, kept, rule.values(step), step)
        for row in range(3):
            lane = slice(row, row + 1)
            buffers = {name: buffer[lane] for name, buffer in kept_apart.items()}
            type(rule).update(apart[lane], gradients[lane], buffers, rule.values(step), step)
    torch.testing.assert_close(together, apart, rtol=1e-14, atol=0)


@every_optimizer
def test_what_is_not_finite_in_one_lane_stays_there(rule: Optimizer):
    parameters = start(3)
    buffers = {name: torch.zeros_like(parameters) for name in rule.buffers}
    gradients = gradients_at(parameters, 0)
    gradients[1] = torch.nan
    type(rule).update(parameters, gradients, buffers, rule.values(0), 0)
    assert parameters.isfinite().all(1).tolist() == [True, False, True]


@every_optimizer
def test_an_update_is_in_place_and_leaves_the_gradients_alone(rule: Optimizer):
    parameters = start(2)
    buffers = {name: torch.zeros_like(parameters) for name in rule.buffers}
    places = [parameters.data_ptr(), *(buffer.data_ptr() for buffer in buffers.values())]
    gradients = gradients_at(parameters, 0)
    kept = gradients.clone()
    type(rule).update(parameters, gradients, buffers, rule.values(0), 0)
    assert places == [parameters.data_ptr(), *(buffer.data_ptr() for buffer in buffers.values())]
    assert not torch.equal(parameters, start(2))
    assert torch.equal(kept, gradients)


@pytest.mark.parametrize("kind", [AdamW, Adam])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_parameter_without_gradient_stays_whatever_the_numbers(
    kind: type[Adam] | type[AdamW], dtype: torch.dtype
):
    rule = kind(
        learning_rate=1e-12, epsilon=1e-20, beta1=1 - 1e-9, beta2=1 - 1e-9, weight_decay=0.0, warmup=100_000
    )
    for other in (rule, dataclasses.replace(rule, learning_rate=1e3, warmup=0)):
        parameters = start(1, dtype)
        buffers = {name: torch.zeros_like(parameters) for name in rule.buffers}
        kind.update(parameters, torch.zeros_like(parameters), buffers, other.values(0), 0)
        assert torch.equal(parameters, start(1, dtype))


@settings(max_examples=60)
@given(
    warmup=st.integers(0, 12),
    rates=st.dictionaries(st.integers(1, 20), st.floats(1e-6, 1.0)),
    decays=st.dictionaries(st.integers(1, 20), st.floats(0.0, 5.0)),
)
def test_between_the_steps_of_change_nothing_changes(
    warmup: int, rates: dict[int, float], decays: dict[int, float]
):
    changes = {
        "learning_rate_changes": tuple(sorted(rates.items())),
        "weight_decay_changes": tuple(sorted(decays.items())),
    }
    for kind in OPTIMIZERS.values():
        rule = kind(warmup=warmup, **changes)
        steps = rule.change_steps()
        assert list(steps) == sorted(set(steps))
        for step in range(1, 25):
            assert step in steps or rule.values(step) == rule.values(step - 1)
            assert rule.values(step).keys() == rule.values(0).keys()


def test_warm_up_rises_by_equal_parts_and_reaches_the_rate_at_its_last_step():
    rule = AdamW(learning_rate=0.1, warmup=4)
    rates = [rule.values(step)["learning_rate"] for step in range(6)]
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1])


def test_a_change_holds_from_its_step_on():
    rule = SGD(weight_decay=1.0, weight_decay_changes=((3, 0.5), (5, 0.0)))
    assert [rule.values(step)["weight_decay"] for step in range(7)] == [1.0, 1.0, 1.0, 0.5, 0.5, 0.0, 0.0]


@every_optimizer
def test_every_optimizer_stands_on_the_shelf_under_its_own_name(rule: Optimizer):
    assert type(rule) is OPTIMIZERS[rule.name]
    assert rule == type(rule).example()
    assert hash(rule) == hash(type(rule).example())
    assert type(rule)().warmup == 0
    field = dataclasses.fields(rule)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(rule, field, None)


NOWHERE: list[Any] = [float("nan"), float("inf"), float("-inf"), -1.0, 10**30]


@every_optimizer
@pytest.mark.parametrize(
    "fields",
    [
        *({"learning_rate": value} for value in [0.0, *NOWHERE]),
        *({"weight_decay": value} for value in NOWHERE),
        *({"warmup": value} for value in (-1, 10**30)),
        *(
            {"learning_rate_changes": changes}
            for changes in (((0, 0.1),), ((5, 0.1), (5, 0.2)), ((10**30, 0.1),))
        ),
        *({"learning_rate_changes": ((5, value),)} for value in [0.0, *NOWHERE]),
        *({"weight_decay_changes": ((5, value),)} for value in NOWHERE),
        {"weight_decay_changes": tuple((step, 0.1) for step in range(1, 5000))},
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_name(rule: Optimizer, fields: dict[str, Any]):
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(rule, **fields)
    assert [caught.value.path] == list(fields)
    assert caught.value.right
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        *(
            (kind, {name: value})
            for kind in (AdamW, Adam)
            for name in ("beta1", "beta2")
            for value in [1.0, *NOWHERE]
        ),
        *((kind, {"epsilon": value}) for kind in (AdamW, Adam) for value in [0.0, *NOWHERE]),
        *((SGD, {"momentum": value}) for value in [1.0, *NOWHERE]),
        (SGD, {"nesterov": True}),
    ],
)
def test_numbers_of_one_rule_that_make_no_sense_are_refused_by_name(
    kind: type[Optimizer], fields: dict[str, Any]
):
    with pytest.raises(SpecError) as caught:
        kind(**fields)
    assert [caught.value.path] == list(fields)


def test_the_door_opens_without_torch():
    code = "import sys; from latebloom.optimizers import OPTIMIZERS; "
    code += "[kind.example().values(3) for kind in OPTIMIZERS.values()]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
