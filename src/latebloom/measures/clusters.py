"""Where clusters are looked for, and how: scikit-learn's k-means, and the UMAP plane."""

import importlib
import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import MissingExtraError, ShapeError

STARTS = 10
"""How often k-means starts anew; the best result is taken."""
NEIGHBOURS, LEAST_DISTANCE, SEED, EPOCHS = 15, 0.1, 42, 200
"""Of the UMAP plane. A point is the first of its own neighbours there."""
ROWS = 1024
"""How many points are held against all others at once: 54 MB for 6587 points."""


def k_means_clusters(
    points: Float[Tensor, "sample feature"], clusters: int, seed: int
) -> Integer[Tensor, " sample"]:
    """Give each point the number of its cluster; fewer distinct points than clusters leave some empty."""
    from sklearn.cluster import KMeans  # 0.8 s of import, for this alone
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than clusters
        model = KMeans(min(clusters, len(points)), random_state=seed).set_params(n_init=STARTS)
        found = model.fit_predict(points.cpu().numpy())
    return torch.from_numpy(found).to(points.device).long()


def connected_clumps(points: Float[Tensor, "sample feature"], distance: float) -> Integer[Tensor, " sample"]:
    """Give each point the number of its clump: points that steps of at most `distance` join."""
    from sklearn.cluster import DBSCAN  # as above

    found = DBSCAN(eps=distance, min_samples=1).fit_predict(points.cpu().numpy())
    return torch.from_numpy(found).to(points.device).long()


def umap_plane(points: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample axis"]:
    """Lay the points out in the plane by UMAP with exact cosine neighbours.

    Raises:
        ShapeError: fewer than 16 points.
        MissingExtraError: umap-learn is not installed.
    """
    _check_samples(len(points))
    places, distances = cosine_neighbours(points, NEIGHBOURS)
    with _same_threads(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that tensorflow is missing; that the table cannot take new points
        plane = _umap().UMAP(
            n_neighbors=NEIGHBOURS,
            min_dist=LEAST_DISTANCE,
            metric="cosine",
            random_state=SEED,
            n_jobs=1,
            n_epochs=EPOCHS,
            init=_principal_plane(points).cpu().numpy(),
            precomputed_knn=(places.cpu().numpy(), distances.float().cpu().numpy()),
        )
        laid_out = plane.fit_transform(points.cpu().numpy())
    return torch.as_tensor(laid_out, dtype=torch.float64, device=points.device)


@contextmanager
def _same_threads() -> Iterator[None]:
    """Leave torch with as many threads as it had: UMAP's compiler sets the OpenMP threads of the whole process."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def check_plane(samples: int) -> None:
    """Refuse what `umap_plane` would refuse, without loading umap-learn, which takes seconds.

    Raises:
        ShapeError, MissingExtraError: as `umap_plane`.
    """
    _check_samples(samples)
    if importlib.util.find_spec("umap") is None:
        raise _missing()


def _check_samples(samples: int) -> None:
    if samples <= NEIGHBOURS:
        raise ShapeError(f"points: got {samples} samples; at least {NEIGHBOURS + 1} are needed for UMAP")


def _umap() -> Any:
    try:
        return importlib.import_module("umap")
    except ImportError as error:
        raise _missing() from error


def _missing() -> MissingExtraError:
    return MissingExtraError("the UMAP plane", "umap-learn", "umap")


def cosine_neighbours(
    points: Float[Tensor, "sample feature"], neighbours: int
) -> tuple[Integer[Tensor, "sample neighbour"], Float[Tensor, "sample neighbour"]]:
    """Find each point's nearest by the angle between them, itself first, and 1 - cosine to each.

    A point at the origin has no direction and is taken to stand square to every other.
    """
    directions = torch.nn.functional.normalize(points, dim=-1, eps=0.0).nan_to_num(0.0)
    each = torch.arange(len(points), device=points.device).split(ROWS)
    found = []
    for rows in each:
        distances = (1.0 - directions[rows] @ directions.mT).clamp(min=0.0)
        own = torch.arange(len(rows), device=rows.device)
        distances[own, rows] = -1.0  # nobody is nearer than oneself, not even a duplicate
        found.append(distances.topk(neighbours, largest=False))
    nearest = torch.cat([values for values, _ in found]).clamp(min=0.0)
    return torch.cat([places for _, places in found]), nearest


def _principal_plane(points: Float[Tensor, "sample feature"]) -> Float[Tensor, "sample axis"]:
    centred = points - points.mean(0)
    axes = torch.linalg.eigh(centred.mT @ centred).eigenvectors[:, -2:].flip(-1)  # (feature, axis)
    largest = axes.gather(0, axes.abs().argmax(0, keepdim=True))  # an axis has no sign of its own
    plane = centred @ (axes * largest.sign())
    plane = plane / plane.abs().max() * 10.0  # as wide as umap-learn makes its own starting planes
    return torch.nn.functional.pad(plane, (0, 2 - plane.shape[-1]))
