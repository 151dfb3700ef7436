"""Rings, quotients, loops and attention, snapshot by snapshot, each beside its null."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from latebloom.errors import MissingExtraError
from latebloom.lens.frames import Arrays
from latebloom.lens.loops import loop_points
from latebloom.lens.means import Means, is_ringed, means
from latebloom.lens.requests import StructureRequest
from latebloom.lens.scene import Scene
from latebloom.lens.shapes import (
    Attention,
    Betti,
    Persistence,
    QuotientRing,
    StepStructure,
    StructureView,
)
from latebloom.measures import (
    attention_entropy,
    betti_numbers,
    quotient_ring_scan,
    ring_scan,
)
from latebloom.measures.cyclic import FEWEST, divisors
from latebloom.measures.rips import barcode, distances
from latebloom.statistics import finite, finite_list
from latebloom.views.course_of_time import spans

MOST_POINTS = 500  # of a persistence diagram
MOST_BARS = 400
EXAMPLES = 512  # whose attention is looked at
THRESHOLDS = {"0.1": "", "0.1 of the widest gap": "_relative"}
"""Of bars: the published absolute one, and one that goes with the scale of the cloud."""

Frames = dict[int, Arrays]


def structure(
    scene: Scene, request: StructureRequest
) -> Generator[float, None, StructureView | StepStructure]:
    """Show the structure of a run's representation; yields the share that is done.

    Raises:
        UnknownNameError: no such site.
    """
    sites = [*scene.sites, *(scene.tables if scene.subject.order else [])]
    scene.check_site(request.site, sites)
    step = scene.at(request.step)
    own = of_step(scene, step, request.site)
    if request.part == "step":
        return own
    found: Frames = {}
    for place, one in enumerate(reversed(scene.steps)):
        found[one] = {**_rings(scene, one, request.site), **_attention(scene, one)}
        yield (place + 1) / len(scene.steps)
    steps, subject = scene.steps, scene.subject
    ringed = is_ringed(subject)
    return StructureView(
        **own,
        site=request.site,
        sites=sites,
        order=subject.order if ringed else 0,
        reason="" if ringed else _reason(scene),
        steps=steps,
        strides=list(range(1, subject.order // 2 + 1)) if ringed else [],
        ring=_table(found, steps, "ring_scores"),
        ring_null=_column(found, steps, "ring_null_95"),
        ring_p=_column(found, steps, "ring_p_value"),
        best=_column(found, steps, "ring_best_stride"),
        quotients=divisors(subject.order) if ringed else [],
        variance=_table(found, steps, "quotient_variance"),
        variance_null=_table(found, steps, "quotient_variance_null_95"),
        betti=[
            Betti(
                threshold=title,
                steps=steps,
                b0=_column(found, steps, f"betti_0{ending}"),
                b1=_column(found, steps, f"betti_1{ending}"),
            )
            for title, ending in THRESHOLDS.items()
            if f"betti_0{ending}" in found[steps[-1]]
        ],
        attention=_heads(found, steps),
        stages=spans(scene.stored.events, 0, scene.stored.step),
    )


def of_step(scene: Scene, step: int, site: str) -> StepStructure:
    """Show what belongs to one step, kept or computed: the rings of all quotients, and the persistence diagram."""
    sha256, what = scene.refs[step].sha256, {"kind": "step", "site": site}
    kept = scene.frames.get(scene.run, sha256, **what)
    if kept is None:
        kept = _step_arrays(means(scene, step, site), ringed=is_ringed(scene.subject))
        scene.frames.put(scene.run, kept, sha256, **what)
    return StepStructure(
        run=scene.run, step=step, quotient_ring=_quotient_rings(kept), persistence=_persistence(kept, step)
    )


def _step_arrays(seen: Means, *, ringed: bool) -> dict[str, NDArray[Any]]:
    cloud, found = seen.cloud, {"elements": seen.elements[:MOST_POINTS]}
    if ringed:
        scan = quotient_ring_scan(cloud)
        found |= {
            name: scan[f"quotient_ring_{name}"].numpy() for name in ("divisor", "stride", "score", "p_value")
        }
    try:
        return {**found, **_bars(cloud[:MOST_POINTS].double())}
    except MissingExtraError as missing:
        return {**found, "problem": np.frombuffer(str(missing).encode(), np.uint8)}


def _bars(cloud: Tensor) -> dict[str, NDArray[Any]]:
    """Compute the bars of a cloud, and which points its loops run through, one after the other, parted by -1."""
    if len(cloud) < 2 or not cloud.isfinite().all():
        return {"problem": np.frombuffer(b"the activations of this snapshot are not finite", np.uint8)}
    bars, apart = barcode(cloud), distances(cloud).numpy()
    loops = bars.loops[:MOST_BARS].numpy()
    through = [place for loop in loop_points(apart, loops[:, 0]) for place in (*loop, -1)]
    return {
        "h0": bars.pieces[:MOST_BARS].numpy(),
        "h1": loops,
        "through": np.array(through, dtype=np.int64),
        "diameter": np.array(apart.max()),
    }


def _persistence(kept: Arrays, step: int) -> Persistence:
    through: list[list[int]] = [[]]
    for place in kept["through"].tolist() if "through" in kept else []:
        if place < 0:
            through.append([])
        else:
            through[-1].append(place)
    return Persistence(
        step=step,
        of="centroids",
        elements=kept["elements"].tolist(),
        h0=_pairs(kept, "h0"),
        h1=_pairs(kept, "h1"),
        diameter=finite(float(kept["diameter"])) if "diameter" in kept else None,
        points=len(kept["elements"]),
        h1_points=through[:-1],
        problem=kept["problem"].tobytes().decode() if "problem" in kept else "",
    )


def _pairs(kept: Arrays, name: str) -> list[tuple[float | None, float | None]]:
    rows = kept[name].tolist() if name in kept else []
    return [(finite(birth), finite(death)) for birth, death in rows]


def _quotient_rings(kept: Arrays) -> list[QuotientRing]:
    if "divisor" not in kept or np.isnan(kept["divisor"]).any():  # all means coincide, or one is not finite
        return []
    columns = zip(*(kept[name].tolist() for name in ("divisor", "stride", "score", "p_value")), strict=True)
    return [
        QuotientRing(m=int(m), best=int(stride), score=finite(score), p=finite(p))
        for m, stride, score, p in columns
    ]


def _rings(scene: Scene, step: int, site: str) -> Arrays:
    """Give ring scan, variance of quotients and Betti numbers at a snapshot, kept or computed."""
    sha256, what = scene.refs[step].sha256, {"kind": "structure", "site": site}
    kept = scene.frames.get(scene.run, sha256, **what)
    if kept is None:
        kept = _ring_arrays(means(scene, step, site), ringed=is_ringed(scene.subject))
        scene.frames.put(scene.run, kept, sha256, **what)
    return kept


def _ring_arrays(seen: Means, *, ringed: bool) -> dict[str, NDArray[Any]]:
    found: dict[str, Tensor] = ring_scan(seen.cloud) if ringed else {}
    with suppress(MissingExtraError):  # the diagram says so
        found |= betti_numbers(seen.cloud, max_points=MOST_POINTS)
    kept = {name: value.numpy().reshape(value.shape[-1:]) for name, value in found.items() if name in KEPT}
    return {**kept, **seen.quotients}


KEPT = frozenset(
    (
        "ring_scores", "ring_null_95", "ring_p_value", "ring_best_stride",
        "betti_0", "betti_1", "betti_0_relative", "betti_1_relative",
    )
)  # fmt: skip


def _attention(scene: Scene, step: int) -> Arrays:
    """Give the entropy of each head of each block at a snapshot, kept or computed."""
    patterns = [site for site in scene.spec.model.sites() if site.endswith("pattern")]
    if not patterns or scene.spec.task.length < 2:
        return {}
    sha256 = scene.refs[step].sha256
    kept = scene.frames.get(scene.run, sha256, kind="attention")
    if kept is None:
        examples, _ = scene.examples("probes", EXAMPLES)
        kept = {
            f"heads.{site}": attention_entropy(scene.pattern(step, site, examples))[
                "attention_entropy_heads"
            ].numpy()
            for site in patterns
        }
        scene.frames.put(scene.run, kept, sha256, kind="attention")
    return kept


def _heads(found: Frames, steps: list[int]) -> list[Attention]:
    names = [name for name in found[steps[-1]] if name.startswith("heads.")]
    return [
        Attention(
            block=int("".join(letter for letter in name.partition(".pattern")[0] if letter.isdigit())),
            head=head,
            steps=steps,
            entropy=[finite(float(found[step][name][head])) for step in steps],
        )
        for name in sorted(names)
        for head in range(len(found[steps[-1]][name]))
    ]


def _reason(scene: Scene) -> str:
    task = scene.subject.task
    return (
        f"the classes of {task} here are no cyclic group of at least {FEWEST} elements, so there are no rings"
    )


def _table(found: Frames, steps: list[int], name: str) -> list[list[float | None]]:
    return [finite_list(found[step][name]) for step in steps] if name in found[steps[-1]] else []


def _column(found: Frames, steps: list[int], name: str) -> list[float | None]:
    return [finite(found[step][name].item()) for step in steps] if name in found[steps[-1]] else []
