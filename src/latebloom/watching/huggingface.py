"""A callback for the `Trainer` of Hugging Face transformers.

>>> from functools import partial  # doctest: +SKIP
>>> from latebloom.watching.huggingface import WatchCallback
>>> watching = partial(latebloom.watch, sites=["bert.encoder.layer.1"], inputs=dict(batch), lab="lab")
>>> Trainer(model, args, callbacks=[WatchCallback(watching)]).train()
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from latebloom.errors import MissingExtraError
from latebloom.watching.following import TransformersHooks


def _base() -> Any:
    if not find_spec("transformers"):
        raise MissingExtraError("latebloom.watching.huggingface", "transformers", "transformers")
    return import_module("transformers").TrainerCallback


class WatchCallback(TransformersHooks, _base()):
    """Watch the model while the trainer of transformers trains it; the arguments are those of `Follower`.

    A step is a step of the optimizer. Whatever the trainer logs and evaluates is recorded under its names. `watch`
    is the watch, once training has begun.
    """
