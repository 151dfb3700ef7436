"""Every benchmark by its name."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import (
    compiled,
    estimate,
    evaluate,
    gpu,
    grokking,
    looks,
    measures,
    memory,
    page,
    serve,
    serve_long,
    startup,
    step_full_batch,
    step_manifold,
    step_profile,
    step_stages,
    store,
    sweep,
    watch,
    workers,
)
from benchmarks.oracles import errors

Measure = Callable[[bool], dict[str, Any]]
"""Times contenders alternately, prints a table and returns every number; told whether to be quick about it."""

BENCHMARKS: Mapping[str, Measure] = {
    "step-manifold": step_manifold.measure,
    "step-stages": step_stages.measure,
    "step-full-batch": step_full_batch.measure,
    "evaluate": evaluate.measure,
    "looks": looks.measure,
    "watch": watch.measure,
    "sweep": sweep.measure,
    "startup": startup.measure,
    "store": store.measure,
    "serve": serve.measure,
    "serve-cost": serve_long.measure_cost,
    "serve-hour": serve_long.measure_hour,
    "measures": measures.measure,
    "oracles": errors.measure,
    "compiled": compiled.measure,
    "profile": step_profile.measure,
    "memory": memory.measure,
    "workers": workers.measure,
    "estimate": estimate.measure,
    "page": page.measure,
    "grokking": grokking.measure,
    "gpu-step-manifold": gpu.measure_manifold,
    "gpu-step-full-batch": gpu.measure_full_batch,
    "gpu-step-stages": gpu.measure_stages,
}
