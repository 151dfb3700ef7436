"""Train the runs of one job to their end: look, store, checkpoint, resume.

Whatever is decided here depends on steps and stored bytes, never on the clock, but for when to checkpoint and when to
pause for a message. So a job that is killed and resumed stores the same bytes as one that never was.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latebloom.engine import Population, Snapshot, State, train
from latebloom.errors import DamagedError
from latebloom.events import Criteria, EventScan
from latebloom.looks import parse_looks, subject_of
from latebloom.observe import DEFAULT_LOOKS, Observation, Observer
from latebloom.records import ArrayRef, Look
from latebloom.running.arithmetic import arithmetic
from latebloom.running.build import population_of, probes_of
from latebloom.running.job import Job, Report, ShouldStop
from latebloom.running.keyframes import looks_of
from latebloom.running.resume import Resume, resume_point
from latebloom.running.sessions import session_note
from latebloom.spec import Spec, from_plain
from latebloom.store import Lab, RunWriter, open_run

PAUSE = 0.4  # seconds of training between two chances to stop or to show progress


@dataclass(eq=False)
class Member:
    """A slot of the population: a run being trained, or one that has ended and only holds its place.

    `leaves_at` is the step at which an ended run gave up its slot when it was trained; -1: it keeps it.
    """

    id: str
    writer: RunWriter | None
    leaves_at: int = -1

    @property
    def live(self) -> bool:
        """Whether this run is still being trained."""
        return self.writer is not None


@dataclass(eq=False)
class Training:
    """A job under way: the members in their slots, and what is being done with them."""

    job: Job
    lab: Lab
    spec: Spec
    members: list[Member]
    population: Population
    state: State
    observer: Observer
    report: Report
    observed: int = -1
    checkpointed: float = field(default_factory=time.monotonic)
    unsaved_evaluations: int = 0

    @property
    def live(self) -> list[tuple[int, Member]]:
        """The slots and members that are still being trained."""
        return [(slot, member) for slot, member in enumerate(self.members) if member.live]


def train_job(job: Job, report: Report, should_stop: ShouldStop) -> bool:
    """Train the job's runs from where they are to their end. Returns False if asked to stop before that.

    Raises:
        LockedError: another process writes to one of the runs.
        DamagedError: stored bytes are not what was written, where nothing older can stand in.
        ResourceError: the disk is full.
    """
    lab = Lab.open(job.lab)
    with ExitStack() as stack:
        writers = {run: stack.enter_context(open_run(lab, run)) for run in job.runs}
        pending = {run: writer for run, writer in writers.items() if not writer.ended}
        if not pending:
            return True
        point = resume_point(lab, pending)
        precision = from_plain(next(iter(pending.values())).document["spec"]).training.precision
        stack.enter_context(arithmetic(point.threads or job.threads, precision))
        for problem in point.problems:
            report({"kind": "warning", "message": problem})
        training = _begin(job, lab, pending, point, report)
        for writer in pending.values():
            writer.note_session(session_note(job, point.step))
        report(
            {
                "kind": "started",
                "runs": list(pending),
                "step": training.state.step,
                "steps": training.spec.steps,
            }
        )
        return _go_on(training, should_stop)


def _begin(job: Job, lab: Lab, pending: dict[str, RunWriter], point: Resume, report: Report) -> Training:
    specs = {run: from_plain(writer.document["spec"]) for run, writer in pending.items()}
    any_run = next(iter(pending))
    # A slot whose run has ended must be filled for the others' arithmetic to keep its shape; by what, matters not.
    slots = [specs.get(run, specs[any_run]) for run in point.slots]
    population, state = population_of(slots, job.device)
    members = [Member(run, pending.get(run), point.leaves.get(run, -1)) for run in point.slots]
    scans = [_scan(member) for member in members]
    live = [look for look in parse_looks(looks_of(pending[any_run].document)) if not look.dear]
    observer = Observer(scans, list(dict.fromkeys((*DEFAULT_LOOKS, *live))))
    if live:
        observer.subjects = [subject_of(spec.task) for spec in slots]
        observer.initial = state.parameters.clone()
    training = Training(job, lab, specs[any_run], members, population, state, observer, report)
    if point.arrays:  # also of step 0: what was seen there is compared with at the next look
        _restore(training, point)
        _leave(training, [])
    looks = [member.writer.looks for _, member in training.live if member.writer]
    training.observed = max((look.step for stored in looks for look in stored), default=-1)
    return training


def _scan(member: Member) -> EventScan:
    """Take up the events where the log leaves them; the criteria are one for all runs, so runs can be compared."""
    scan = EventScan(Criteria())
    for look in member.writer.looks if member.writer else ():
        scan.see(look.step, look.values["train_accuracy"], look.values["test_accuracy"])
    return scan


def _restore(training: Training, point: Resume) -> None:
    """Put the checkpoints' numbers into the rows of their lanes; other rows get a copy of some lane's."""
    state = training.state
    state.step = point.step
    stored = [point.arrays.get(member.id, next(iter(point.arrays.values()))) for member in training.members]

    def rows(name: str) -> Tensor:
        return torch.stack([torch.from_numpy(arrays[name].copy()) for arrays in stored]).to(state.parameters)

    state.parameters.copy_(rows("parameters"))
    for name, buffer in state.buffers.items():
        buffer.copy_(rows(f"buffer.{name}"))
    training.observer.previous = rows("previous" if "previous" in stored[0] else "parameters")
    training.observer.history.restore(stored[0], rows)


def _go_on(training: Training, should_stop: ShouldStop) -> bool:
    """Train from stop to stop until no run is left, or until asked to stop."""
    spec = training.spec
    evaluations = spec.evaluation_steps
    snapshots = frozenset(spec.snapshot_steps)
    while training.live:
        marks = [step for step in evaluations if step > training.observed]
        shrunk = False
        for snapshot in train(training.population, training.state, _stops(training.state.step, marks)):
            if (
                snapshot.step in marks
            ):  # at evaluations alone: other stops come by the clock, which must decide nothing
                training.state.mark_not_finite()
            _mark_diverged(training)
            if snapshot.step in marks and training.live:
                ended = _evaluate(training, snapshot, keep=snapshot.step in snapshots)
                shrunk = _leave(training, ended)
            _tell_progress(training)
            if not training.live or shrunk:
                break
            if should_stop():
                _checkpoint(training)
                return False
        if not shrunk:
            _finish(training)
    return True


def _stops(step: int, marks: Sequence[int]) -> Iterator[int]:
    """Give the marks, and as many steps between them as fit into a pause."""
    stride, since = 1, time.monotonic()
    for mark in marks:
        while step < mark:
            step = min(mark, step + stride)
            if step < mark:
                yield step
                now = time.monotonic()
                stride = max(1, min(4 * stride, int(stride * PAUSE / max(now - since, 1e-3))))
                since = now
        yield mark
        since = time.monotonic()


def _mark_diverged(training: Training) -> None:
    marked = training.state.diverged_at.tolist()
    for slot, member in training.live:
        if marked[slot] >= 0 and member.writer:
            _end(training, member, Look(step=marked[slot], end="diverged"))


def _evaluate(training: Training, snapshot: Snapshot, *, keep: bool) -> list[int]:
    """Look at all live runs and store what is seen. Returns the slots of runs that their specs end here."""
    observations = training.observer.see(snapshot)
    training.observed = snapshot.step
    probes = _probe(training, snapshot) if keep else {}
    for slot, member in training.live:
        observation = observations[slot]
        arrays = (_keep(member, snapshot, slot, probes),) if keep else ()
        assert member.writer
        member.writer.append(Look(snapshot.step, observation.values, observation.events, arrays))
        _tell_look(training, member, snapshot.step, observation)
    training.unsaved_evaluations += 1
    stopping = [slot for slot, _ in training.live if _stops_here(training, observations[slot])]
    if _checkpoint_due(training) or stopping:
        _checkpoint(training)
    for slot in stopping:
        _end(training, training.members[slot], Look(step=snapshot.step, end="stopped"))
    return stopping


def _stops_here(training: Training, observation: Observation) -> bool:
    names = {event.name for event in observation.events}
    return training.spec.training.stop == "grokked" and "grokked_stable" in names


def _leave(training: Training, ended: Sequence[int]) -> bool:
    """Take ended runs out of the population; a replayed one leaves when it did at first. True if any left."""
    step = training.state.step
    gone = set(ended) | {slot for slot, member in enumerate(training.members) if member.leaves_at == step}
    staying = [slot for slot in range(len(training.members)) if slot not in gone]
    if not gone or not staying:
        return False
    training.members = [training.members[slot] for slot in staying]
    training.population, training.state = training.population.keep(staying), training.state.keep(staying)
    training.observer.keep(staying)
    return True


def _probe(training: Training, snapshot: Snapshot) -> dict[str, Tensor]:
    """Compute the read-out activations of the probe inputs: (lane, probe, feature) by name, in float16."""
    if "final" not in snapshot.sites():
        return {}
    index = probes_of(training.spec).to(training.state.parameters.device)
    pieces = [
        chunk.activations["final"]
        for chunk in snapshot.evaluate(index.expand(len(training.members), -1), ["final"])
    ]
    return {"activations.final": torch.cat(pieces, dim=1).half().cpu()}


def _keep(member: Member, snapshot: Snapshot, slot: int, probes: dict[str, Tensor]) -> ArrayRef:
    assert member.writer
    weights = {f"weights.{name}": value.numpy() for name, value in snapshot.named_parameters(slot).items()}
    return member.writer.save_snapshot(
        snapshot.step, weights | {name: value[slot].numpy() for name, value in probes.items()}
    )


def _checkpoint_due(training: Training) -> bool:
    if training.job.checkpoint_evaluations:
        return training.unsaved_evaluations >= training.job.checkpoint_evaluations
    return time.monotonic() - training.checkpointed >= training.job.checkpoint_seconds


def _checkpoint(training: Training) -> None:
    """Save all live runs at this step, each in its own folder."""
    state, observer = training.state, training.observer
    for slot, member in training.live:
        arrays = {
            "parameters": state.parameters[slot],
            **{f"buffer.{k}": v[slot] for k, v in state.buffers.items()},
        }
        if observer.previous is not None and training.observed != state.step:
            arrays["previous"] = observer.previous[slot]
        arrays |= observer.history.stored(slot)
        info = {"slots": [member.id for member in training.members], "threads": torch.get_num_threads()}
        assert member.writer
        member.writer.save_checkpoint(
            state.step, {k: v.detach().cpu().numpy() for k, v in arrays.items()}, info
        )
    training.checkpointed, training.unsaved_evaluations = time.monotonic(), 0


def _finish(training: Training) -> None:
    """End the runs that have come to their last step."""
    if training.live and training.state.step != training.spec.steps:
        raise DamagedError(
            f"{training.live[0][1].id}: its log goes past step {training.state.step}, its checkpoint does not"
        )
    if training.live:
        _checkpoint(training)
    for _, member in training.live:
        _end(training, member, Look(step=training.spec.steps, end="done"))


def _end(training: Training, member: Member, look: Look) -> None:
    assert member.writer
    member.writer.append(look)
    training.report({"kind": "ended", "run": member.id, "step": look.step, "status": look.end})
    member.writer = None


def _tell_look(training: Training, member: Member, step: int, observation: Observation) -> None:
    numbers = {name: observation.values[name] for name in ("train_accuracy", "test_accuracy")}
    training.report({"kind": "look", "run": member.id, "step": step, **numbers})
    for event in observation.events:
        training.report({"kind": "event", "run": member.id, "name": event.name, "step": event.step})


def _tell_progress(training: Training) -> None:
    lanes = [member.id for _, member in training.live]
    training.report(
        {"kind": "progress", "step": training.state.step, "steps": training.spec.steps, "runs": lanes}
    )
