"""What real thumbnails teach of all channels, shipped with the program: a space, what varies within a channel, and
what strangers look like.

Whoever trains has a few channels of their own and no strangers at hand. So each training of `style` starts from here:
its pictures are placed in this space, its channels' scatter is added to that of these classes, and each class here is
one more that is 'none of these'. Threshold and calibration are chosen on random thumbnails from which nothing here was
fitted, and on channels of which a fit leaves out mean and scatter, though the space was found with most of them.

In the file are numbers of the space alone, in eight bits, a step of which is a fraction of what a component varies by:
no picture, and none that could be made from them, as a picture's place is 512 sums over its whole area.
`backend.training.prior_fit` fits one from folders of thumbnails.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import is_drawn
from backend.models import lda
from backend.models.lda import ClassSums, Matrix, StandardizedPCA
from backend.utils.errors import WeightsError
from backend.utils.files import check_out_file, pack_arrays, unpack_arrays
from backend.utils.reading import DAMAGED, read_file, reason_of

SHIPPED = Path(__file__).with_name("style_prior.npz")
SCHEMA = 1
LEVELS = 127
STEPS = 16  # levels in a standard deviation of a component: what rounding adds is 1/3000 of its variance
LIKE = 0.85  # cosine; of parts of one channel 99 in 100 are above it, of two channels 1 in 1000 (docs/experiments.md)
SHORTEST = 0.1  # of a mean's squared length, at least, is not chance
LIKENESS_SHRINKAGE = 0.2
PART = 5  # every so many-th picture of a class is kept out of the fit

Places = NDArray[np.float32]  # (pictures, components)


@dataclass(frozen=True)
class Random:
    """Thumbnails of no channel in particular, as one class.

    count: how many it was fitted on; mean: (components,); squares: (components, components), as in `ClassSums`; held:
    (n, components), places of others, from which nothing was fitted.
    """

    count: int
    mean: Matrix
    squares: Matrix
    held: Places


@dataclass(frozen=True)
class Prior:
    """What is known before a training.

    backbone: the identity of the network whose features these are; names: of the classes, in the order of their labels;
    places: (n, components), of pictures of the classes; labels: (n,); fitted: (n,), False for pictures from which
    nothing was fitted; provenance: where the pictures come from.
    """

    backbone: str
    pca: StandardizedPCA
    names: tuple[str, ...]
    places: Places
    labels: NDArray[np.int64]
    fitted: NDArray[np.bool_]
    random: Random
    provenance: Mapping[str, Any]
    sha256: str = ""

    @property
    def real(self) -> list[str]:
        """Names of the classes that are channels, and not drawn."""
        return [name for name in self.names if not is_drawn(name)]

    def without(self, names: Iterable[str]) -> Prior:
        """Return the same without some classes, their scatter too."""
        dropped = set(names)
        kept = [label for label, name in enumerate(self.names) if name not in dropped]
        rows = np.isin(self.labels, kept)
        labels = np.searchsorted(kept, self.labels[rows]).astype(np.int64)
        return replace(
            self,
            names=tuple(self.names[label] for label in kept),
            places=self.places[rows],
            labels=labels,
            fitted=self.fitted[rows],
        )

    def leave_out(self, number: int, turns: int) -> tuple[Prior, Strangers]:
        """Leave out one part of the channels, whole, and of the random thumbnails that are held back.

        Returns what is left, and those that were left out: strangers to whatever is fitted on it.
        """
        names = self.real[number::turns]
        left_out = [label for label, name in enumerate(self.names) if name in names]
        held = np.arange(len(self.random.held)) % turns == number
        rows = np.isin(self.labels, left_out)
        strangers = Strangers(self.places[rows], self.labels[rows], self.random.held[held])
        rest = replace(self.without(names), random=replace(self.random, held=self.random.held[~held]))
        return rest, strangers

    def alike(self, channels: Iterable[NDArray[Any]]) -> list[str]:
        """Name the classes whose style is one of these, in all likelihood the same channel.

        channels: places of the pictures of each, (n, components). By the cosine of means (`whitened`), with what chance
        adds to their lengths taken away, so that few pictures are as like themselves as many. Of a single picture
        nothing is known of chance, and nothing is said.
        """
        known = [_mean_and_length(self.whitened(places)) for places in channels if len(places) > 1]
        return [name for label, name in enumerate(self.names) if self._likeness(label, known) > LIKE]

    def _likeness(self, label: int, known: Sequence[tuple[Matrix, float]]) -> float:
        """Return the likeness of a class and the channel that is most like it."""
        mean, length = _mean_and_length(self.whitened(self.places[self.labels == label]))
        return max((float(mean @ other) / (length * its_length) for other, its_length in known), default=0.0)

    def whitened(self, places: NDArray[Any]) -> Matrix:
        """Return places (n, components) as seen from the middle of random thumbnails, what varies within a channel
        divided out: the cosine of two is how alike their styles are.
        """
        moved: Matrix = (places - self.random.mean) @ self._whitening
        return moved

    @cached_property
    def _whitening(self) -> Matrix:
        scatter = self.classes.scatter()
        variances = (1 - LIKENESS_SHRINKAGE) * scatter.variances + LIKENESS_SHRINKAGE * scatter.variances.mean()
        whitening: Matrix = scatter.directions / np.sqrt(variances)
        return whitening

    def features(self, places: Places) -> NDArray[np.float32]:
        """Return rows of features (n, features) that lie at these places, for whatever takes features.

        They are what the space keeps of a picture's features, and so what a head that was fitted in it sees of them.
        """
        rows: NDArray[np.float32] = (places @ self._inverse * self.pca.scale + self.pca.mean).astype(np.float32)
        return rows

    @cached_property
    def _inverse(self) -> Matrix:
        """What undoes the projection, (components, features): rounded components are not quite orthogonal."""
        basis = self.pca.basis
        inverse: Matrix = np.linalg.solve(basis.T @ basis, basis.T)
        return inverse

    @cached_property
    def classes(self) -> ClassSums:
        """What a discriminant needs of the classes."""
        rows = np.flatnonzero(self.fitted)
        return lda.class_sums(self.places, self.labels[rows], rows)

    @cached_property
    def sums(self) -> ClassSums:
        """The same, and last of the random thumbnails as one class."""
        random = ClassSums(self.random.mean[None], self.random.squares, self.random.count)
        return self.classes.beside(random) if self.names else random


def _mean_and_length(whitened: Matrix) -> tuple[Matrix, float]:
    """Return the mean of a channel's pictures (n, components), and its length without what chance adds to it."""
    mean: Matrix = whitened.mean(axis=0)
    squared = float(mean @ mean)
    chance = float(whitened.var(axis=0, ddof=1).sum()) / len(whitened)
    return mean, float(np.sqrt(max(squared - chance, SHORTEST * squared)))


