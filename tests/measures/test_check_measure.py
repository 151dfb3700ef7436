import random

import numpy as np
import pytest
import torch

from latebloom.errors import InputError, MeasureContractError, ShapeError, UnknownNameError
from latebloom.measures import accuracy, check_measure, participation_ratio
from latebloom.measures.contract.promises import PROMISES
from latebloom.measures.contract.vocabulary import AXES, SIZES, TRANSFORMATIONS, draw

pytestmark = pytest.mark.usefixtures("unhooked")


def honest(points):
    """Measure the root mean square distance from the mean, as every measure should."""
    if not isinstance(points, torch.Tensor) or not points.is_floating_point() or points.ndim < 2:
        raise ShapeError("points: got something else; floating-point (sample, feature) needed")
    if 0 in points.shape[-2:]:
        raise ShapeError("points: got an empty axis; a sample and a feature needed")
    exact = points.detach().double()
    return (exact - exact.mean(-2, keepdim=True)).square().sum(-1).mean(-1).sqrt()


def honest_labelled(points, labels):
    """Measure how far the class means are from the mean of all."""
    given = honest(points)
    if not isinstance(labels, torch.Tensor) or labels.dtype not in (torch.uint8, torch.int64):
        raise ShapeError("labels: got something else; integers needed")
    if labels.ndim == 0 or labels.shape[-1] != points.shape[-2]:
        raise ShapeError("labels: got another number of samples; as many as points needed")
    if labels.ndim > 1 and labels.shape[:-1] != points.shape[:-2]:
        raise ShapeError("labels: got another population; that of points needed")
    members = (labels[..., None, :] == torch.arange(6)[:, None]).double()  # (*population, class, sample)
    means = members @ points.detach().double() / members.sum(-1, keepdim=True)
    return means.nan_to_num(nan=0.0).square().sum((-1, -2)) + 0.0 * given


def broken_promises(measure, **keywords):
    with pytest.raises(MeasureContractError) as caught:
        check_measure(measure, **keywords)
    error = caught.value
    assert str(error).startswith(f"{measure.__name__} breaks what every measure promises:\n  ")
    assert all(line in str(error) for line in error.broken)
    return {kind for kind in PROMISES for line in error.broken if line.startswith(f"{kind}: ")}


def test_an_honest_measure_passes_and_so_does_one_with_labels():
    assert check_measure(honest, invariances=["rotation", "translation", "order of samples"]) is None
    assert check_measure(honest_labelled, invariances=["relabelling", "rotation"]) is None


def only(*kinds):
    """Name what a mutant of `honest` should be found to break, and nothing else."""
    return set(kinds)


def float32_result(points):
    return honest(points).float()


def without_the_population(points):
    return honest(points).sum()


def with_another_lane(points):
    found = honest(points)
    return found + 0.01 * found.nan_to_num().sum()


def ordered_by_lane(points):
    found = honest(points)
    return found + torch.arange(found.numel(), dtype=torch.float64).reshape(found.shape)


def infectious(points):
    found = honest(points)
    return torch.full_like(found, torch.nan) if found.isnan().any() else found


def forgiving(points):
    return honest(points).nan_to_num(nan=0.5, posinf=0.5)


def intolerant(points):
    found = honest(points)
    if found.isnan().any():
        raise ValueError("nan")
    return found


def centring_in_place(points):
    found = honest(points)
    if points.requires_grad is False:
        points -= points.mean(-2, keepdim=True)
    return found


def differentiable(points):
    return honest(points) + 0.0 * points.double().sum((-1, -2))


def in_the_given_type(points):
    honest(points)
    points = points.detach()
    return (points - points.mean(-2, keepdim=True)).square().sum(-1).mean(-1).sqrt().double()


def by_memory(points):
    return honest(points) + float(not points.is_contiguous())


CALLS = iter(range(10**6))


def counting_its_calls(points):
    return honest(points) + next(CALLS) * torch.ones((), dtype=torch.float64)


def drawing(points):
    return honest(points) + 0.0 * torch.rand(())


def drawing_from_numpy(points):
    return honest(points) + 0.0 * np.random.rand()


def drawing_from_python(points):
    return honest(points) + random.random()


def reseeding(points):
    torch.manual_seed(0)
    return honest(points)


def reseeding_python(points):
    random.seed(0)
    return honest(points)


def unchecked(points):
    exact = points.detach().double()
    return (exact - exact.mean(-2, keepdim=True)).square().sum(-1).mean(-1).sqrt()


def raising_where_points_coincide(points):
    found = honest(points)
    if (found == 0.0).any():
        raise ZeroDivisionError("division by zero")
    return found


def refusing_where_points_coincide(points):
    found = honest(points)
    if (found == 0.0).any():
        raise InputError("points: got equal points; different ones needed")
    return found


