"""What measures over several looks compare: gradients that the loop left, and weights, as far back as they go."""

from collections.abc import Mapping

import torch
from torch import Tensor

from latebloom.looks.history import CURVES, NOTHING, History, Past, window
from latebloom.looks.look import Look
from latebloom.looks.taking import ending
from latebloom.measures import gradient_cosine_similarity, gradient_norm, weight_change, weight_norm

TRAINING_ACCURACY = "train_accuracy"
"""The number of the loop's own by which `stages` tells how far training is."""


def remembered(
    look: Look, history: History, held: Mapping[str, Tensor], told: Mapping[str, float]
) -> dict[str, Tensor]:
    """Give what a measure takes of the looks before, as far as there is any.

    Args:
        look: the measure. history: of the looks before at which the loop had left gradients.
        held: the `parameters` and the `gradient` of this look, each (parameter,).
        told: what the loop said with this step.
    """
    past = history.pasts.get(0, NOTHING)
    if "gradient" not in held or not past.gradients:
        return {}
    gradients = torch.stack([*past.gradients, held["gradient"]][-window(look) :])  # (evaluation, parameter)
    return {"gradients": gradients, **_curves(gradients, past, held["parameters"], told)}


def _curves(gradients: Tensor, past: Past, weights: Tensor, told: Mapping[str, float]) -> dict[str, Tensor]:
    """Make the curves of the look before and of this one; nothing where the loop does not say how far it is."""
    if not past.parameters or TRAINING_ACCURACY not in told:
        return {}
    before = past.parameters[-1]
    found = {
        "hidden_change": ending(weight_change(weights, before)),
        "training_accuracy": ending(weights.new_tensor(told[TRAINING_ACCURACY])),
        "gradient_cosine": ending(gradient_cosine_similarity(gradients)),
        "hidden_norm": torch.stack([weight_norm(before), weight_norm(weights)]),
        "gradient_size": ending(gradient_norm(gradients[-1])),
    }
    assert found.keys() == CURVES
    return found
