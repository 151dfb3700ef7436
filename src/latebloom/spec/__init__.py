"""What a run is: specs, how they are read, and the hash that names them. Loads no torch."""

from latebloom.spec.reading import Request, from_plain, parse_toml, read_request
from latebloom.spec.spec import Schedule, Spec, Training

__all__ = ["Request", "Schedule", "Spec", "Training", "from_plain", "parse_toml", "read_request"]
