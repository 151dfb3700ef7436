"""Every measure that a cloud allows, on clouds whose structure is known."""

import doctest
import math
import sys
from importlib.util import find_spec

import jaxtyping
import numpy as np
import pytest
import torch

import latebloom
from latebloom.clouds import archives, choosing, cosets, groups, measuring, table, tensors
from latebloom.clouds.measuring import COVERED, PLAN, measure_arrays, measure_cloud
from latebloom.errors import InputError
from latebloom.measures import MEASURES, applying, coset_purity, linear_dimensions
from latebloom.measures.cayley import symmetric_table
from tests.clouds.clouds import cosine_embedding, residues, round_cloud

NAMES = (
    "pca_dimension_95",
    "pca_dimension_99",
    "twonn_dimension",
    "participation_ratio",
    "activation_l2",
    "activation_std",
    "activation_max",
    "activation_sparsity",
    "betti_0",
    "betti_1",
    "adjacency_stride_1",
    "ring_best_stride",
    "ring_best_score",
    "ring_p_value",
    "factorisation",
)


@pytest.fixture(scope="module")
def ring():
    return measure_cloud(*cosine_embedding(97, 3, copies=2, noise=0.01), "cyclic:97")


@pytest.fixture(scope="module")
def cosets_of_twelve():
    points, coordinates = cosine_embedding(96, 8)
    return measure_cloud(points, residues(coordinates), "multiplicative:97")


