"""The arms: both operations by the code's read-out and the text's, controls, and a bottleneck of each width."""

from __future__ import annotations

from dataclasses import replace

from latebloom.spec import Schedule, Spec, read_request
from latebloom.studies.manifold.setting import ARMS, BOTTLENECKS, Setting
from latebloom.study import Arm

CENTROIDS = ("ring_scan@final", "group_spectrum@final")
CHEAP = (*CENTROIDS, "factorisation@final", "attention_entropy@block0.pattern", "attention_entropy@block1.pattern")
"""Taken at each evaluation: together 1 % of the time that training takes between two of them."""
TOPOLOGY = ("betti_numbers@final", "persistence_summary@final", "loop_strength@final:{loop}")
"""Taken of the snapshots, by the process beside training."""


def arms(setting: Setting) -> tuple[Arm, ...]:
    """List the arms that a scale runs, the most important first."""
    return tuple(
        Arm(name, spec(setting, name), setting.seeds_of(name), looks(setting, name), afterwards(setting, name))
        for name in (*ARMS, *BOTTLENECKS)
        if setting.horizon(name)
    )


def spec(setting: Setting, arm: str) -> Spec:
    """Write down the runs of an arm, for seed 0: the published protocol, with what makes the arm."""
    operation = "multiplication" if arm.startswith(("multiplication", "control-zero")) else "addition"
    every = setting.bottleneck_every if arm in BOTTLENECKS else setting.every
    changes = (f"task.modulus={setting.modulus}", f"evaluation.every={every}", *setting.changes, *_changes(setting, arm))
    request = read_request(f"manifold-{operation}", overrides=changes, seeds=[0], steps=setting.horizon(arm))
    found = request.specs[0]
    if arm == "control-relabelled":
        from latebloom.tasks.relabelled import Relabelled

        found = replace(found, task=Relabelled(task=found.task, seed=0))
    keyframes = () if arm in BOTTLENECKS else setting.keyframes
    return replace(found, snapshots=Schedule(steps=(0, *keyframes)))


def _changes(setting: Setting, arm: str) -> tuple[str, ...]:
    if arm.endswith("-text"):
        return ('model.readout="mean"',)
    if arm == "control-96":
        return (f"task.modulus={setting.order}",)
    if arm == "control-zero":
        return ("task.zero=true",)
    if arm in BOTTLENECKS:
        width = arm.rpartition("-r")[2]
        return (f"model.bottleneck={0 if width == 'none' else width}",)
    return ()


def looks(setting: Setting, arm: str) -> tuple[str, ...]:
    """List what is looked at along training."""
    if arm in BOTTLENECKS:
        return ()
    if arm == "control-relabelled":
        return CENTROIDS
    return (
        *CHEAP,
        f"twonn_dimension@final:{setting.first}",
        *(look.format(loop=setting.before) for look in TOPOLOGY),
        *(("quotient_variance@final",) if arm in ("multiplication", "multiplication-text", "control-96") else ()),
    )


def afterwards(setting: Setting, arm: str) -> tuple[str, ...]:
    """List what is looked at once an arm is trained: the UMAP planes of the published pictures, where runs reach them."""
    if arm not in ("addition", "multiplication") or setting.horizon(arm) < setting.far:
        return ()
    clumps = f"clump_structure({{}}space=umap)@final:{setting.cloud}"
    if arm == "addition":
        return (clumps.format(""),)
    m = setting.quotient
    return (
        clumps.format(f"quotient={m},"),
        f"adjacency_score(quotient={m})@final:{setting.far}",
        f"coset_purity(quotient={m},space=umap)@final:{setting.far}",
        f"coset_purity(quotient={m})@final:{setting.far}",
    )
