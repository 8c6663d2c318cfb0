"""Fit a prior to folders of thumbnails: channels, and thumbnails of no channel in particular.

The same folders give the same bytes: pictures are ordered by their checksums, and nothing is drawn but with a fixed
seed. What the threshold of a training is chosen on is kept out of everything that is fitted here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from backend.data.dataset import RESERVED
from backend.data.images import decode, find_pictures
from backend.data.negatives import load_negatives
from backend.data.sources import Source
from backend.models import lda
from backend.models.prior import PART, Prior, Random, rounded_basis
from backend.models.style import Style
from backend.models.style_fit import project
from backend.models.weights import Weights
from backend.utils import progress
from backend.utils.errors import DataError, ImageError

COMPONENTS = 512
SEED = 0
FEWEST = 8  # pictures of a channel
FEWEST_RANDOM = 200
HELD = 1000  # random thumbnails, at most half of them, that nothing is fitted to


@dataclass(frozen=True)
class Material:
    """Pictures to fit a prior to: those of each channel by name, and random ones; each ordered by checksum."""

    channels: Mapping[str, Sequence[Source]]
    random: Sequence[Source]


def read_folders(folders: Sequence[Path], random: Path) -> Material:
    """Find the pictures: FOLDER/CHANNEL/*, and RANDOM/**. What is there twice counts once. Raises DataError."""
    seen: set[str] = set()
    channels: dict[str, list[Source]] = {}
    for folder in folders:
        names = [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
        if not names:
            raise DataError(f"{folder}: no folder of channels; name one that holds a folder a channel")
        for path in names:
            if path.name in channels or path.name in RESERVED:
                raise DataError(f"{path}: the name is taken; rename the folder")
            if len(sources := list(_sources(path, seen))) >= FEWEST:
                channels[path.name] = sources
            else:
                progress.say(f"{path}: {len(sources)} pictures, and {FEWEST} are needed; left out.")
    if len(channels) < 3:
        raise DataError(f"{len(channels)} channels; a prior needs at least 3: name more folders")
    others = list(_sources(random, seen)) if random.is_dir() else []
    if len(others) < FEWEST_RANDOM:
        raise DataError(f"--random {random}: {len(others)} thumbnails; at least {FEWEST_RANDOM} are needed: add some")
    return Material(channels, others)


def _sources(folder: Path, seen: set[str]) -> Iterator[Source]:
    """Yield what can be read and is not there yet, by checksum."""
    found: dict[str, Path] = {}
    for path in find_pictures([folder]):
        try:
            decode(path)
        except ImageError as error:
            progress.say(f"Left out: {error}")
            continue
        found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    for sha256, path in sorted(found.items()):
        if sha256 not in seen:
            seen.add(sha256)
            yield Source(path, sha256)


def fit_prior(material: Material, weights: Weights) -> Prior:
    """Fit the space, the classes and what varies in random thumbnails. Raises DataError."""
    style = Style()
    drawn = load_negatives()
    classes = {**material.channels}
    for picture in drawn.pictures:
        classes[picture.channel] = [*classes.get(picture.channel, ()), Source(drawn.path(picture), picture.sha256)]
    names = tuple(classes)
    sources = [source for name in names for source in classes[name]]
    labels = np.repeat(np.arange(len(names)), [len(classes[name]) for name in names])
    fitted = np.ones(len(labels), np.bool_)
    for label, name in enumerate(names):
        if name in material.channels:
            fitted[np.flatnonzero(labels == label)[PART - 1 :: PART]] = False
    x = style.features([*sources, *material.random], weights, learn=False)
    # Every so many-th of the random thumbnails, which are in the order of their checksums, is as good as any.
    held = np.zeros(len(material.random), np.bool_)
    held[np.linspace(0, len(held) - 1, min(HELD, len(held) // 2)).astype(int)] = True
    rows = np.concatenate([np.flatnonzero(fitted), len(labels) + np.flatnonzero(~held)])
    with threadpool_limits(1):
        found = lda.fit_standardized_pca(np.asarray(x[rows])[:, 0], SEED, COMPONENTS)
        levels, step = rounded_basis(found.basis)
        pca = lda.StandardizedPCA(found.mean.astype(np.float32), found.scale.astype(np.float32), levels * step)
        z = project(pca, x)[:, 0]
    places, random = z[: len(labels)], z[len(labels) :]
    own = lda.class_sums(random[~held], np.zeros(int((~held).sum()), np.int64))
    summed = Random(own.rows, own.means[0], own.squares, random[held])
    provenance = {
        "channels": {name: _described(sources) for name, sources in material.channels.items()},
        "random": {**_described(material.random), "held": int(held.sum())},
        "drawn": [name for name in names if name not in material.channels],
        "backbone": weights.describe(),
    }
    return Prior(weights.identity, pca, names, places, labels, fitted, summed, provenance)


def _described(sources: Sequence[Source]) -> dict[str, object]:
    """Say how many pictures there are, and which: the checksum of their checksums."""
    digest = hashlib.sha256("\n".join(source.sha256 for source in sources).encode()).hexdigest()
    return {"pictures": len(sources), "sha256": digest}
