import pytest
import torch

from latebloom.errors import InputError, UnknownNameError
from latebloom.measures import ring_scan
from latebloom.measures.centroids import class_centroids
from latebloom.watching.instruments import Instruments
from latebloom.watching.measuring import Elements, Plan
from latebloom.watching.probe import Probe
from latebloom.watching.sites import checked_sites
from tests.watching.strangers import LABELS, PAIRS, P, stranger


def instruments(model, sites=("2", "4"), labels=LABELS, group=None, measures=None):
    probe = Probe.of(PAIRS, labels)
    elements = None if group is None else Elements.of(group, probe.labels)
    plan = Plan.of(measures, labels=labels is not None, elements=elements)
    return Instruments(plan, probe, checked_sites(model, list(sites)), elements)


def test_default_measures_are_taken_at_each_site_and_once_of_the_model():
    model = stranger()
    first = instruments(model)
    found = first.look(model)
    assert {
        f"{name}@{site}" for name in ("activation_l2", "pca_dimension_95", "twonn_dimension") for site in "24"
    } <= found.keys()
    assert {"probe_loss", "probe_accuracy", "weight_norm"} <= found.keys()
    assert "weight_change" not in found
    assert "ring_best_score@2" not in found
    with torch.no_grad():
        model[2].bias += 1.0
    assert first.look(model)["weight_change"] == pytest.approx(24**0.5, rel=1e-5)


def test_loss_and_accuracy_are_those_of_the_model_in_evaluation_mode():
    model = stranger()
    found = instruments(model).look(model)
    logits = model.eval()(PAIRS).detach().double()
    assert found["probe_loss"] == pytest.approx(torch.nn.functional.cross_entropy(logits, LABELS).item())
    assert found["probe_accuracy"] == (logits.argmax(1) == LABELS).double().mean().item()


def test_without_labels_there_is_neither():
    model = stranger()
    assert not {"probe_loss", "probe_accuracy"} & instruments(model, labels=None).look(model).keys()


def test_a_site_called_final_has_plain_names_as_in_trained_runs():
    model = torch.nn.Sequential()
    model.add_module("final", torch.nn.Embedding(P, 3))
    found = instruments(model, sites=["final"]).look(model)
    assert "participation_ratio" in found


def test_with_a_cyclic_group_the_ring_of_the_centroids_is_scanned():
    model = stranger()
    found = instruments(model, sites=["4"], group=f"cyclic:{P}").look(model)
    assert "ring_best_stride@4" in found
    assert "spectrum_leading_frequency@4" in found
    assert "factorisation@4" in found
    assert "spectrum@4" not in found
    seen = Probe.of(PAIRS).run(model, checked_sites(model, ["4"])).points["4"]
    expected = ring_scan(class_centroids(seen, LABELS, P))
    assert found["ring_p_value@4"] == expected["ring_p_value"].item()


def test_labels_of_a_multiplicative_group_are_taken_by_their_logarithm():
    labels = torch.arange(1, 7).repeat(5)
    elements = Elements.of("multiplicative:7", labels)
    powers = torch.tensor([pow(3, int(e), 7) for e in elements.coordinates])
    assert torch.equal(powers, labels)


def test_a_group_of_permutations_is_measured_by_its_own_multiplication():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Embedding(6, 4))
    labels = torch.arange(6).repeat(3)
    elements = Elements.of("symmetric:3", labels)
    plan = Plan.of(None, labels=True, elements=elements)
    probe = Probe.of(labels, labels)
    found = Instruments(plan, probe, checked_sites(model, ["0"]), elements).look(model)
    assert found["factorisation@0"] == pytest.approx(1.0)
    assert any(name.startswith("irrep") for name in found)
    assert "ring_best_score@0" not in found
    with pytest.raises(InputError, match="is of cyclic groups"):
        Plan.of(["ring_scan"], labels=True, elements=elements)


def test_measures_take_options_and_their_numbers_carry_them():
    model = stranger()
    found = instruments(model, sites=["2"], measures=["pca_dimension(fraction=0.5)", "activation_l2"]).look(
        model
    )
    assert set(found) == {"pca_dimension(fraction=0.5)@2", "activation_l2@2", "probe_loss", "probe_accuracy"}


def test_a_gradient_is_measured_where_the_loop_has_left_one():
    model = stranger()
    watched = instruments(model, measures=["gradient_norm", "relative_weight_norm"])
    assert "gradient_norm" not in watched.look(model)
    model(PAIRS).sum().backward()
    found = watched.look(model)
    expected = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
    assert found["gradient_norm"] == pytest.approx(expected, rel=1e-5)
    assert found["relative_weight_norm"] == 1.0


def test_numbers_that_are_not_finite_make_no_error():
    model = stranger()
    with torch.no_grad():
        model[2].weight.fill_(torch.nan)
    found = instruments(model, group=f"cyclic:{P}").look(model)
    assert found["weight_norm"] != found["weight_norm"]
    assert found["probe_accuracy"] == 0.0


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        (["ring_scn"], "did you mean 'ring_scan'"),
        ("ring_scan", "a list of names"),
        (["ring_scan@2"], "sites stand in sites="),
        ([3], "a name is needed"),
        (["ring_scan"], "give labels and a group"),
        (["attention_entropy"], "needs pattern, which a watch does not have"),
        (["pca_dimension(share=0.5)"], "no option 'share'; known: fraction"),
        (["pca_dimension(fraction)"], "NAME=VALUE"),
        (["coset_purity"], "needs order and quotient"),
    ],
)
def test_measures_that_cannot_be_taken_are_refused(measures, said):
    with pytest.raises(InputError, match=said):
        Plan.of(measures, labels=True, elements=None)


def test_a_measure_without_a_single_number_is_refused_at_the_first_look():
    model = stranger()
    with pytest.raises(InputError, match="covariance_spectrum"):
        instruments(model, measures=["covariance_spectrum"]).look(model)


def test_a_measure_of_labels_without_labels_is_refused():
    with pytest.raises(InputError, match="needs labels; give labels"):
        Plan.of(["factorisation"], labels=False, elements=None)


@pytest.mark.parametrize(
    ("group", "labels", "said"),
    [
        ("cyclc:11", LABELS, "did you mean 'cyclic'"),
        ("cyclic", LABELS, "cyclic:97"),
        ("cyclic:7", LABELS, "label 7"),
        ("cyclic:13", LABELS, "no sample of 2"),
        ("multiplicative:12", LABELS, "no prime"),
        (97, LABELS, "a text such as"),
        ("cyclic:11", None, "no labels were given"),
    ],
)
def test_groups_that_do_not_fit_the_labels_are_refused(group, labels, said):
    with pytest.raises((InputError, UnknownNameError), match=said):
        Elements.of(group, labels)


def test_an_output_without_a_column_for_each_label_gives_no_loss():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3))
    plan = Plan.of(None, labels=True, elements=None)
    for labels, there in (([0, 1, 2, 2], True), ([0, 1, 2, 3], False)):
        probe = Probe.of(torch.ones(4, 2), labels)
        found = Instruments(plan, probe, checked_sites(model, ["0"])).look(model)
        assert ("probe_loss" in found) is there
