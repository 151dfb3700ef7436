"""A callback for the trainer of Lightning (`lightning.pytorch` or `pytorch_lightning`).

>>> from functools import partial  # doctest: +SKIP
>>> from latebloom.watching.lightning import WatchCallback
>>> watching = partial(latebloom.watch, sites=["net.2"], inputs=x, labels=y, lab="lab")
>>> Trainer(callbacks=[WatchCallback(watching, names={"val_acc": "test_accuracy"})]).fit(model)
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from latebloom.errors import MissingExtraError
from latebloom.watching.following import LightningHooks

PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def _base() -> Any:
    """Find the class of callbacks: of the package that is in use, else of one that is installed."""
    used = [package for package in PACKAGES if package in sys.modules]
    installed = [package for package in PACKAGES if find_spec(package.partition(".")[0])]
    if not used and not installed:
        raise MissingExtraError("latebloom.watching.lightning", "lightning", "lightning")
    return import_module((used + installed)[0]).Callback


class WatchCallback(LightningHooks, _base()):
    """Watch the model while Lightning's trainer trains it; the arguments are those of `Follower`.

    A step is a step of the optimizer. Its loss is recorded as `loss`; whatever the module logs is recorded after
    each validation and each epoch. `watch` is the watch, once training has begun.
    """