@dataclass(frozen=True)
class Strangers:
    """Places of pictures that are of none of a person's channels.

    near: of channels, (n, components); channels: which one each is of, (n,); random: of any, (m, components).
    """

    near: Places
    channels: NDArray[np.int64]
    random: Places


def load_prior(path: Path | None = None) -> Prior:
    """Read a prior, by default the one that is shipped. Raises WeightsError."""
    file = path or SHIPPED
    again = "name another --prior, or leave it out" if path else "install Thumbprint again"
    try:
        packed = read_file(file)
        arrays = unpack_arrays(packed)
        about = json.loads(str(arrays["about"]))
        if about["schema"] != SCHEMA:
            raise WeightsError(
                f"{file}: prior of schema {about['schema']}, and this Thumbprint reads {SCHEMA}; fit it again with "
                "`prior fit`"
            )
        return _read(arrays, about, hashlib.sha256(packed).hexdigest())
    except DAMAGED as error:
        raise WeightsError(f"{file}: damaged or missing ({reason_of(error)}); {again}") from None


def check_prior_out(out: Path) -> None:
    """Raise ThumbprintError where no prior can be written."""
    check_out_file(out, "prior.npz", "prior", lambda old: "random_squares" in unpack_arrays(old))


def _read(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any], sha256: str) -> Prior:
    basis = arrays["basis"].astype(np.float64) * arrays["basis_step"]
    pca = StandardizedPCA(arrays["mean"].astype(np.float64), arrays["scale"].astype(np.float64), basis)
    step = arrays["step"].astype(np.float32)
    upper = np.triu_indices(basis.shape[1])
    squares = np.zeros((basis.shape[1],) * 2)
    # In shares of what both components vary by: what is small beside them is small in the file too.
    squares[upper] = arrays["random_squares"].astype(np.float64)
    squares = (squares + np.triu(squares, 1).T) * np.outer(arrays["random_spread"], arrays["random_spread"])
    random = Random(
        int(about["random"]["fitted"]), arrays["random_mean"].astype(np.float64), squares, arrays["held"] * step
    )
    names = tuple(str(name) for name in about["classes"])
    labels, fitted = arrays["labels"].astype(np.int64), arrays["fitted"].astype(np.bool_)
    return Prior(
        str(about["backbone"]), pca, names, arrays["places"] * step, labels, fitted, random, about["provenance"], sha256
    )


def rounded_basis(basis: Matrix) -> tuple[NDArray[np.int8], Matrix]:
    """Return components (features, components) in eight bits, and each one's step, (components,)."""
    step = np.abs(basis).max(axis=0) / LEVELS
    return np.rint(basis / step).astype(np.int8), step


def pack_prior(prior: Prior) -> bytes:
    """Return the bytes of a prior's file, in eight bits but for means, scales and what varies in random thumbnails.

    Its components are rounded already (`rounded_basis`): places are in the space that is read back.
    """
    basis, basis_step = rounded_basis(prior.pca.basis)
    spread = np.sqrt(np.maximum(np.diag(prior.random.squares), 1e-12))
    step = rounding_step(prior)
    about = {
        "schema": SCHEMA,
        "backbone": prior.backbone,
        "classes": list(prior.names),
        "random": {"fitted": prior.random.count},
        "provenance": prior.provenance,
    }
    squares = prior.random.squares / np.outer(spread, spread)
    return pack_arrays(
        {
            "about": np.array(json.dumps(about)),
            "mean": prior.pca.mean.astype(np.float32),
            "scale": prior.pca.scale.astype(np.float32),
            "basis": basis,
            "basis_step": basis_step,
            "step": step,
            "places": _rounded(prior.places, step),
            "labels": prior.labels.astype(np.int16),
            "fitted": prior.fitted,
            "held": _rounded(prior.random.held, step),
            "random_mean": prior.random.mean.astype(np.float32),
            "random_spread": spread.astype(np.float32),
            "random_squares": squares[np.triu_indices(len(squares))].astype(np.float16),
        }
    )


def rounding_step(prior: Prior) -> NDArray[np.float32]:
    """Return the step of each component's eight bits, (components,)."""
    everything = np.concatenate([prior.places, prior.random.held])
    step: NDArray[np.float32] = (np.maximum(everything.std(axis=0), 1e-6) / STEPS).astype(np.float32)
    return step


def _rounded(places: Places, step: NDArray[np.float32]) -> NDArray[np.int8]:
    rounded: NDArray[np.int8] = np.clip(np.rint(places / step), -LEVELS, LEVELS).astype(np.int8)
    return rounded
