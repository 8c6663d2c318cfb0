"""What is wrong with a dataset, before anything is learnt from it: findings that name files, and what to do about them.

Findings are information, not errors: whether two pictures are one video's, or a label is wrong, a person decides.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import LEARNT, TESTED, Dataset, Picture, is_drawn
from backend.data.image_sizes import without_variants
from backend.data.images import baked_bars, decode
from backend.data.near_duplicates import (
    HEIGHT,
    WIDTH,
    Fingerprints,
    Thumbnail,
    fingerprints_of,
    luminance,
    near_duplicates,
)
from backend.data.settings import TrainSettings
from backend.data.splits import stratified_group_k_fold
from backend.data.training_set import TrainingSet, build_training_set
from backend.evaluation.audit.findings import (
    NONE_OF_THESE,
    Audit,
    BrokenFile,
    Check,
    NearDuplicate,
    OddShape,
    SuspectLabel,
    checked,
    imbalances,
)
from backend.evaluation.audit.label_issues import find_label_issues
from backend.evaluation.audit.source_bias import Labels, SourceBias, Traces, find_source_biases, traces
from backend.evaluation.cross_validation import all_of, cross_validate
from backend.models.registry import Backbone, get_recipe, load_backbone
from backend.utils import progress
from backend.utils.errors import DataError, ImageError
from backend.utils.reading import read_file

SAME_ASPECT = 0.03
SAME_WIDTH = 1.5  # times; 1280 and 1920 pixels pass for one size
ODD_SHARE = 10  # a tenth of the pictures may be unlike the usual shape, or one; more are no exceptions

Shape = tuple[int, int]  # width, height in pixels


@dataclass(frozen=True)
class Sound:
    """A picture that is what the manifest says; `shape` is without baked-in bars."""

    picture: Picture
    path: Path
    shape: Shape
    thumbnail: Thumbnail
    traces: Traces

    @property
    def video(self) -> tuple[str, str]:
        """Channel and key of the video that it is of."""
        return self.picture.channel, self.picture.key


def audit(
    dataset: Dataset,
    settings: TrainSettings,
    weights_path: Path | None = None,
    against: Dataset | None = None,
) -> Audit:
    """Look for everything that is wrong with a dataset, and for its pictures in another one.

    Cross-validates the recipe of `settings` to find doubtful labels; where the dataset is too small for that, the
    result says so. Raises WeightsError.
    """
    examined, broken = _examine(dataset)
    others, other_broken = _examine(against) if against else ([], [])
    sound = _once(examined)
    counts = Counter(item.picture.channel for item in sound)
    checks = [
        checked("files", [*broken, *other_broken]),
        *_duplicate_checks(sound, _once(others) if against else None),
        checked("shapes", _odd_shapes(sound)),
        checked("balance", imbalances({channel.name: counts[channel.name] for channel in dataset.known})),
    ]
    biases: tuple[SourceBias, ...] = ()
    not_judged = ""
    # All pictures are judged, as if none were kept for a test: labels may be wrong there too.
    whole = replace(dataset, pictures=tuple(replace(item.picture, split="") for item in examined))
    recipe = get_recipe(settings.recipe, epochs=settings.epochs)
    backbone = load_backbone(recipe, weights_path)
    try:
        draw = backbone.prior is None
        training_set = _dealt(build_training_set(whole, None, settings, recipe.knows_background, draw), settings)
    except DataError as error:
        not_judged = str(error)
    else:
        checks.append(checked("labels", _suspect_labels(dataset, training_set, settings, backbone)))
        biases = _source_biases(sound, training_set, settings.seed)
        checks.append(checked("sources", [bias for bias in biases if bias.warns]))
    images = {channel.name: counts[channel.name] for channel in dataset.channels}
    other = str(against.root) if against else None
    return Audit(str(dataset.root), other, images, settings, tuple(checks), biases, not_judged)


# --- Files ----------------------------------------------------------------------------------------------------------


def _examine(dataset: Dataset) -> tuple[list[Sound], list[BrokenFile]]:
    """Read every file once, and set aside what cannot be used."""
    sound, broken = [], []
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda picture: _examine_one(dataset.path(picture), picture), dataset.pictures)
        for item in progress.track(found, f"Reading {dataset.root.name}", "picture", len(dataset.pictures)):
            if isinstance(item, Sound):
                sound.append(item)
            else:
                broken.append(item)
    return sound, broken


def _examine_one(path: Path, picture: Picture) -> Sound | BrokenFile:
    try:
        data = read_file(path)
        pixels = decode(data)
    except OSError as error:
        return BrokenFile(str(path), picture.channel, f"cannot be read ({error.strerror})")
    except ImageError as error:
        return BrokenFile(str(path), picture.channel, str(error).removeprefix("picture: "))
    if hashlib.sha256(data).hexdigest() != picture.sha256:
        return BrokenFile(str(path), picture.channel, "changed since the import (another SHA-256)")
    left, top, right, bottom = baked_bars(pixels)
    return Sound(picture, path, (right - left, bottom - top), luminance(pixels), traces(data, pixels))


def _once(items: Sequence[Sound]) -> list[Sound]:
    """Take each picture in one size alone."""
    files = {picture.file for picture in without_variants(item.picture for item in items)}
    return [item for item in items if item.picture.file in files]


# --- Near-duplicates ------------------------------------------------------------------------------------------------


def _duplicate_checks(sound: Sequence[Sound], others: Sequence[Sound] | None) -> Iterator[Check]:
    # Two pictures that are known to be of one video, no fold parts, and nobody needs to be told.
    pairs = [pair for pair in _pairs(sound) if pair[0].video != pair[1].video]
    named = [(_named(*pair), _parted(*pair[:2])) for pair in pairs]
    yield checked("duplicates_within", [n for n, parted in named if n.channel == n.other_channel and not parted])
    yield checked("duplicates_across", [n for n, _ in named if n.channel != n.other_channel])
    if any(item.picture.split == TESTED for item in sound):
        learnt, kept = ([item for item in sound if item.picture.split in splits] for splits in (LEARNT, (TESTED,)))
        # Whatever their videos: no fold keeps these together.
        yield checked("duplicates_test", [_named(*pair) for pair in _pairs(learnt, kept)])
    if others is not None:
        yield checked("duplicates_against", [_named(*pair) for pair in _pairs(sound, others)])


def _pairs(sound: Sequence[Sound], others: Sequence[Sound] | None = None) -> list[tuple[Sound, Sound, float]]:
    """Find near-duplicates among pictures, or between them and others, with how similar they are."""
    pairs = near_duplicates(_prints(sound), None if others is None else _prints(others))
    seconds = sound if others is None else others
    return [(sound[pair.first], seconds[pair.second], pair.similarity) for pair in pairs]


def _prints(items: Sequence[Sound]) -> Fingerprints:
    return fingerprints_of(np.array([item.thumbnail for item in items], np.uint8).reshape(-1, HEIGHT, WIDTH))


def _parted(one: Sound, other: Sound) -> bool:
    """Tell whether one of two pictures is learnt from and the other one is kept for a test."""
    splits = {one.picture.split, other.picture.split}
    return TESTED in splits and not splits.isdisjoint(LEARNT)


def _named(one: Sound, other: Sound, similarity: float) -> NearDuplicate:
    return NearDuplicate(
        str(one.path), one.picture.channel, str(other.path), other.picture.channel, round(similarity, 4)
    )


# --- Shapes and numbers -----------------------------------------------------------------------------------------------


def _odd_shapes(sound: Sequence[Sound]) -> Iterator[OddShape]:
    overall = _usual([item.shape for item in sound])
    for channel in dict.fromkeys(item.picture.channel for item in sound):
        members = [item for item in sound if item.picture.channel == channel]
        usual = _usual([item.shape for item in members])
        for item in members:
            for majority, name in ((usual, "channel"), (overall, "dataset")):
                if majority and not _alike(item.shape, majority):
                    width, height = item.picture.width, item.picture.height
                    yield OddShape(str(item.path), channel, width, height, *majority, name)
                    break


def _usual(shapes: Sequence[Shape]) -> Shape | None:
    """Return the commonest shape where nearly all others are like it."""
    if not shapes:
        return None
    commonest = Counter(shapes).most_common(1)[0][0]
    unlike = sum(not _alike(shape, commonest) for shape in shapes)
    return commonest if unlike <= max(1, len(shapes) // ODD_SHARE) and 2 * unlike < len(shapes) else None


def _alike(one: Shape, other: Shape) -> bool:
    same_aspect = abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= SAME_ASPECT
    return same_aspect and max(one[0], other[0]) <= SAME_WIDTH * min(one[0], other[0])


# --- Labels and sources ---------------------------------------------------------------------------------------------


def _dealt(training_set: TrainingSet, settings: TrainSettings) -> TrainingSet:
    """Deal out a person's own background by video, not by channel as in a training.

    Models that have never seen a channel know too little to doubt that its pictures are none of these.
    """
    rows = _own(training_set) & ~training_set.known
    folds = stratified_group_k_fold(
        training_set.labels[rows], _videos(training_set)[rows], settings.folds, np.random.default_rng(settings.seed)
    )
    tests = training_set.tests.copy()
    tests[rows] = folds[:, None] == np.arange(settings.folds)
    return replace(training_set, tests=tests)


def _own(training_set: TrainingSet) -> NDArray[np.bool_]:
    """Tell which pictures are the dataset's, and not drawn strangers, (n,)."""
    return np.array([not is_drawn(picture.channel) for picture in training_set.pictures], np.bool_)


