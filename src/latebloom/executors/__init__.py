"""Where populations run: this process, or a pool of processes. An executor knows nothing of what it runs."""

from latebloom.executors.in_process import run_in_process
from latebloom.executors.processes import Failure, Workers, let_go

__all__ = ["Failure", "Workers", "let_go", "run_in_process"]
