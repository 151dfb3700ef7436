"""The engine: a population of lanes in, snapshots out.

An ordinary module for one run becomes a population by stacking its parameters in one flat buffer, a row per lane,
and mapping with `torch.func.vmap`. The engine knows no concrete task, model, optimizer or measure, and no store:
it receives, it yields, it calls nobody. To stop early is to stop iterating; to look at other steps is to hand in
other stops.
"""

from latebloom.engine.population import Lane, Loss, Population, State, UpdateRule, assemble
from latebloom.engine.snapshot import Chunk, Snapshot
from latebloom.engine.training import train

__all__ = ["Chunk", "Lane", "Loss", "Population", "Snapshot", "State", "UpdateRule", "assemble", "train"]
