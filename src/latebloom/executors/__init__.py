"""Where populations run: this process, or a pool of processes. An executor knows nothing of what it runs."""

from latebloom.executors.in_process import run_in_process
from latebloom.executors.processes import LOST, Failure, Worker, Workers, let_go

__all__ = ["LOST", "Failure", "Worker", "Workers", "let_go", "run_in_process"]
