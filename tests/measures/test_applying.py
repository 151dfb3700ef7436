import pytest
import torch

from latebloom.errors import InputError, ShapeError, UnknownNameError
from latebloom.measures import MEASURES
from latebloom.measures.applying import apply, completed, missing, takes
from latebloom.measures.contract.vocabulary import AXES, SCALARS, draw

POINTS = torch.tensor([[0.0, 0.0], [2.0, 0.0], [5.0, 4.0]])
LABELS = torch.tensor([0, 0, 1])


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_applied_by_its_name_to_inputs_of_the_shared_vocabulary(name):
    required = takes(name).required
    scalars = [
        argument for argument in SCALARS if argument in required
    ]  # an optional one need not fit this measure
    everything = {argument: draw(argument, (2,)) for argument in (*AXES, *scalars)}
    found = apply(name, everything)
    direct = MEASURES[name](**{argument: everything[argument] for argument in required})
    direct = {name: direct} if isinstance(direct, torch.Tensor) else direct
    assert list(found) == list(direct)
    for key, value in found.items():
        assert value.dtype == torch.float64
        assert value.shape[0] == 2
        assert torch.equal(value.nan_to_num(-1.0), direct[key].nan_to_num(-1.0))


def test_a_bare_number_gets_the_name_of_its_measure_and_several_keep_their_own():
    assert list(apply("factorisation", {"points": POINTS, "labels": LABELS})) == ["factorisation"]
    assert set(apply("linear_dimensions", {"points": POINTS})) == {
        "participation_ratio",
        "pca_dimension_95",
        "pca_dimension_99",
    }


def test_optional_arguments_are_taken_from_the_inputs_and_options_go_before_them():
    points = torch.tensor([[0.0, 0.0], [9.0, 0.0], [0.0, 5.0], [9.0, 5.0]])
    assert apply("pca_dimension", {"points": points})["pca_dimension"] == 2
    assert apply("pca_dimension", {"points": points, "fraction": 0.5})["pca_dimension"] == 1
    assert apply("pca_dimension", {"points": points, "fraction": 0.5}, fraction=0.99)["pca_dimension"] == 2


def test_what_a_measure_lacks_is_named_in_its_own_order():
    assert missing("restricted_loss", {"frequencies": 0}) == ("table_logits", "table_labels")
    assert missing("ring_scan", {"points": POINTS, "labels": LABELS}) == ("centroids",)
    assert missing("ring_scan", {"centroids": POINTS}) == ()
    with pytest.raises(InputError, match="quotient_variance: got points; it needs labels and order too"):
        apply("quotient_variance", {"points": POINTS})
    with pytest.raises(InputError, match="activation_l2: got nothing"):
        apply("activation_l2", {})


@pytest.mark.parametrize("call", [takes, lambda name: missing(name, {}), lambda name: apply(name, {})])
def test_an_unknown_measure_is_refused_with_the_nearest_name(call):
    with pytest.raises(UnknownNameError, match="did you mean 'ring_scan'"):
        call("ring_scam")


def test_an_option_that_the_measure_has_not_is_refused_with_those_it_has():
    with pytest.raises(UnknownNameError, match="no option of ring_scan 'drawn'; did you mean 'draws'"):
        apply("ring_scan", {"centroids": POINTS}, drawn=5)


def test_centroids_follow_from_points_labels_and_order():
    found = completed({"points": POINTS, "labels": LABELS, "order": 2, "other": "kept"})
    assert found["centroids"].tolist() == [[1.0, 0.0], [5.0, 4.0]]
    assert found["other"] == "kept"


def test_labels_without_population_axes_serve_every_lane():
    found = completed({"points": torch.stack([POINTS, -POINTS]), "labels": LABELS, "order": 2})
    assert found["centroids"][1].tolist() == [[-1.0, 0.0], [-5.0, -4.0]]


def test_no_centroids_follow_where_a_class_has_no_sample_in_some_lane():
    points = torch.stack([POINTS, POINTS])
    labels = torch.tensor([[0, 1, 2], [0, 0, 1]])
    assert "centroids" not in completed({"points": points, "labels": labels, "order": 3})
    assert "centroids" in completed({"points": points[0], "labels": labels[0], "order": 3})


def test_the_order_is_read_off_the_labels_only_where_it_is_asked_for():
    inputs = {"points": POINTS, "labels": LABELS}
    assert completed(inputs) == inputs
    told = completed(inputs, order_from_labels=True)
    assert told["order"] == 2
    assert told["centroids"].shape == (2, 2)
    assert "centroids" not in completed({**inputs, "order": 3}, order_from_labels=True)


def test_what_is_given_is_never_replaced_and_the_mapping_stays_as_it_was():
    inputs = {"points": POINTS, "labels": LABELS, "order": 2, "centroids": torch.zeros(2, 2)}
    assert completed(inputs)["centroids"] is inputs["centroids"]
    bare = {"points": POINTS, "labels": LABELS, "order": 2}
    completed(bare)
    assert set(bare) == {"points", "labels", "order"}


@pytest.mark.parametrize("labels", [torch.tensor([0, 1, 2]), torch.tensor([-1, 0, 1]), torch.tensor([0, 1])])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(ShapeError, match="labels"):
        completed({"points": POINTS, "labels": labels, "order": 2})