def infinite_where_points_coincide(points):
    found = honest(points)
    return torch.where(found == 0.0, torch.inf, found)


def failing_on_one_sample(points):
    honest(points)
    if points.shape[-2] == 1:
        raise IndexError("no second sample")
    return honest(points)


@pytest.mark.parametrize(
    ("mutant", "kinds"),
    [
        (float32_result, only("shapes")),
        (differentiable, only("no gradient")),
        (forgiving, only("a lane that is not finite spoils itself alone")),
        (infectious, only("a lane that is not finite spoils itself alone")),
        (intolerant, only("a lane that is not finite spoils itself alone")),
        (centring_in_place, only("the input stays as it was")),
        (by_memory, only("layout in memory")),
        (drawing, only("global random state")),
        (drawing_from_numpy, only("global random state")),
        (reseeding, only("global random state")),
        (reseeding_python, only("global random state")),
        (unchecked, only("bad input")),
        (raising_where_points_coincide, only("degenerate input")),
        (refusing_where_points_coincide, only("degenerate input")),
        (infinite_where_points_coincide, only("degenerate input")),
        (failing_on_one_sample, only("degenerate input")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_measure_that_breaks_one_promise_is_told_so_and_nothing_else(mutant, kinds):
    assert broken_promises(mutant) == kinds


@pytest.mark.parametrize(
    ("mutant", "kind"),
    [
        (without_the_population, "shapes"),
        (with_another_lane, "lanes are independent"),
        (ordered_by_lane, "lanes are independent"),
        (in_the_given_type, "the same numbers in a shorter type"),
        (counting_its_calls, "the same again"),
        (drawing_from_python, "global random state"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_measure_that_breaks_a_promise_others_hang_on_is_told_of_it_too(mutant, kind):
    assert kind in broken_promises(mutant)


@pytest.mark.parametrize(
    "result", [1.0, None, {}, {"a": 1.0}, {1: torch.zeros(())}, (torch.zeros(()),)], ids=repr
)
def test_a_result_that_is_no_tensor_and_no_dict_of_tensors_is_refused(result):
    def odd(points):
        honest(points)
        return result

    assert "shapes" in broken_promises(odd)


def test_names_that_change_with_the_population_are_refused():
    def renaming(points):
        return {f"value_{points.ndim}": honest(points)}

    assert {"shapes", "lanes are independent"} <= broken_promises(renaming)


@pytest.mark.parametrize("invariance", ["scale", "positive scale"])
def test_an_invariance_that_does_not_hold_is_named(invariance):
    with pytest.raises(MeasureContractError, match=f"invariances: {invariance}: after it, it gave"):
        check_measure(honest, invariances=[invariance, "rotation"])


@pytest.mark.parametrize(
    ("invariance", "argument"),
    [
        ("rotation", "points"),
        ("rotation", "parameters"),
        ("rotation", "weights"),
        ("translation", "centroids"),
        ("scale", "gradients"),
        ("positive scale", "logits"),
        ("relabelling", "labels"),
        ("relabelling", "centroids"),
        ("shift of the coordinate", "logits"),
        ("reflection of the coordinate", "labels"),
        ("exchange of the summands", "table_logits"),
        ("order of samples", "labels"),
        ("order of samples", "pattern"),
        ("order of features", "embedding"),
        ("order of tokens", "embedding"),
        ("order of rows", "weights"),
        ("order of columns", "weights"),
        ("order of parameters", "gradient"),
        ("order of evaluations", "gradients"),
        ("order of heads", "pattern"),
        ("order of queries", "pattern"),
        ("order of keys", "pattern"),
    ],
)
def test_every_transformation_changes_the_arrays_it_is_about_and_keeps_their_form(invariance, argument):
    array = draw(argument)
    changed = TRANSFORMATIONS[invariance]({argument: array, "order": 6})[argument]
    assert changed.shape == array.shape
    assert not torch.equal(changed.double(), array.double())


def test_a_relabelling_renames_labels_centroids_and_logits_alike():
    given = {"points": draw("points"), "labels": draw("labels")}
    means = torch.stack([given["points"][given["labels"] == label].mean(0) for label in range(6)])
    for invariance in ("relabelling", "shift of the coordinate", "reflection of the coordinate"):
        changed = TRANSFORMATIONS[invariance]({**given, "centroids": means})
        for label in range(6):
            members = changed["points"][changed["labels"] == label]
            torch.testing.assert_close(changed["centroids"][label], members.mean(0))


def test_labels_without_population_axes_must_serve_every_lane():
    def separate(points, labels):
        if isinstance(labels, torch.Tensor) and labels.ndim < points.ndim - 1:
            raise ShapeError("labels: got too few axes; a population needed")
        return honest_labelled(points, labels)

    assert "labels serve every lane" in broken_promises(separate)


def test_arrays_that_do_not_fit_each_other_must_be_refused():
    def careless(points, labels):
        honest(points)
        if isinstance(labels, torch.Tensor) and labels.ndim:
            points = points[..., : labels.shape[-1] or None, :]
            labels = labels[..., : points.shape[-2]] if labels.numel() else labels
        return honest_labelled(points, labels)

    with pytest.raises(MeasureContractError, match="bad input: labels with one sample less than the other"):
        check_measure(careless)


def test_arrays_of_two_populations_must_be_refused_not_left_to_broadcasting():
    def distance(parameters, previous):
        for array in (parameters, previous):
            if not isinstance(array, torch.Tensor) or not array.is_floating_point() or not array.ndim:
                raise ShapeError("parameters: got something else; floating point needed")
        if parameters.shape[-1] != previous.shape[-1] or not parameters.shape[-1]:
            raise ShapeError("previous: got another length; that of parameters needed")
        return (parameters.detach().double() - previous.detach()).norm(dim=-1)

    with pytest.raises(MeasureContractError, match=r"parameters of three lanes beside two: .* RuntimeError"):
        check_measure(distance, invariances=["rotation", "translation"])


def test_a_group_order_that_is_no_order_must_be_refused():
    def unsure(points, order):
        return honest(points) * float(order or 1)

    with pytest.raises(MeasureContractError, match=r"bad input: order -6: a LatebloomError is promised"):
        check_measure(unsure)


def test_a_count_of_failures_may_answer_a_number_where_a_lane_is_not_finite():
    check_measure(accuracy, nan_spoils=False, invariances=["order of samples", "relabelling"])
    with pytest.raises(MeasureContractError, match="nan is promised"):
        check_measure(accuracy)


def test_inputs_of_ones_own_may_have_any_name_and_size():
    def spread(hidden, weight=2.0):
        return honest(hidden) * weight

    def inputs(population, seed):
        generator = torch.Generator().manual_seed(seed)
        return {"hidden": torch.randn(*population, 9, 3, generator=generator), "weight": 0.5}

    check_measure(spread, inputs=inputs)
    with pytest.raises(UnknownNameError, match=r"argument of spread 'hidden'.*points"):
        check_measure(spread)


def test_arrays_of_ones_own_that_all_lanes_share_are_not_taken_apart():
    shared = torch.linspace(1.0, 2.0, 5)

    def weighted(points, feature_weights):
        if not isinstance(feature_weights, torch.Tensor) or feature_weights.shape != (5,):
            raise ShapeError("feature_weights: got another shape; (5,) needed")
        if not feature_weights.is_floating_point():
            raise ShapeError("feature_weights: got another type; floating point needed")
        return honest(honest_points(points) * feature_weights.detach())

    def honest_points(points):
        honest(points)
        return points.double()

    check_measure(
        weighted,
        inputs=lambda population, seed: {
            "points": draw("points", population, seed),
            "feature_weights": shared,
        },
    )


def test_what_cannot_be_tried_is_an_input_error():
    with pytest.raises(InputError, match="measure: got 5; a function is needed"):
        check_measure(5)
    with pytest.raises(UnknownNameError, match="did you mean 'rotation'"):
        check_measure(honest, invariances=["rotations"])
    with pytest.raises(InputError, match="takes at least one"):
        check_measure(lambda order: torch.tensor(float(order), dtype=torch.float64))


def test_the_seed_decides_what_is_drawn_and_another_seed_is_passed_as_well():
    seen = set()

    def watched(points):
        found = participation_ratio(points)
        if found.ndim == 0 and found.isfinite():
            seen.add(found.item())
        return found

    check_measure(watched)
    before = set(seen)
    check_measure(watched)
    assert seen == before
    check_measure(watched, seed=50)
    assert len(seen) > len(before)


def test_checking_leaves_the_random_state_alone():
    before = torch.random.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    check_measure(honest)
    after = torch.random.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


@pytest.mark.parametrize("argument", AXES)
def test_drawn_arrays_have_their_axes_behind_the_population_and_follow_the_seed(argument):
    sizes = tuple(SIZES[axis] for axis in AXES[argument])
    for population in ((), (3,), (2, 3), (0,)):
        assert draw(argument, population).shape == (*population, *sizes)
    assert torch.equal(draw(argument, seed=4), draw(argument, seed=4))
    assert not torch.equal(draw(argument, seed=4), draw(argument, seed=5))


def test_labels_name_every_class_equally_often_and_rows_of_a_pattern_sum_to_one():
    assert draw("labels", (3,)).sort(-1).values.tolist() == [[c for c in range(6) for _ in range(4)]] * 3
    torch.testing.assert_close(draw("pattern").sum(-1), torch.ones(24, 2, 3))
    assert draw("order", (2,)) == 6
