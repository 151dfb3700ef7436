"""How numbers are computed while a job trains; put back afterwards, since a caller's process has its own ways."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from latebloom.engine.crew import flushes_denormals


@contextmanager
def arithmetic(threads: int, precision: str = "float32") -> Iterator[None]:
    """Use so many CPU threads and flush denormals to zero: they slow training down and mean nothing to it.

    Float32 products are exact to float32 whatever the caller has set, unless `precision` is ``tf32``.
    """
    before, flushed = torch.get_num_threads(), flushes_denormals()
    products = torch.backends.cuda.matmul.allow_tf32
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = products
        torch.set_flush_denormal(flushed)
        torch.set_num_threads(before)
