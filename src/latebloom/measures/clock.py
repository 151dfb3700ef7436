"""Clock or pizza: which of two algorithms for addition on Z_n a network with circular embeddings runs.

Source: Zhong et al. 2306.17844. A clock multiplies the two embeddings, a pizza adds them first.
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from latebloom.errors import InputError, ShapeError, shown
from latebloom.measures.fourier_basis import ROUNDING, fourier_waves, only_where
from latebloom.measures.inputs import floating
from latebloom.measures.pair_tables import labels_of, square_table


def gradient_symmetricity(
    first_gradients: Float[Tensor, "*population sample feature"],
    second_gradients: Float[Tensor, "*population sample feature"],
) -> dict[str, Float[Tensor, "*population"]]:
    """Compare how a logit depends on the embedding of the first and of the second summand.

    A sample is a triple (a, b, c): its two gradients are those of the logit of class c at the pair (a, b) by
    the embedding of a and by the embedding of b, as two inputs even where a = b. The keys:
    gradient_symmetricity, the mean cosine between the two, from -1 to 1, 1 for a network that sees only the
    sum of the embeddings (pizza); gradient_symmetricity_samples, over how many samples, because one with a
    gradient of exactly zero has no cosine and is left out.

    Invariant to rotation, scale and the order of samples. nan where every sample has a zero gradient, and in
    a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensors, no sample, no feature, or two different shapes.

    Source: Zhong et al. 2306.17844, definition 4.1.

    >>> first = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    >>> second = torch.tensor([[3.0, 0.0], [5.0, 0.0], [0.0, 0.0]])
    >>> {name: value.item() for name, value in gradient_symmetricity(first, second).items()}
    {'gradient_symmetricity': 0.5, 'gradient_symmetricity_samples': 2.0}
    """
    first = floating("first_gradients", first_gradients, {"sample": 1, "feature": 1})
    second = floating("second_gradients", second_gradients, {"sample": 1, "feature": 1})
    if first.shape != second.shape:
        raise ShapeError(
            f"second_gradients: got shape {tuple(second.shape)}; the shape of the first gradients, "
            f"{tuple(first.shape)}, is needed"
        )
    cosine = (_directions(first) * _directions(second)).sum(-1)  # (*population, sample), nan without one
    used = ~cosine.isnan()
    count = used.sum(-1).double()
    found = {
        "gradient_symmetricity": torch.where(used, cosine, 0.0).sum(-1) / count,
        "gradient_symmetricity_samples": count,
    }
    finite = (first.isfinite() & second.isfinite()).all(-1).all(-1)
    return {name: only_where(finite & (count > 0), value) for name, value in found.items()}


def distance_irrelevance(
    table_logits: Float[Tensor, "*population first second class"],
    table_labels: Integer[Tensor, "*#population first second"],
) -> Float[Tensor, "*population"]:
    """Measure how far the logit of the correct class varies among pairs that are equally far apart.

    The standard deviation of the correct logit over the pairs (a, a + d), averaged over all distances d of
    Z_n, divided by its standard deviation over all pairs. From 0, where it depends on the distance alone
    (pizza), to 1, where it has the same spread and the same mean at every distance (clock), such as where it
    depends on the sum alone and n is odd. `table_labels` may leave out the population axes.

    Invariant to scale, and to a constant added to all logits. nan where the correct logit is the same for all
    pairs up to rounding in float64, and in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: a wrong kind of numbers, a table that is not square, fewer than two classes, labels that
            are no class or do not fit.

    Source: Zhong et al. 2306.17844, definition 4.2.

    >>> token = torch.arange(5)
    >>> total, distance = (token[:, None] + token) % 5, (token[:, None] - token) % 5
    >>> logits = torch.nn.functional.one_hot(total, 5) * (1.0 + total + 2 * distance)[..., None]
    >>> round(distance_irrelevance(logits, total).item(), 4)
    0.4472
    """
    table = square_table("table_logits", table_logits, "class", 2)
    labels = labels_of(table, table_labels)
    correct = table.gather(-1, labels[..., None])[..., 0].double()  # (*population, first, second)
    element = torch.arange(correct.shape[-1], device=correct.device)
    second = (element + element[:, None]) % len(element)  # (distance, first)
    apart = correct[..., element, second]  # (*population, distance, first)
    within, overall = _deviation(apart).mean(-1), _deviation(correct.flatten(-2))
    varies = overall > ROUNDING * correct.flatten(-2).abs().amax(-1)
    return only_where(varies & table.isfinite().flatten(-3).all(-1), within / overall)


def circularity(
    embedding: Float[Tensor, "*population token feature"], *, components: int = 4
) -> dict[str, Float[Tensor, "..."]]:
    """Measure how nearly the leading principal components of an embedding are waves over the tokens.

    Rows are tokens in the order of their coordinate on Z_n. The keys: circularity (*population), the mean
    over the `components` leading principal components of component_circularity (*population, component): the
    largest share of the component's energy at one frequency. Both from 0 to 1, 1 for waves of one frequency
    each. component_frequency (*population, component): at which frequency.

    Invariant to rotation, translation and scale. nan for a component that has less than 1e-12 of the variance
    of the first, which is rounding, and so for the mean; nan in a lane that holds a nan or an infinity.

    Raises:
        ShapeError: no floating-point tensor, no more tokens than components, fewer features.
        InputError: `components` is no whole number from 1.

    Source: Zhong et al. 2306.17844, appendix, with the first four components.

    >>> angle = torch.arange(7) * 3 * 2 * torch.pi / 7
    >>> found = circularity(torch.stack([3.0 * angle.cos(), angle.sin()], dim=-1), components=2)
    >>> round(found["circularity"].item(), 4), found["component_frequency"].tolist()
    (1.0, [3.0, 3.0])
    """
    if not isinstance(components, int) or isinstance(components, bool) or components < 1:
        raise InputError(f"components: got {shown(components)}; a number from 1 is needed")
    embedding = floating("embedding", embedding, {"token": components + 1, "feature": components})
    finite = embedding.isfinite().all(-1).all(-1)  # (*population)
    centred = torch.where(finite[..., None, None], embedding.double(), 0.0)
    centred = centred - centred[..., :1, :]
    centred = centred - centred.mean(-2, keepdim=True)
    left, values, _ = torch.linalg.svd(centred, full_matrices=False)
    vectors, variances = left[..., :components], values[..., :components].square()
    waves = fourier_waves(embedding.shape[-2], embedding.device)  # (frequency, wave, token)
    shares = (waves @ vectors[..., None, :, :]).square().sum(-2)  # (*population, frequency, component)
    share, place = shares.max(-2)  # (*population, component)
    real = finite[..., None] & (variances > ROUNDING * values[..., :1].square())
    share = torch.where(real, share.clamp(max=1.0), torch.nan)
    return {
        "circularity": share.mean(-1),
        "component_circularity": share,
        "component_frequency": torch.where(real, place.double() + 1.0, torch.nan),
    }


def _deviation(values: Float[Tensor, "*rest entry"]) -> Float[Tensor, "*rest"]:
    """Compute the standard deviation, divided by the number of entries; also where there are no lanes."""
    shifted = values - values[..., :1]  # so that equal entries give exactly zero
    return (shifted - shifted.mean(-1, keepdim=True)).square().mean(-1).sqrt()


def _directions(gradients: Float[Tensor, "*population sample feature"]) -> Tensor:
    """Scale each gradient to length 1 without losing a tiny one; nan for one of exactly zero."""
    scaled = gradients.double() / gradients.double().abs().amax(-1, keepdim=True)
    return scaled / torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
