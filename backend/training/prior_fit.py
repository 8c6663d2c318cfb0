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
from backend.data.negatives import load_negatives
from backend.data.picture_folders import channel_folders, read_pictures
from backend.data.sources import Source
from backend.models import lda
from backend.models.prior import PART, Prior, Random, rounded_basis
from backend.models.style import Style
from backend.models.style_fit import project
from backend.models.weights import Weights
from backend.utils import progress
from backend.utils.errors import DataError

COMPONENTS = 512
SEED = 0
FEWEST = 8  # pictures of a channel
FEWEST_RANDOM = 200
HELD = 1000  # random thumbnails, at most half of them, that nothing is fitted to


@dataclass(frozen=True)
class Material:
    """Pictures to fit a prior to: those of each channel by name, and random ones; each ordered by checksum.

    held: random ones that nothing is fitted to.
    """

    channels: Mapping[str, Sequence[Source]]
    random: Sequence[Source]
    held: Sequence[Source]


def read_folders(folders: Sequence[Path], random: Path | None) -> Material:
    """Find the pictures: FOLDER/CHANNEL/*, and RANDOM/**. What is there twice counts once. Raises DataError.

    Without random ones, every third channel is taken apart, and its pictures stand for thumbnails of anybody: those of
    one such channel are fitted to, and those of the next are held back.
    """
    seen: set[str] = set()
    channels: dict[str, list[Source]] = {}
    for folder in folders:
        for path in channel_folders(folder):
            if path.name in channels or path.name in RESERVED:
                raise DataError(f"{path}: the name is taken; rename the folder")
            if len(sources := list(_sources(path, seen))) >= FEWEST:
                channels[path.name] = sources
            else:
                progress.say(f"{path}: {len(sources)} pictures, and {FEWEST} are needed; left out.")
    if len(channels) < 3:
        raise DataError(f"{len(channels)} channels; a prior needs at least 3: name more folders")
    if random is None:
        return _apart(channels)
    others = list(_sources(random, seen)) if random.is_dir() else []
    if len(others) < FEWEST_RANDOM:
        raise DataError(f"--random {random}: {len(others)} thumbnails; at least {FEWEST_RANDOM} are needed: add some")
    return split_random(channels, others)


def split_random(channels: Mapping[str, Sequence[Source]], random: Sequence[Source]) -> Material:
    """Hold back some of the random thumbnails: every so many-th, in the order of their checksums, is as good as any."""
    held = set(np.linspace(0, len(random) - 1, min(HELD, len(random) // 2)).astype(int).tolist())
    parts = ([source for place, source in enumerate(random) if (place in held) == back] for back in (False, True))
    return Material(channels, *parts)


def _apart(channels: Mapping[str, Sequence[Source]]) -> Material:
    """Take every third channel apart, by turns to fit to and to hold back."""
    names = sorted(channels)
    loose = names[::3]
    if len(loose) < 4:
        raise DataError(
            f"{len(channels)} channels are too few to stand for thumbnails of anybody; name --random, a folder of such"
        )
    random, held = ([source for name in loose[part::2] for source in channels[name]] for part in (0, 1))
    return Material({name: channels[name] for name in names if name not in loose}, random, held[:HELD])


def _sources(folder: Path, seen: set[str]) -> Iterator[Source]:
    """Yield what can be read and is not there yet, by checksum."""
    found: dict[str, Source] = {}
    for source in read_pictures(folder):
        found.setdefault(source.sha256, source)
    for sha256, source in sorted(found.items()):
        if sha256 not in seen:
            seen.add(sha256)
            yield source


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
    x = style.features([*sources, *material.random, *material.held], weights, learn=False)
    rows = np.concatenate([np.flatnonzero(fitted), len(labels) + np.arange(len(material.random))])
    with threadpool_limits(1):
        found = lda.fit_standardized_pca(np.asarray(x[rows])[:, 0], SEED, COMPONENTS)
        levels, step = rounded_basis(found.basis)
        pca = lda.StandardizedPCA(found.mean.astype(np.float32), found.scale.astype(np.float32), levels * step)
        z = project(pca, x)[:, 0]
    places, random, held = np.split(z, [len(labels), len(labels) + len(material.random)])
    own = lda.class_sums(random, np.zeros(len(random), np.int64))
    summed = Random(own.rows, own.means[0], own.squares, held)
    provenance = {
        "channels": {name: _described(sources) for name, sources in material.channels.items()},
        "random": {**_described([*material.random, *material.held]), "held": len(material.held)},
        "drawn": [name for name in names if name not in material.channels],
        "backbone": weights.describe(),
    }
    return Prior(weights.identity, pca, names, places, labels, fitted, summed, provenance)


def _described(sources: Sequence[Source]) -> dict[str, object]:
    """Say how many pictures there are, and which: the checksum of their checksums."""
    digest = hashlib.sha256("\n".join(sorted(source.sha256 for source in sources)).encode()).hexdigest()
    return {"pictures": len(sources), "sha256": digest}
