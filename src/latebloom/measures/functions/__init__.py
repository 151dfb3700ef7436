"""Measures of a function rather than of arrays: of a loss around the parameters, of a network's outputs.

They take a callable that works on any leading axes, with lanes that do not see each other, and call it
through `torch.func`. So they stand beside the measures of `latebloom.measures.MEASURES`, which take arrays
alone. In all else they keep the same promises: leading population axes, float64 results on the device of the
parameters, lanes independent, a lane that is not finite gets nan, seeded, nothing changed. The callable gets
parameters of the type it was given: for float64's accuracy give float64 parameters.
"""

from latebloom.measures.functions.learning_coefficient import local_learning_coefficient
from latebloom.measures.functions.sharpness import sharpness
from latebloom.measures.functions.tangent_kernel import tangent_kernel

__all__ = ["local_learning_coefficient", "sharpness", "tangent_kernel"]