def refused(*arguments, **options):
    with pytest.raises(InputError) as caught:
        measure_arrays(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_ring_at_frequency_three_is_found_at_the_stride_that_undoes_it(ring):
    assert ring["ring_best_stride"] in (32, 65)
    assert 3 * ring["ring_best_stride"] % 97 in (1, 96)
    assert ring["ring_p_value"] < 0.01
    assert ring["adjacency_stride_1"] < 0.1
    assert ring["spectrum_leading_frequency"] == 3
    assert len(ring["spectrum"]) == 48
    assert ring["pca_dimension_95"] == 2
    assert ring["betti_1"] == 1


def test_every_number_that_is_promised_is_a_plain_float(ring):
    for name in NAMES:
        assert type(ring[name]) is float, name
    assert (ring["samples"], ring["features"], ring["order"]) == (194, 16, 97)
    assert ring["notes"] == []


def test_a_group_of_prime_order_has_no_cosets_and_says_so(ring):
    assert "coset_purity" not in ring
    assert ring["not_measured"]["coset_purity"] == "the order 97 is prime, so the group has no cosets"
    assert math.isnan(ring["quotient_variance_best_divisor"])
    assert "the order 97 is prime" in ring["not_measured"]["quotient_variance_best_divisor"]
    assert "subgroup" in ring["not_measured"]["subgroup_scan"]


def test_the_twelve_cosets_of_a_multiplicative_group_are_found_and_no_ring(cosets_of_twelve):
    found = cosets_of_twelve
    assert found["order"] == 96
    assert found["spectrum_leading_gcd"] == 8
    assert (found["coset_purity_quotient"], found["coset_purity"]) == (12, 1)
    assert found["quotient_variance_best_divisor"] == 12
    assert found["ring_best_gcd"] > 1
    assert found["subgroup_best_order"] == 8


def test_purity_is_given_for_every_quotient_and_pays_for_the_choice_of_one(cosets_of_twelve):
    each = cosets_of_twelve["coset_purity_by_quotient"]
    assert list(each) == [2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
    assert each[12]["purity"] == 1
    assert each[12]["purity_p_value"] == pytest.approx(1 / 1001)
    assert cosets_of_twelve["coset_purity_p_value"] == pytest.approx(10 / 1001)
    points, labels = cosine_embedding(96, 8)
    direct = coset_purity(torch.from_numpy(points), torch.from_numpy(labels), 96, 5 + 1, draws=1000)
    assert each[6]["purity"] == direct["coset_purity"].item()


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
def test_purity_is_measured_in_the_umap_plane_too():
    points, labels = cosine_embedding(24, 8, copies=4, noise=0.05)
    found = measure_cloud(points, labels, "cyclic:24")
    assert (found["coset_purity_quotient"], found["coset_purity_umap"]) == (3, 1)
    each = found["coset_purity_umap_by_quotient"]
    assert list(each) == list(found["coset_purity_by_quotient"]) == [2, 3, 4, 6, 8, 12]
    assert found["coset_purity_umap_p_value"] == pytest.approx(6 / 1001)
    assert each[3]["purity_null_95"] == found["coset_purity_umap_null_95"] < 1
    direct = coset_purity(torch.from_numpy(points), torch.from_numpy(labels), 24, 6, space="umap", draws=1000)
    assert each[6]["purity"] == pytest.approx(direct["coset_purity"].item())
    assert "coset_purity_umap" not in found["not_measured"]


def test_without_the_extra_the_plane_is_a_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    found = measure_cloud(*cosine_embedding(24, 8, copies=2), "cyclic:24")
    assert found["coset_purity"] == 1
    assert "coset_purity_umap" not in found
    assert "'umap-learn'" in found["not_measured"]["coset_purity_umap"]
    assert '".[umap]"' in found["not_measured"]["coset_purity_umap"]


def test_too_few_points_for_a_plane_are_told():
    found = measure_cloud(*cosine_embedding(12, 4, features=4), "cyclic:12")
    assert "got 12 samples; at least 16 are needed for UMAP" in found["not_measured"]["coset_purity_umap"]


def test_no_quotient_is_suggested_by_a_frequency_that_shares_no_divisor():
    found = measure_cloud(*cosine_embedding(12, 5, features=4), "cyclic:12")
    assert "coset_purity" not in found
    assert "shares no divisor with 12" in found["not_measured"]["coset_purity"]
    assert list(found["coset_purity_by_quotient"]) == [2, 3, 4, 6]


def test_labels_that_mean_nothing_are_not_significant():
    points, labels = cosine_embedding(97, 3)
    found = measure_cloud(points, np.random.default_rng(3).permutation(labels), "cyclic:97")
    assert found["ring_p_value"] > 0.05
    assert found["spectrum_p_value"] > 0.05


def test_permutations_are_measured_by_what_needs_no_cyclic_group():
    where_0_goes = np.repeat(np.eye(4), 6, axis=0)
    found = measure_cloud(where_0_goes, np.arange(24), "symmetric:4")
    assert found["irrep_best"] == 1
    assert found["irrep_p_value"] < 0.01
    assert found["subgroup_best_order"] == 6
    assert found["not_measured"]["ring_scan"] == "needs a cyclic group, which symmetric:4 is not"
    assert "ring_p_value" not in found
    wrong = measure_cloud(where_0_goes, np.arange(24), "cyclic:24")
    assert wrong["irrep_power"] != found["irrep_power"]
    assert len(symmetric_table(4)) == 24


def test_what_has_no_group_or_no_labels_is_told_and_all_else_measured():
    points = round_cloud()
    bare = measure_cloud(points)
    assert bare["not_measured"]["factorisation"] == "needs labels"
    assert bare["not_measured"]["ring_scan"] == "needs labels and a group"
    labelled = measure_cloud(points, np.arange(60) % 3)
    assert 0 < labelled["factorisation"] < 0.2
    assert labelled["not_measured"]["ring_scan"] == "needs a group"
    assert labelled["not_measured"]["accuracy"] == "needs an array called 'logits'"
    assert labelled["not_measured"]["restricted_loss"].startswith(
        "needs arrays called 'table_logits', 'table_"
    )
    shared = bare.keys() - {"not_measured", "notes"}
    assert {name: bare[name] for name in shared} == {name: labelled[name] for name in shared}


def test_every_measure_is_applied_or_stood_for_by_another():
    assert set(PLAN) | set(COVERED) == set(MEASURES)
    assert len(PLAN) == len(set(PLAN))
    assert set(COVERED.values()) - {""} <= set(PLAN)
    statistics = ("activation_statistics", "linear_dimensions", "rank_statistics")
    joint = {name for name, by in COVERED.items() if by in statistics}
    assert joint - {"pca_dimension"} <= measure_cloud(round_cloud(20)).keys()


def test_numpy_torch_and_lists_of_any_type_give_the_same():
    points = np.round(round_cloud(20) * 8)
    labels = np.arange(20) % 5
    expected = measure_cloud(points, labels, "cyclic:5")
    variants = [
        (points.astype(">f4"), labels.astype(np.uint64)),
        (points.astype(np.longdouble), labels.astype(">i2")),
        (np.asfortranarray(points.astype(int)), labels),
        (torch.from_numpy(points).bfloat16().requires_grad_(), torch.from_numpy(labels).int()),
        (points.tolist(), labels.tolist()),
    ]
    for variant in variants:
        found = measure_cloud(*variant, "cyclic:5")
        assert found.keys() == expected.keys()
        assert found["twonn_dimension"] == pytest.approx(expected["twonn_dimension"])
        assert found["spectrum"] == pytest.approx(expected["spectrum"])


def test_the_arrays_stay_as_they_were_and_the_numbers_are_the_same_again():
    points, labels = cosine_embedding(7, 2, copies=3, noise=0.3)
    before = points.copy(), labels.copy(), torch.random.get_rng_state()
    found = measure_cloud(points, labels, "cyclic:7")
    assert np.array_equal(points, before[0])
    assert np.array_equal(labels, before[1])
    assert torch.equal(torch.random.get_rng_state(), before[2])
    assert str(measure_cloud(points, labels, "cyclic:7")) == str(found)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros(5), "got shape (5,); two axes are needed"),
        (np.zeros((2, 3, 4)), "got shape (2, 3, 4); two axes are needed"),
        (np.zeros((2, 4)), "at least 3 samples and a feature are needed"),
        (np.zeros((5, 0)), "at least 3 samples and a feature are needed"),
        (np.zeros((5, 2), complex), "complex128; real numbers are needed"),
        (torch.zeros(5, 2, dtype=torch.complex64), "complex64; real numbers are needed"),
        (np.array([["a", "b"]] * 3), "an array of numbers is needed"),
        (np.array([[None]] * 3), "an array of numbers is needed"),
        ([[1, 2], [3]], "an array of numbers is needed"),
        (np.zeros((5, 2), dtype="M8[s]"), "an array of numbers is needed"),
        (np.broadcast_to(np.float32(0), (2**20, 33)), "at most 33,554,432 can be measured"),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")) + str(getattr(value, "shape", "")),
)
def test_points_that_are_none_are_refused(points, message):
    assert message in refused(points)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(19), "got shape (19,); (20,) is needed, one for each of the 20 samples"),
        (np.arange(20)[:, None], "got shape (20, 1)"),
        (np.arange(20.0), "got numbers of type float64; whole numbers are needed"),
        (np.arange(20) > 3, "got numbers of type bool; whole numbers are needed"),
        (torch.zeros(20), "got numbers of type float32"),
        (["a"] * 20, "an array of numbers is needed"),
        (np.full(20, 2**64 - 1, np.uint64), "at most 9223372036854775807"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    assert message in refused(round_cloud(20), labels)


def test_a_group_needs_labels_that_fit_it():
    assert "group cyclic:5: got no labels" in refused(round_cloud(20), None, "cyclic:5")
    assert "got the label 5" in refused(round_cloud(20), np.arange(20), "cyclic:5")
    assert "no prime" in refused(round_cloud(20), np.arange(20) % 5, "multiplicative:9")


def test_points_that_are_not_finite_are_counted_and_spoil_what_they_spoil():
    points, labels = cosine_embedding(12, 1)
    points[3, 1], points[7] = np.inf, np.nan
    found = measure_cloud(points, labels, "cyclic:12")
    assert "2 of 12 samples hold nan or infinity" in found["notes"][0]
    assert math.isnan(found["pca_dimension_95"])
    assert found["not_measured"]["pca_dimension_95"] == "the points hold nan or infinity"
    assert found["not_measured"]["ring_best_score"] == "the points hold nan or infinity"
    assert found["not_measured"]["coset_purity"] == "there is no spectrum that could suggest a quotient"


def test_degenerate_clouds_are_measured_without_an_error():
    equal = measure_cloud(np.ones((12, 3)), np.arange(12), "cyclic:12")
    assert math.isnan(equal["participation_ratio"])
    assert equal["not_measured"]["participation_ratio"] == "not defined for these points"
    assert equal["betti_0"] == 1
    assert math.isnan(measure_cloud(np.eye(3))["twonn_dimension"])
    assert measure_cloud(np.arange(9.0)[:, None])["pca_dimension_99"] == 1


def test_notes_tell_what_labels_cannot():
    points = round_cloud(20)
    assert "label of its own" in measure_cloud(points, np.arange(20))["notes"][0]
    assert "the same label" in measure_cloud(points, np.ones(20, int))["notes"][0]


def test_a_single_loop_dominates_infinitely(ring):
    circle = measure_cloud(cosine_embedding(40, 1)[0])
    assert circle["loop_dominance"] == math.inf
    assert circle["not_measured"]["loop_dominance"].startswith("infinite")


def test_of_many_samples_neighbours_are_looked_for_among_a_draw(monkeypatch):
    monkeypatch.setattr(measuring, "MOST_FOR_NEIGHBOURS", 100)
    points, labels = cosine_embedding(12, 4, copies=10, noise=0.1)
    found = measure_cloud(points, labels, "cyclic:12")
    assert found["twonn_samples"] == 100
    assert found["notes"] == [
        "twonn_dimension: measured on 100 samples drawn of 120",
        "coset_purity: measured on 100 samples drawn of 120",
    ]
    assert found["coset_purity"] > 0.8
    assert found["participation_ratio"] == pytest.approx(
        linear_dimensions(torch.from_numpy(points))["participation_ratio"].item()
    )


def test_arrays_of_other_kinds_are_measured_by_their_names():
    logits = np.eye(5)[np.arange(20) % 5]
    others = {"logits": logits, "weights": np.eye(3), "embedding": np.zeros((2, 2, 2)), "patterns": logits}
    found = measure_arrays(round_cloud(20), np.arange(20) % 5, others=others)
    assert found["accuracy"] == 1
    assert found["spectral_norm"] == 1
    assert "array called 'embedding'" in found["not_measured"]["embedding_spectrum"]
    texts = {"logits": np.array([["a"]]), "weights": np.eye(3) * 1j}
    with pytest.raises(InputError, match="logits"):
        measure_arrays(round_cloud(20), others=texts)


def test_accuracy_goes_by_the_labels_as_they_were_given_not_by_their_coordinates():
    labels = np.arange(1, 7)
    found = measure_arrays(np.eye(6), labels, "multiplicative:7", others={"logits": np.eye(7)[labels]})
    assert found["accuracy"] == 1


def test_others_that_do_not_fit_are_told(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # the tests' own check comes first else
    found = measure_arrays(round_cloud(20), np.arange(20) % 5, others={"logits": np.eye(4)})
    assert "accuracy" not in found
    assert "labels" in found["not_measured"]["accuracy"]


def test_what_is_being_measured_is_told_before():
    told = []
    found = measure_arrays(round_cloud(), on_measure=told.append)
    assert told == [name for name in PLAN if name not in found["not_measured"]]


def test_the_public_name_is_there():
    assert latebloom.measure_cloud is measure_cloud


@pytest.mark.parametrize("module", [applying, archives, choosing, cosets, groups, measuring, table, tensors])
def test_the_examples_in_the_docstrings_run(module):
    assert doctest.testmod(module, extraglobs={"np": np}).failed == 0
