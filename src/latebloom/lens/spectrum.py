"""At which frequencies of its group, or in which irreps, a network represents the classes, snapshot by snapshot."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latebloom.errors import NotApplicableError
from latebloom.lens.frames import Arrays
from latebloom.lens.means import means
from latebloom.lens.requests import SpectrumRequest
from latebloom.lens.scene import Scene
from latebloom.lens.shapes import IrrepPower, Row, Singular, SpectrumView
from latebloom.looks.subject import Subject
from latebloom.measures import embedding_spectrum, group_spectrum, singular_values
from latebloom.measures.fourier_basis import fourier_waves
from latebloom.measures.irreps import irreps
from latebloom.measures.representations import irrep_power, irrep_scan
from latebloom.statistics import finite, finite_list

MOST_SINGULAR = 24
FREQUENCIES, DIMENSIONS = 3, 2
"""Of how many frequencies, the strongest, how many dimensions of the embedding are shown."""
CHANCE = 0.05  # an irrep whose score chance reaches more often than so is no key

Table = list[list[float | None]]


def spectrum(scene: Scene, request: SpectrumRequest) -> Generator[float, None, SpectrumView]:
    """Show at which frequencies a run represents its group; yields the share that is done.

    Raises:
        NotApplicableError: the task's classes are no group. UnknownNameError: no such site.
    """
    subject = scene.subject
    if not subject.order:
        raise NotApplicableError(
            f"the classes of {subject.task} here are no group, so there are no frequencies on it"
        )
    sites = [*scene.sites, *scene.tables]
    scene.check_site(request.site, sites)
    found: dict[int, Arrays] = {}
    for place, step in enumerate(reversed(scene.steps)):
        found[step] = {**_shares(scene, step, request.site), **_singular(scene, step)}
        yield (place + 1) / len(scene.steps)
    steps, step = scene.steps, scene.at(request.step)
    frequencies = list(range(1, subject.order // 2 + 1)) if subject.cyclic else []
    names = [name for name in found[steps[-1]] if name.startswith("singular.")]
    return SpectrumView(
        run=scene.run,
        site=request.site,
        sites=sites,
        order=subject.order,
        frequencies=frequencies,
        gcds=[math.gcd(frequency, subject.order) for frequency in frequencies],
        steps=steps,
        energy=_table(found, steps, "spectrum") if subject.cyclic else [],
        null_high=_column(found, steps, "null_high"),
        keys=[found[one]["keys"].tolist() for one in steps],
        singular=[
            Singular(name=name.removeprefix("singular."), values=_table(found, steps, name)) for name in names
        ],
        embedding=embedding_rows(scene, step) if subject.cyclic else [],
        irreps=None if subject.cyclic else _irreps(scene, _table(found, steps, "power")),
        step=step,
        gini=_column(found, steps, "gini"),
        entropy=_column(found, steps, "entropy"),
    )


def _shares(scene: Scene, step: int, site: str) -> Arrays:
    """Give the shares of energy at a snapshot, kept or computed."""
    sha256, what = scene.refs[step].sha256, {"kind": "spectrum", "site": site}
    kept = scene.frames.get(scene.run, sha256, **what)
    if kept is None:
        kept = _measured(means(scene, step, site).cloud, scene.subject)
        scene.frames.put(scene.run, kept, sha256, **what)
    return kept


def _measured(centroids: Tensor, subject: Subject) -> dict[str, NDArray[Any]]:
    if subject.cyclic:
        return cyclic_shares(centroids)
    cayley = torch.from_numpy(subject.products)
    power, scan = irrep_power(centroids[None], cayley)[0], irrep_scan(centroids[None], cayley)
    stands_out = bool(scan["irrep_p_value"][0] <= CHANCE)
    nothing = np.array(np.nan)
    return {
        "power": power.numpy(),
        "keys": scan["irrep_best"].long().numpy() if stands_out else np.empty(0, np.int64),
        "null_high": nothing,
        "gini": nothing,
        "entropy": nothing,
    }


def cyclic_shares(centroids: Tensor) -> dict[str, NDArray[Any]]:
    """Measure the spectrum of centroids on Z_n, (class, feature).

    `keys` are the frequencies whose share is above `null_high`, which 99 of 100 relabellings of the classes do not
    reach at any frequency.
    """
    found = group_spectrum(centroids)
    shares, high = found["spectrum"], found["spectrum_null_99"]
    return {
        "spectrum": shares.numpy(),
        "null_high": high.numpy(),
        "keys": (torch.nonzero(shares > high).flatten() + 1).numpy(),
        "gini": found["spectrum_gini"].numpy(),
        "entropy": found["spectrum_entropy"].numpy(),
    }


def _singular(scene: Scene, step: int) -> Arrays:
    """Give the largest singular values of the embeddings and the read-out at a snapshot, kept or computed."""
    sha256 = scene.refs[step].sha256
    kept = scene.frames.get(scene.run, sha256, kind="singular")
    if kept is None:
        kept = {}
        tensors = scene.snapshot(step).named_parameters(0)
        for name, tensor in tensors.items():
            if name == "tokens" or name.startswith("readout.weight"):
                for place, matrix in enumerate(tensor if tensor.ndim == 3 else tensor[None]):
                    word = f"{name}.{place}" if tensor.ndim == 3 and len(tensor) > 1 else name
                    kept[f"singular.{word}"] = singular_values(matrix)[:MOST_SINGULAR].numpy()
        scene.frames.put(scene.run, kept, sha256, kind="singular")
    return kept


def embedding_rows(scene: Scene, step: int) -> list[Row]:
    """Hold dimensions of the first embedding against the cosines that fit them best.

    Of each of the strongest frequencies of the embedding, the dimensions with most energy at it. They are single
    dimensions, as they are: a direction that is chosen among all would be fitted well by chance.
    """
    subject, site = scene.subject, scene.tables[0]
    table = scene.frame(step, site).embedding[0].double()  # (element, dimension)
    if not table.isfinite().all():
        return []
    energy = embedding_spectrum(table)["embedding_spectrum"]
    waves = fourier_waves(subject.order)  # (frequency, wave, element)
    rows: list[Row] = []
    for frequency in energy.argsort(descending=True, stable=True)[:FREQUENCIES].tolist():
        own = (waves[frequency] @ table).square().sum(0)  # (dimension)
        for dimension in own.argsort(descending=True, stable=True)[:DIMENSIONS].tolist():
            row = table[:, dimension] - table[:, dimension].mean()
            fit = waves[frequency].T @ (waves[frequency] @ row)
            whole = float(row.square().sum())
            rows.append(
                Row(
                    name=f"{site.removeprefix('parameter.')} dimension {dimension}",
                    frequency=frequency + 1,
                    tokens=subject.elements.tolist(),
                    row=finite_list(row.numpy()),
                    fit=finite_list(fit.numpy()),
                    explained=finite(float(fit.square().sum()) / whole) if whole else None,
                )
            )
    return rows


def _irreps(scene: Scene, power: Table) -> IrrepPower:
    known = irreps(torch.from_numpy(scene.subject.products))
    return IrrepPower(names=list(known.names), dimensions=list(known.dimensions), power=power)


def _table(found: dict[int, Arrays], steps: list[int], name: str) -> Table:
    return [finite_list(found[step][name]) for step in steps]


def _column(found: dict[int, Arrays], steps: list[int], name: str) -> list[float | None]:
    return [finite(float(found[step][name])) for step in steps]
