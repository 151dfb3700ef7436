"""Measures: pure functions, arrays in, numbers out.

A measure takes torch tensors with any leading population axes, on any device, and returns float64 with
exactly those
axes: a number per lane, or a mapping from names to such tensors. Lanes are independent: what one gets does
not depend on which stand beside it, and a lane whose numbers are not finite spoils its own result alone. No
gradient flows through a measure. What cannot be measured raises `latebloom.errors.ShapeError`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import Tensor

from latebloom.measures.accuracy import accuracy
from latebloom.measures.activations import (
    activation_l2,
    activation_max,
    activation_sparsity,
    activation_statistics,
    activation_std,
)
from latebloom.measures.attention import attention_entropy
from latebloom.measures.centroids import class_centroids, class_variances, factorisation
from latebloom.measures.circuits import excluded_loss, logit_variance_explained, restricted_loss
from latebloom.measures.clock import circularity, distance_irrelevance, gradient_symmetricity
from latebloom.measures.clumps import clump_structure
from latebloom.measures.contract import check_measure
from latebloom.measures.cosets import coset_concentration, subgroup_scan
from latebloom.measures.dimension import (
    covariance_spectrum,
    linear_dimensions,
    participation_ratio,
    pca_dimension,
)
from latebloom.measures.fourier import (
    embedding_key_frequencies,
    embedding_spectrum,
    key_frequencies,
    key_frequency_agreement,
)
from latebloom.measures.gradients import gradient_cosine_similarity, gradient_norm, gradient_weight_alignment
from latebloom.measures.group_spectrum import group_spectrum
from latebloom.measures.intrinsic_dimension import twonn_dimension
from latebloom.measures.kernels import kernel_alignment, kernel_distance, kernel_target_alignment
from latebloom.measures.logits import logit_efficiency, softmax_collapse, zero_loss_share
from latebloom.measures.quotient_rings import coset_adjacency_score, quotient_centroids, quotient_ring_scan
from latebloom.measures.quotients import coset_purity, quotient_variance
from latebloom.measures.rank import effective_rank, feature_diversity, rank_statistics, stable_rank
from latebloom.measures.representations import (
    irrep_power,
    irrep_scan,
    logit_trace_scan,
    logit_trace_similarity,
)
from latebloom.measures.rings import adjacency_score, ring_scan
from latebloom.measures.stages import stages
from latebloom.measures.topology import (
    betti_numbers,
    loop_strength,
    persistence_diagrams,
    persistence_summary,
)
from latebloom.measures.weights import (
    relative_weight_norm,
    singular_values,
    weight_change,
    weight_norm,
    weight_sparsity,
    weight_spectrum,
)

Measure = Callable[..., Tensor | dict[str, Tensor]]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "accuracy": accuracy,
        "activation_l2": activation_l2,
        "activation_max": activation_max,
        "activation_sparsity": activation_sparsity,
        "activation_statistics": activation_statistics,
        "activation_std": activation_std,
        "adjacency_score": adjacency_score,
        "attention_entropy": attention_entropy,
        "betti_numbers": betti_numbers,
        "circularity": circularity,
        "class_centroids": class_centroids,
        "class_variances": class_variances,
        "clump_structure": clump_structure,
        "coset_adjacency_score": coset_adjacency_score,
        "coset_concentration": coset_concentration,
        "coset_purity": coset_purity,
        "covariance_spectrum": covariance_spectrum,
        "distance_irrelevance": distance_irrelevance,
        "effective_rank": effective_rank,
        "embedding_key_frequencies": embedding_key_frequencies,
        "embedding_spectrum": embedding_spectrum,
        "excluded_loss": excluded_loss,
        "factorisation": factorisation,
        "feature_diversity": feature_diversity,
        "gradient_cosine_similarity": gradient_cosine_similarity,
        "gradient_norm": gradient_norm,
        "gradient_symmetricity": gradient_symmetricity,
        "gradient_weight_alignment": gradient_weight_alignment,
        "group_spectrum": group_spectrum,
        "irrep_power": irrep_power,
        "irrep_scan": irrep_scan,
        "kernel_alignment": kernel_alignment,
        "kernel_distance": kernel_distance,
        "kernel_target_alignment": kernel_target_alignment,
        "key_frequencies": key_frequencies,
        "key_frequency_agreement": key_frequency_agreement,
        "linear_dimensions": linear_dimensions,
        "logit_efficiency": logit_efficiency,
        "logit_trace_scan": logit_trace_scan,
        "logit_trace_similarity": logit_trace_similarity,
        "logit_variance_explained": logit_variance_explained,
        "loop_strength": loop_strength,
        "participation_ratio": participation_ratio,
        "pca_dimension": pca_dimension,
        "persistence_diagrams": persistence_diagrams,
        "persistence_summary": persistence_summary,
        "quotient_centroids": quotient_centroids,
        "quotient_ring_scan": quotient_ring_scan,
        "quotient_variance": quotient_variance,
        "rank_statistics": rank_statistics,
        "relative_weight_norm": relative_weight_norm,
        "restricted_loss": restricted_loss,
        "ring_scan": ring_scan,
        "singular_values": singular_values,
        "softmax_collapse": softmax_collapse,
        "stable_rank": stable_rank,
        "stages": stages,
        "subgroup_scan": subgroup_scan,
        "twonn_dimension": twonn_dimension,
        "weight_change": weight_change,
        "weight_norm": weight_norm,
        "weight_sparsity": weight_sparsity,
        "weight_spectrum": weight_spectrum,
        "zero_loss_share": zero_loss_share,
    }
)
"""Every measure by its name. The contract tests take each from here and hold it to the promises above."""

INVARIANCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "accuracy": frozenset({"order of samples"}),
        "activation_l2": frozenset({"rotation", "order of samples"}),
        "activation_max": frozenset({"order of samples"}),
        "activation_sparsity": frozenset({"order of samples"}),
        "activation_statistics": frozenset({"order of samples"}),
        "activation_std": frozenset({"order of samples"}),
        "adjacency_score": frozenset(
            {"rotation", "translation", "scale", "shift of the coordinate", "reflection of the coordinate"}
        ),
        "attention_entropy": frozenset({"order of samples", "order of queries", "order of keys"}),
        "betti_numbers": frozenset({"rotation", "translation", "order of samples"}),
        "circularity": frozenset({"rotation", "translation", "scale"}),
        "class_centroids": frozenset({"order of samples"}),
        "class_variances": frozenset({"rotation", "translation", "order of samples", "relabelling"}),
        "clump_structure": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "coset_adjacency_score": frozenset(
            {"rotation", "translation", "scale", "shift of the coordinate", "reflection of the coordinate"}
        ),
        "coset_concentration": frozenset({"translation", "scale"}),
        "coset_purity": frozenset({"rotation", "translation", "scale"}),
        "covariance_spectrum": frozenset({"rotation", "translation", "order of samples"}),
        "distance_irrelevance": frozenset({"scale"}),
        "effective_rank": frozenset({"rotation", "scale", "order of samples", "order of features"}),
        "embedding_key_frequencies": frozenset({"rotation", "translation", "scale"}),
        "embedding_spectrum": frozenset({"rotation"}),
        "excluded_loss": frozenset(),
        "factorisation": frozenset({"rotation", "translation", "scale", "order of samples", "relabelling"}),
        "feature_diversity": frozenset({"rotation", "scale", "order of samples", "order of features"}),
        "gradient_cosine_similarity": frozenset({"rotation", "scale", "order of parameters"}),
        "gradient_norm": frozenset({"rotation", "order of parameters"}),
        "gradient_symmetricity": frozenset({"rotation", "scale", "order of samples"}),
        "gradient_weight_alignment": frozenset({"rotation", "scale", "order of parameters"}),
        "group_spectrum": frozenset({"rotation", "translation", "scale"}),
        "irrep_power": frozenset({"rotation", "translation", "scale"}),
        "irrep_scan": frozenset({"rotation", "translation", "scale"}),
        "kernel_alignment": frozenset({"positive scale", "relabelling"}),
        "kernel_distance": frozenset({"scale"}),
        "kernel_target_alignment": frozenset({"positive scale"}),
        "key_frequencies": frozenset({"translation", "scale"}),
        "key_frequency_agreement": frozenset({"translation", "scale"}),
        "linear_dimensions": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "logit_efficiency": frozenset(
            {"order of samples", "relabelling", "rotation", "order of parameters", "positive scale"}
        ),
        "logit_trace_scan": frozenset({"positive scale"}),
        "logit_trace_similarity": frozenset({"positive scale"}),
        "logit_variance_explained": frozenset({"scale"}),
        "loop_strength": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "participation_ratio": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "pca_dimension": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "persistence_diagrams": frozenset({"rotation", "translation", "order of samples"}),
        "persistence_summary": frozenset({"rotation", "translation", "order of samples"}),
        "quotient_centroids": frozenset(),
        "quotient_ring_scan": frozenset({"rotation", "translation", "scale"}),
        "quotient_variance": frozenset({"rotation", "translation", "scale", "order of samples"}),
        "rank_statistics": frozenset({"rotation", "scale", "order of samples", "order of features"}),
        "relative_weight_norm": frozenset({"rotation", "scale", "order of parameters"}),
        "restricted_loss": frozenset(),
        "ring_scan": frozenset({"rotation", "translation", "scale"}),
        "singular_values": frozenset({"rotation", "order of rows", "order of columns"}),
        "softmax_collapse": frozenset({"order of samples", "relabelling"}),
        "stable_rank": frozenset({"rotation", "scale", "order of samples", "order of features"}),
        "stages": frozenset(),
        "subgroup_scan": frozenset({"rotation", "translation", "scale"}),
        "twonn_dimension": frozenset(
            {"rotation", "translation", "scale", "order of samples", "order of features"}
        ),
        "weight_change": frozenset({"rotation", "translation", "order of parameters"}),
        "weight_norm": frozenset({"rotation", "order of parameters"}),
        "weight_sparsity": frozenset({"order of parameters"}),
        "weight_spectrum": frozenset({"rotation", "order of rows", "order of columns"}),
        "zero_loss_share": frozenset({"order of samples", "relabelling"}),
    }
)
"""What may be done to a measure's input without changing its result; its docstring says the same."""

