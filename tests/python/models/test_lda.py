"""The linear discriminant and the space it works in, against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from backend.models import lda as discriminant
from backend.models.lda import SMALLEST_SCALE, Discriminant, fit_standardized_pca, fit_within_class_scatter

Rows = NDArray[np.float64]
Labels = NDArray[np.int64]


def clusters(classes: int, rows: int, features: int, seed: int) -> tuple[Rows, Labels]:
    """Classes of different sizes that share a covariance far from the identity."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, rows - classes)])
    mixing = rng.normal(0, 1, (features, features)) * np.geomspace(0.1, 3, features)
    return rng.normal(0, 2, (classes, features))[labels] + rng.normal(0, 1, (rows, features)) @ mixing, labels


def fit(z: Rows, labels: Labels, shrinkage: float, channels: int) -> Discriminant:
    return fit_within_class_scatter(z, labels).discriminant(shrinkage, channels)


@pytest.mark.parametrize("shrinkage", [0.02, 0.1, 0.4, 1.0])
@pytest.mark.parametrize(("classes", "rows", "features"), [(3, 60, 8), (7, 90, 20), (5, 40, 60)])
def test_directions_are_those_of_scikit_learns_discriminant(
    classes: int, rows: int, features: int, shrinkage: float
) -> None:
    """Its coefficients, from the centre of the channels, and each of length 1 where the covariance is the measure."""
    for seed, channels in ((0, classes), (1, classes), (2, 2)):
        z, labels = clusters(classes, rows, features, seed)
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(z, labels)
        centre = model.means_[:channels].mean(axis=0)
        kernel = model.coef_.T - np.linalg.solve(model.covariance_, centre)[:, None]
        kernel /= np.sqrt(np.einsum("fk,fg,gk->k", kernel, model.covariance_, kernel))
        found = fit(z, labels, shrinkage, channels)
        assert found.kernel == pytest.approx(kernel, rel=1e-6, abs=1e-9)
        assert found.scores(centre[None]) == pytest.approx(0, abs=1e-9)
        fresh = clusters(classes, 50, features, seed)[0]
        assert found.scores(fresh) == pytest.approx((fresh - centre) @ kernel, rel=1e-6, abs=1e-9)


def test_a_class_scores_its_distance_from_the_centre_at_its_own_mean() -> None:
    z, labels = clusters(4, 200, 6, 0)
    means = np.stack([z[labels == label].mean(axis=0) for label in range(4)])
    within = z - means[labels]
    apart = means - means.mean(axis=0)
    squared = np.einsum("kf,fg,kg->k", apart, np.linalg.inv(within.T @ within / len(z)), apart)
    scores = fit(z, labels, 0.0, 4).scores(means)
    assert np.diag(scores) == pytest.approx(np.sqrt(squared), rel=1e-6)
    assert (scores.argmax(axis=1) == np.arange(4)).all()


def test_a_class_that_is_far_away_pulls_no_more_than_one_that_is_near() -> None:
    """With Fisher's rule the far one would win every picture that lies a little its way."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 400)
    means = np.array([[-2.0, 0.0], [2.0, 0.0], [0.0, 40.0]])
    found = fit(means[labels] + rng.normal(0, 1, (1200, 2)), labels, 0.0, 2)
    scores = found.scores(np.array([[2.0, 1.0]]))[0]
    assert scores[1] == pytest.approx(2, abs=0.2)
    assert scores[2] == pytest.approx(1, abs=0.2)


def test_how_many_pictures_a_class_has_does_not_favour_it() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [300, 30])
    z = rng.normal(0, 1, (330, 4))
    z[:, 0] += np.where(labels == 0, -1, 1)
    middle = (z[labels == 0].mean(axis=0) + z[labels == 1].mean(axis=0)) / 2
    assert np.ptp(fit(z, labels, 0.1, 2).scores(middle[None])) == pytest.approx(0, abs=1e-9)


def test_rows_beyond_a_block_count_as_those_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    z, labels = clusters(4, 200, 6, 0)
    whole = fit(z, labels, 0.1, 4)
    monkeypatch.setattr(discriminant, "BLOCK", 7)
    assert fit(z, labels, 0.1, 4).kernel == pytest.approx(whole.kernel, rel=1e-9)


def test_a_class_in_the_centre_has_no_direction() -> None:
    z = np.array([[-1.0, 0], [-1, 1], [1, 0], [1, 1], [0, 0], [0, 1]])
    found = fit(z, np.array([0, 0, 1, 1, 2, 2]), 0.5, 2)
    assert np.isfinite(found.kernel).all()
    assert found.kernel[:, 2] == pytest.approx(0)


# --- The space ---------------------------------------------------------------------------------------------------


@pytest.fixture
def features() -> NDArray[np.float32]:
    """(120, 400): features of very different sizes and offsets, in which ten directions stand out."""
    rng = np.random.default_rng(1)
    inner = rng.normal(0, 1, (120, 10)) * np.geomspace(20, 5, 10)
    x = inner @ rng.normal(0, 1, (10, 400)) + rng.normal(0, 1, (120, 400))
    return (x * 10 ** rng.uniform(-1, 2, 400) + rng.normal(0, 50, 400)).astype(np.float32)


def standard(x: NDArray[np.float32]) -> Rows:
    wide = x.astype(np.float64)
    found: Rows = (wide - wide.mean(axis=0)) / np.maximum(wide.std(axis=0), SMALLEST_SCALE)
    return found


@pytest.mark.parametrize("components", [3, 10])
def test_the_space_is_that_of_the_principal_components(
    features: NDArray[np.float32], components: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discriminant, "COMPONENTS", components)
    space = fit_standardized_pca(features, 0)
    expected = PCA(components, svd_solver="full").fit(standard(features))
    assert space.basis.shape == (400, components)
    assert subspace_angles(space.basis, expected.components_.T).max() < 1e-3
    assert space.basis.T @ space.basis == pytest.approx(np.eye(components), abs=1e-5)
    variances = space.project(features).var(axis=0, ddof=1)
    assert variances == pytest.approx(expected.explained_variance_, rel=1e-4), "and in their order"


def test_with_fewer_pictures_than_components_nothing_is_lost(features: NDArray[np.float32]) -> None:
    space = fit_standardized_pca(features, 0)
    assert space.basis.shape == (400, 120)
    assert space.project(features) @ space.basis.T == pytest.approx(standard(features), abs=1e-3)


def test_the_seed_hardly_matters_and_the_same_one_not_at_all(
    features: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discriminant, "COMPONENTS", 10)
    one, again, other = (fit_standardized_pca(features, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.basis, again.basis)
    assert not np.array_equal(one.basis, other.basis)
    assert subspace_angles(one.basis, other.basis).max() < 1e-3


def test_a_constant_feature_is_not_blown_up(features: NDArray[np.float32]) -> None:
    features[:, 7] = 3.0
    space = fit_standardized_pca(features, 0)
    assert space.scale[7] == SMALLEST_SCALE
    assert np.isfinite(space.project(features)).all()
    disturbed = features.copy()
    disturbed[:, 7] += 1e-4
    assert space.project(disturbed) == pytest.approx(space.project(features), abs=0.02)
