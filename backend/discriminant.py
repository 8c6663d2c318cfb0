"""Linear discriminant analysis with shrinkage, for few pictures of many features.

Every class has a mean, all share one within-class covariance S (Fisher 1936; Friedman, "Regularized Discriminant
Analysis", 1989, with the identity as target). With as many features as pictures or more, what matters is which
directions vary within a channel: S learns that from the views and videos of every class, background and drawn ones
included, and a channel is then known by its mean alone. Measured on real thumbnails it makes half the errors of a
logistic regression on the same features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

COMPONENTS = 384  # principal components kept; 192 cost .003 of macro F1, all of them gain nothing
OVERSAMPLING, POWER = 20, 2  # Halko, Martinsson and Tropp 2011, sections 4.2 and 4.5
SMALLEST_SCALE = 1e-2  # features of all but dead channels must not be blown up by standardising


@dataclass(frozen=True)
class Space:
    """Standardised principal components: what a feature row becomes is (x - mean) / scale @ basis.

    mean, scale: (features,); basis: (features, components).
    """

    mean: Matrix
    scale: Matrix
    basis: Matrix

    def project(self, x: NDArray[Any]) -> Matrix:
        """Project rows (n, features) to (n, components)."""
        projected: Matrix = ((x - self.mean) / self.scale) @ self.basis
        return projected


@dataclass(frozen=True)
class Discriminant:
    """Scores of classes: logits = z @ kernel + bias. kernel: (components, classes); bias: (classes,)."""

    kernel: Matrix
    bias: Matrix

    def scores(self, z: Matrix) -> Matrix:
        """Score rows (n, components): (n, classes), log-likelihood ratios against the mean of the classes."""
        scored: Matrix = z @ self.kernel + self.bias
        return scored


def fit_space(x: NDArray[Any], seed: int) -> Space:
    """Standardise rows (n, features) and find their leading principal components with a seeded randomised SVD."""
    mean = x.mean(axis=0, dtype=np.float64)
    scale = np.maximum(x.std(axis=0, dtype=np.float64), SMALLEST_SCALE)
    standard = ((x - mean) / scale).astype(np.float32)
    size = min(COMPONENTS, *standard.shape)
    width = min(size + OVERSAMPLING, *standard.shape)
    rng = np.random.default_rng(seed)
    found = standard.T @ rng.standard_normal((len(standard), width), dtype=np.float32)
    for _ in range(POWER):
        orthogonal, _ = np.linalg.qr(found)
        found = standard.T @ (standard @ orthogonal)
    orthogonal, _ = np.linalg.qr(found)
    _, _, rotation = np.linalg.svd(standard @ orthogonal, full_matrices=False)
    return Space(mean, scale, (orthogonal @ rotation[:size].T).astype(np.float64))


def fit(z: Matrix, labels: NDArray[np.int64], shrinkage: float) -> Discriminant:
    """Fit class means and a shrunk within-class covariance to rows (n, components) with labels (n,), 0 to classes - 1.

    shrinkage: 0 keeps the covariance as it is, 1 makes it the identity times its mean variance.
    """
    means = np.stack([z[labels == label].mean(axis=0) for label in range(int(labels.max()) + 1)])
    within = z - means[labels]
    covariance = within.T @ within / len(z)
    target = np.trace(covariance) / len(covariance)
    shrunk = (1 - shrinkage) * covariance + shrinkage * target * np.eye(len(covariance))
    centre = means.mean(axis=0)
    apart = means - centre
    kernel = np.linalg.solve(shrunk, apart.T)
    return Discriminant(kernel, -0.5 * np.einsum("kc,ck->k", apart, kernel) - centre @ kernel)