__all__ = [
    "INVARIANCES",
    "MEASURES",
    "Measure",
    "accuracy",
    "activation_l2",
    "activation_max",
    "activation_sparsity",
    "activation_statistics",
    "activation_std",
    "adjacency_score",
    "attention_entropy",
    "betti_numbers",
    "check_measure",
    "circularity",
    "class_centroids",
    "class_variances",
    "clump_structure",
    "coset_adjacency_score",
    "coset_concentration",
    "coset_purity",
    "covariance_spectrum",
    "distance_irrelevance",
    "effective_rank",
    "embedding_key_frequencies",
    "embedding_spectrum",
    "excluded_loss",
    "factorisation",
    "feature_diversity",
    "gradient_cosine_similarity",
    "gradient_norm",
    "gradient_symmetricity",
    "gradient_weight_alignment",
    "group_spectrum",
    "irrep_power",
    "irrep_scan",
    "kernel_alignment",
    "kernel_distance",
    "kernel_target_alignment",
    "key_frequencies",
    "key_frequency_agreement",
    "linear_dimensions",
    "logit_efficiency",
    "logit_trace_scan",
    "logit_trace_similarity",
    "logit_variance_explained",
    "loop_strength",
    "participation_ratio",
    "pca_dimension",
    "persistence_diagrams",
    "persistence_summary",
    "quotient_centroids",
    "quotient_ring_scan",
    "quotient_variance",
    "rank_statistics",
    "relative_weight_norm",
    "restricted_loss",
    "ring_scan",
    "singular_values",
    "softmax_collapse",
    "stable_rank",
    "stages",
    "subgroup_scan",
    "twonn_dimension",
    "weight_change",
    "weight_norm",
    "weight_sparsity",
    "weight_spectrum",
    "zero_loss_share",
]
