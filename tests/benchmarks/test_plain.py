"""The plain loops: the same protocols and networks as ours, and they learn."""

from dataclasses import replace
from itertools import islice
from statistics import fmean

import pytest
import torch
from benchmarks.plain_models import FORMS
from benchmarks.protocols import PROTOCOLS

from benchmarks import plain
from latebloom.running.build import lane_of


@pytest.mark.parametrize("name", PROTOCOLS)
def test_both_sides_are_told_the_same_protocol(name):
    protocol = PROTOCOLS[name]
    spec = protocol.specs([0])[0]
    rule = spec.optimizer
    assert spec.task.name == "addition"
    assert spec.task.modulus == protocol.modulus
    assert spec.train_size == protocol.train_size
    assert spec.training.batch == protocol.batch
    assert spec.steps == protocol.steps
    assert spec.evaluation_steps[1] == protocol.every
    assert spec.steps_per_epoch == protocol.steps_per_epoch
    assert rule.name == ("adam" if protocol.coupled else "adamw")
    assert (rule.learning_rate, rule.weight_decay) == (protocol.learning_rate, protocol.weight_decay)
    assert (rule.beta1, rule.beta2) == protocol.betas
    assert rule.warmup == protocol.warmup
    assert (spec.objective.precision == "float64") == protocol.double_loss


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_plain_network_computes_what_ours_does_with_the_same_weights(name):
    protocol = PROTOCOLS[name]
    ours = lane_of(protocol.specs([0])[0]).model
    module = FORMS[protocol.form](protocol)
    assert sum(value.numel() for value in module.parameters()) == sum(
        value.numel() for value in ours.parameters()
    )
    module.load_state_dict(translated(ours.state_dict(), protocol))
    pairs = torch.randint(protocol.modulus, (40, 2))
    torch.testing.assert_close(module(pairs), ours(pairs)[0], rtol=1e-4, atol=1e-4)


def translated(weights, protocol):
    """Name our weights as the plain network does."""
    weights = dict(weights)
    tokens = weights.pop("tokens")
    if protocol.form == "mlp":
        return weights | {"tokens.weight": tokens[0]}
    if protocol.form == "encoder":
        named = {"left.weight": tokens[0], "right.weight": tokens[1]}
    else:
        named = {"tokens.weight": torch.cat([tokens[0], weights.pop("closing")])}
    named |= {name: weights[name] for name in ("positions", "readout.weight", "readout.bias")}
    for layer in range(protocol.layers):
        ours = {name.removeprefix(f"blocks.{layer}."): value for name, value in weights.items()}
        named |= layer_weights(ours, protocol.form, layer)
    return named


def layer_weights(ours, form, layer):
    """Name one layer's weights as torch does."""
    prefix = f"encoder.layers.{layer}." if form == "encoder" else ""
    attention = f"{prefix}self_attn." if form == "encoder" else "attention."
    names = {"attention_output": f"{attention}out_proj"}
    if form == "encoder":
        names |= {
            "hidden": "linear1",
            "output": "linear2",
            "attention_norm": "norm1",
            "feed_forward_norm": "norm2",
        }
    else:
        names |= {"hidden": "hidden", "output": "output"}
    named = {}
    for kind in ("weight", "bias"):
        named[f"{attention}in_proj_{kind}"] = torch.cat(
            [ours[f"{part}.{kind}"] for part in ("query", "key", "value")]
        )
        for own, theirs in names.items():
            named[f"{theirs if '.' in theirs else prefix + theirs}.{kind}"] = ours[f"{own}.{kind}"]
    return named


@pytest.mark.parametrize("name", ["demo", "sweep", "small-transformer"])
def test_the_loss_falls(name):
    torch.manual_seed(0)
    run = plain.begin(PROTOCOLS[name], seed=0)
    losses = [loss.item() for loss in islice(plain.steps(run), 250)]
    assert fmean(losses[-10:]) < 0.7 * fmean(losses[:10])
    assert plain.evaluate(run, ["train"])["train_loss"] < losses[0]


@pytest.mark.parametrize("name", ["manifold", "stages", "full-batch"])
def test_the_loss_of_a_published_protocol_falls_where_the_table_is_small(name):
    changes = {"modulus": 11, "fraction": 0.5, "batch": min(PROTOCOLS[name].batch, 32), "warmup": 2}
    run = plain.begin(replace(PROTOCOLS[name], **changes), seed=0)
    losses = [loss.item() for loss in islice(plain.steps(run), 60)]
    assert fmean(losses[-5:]) < 0.7 * fmean(losses[:5])


def test_all_pairs_are_either_trained_on_or_tested():
    (train, train_labels), (test, test_labels) = plain.data(PROTOCOLS["demo"])
    pairs = torch.cat([train, test])
    assert len(pairs.unique(dim=0)) == 31**2
    assert len(train) == PROTOCOLS["demo"].train_size
    assert torch.equal(torch.cat([train_labels, test_labels]), pairs.sum(dim=1) % 31)


def test_an_evaluation_in_batches_is_that_of_the_whole():
    run = plain.begin(PROTOCOLS["sweep"], seed=0)
    whole = replace(run, protocol=replace(run.protocol, batch=0))
    numbers = plain.evaluate(run, ["train", "test"])
    assert numbers == pytest.approx(plain.evaluate(whole, ["train", "test"]), rel=1e-5)
    assert numbers.keys() == {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}


def test_stable_grokking_is_known_at_the_fifth_evaluation_in_a_row(monkeypatch):
    accuracies = [0.96, 0.96, 0.96, 0.96, 0.5, 0.95, 0.96, 0.97, 0.96, 1.0, 1.0]
    monkeypatch.setattr(plain, "evaluations", lambda run: enumerate(accuracies))
    assert plain.until_stable(None) == 9
    monkeypatch.setattr(plain, "evaluations", lambda run: enumerate(accuracies[:9]))
    assert plain.until_stable(None) is None
