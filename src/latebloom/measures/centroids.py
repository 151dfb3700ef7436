"""Where the classes stand, and how much of the points' variance lies between them."""

from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.measures.cyclic import class_sums, coordinates, lanes_of_labels
from latebloom.measures.inputs import floating
from latebloom.measures.nulls import lane_by_lane, whole_number


def class_centroids(
    points: Float[Tensor, "*population sample feature"],
    labels: Integer[Tensor, "*#population sample"],
    order: int,
) -> Float[Tensor, "*population class feature"]:
    """Average the points of each class, in the order of the classes.

    (*population, class, feature), in float64, in units of `points`. `labels` may leave out the population
    axes, or have size 1 there, and then serve every lane. Every class must occur in every lane: a missing one
    would leave a hole in the group. Invariant to the order of samples; rotation, translation and scale of the
    points do the same to the centroids. nan throughout in a lane that holds a nan or an infinity.

    Args:
        points: any cloud.
        labels: of each sample the class, or its coordinate on Z_n, from 0 to `order` - 1.
        order: how many classes there are; for a group its order.

    Raises:
        ShapeError: points that are no floating-point tensor, labels that are no integers, that do not fit
            the points or are out of range, or a class without a sample.
        InputError: `order` is no whole number of at least 2.

    >>> points = torch.tensor([[0.0, 0.0], [2.0, 0.0], [5.0, 4.0]])
    >>> class_centroids(points, torch.tensor([0, 0, 1]), 2).tolist()
    [[1.0, 0.0], [5.0, 4.0]]
    """
    points = floating("points", points, {"sample": 2, "feature": 1})
    labels = coordinates(labels, points, whole_number("order", order, 2))

    def measure(lane: Tensor, classes: Tensor) -> dict[str, Tensor]:
        return {"centroids": lane[0] + _centroids(lane - lane[0], classes, order)}

    return lane_by_lane(measure, points, labels)["centroids"]


def class_variances(
    points: Float[Tensor, "*population sample feature"], labels: Integer[Tensor, "*#population sample"]
) -> dict[str, Float[Tensor, "*population"]]:
    """Split the variance of the points into that within classes and that between them.

    `total_variance` is the mean squared distance of the points from their mean, `within_class_variance` that
    from the mean of their class, `between_class_variance` that of the means of their classes from the mean;
    total = within + between. All divided by the number of samples; squared units of `points`, from 0.
    `labels` may leave out the population axes; any integers will do. Invariant to rotation, translation,
    order of samples and relabelling; `points` times c gives c squared times each. nan in a lane that holds a
    nan or an infinity.

    Raises:
        ShapeError: fewer than two samples, points that are no floating-point tensor, labels that are no
            integers or do not fit the points.

    >>> found = class_variances(torch.tensor([[0.0], [2.0], [5.0], [5.0]]), torch.tensor([0, 0, 1, 1]))
    >>> {name: value.item() for name, value in found.items()}
    {'between_class_variance': 4.0, 'total_variance': 4.5, 'within_class_variance': 0.5}
    """
    points = floating("points", points, {"sample": 2, "feature": 1})
    return lane_by_lane(_variances, points, lanes_of_labels(labels, points))


def factorisation(
    points: Float[Tensor, "*population sample feature"], labels: Integer[Tensor, "*#population sample"]
) -> Float[Tensor, "*population"]:
    """Compute how far the points depend on their label alone: 1 - variance within labels / total variance.

    Unitless, from 0 to 1. 1: equal labels have equal points, and the representation has forgotten which input
    of the class it came from. For labels that mean nothing it is (labels - 1) / (samples - 1) on average,
    which is 1 where every sample has a label of its own. Invariant to rotation, translation, scale,
    order of samples and relabelling. nan where all points coincide, and in a lane that holds a nan or an
    infinity.

    Raises:
        ShapeError: as `class_variances`.

    Source: the sufficient condition "h depends on the label alone", as a share of variance.

    >>> factorisation(torch.tensor([[0.0], [2.0], [5.0], [5.0]]), torch.tensor([0, 0, 1, 1])).item()
    0.8888888888888888
    """
    found = class_variances(points, labels)
    return 1.0 - found["within_class_variance"] / found["total_variance"]  # 0 / 0 is nan


def _centroids(
    shifted: Float[Tensor, "sample feature"], classes: Integer[Tensor, " sample"], order: int
) -> Float[Tensor, "class feature"]:
    # Shifted, because coinciding points must give exactly zero: seven times 0.1, by seven, is not 0.1.
    return class_sums(shifted, classes, order) / classes.bincount(minlength=order)[:, None]


def _variances(
    lane: Float[Tensor, "sample feature"], labels: Integer[Tensor, " sample"]
) -> dict[str, Float[Tensor, ""]]:
    names, classes = labels.unique(return_inverse=True)
    shifted = lane - lane[0]
    means = _centroids(shifted, classes, len(names))  # (class, feature)
    samples = classes.bincount(minlength=len(names)).double()[:, None]  # (class, 1)
    away = means - (means * samples).sum(0) / len(lane)
    within = (shifted - means.index_select(0, classes)).square().sum() / len(lane)
    between = (away.square() * samples).sum() / len(lane)
    return {
        "between_class_variance": between,
        "total_variance": within + between,
        "within_class_variance": within,
    }
