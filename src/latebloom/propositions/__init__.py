"""Propositions about decay, margins and representations, each computed by another way than its closed form.

A function takes nothing and gives numbers to compare: `expected` is what the proposition says, `computed` comes of a
recursion that is run, a system that is solved or points that are counted, and presupposes nothing of the formula.
numpy alone, seconds.
"""

from latebloom.propositions.decay import (
    coupled_decay_under_adam,
    decoupled_decay_contracts,
    gradient_descent_contracts,
    gradient_descent_shrinks_and_descends,
)
from latebloom.propositions.least_squares import (
    ridge_is_its_formula,
    ridge_tends_to_the_shortest,
    shortest_interpolant_is_its_formula,
)
from latebloom.propositions.margins import (
    decay_bounds_separable_weights,
    decayed_optimum_is_one,
    separable_weights_diverge,
)
from latebloom.propositions.representations import (
    label_alone_has_few_points,
    label_on_a_circle,
    pairs_have_many_points,
)
from latebloom.propositions.smoothness import smoothness_shrinks_frequencies

__all__ = [
    "coupled_decay_under_adam",
    "decay_bounds_separable_weights",
    "decayed_optimum_is_one",
    "decoupled_decay_contracts",
    "gradient_descent_contracts",
    "gradient_descent_shrinks_and_descends",
    "label_alone_has_few_points",
    "label_on_a_circle",
    "pairs_have_many_points",
    "ridge_is_its_formula",
    "ridge_tends_to_the_shortest",
    "separable_weights_diverge",
    "shortest_interpolant_is_its_formula",
    "smoothness_shrinks_frequencies",
]