def _videos(training_set: TrainingSet) -> NDArray[np.int64]:
    """Number the pictures by video, (n,)."""
    keys = [f"{picture.channel}/{picture.key}" for picture in training_set.pictures]
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _labels(training_set: TrainingSet) -> Labels:
    """Say whose the dataset's pictures are; all its background is one class, which is missing where there is none."""
    own = _own(training_set)
    labels = np.minimum(training_set.labels[own], len(training_set.channels))
    names = (*(channel.name for channel in training_set.channels), NONE_OF_THESE)[: int(labels.max()) + 1]
    return Labels(names, labels, training_set.folds[own], _videos(training_set)[own])


def _suspect_labels(
    dataset: Dataset, training_set: TrainingSet, settings: TrainSettings, backbone: Backbone
) -> Iterator[SuspectLabel]:
    weights = backbone.weights
    trained = get_recipe(settings.recipe, weights, settings.epochs, prior=backbone.prior)
    x = trained.features(training_set.sources, weights)
    trained = trained.without_own(all_of(x, training_set))
    probabilities = cross_validate(trained, training_set, x, weights.layers, settings).probabilities
    labels, rows = _labels(training_set), np.flatnonzero(_own(training_set))
    for issue in find_label_issues(labels.labels, probabilities[rows], len(training_set.channels)):
        picture, given = training_set.pictures[rows[issue.row]], labels.names[labels.labels[issue.row]]
        yield SuspectLabel.of(issue, str(dataset.path(picture)), picture.channel, given, labels.names)


def _source_biases(sound: Sequence[Sound], training_set: TrainingSet, seed: int) -> tuple[SourceBias, ...]:
    by_file = {item.picture.file: item.traces for item in sound}
    pictures = [training_set.pictures[row] for row in np.flatnonzero(_own(training_set))]
    return find_source_biases([by_file[picture.file] for picture in pictures], _labels(training_set), seed)
