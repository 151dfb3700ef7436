"""The arms: both operations by the code's read-out and the text's, controls, and a bottleneck of each width."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from latebloom.spec import Schedule
from latebloom.studies.manifold.setting import ARMS, BOTTLENECKS, Setting
from latebloom.study import Arm, arm
from latebloom.tasks.relabelled import Relabelled

CENTROIDS = ("ring_scan@final", "group_spectrum@final")
CHEAP = (
    *CENTROIDS,
    "factorisation@final",
    "attention_entropy@block0.pattern",
    "attention_entropy@block1.pattern",
)
"""Taken at each evaluation: together 1 % of the time that training takes between two of them."""
TOPOLOGY = ("betti_numbers@final", "persistence_summary@final")
LOOPS = "loop_strength@final:{every}"
"""Taken of the snapshots, by the process beside training."""


def arms(setting: Setting) -> tuple[Arm, ...]:
    """List the arms that a scale runs, the most important first."""
    return tuple(_arm(setting, name) for name in (*ARMS, *BOTTLENECKS) if setting.horizon(name))


def _arm(setting: Setting, name: str) -> Arm:
    operation = "multiplication" if name.startswith(("multiplication", "control-zero")) else "addition"
    changes = {
        "task.modulus": setting.modulus,
        "evaluation.every": setting.bottleneck_every if name in BOTTLENECKS else setting.every,
        "training.steps": setting.horizon(name),
        **setting.changes,
        **_changes(setting, name),
    }
    found = arm(
        name, f"manifold-{operation}", changes, seeds=setting.seeds_of(name), looks=looks(setting, name),
        afterwards=afterwards(setting, name), together="bottlenecks" if name in BOTTLENECKS else "",
    )  # fmt: skip
    keyframes = () if name in BOTTLENECKS else setting.keyframes
    spec = replace(found.spec, snapshots=Schedule(steps=(0, *keyframes)))
    if name == "control-relabelled":
        spec = replace(spec, task=Relabelled(task=spec.task, seed=0))
    return replace(found, spec=spec)


def _changes(setting: Setting, name: str) -> dict[str, Any]:
    """Say what makes an arm beside its operation."""
    if name.endswith("-text"):
        return {"model.readout": "mean"}
    if name == "control-96":
        return {"task.modulus": setting.order}
    if name == "control-zero":
        return {"task.zero": True}
    if name in BOTTLENECKS:
        width = name.rpartition("-r")[2]
        return {"model.bottleneck": 0 if width == "none" else int(width)}
    return {}


def looks(setting: Setting, name: str) -> tuple[str, ...]:
    """List what is looked at along training."""
    if name in BOTTLENECKS:
        return ()
    if name == "control-relabelled":
        return CENTROIDS
    return (
        *CHEAP,
        f"twonn_dimension@final:{setting.first}",
        *TOPOLOGY,
        *((LOOPS.format(every=setting.before),) if name in setting.loops else ()),
        *(
            ("quotient_variance@final",)
            if name in ("multiplication", "multiplication-text", "control-96")
            else ()
        ),
    )


def afterwards(setting: Setting, name: str) -> tuple[str, ...]:
    """List what is looked at of stored snapshots: the UMAP planes of the published pictures, where runs reach them."""
    if name not in ("addition", "multiplication") or setting.horizon(name) < setting.far:
        return ()
    clumps = f"clump_structure({{}}space=umap)@final:{setting.cloud}"
    if name == "addition":
        return (clumps.format(""),)
    m = setting.quotient
    return (
        clumps.format(f"quotient={m},"),
        f"adjacency_score(quotient={m})@final:{setting.far}",
        f"coset_purity(quotient={m},space=umap)@final:{setting.far}",
        f"coset_purity(quotient={m})@final:{setting.far}",
    )
