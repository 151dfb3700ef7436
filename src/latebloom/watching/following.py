"""Trainers of other libraries, followed through the hooks that they call. Which library it is, adapters know."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from latebloom.watching.watch import Watch

Watching = Callable[[nn.Module], Watch]
"""Makes the watch of a model, such as `partial(latebloom.watch, sites=["encoder"], inputs=x)`."""


class Follower:
    """Tells a watch how far a trainer is, and what it says of itself.

    Args:
        watching: makes the watch when training begins and the model is known.
        names: what numbers of the trainer are to be called here, such as ``{"val_acc": "test_accuracy"}``;
            others keep their names.
    """

    def __init__(self, watching: Watching, names: Mapping[str, str] | None = None) -> None:
        self._watching, self._names = watching, dict(names or {})
        self.watch: Watch | None = None
        """The watch, from the beginning of training on."""

    def begin(self, model: nn.Module, step: int) -> None:
        """Begin a watch of a model that has made so many steps."""
        watch = self._watching(model)
        watch.begin(step)
        self.watch = watch

    def reach(self, step: int, numbers: Mapping[str, Any]) -> None:
        """Say that training has come to a step; a batch that made none is passed over."""
        if self.watch and step > self.watch.at:
            self.watch.reach(step, **self._told(numbers))

    def note(self, numbers: Mapping[str, Any]) -> None:
        """Add numbers to the present step."""
        if self.watch:
            self.watch.note(**self._told(numbers))

    def end(self, error: BaseException | None = None) -> None:
        """End the watch, if there is one."""
        if self.watch:
            self.watch.end(error)

    def _told(self, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what is a single number, under the name that it is to have."""
        return {self._names.get(name, name): value for name, value in numbers.items() if _is_number(value)}


class LightningHooks(Follower):
    """The hooks of a callback of Lightning."""

    def on_train_start(self, trainer: Any, pl_module: nn.Module) -> None:
        """Begin, on the first of several processes."""
        if trainer.is_global_zero:
            self.begin(pl_module, trainer.global_step)

    def on_train_batch_end(
        self, trainer: Any, pl_module: nn.Module, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Take a step, with the loss of its last batch, where the optimizer has made one."""
        del pl_module, batch, batch_idx
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if _is_number(loss):
            loss = loss * trainer.accumulate_grad_batches  # Lightning hands it over divided by that
        self.reach(trainer.global_step, {"loss": loss})

    def on_validation_end(self, trainer: Any, pl_module: nn.Module) -> None:
        """Add what was logged up to here."""
        del pl_module
        self.note(trainer.callback_metrics)

    def on_train_epoch_end(self, trainer: Any, pl_module: nn.Module) -> None:
        """Add what was logged up to here."""
        del pl_module
        self.note(trainer.callback_metrics)

    def on_train_end(self, trainer: Any, pl_module: nn.Module) -> None:
        """End the watch."""
        del trainer, pl_module
        self.end()

    def on_exception(self, trainer: Any, pl_module: nn.Module, exception: BaseException) -> None:
        """End the watch and record what ended training."""
        del trainer, pl_module
        self.end(exception)


class TransformersHooks(Follower):
    """The hooks of a callback of the trainer of transformers. It has none for errors: then the run is interrupted."""

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_others: Any) -> None:
        """Begin, on the first of several processes."""
        del args, control
        if state.is_world_process_zero:
            self.begin(model, state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **_others: Any) -> None:
        """Take a step."""
        del args, control
        self.reach(state.global_step, {})

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_others: Any) -> None:
        """Add what was logged."""
        del args, state, control
        self.note(logs or {})

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **_others: Any) -> None:
        """Add what was evaluated."""
        del args, state, control
        self.note(metrics or {})

    def on_train_end(self, args: Any, state: Any, control: Any, **_others: Any) -> None:
        """End the watch."""
        del args, state, control
        self.end()


def _is_number(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.numel() == 1 and not value.is_complex()
    return isinstance(value, int | float) and not isinstance(value, bool)
