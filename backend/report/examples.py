"""Single pictures worth looking at: mistakes, what the model looks at, and what happens to a picture on its way in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backend.data.augment.views import view
from backend.data.images import Box, Pixels, baked_bars, decode, preprocess
from backend.data.sources import Source
from backend.evaluation.predictions import Row
from backend.models.recipe import Recipe
from backend.models.run import Run
from backend.report.dataset_summary import Files
from backend.report.images import WIDTH, Album

if TYPE_CHECKING:
    from backend.explain.gradcam import Explainer

MISTAKES = 24  # shown, worst first
CELL, DIAGONAL = 24, 8  # pictures of a cell of the confusion matrix
CELL_WIDTH = 160  # pixels
ALARMS = 12
GALLERY = 4  # pictures of each channel with heatmaps
GALLERY_CHANNELS = 16
STEPS = 3  # channels whose preprocessing is shown
SEARCHED = 40  # pictures that are searched for one with bars baked in
VIEWS = 2  # training views drawn for recipe lab, which draws one anew in every epoch


@dataclass(frozen=True)
class Shot:
    """A picture and what was said of it: index of the true channel (None: background) and of the most probable one.

    uri: the picture itself, empty where it is not shown.
    """

    image: str
    sha256: str
    channel: str
    true: int | None
    predicted: int
    probability_true: float | None
    probability_predicted: float
    unknown: float | None
    uri: str


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: how many, and some of them."""

    true: int
    predicted: int
    count: int
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Mistake:
    """A picture taken for another channel's; heatmaps for both channels; a right one of each, for comparison."""

    shot: Shot
    heat_true: str
    heat_predicted: str
    right_true: Shot | None
    right_predicted: Shot | None


@dataclass(frozen=True)
class Explained:
    """A picture that was answered rightly, and a heatmap of what spoke for it."""

    shot: Shot
    heat: str


@dataclass(frozen=True)
class Steps:
    """A picture's way into the model: as given, cropped, scaled; and the views that training makes of it."""

    image: str
    channel: str
    size: tuple[int, int]
    box: Box
    given: str
    cropped: str
    fed: str
    fed_size: tuple[int, int]
    views: tuple[str, ...]

    @property
    def is_cropped(self) -> bool:
        return self.box != (0, 0, *self.size)


def shot(row: Row, files: Files, album: Album, width: int = WIDTH) -> Shot:
    """Take a picture into the album."""
    true = row.probabilities[row.label] if row.label is not None else None
    uri = album.file(files.get(row.sha256), width)
    said = row.predicted, true, max(row.probabilities), row.unknown
    return Shot(row.image, row.sha256, row.channel, row.label, *said, uri)


def cells(rows: Sequence[Row], files: Files, album: Album) -> tuple[Cell, ...]:
    """Return the cells that are not empty: confusions first, the commonest first, then what was right."""
    groups: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.label is not None:
            groups[row.label, row.predicted].append(row)
    found = []
    for (true, predicted), own in sorted(groups.items(), key=lambda g: (g[0][0] == g[0][1], -len(g[1]), g[0])):
        chosen = sorted(own, key=lambda row: -row.probabilities[row.predicted])
        shown = chosen[: DIAGONAL if true == predicted else CELL]
        shots = tuple(shot(row, files, album, CELL_WIDTH) for row in shown)
        found.append(Cell(true, predicted, len(own), shots))
    return tuple(found)


def mistakes(
    run: Run, rows: Sequence[Row], files: Files, album: Album, explainer: Explainer | None
) -> tuple[Mistake, ...]:
    """Return the worst mistakes, by how far the wrong channel was ahead."""
    wrong = sorted((row for row in rows if row.label is not None and not row.right), key=lambda row: -row.margin)
    surest: dict[int, list[Row]] = defaultdict(list)
    for row in sorted((row for row in rows if row.right), key=lambda row: -max(row.probabilities)):
        surest[row.predicted].append(row)
    taken: dict[int, int] = defaultdict(int)

    def beside(label: int) -> Shot | None:
        """Take another right picture every time, as long as there are some."""
        if not surest[label]:
            return None
        row = surest[label][taken[label] % len(surest[label])]
        taken[label] += 1
        return shot(row, files, album, CELL_WIDTH)

    found = []
    for row in wrong[:MISTAKES]:
        label = row.label if row.label is not None else row.predicted
        names = run.channels[label].name, run.channels[row.predicted].name
        shown, path = shot(row, files, album), files.get(row.sha256)
        heat_true, heat_predicted = (heat(explainer, path, name, album) for name in names)
        found.append(Mistake(shown, heat_true, heat_predicted, beside(label), beside(row.predicted)))
    return tuple(found)


def heat(explainer: Explainer | None, path: Path | None, channel: str, album: Album) -> str:
    """Return a picture under the heatmap of what speaks for a channel."""
    if explainer is None or path is None:
        return ""
    from backend.explain.gradcam import overlay

    return album.encoded(overlay(path, explainer.explain(path, channel=channel), WIDTH))


def gallery(
    run: Run, rows: Sequence[Row], files: Files, album: Album, explainer: Explainer | None
) -> tuple[Explained, ...]:
    """Return pictures of each channel that were answered rightly: from the surest to the least sure."""
    found = []
    for label, channel in enumerate(run.channels[:GALLERY_CHANNELS]):
        own = [row for row in rows if row.right and row.label == label and row.sha256 in files]
        own.sort(key=lambda row: -row.probabilities[label])
        places = sorted({round(place * (len(own) - 1) / (GALLERY - 1)) for place in range(GALLERY)}) if own else []
        for row in (own[place] for place in places):
            drawn = heat(explainer, files.get(row.sha256), channel.name, album)
            found.append(Explained(shot(row, files, album), drawn))
    return tuple(found)


def alarms(rows: Sequence[Row], threshold: float | None, files: Files, album: Album) -> tuple[Shot, ...]:
    """Return background pictures that were taken for a channel, the surest first."""
    false = [row for row in rows if row.label is None and row.unknown is not None]
    false = [row for row in false if threshold is not None and row.unknown is not None and row.unknown <= threshold]
    false.sort(key=lambda row: row.unknown or 0.0)
    return tuple(shot(row, files, album, CELL_WIDTH) for row in false[:ALARMS])


def steps(
    run: Run, recipe: Recipe, rows: Sequence[Row], files: Files, sources: Mapping[str, Source], album: Album
) -> tuple[Steps, ...]:
    """Show the way into the model on a picture of each of the first channels, one with bars baked in where there is.

    sources: pictures with their other sizes by checksum, as far as they are known.
    """
    found = []
    for channel in run.channels[:STEPS]:
        own = [row for row in rows if row.channel == channel.name and row.sha256 in files]
        if own:
            row = _telling(own, files)
            source = sources.get(row.sha256, Source(files[row.sha256], row.sha256))
            found.append(_steps(row, channel.display_name, recipe, source, album))
    return tuple(found)


def _telling(rows: Sequence[Row], files: Files) -> Row:
    for row in rows[:SEARCHED]:
        pixels = decode(files[row.sha256])
        if baked_bars(pixels) != (0, 0, pixels.shape[1], pixels.shape[0]):
            return row
    return rows[0]


def _steps(row: Row, channel: str, recipe: Recipe, source: Source, album: Album) -> Steps:
    pixels, fed = decode(source.path), preprocess(source.path, recipe.spec)
    box = left, top, right, bottom = baked_bars(pixels)
    views = tuple(album.pixels(drawn) for drawn in _views(source, recipe, fed))
    shown = album.pixels(pixels), album.pixels(pixels[top:bottom, left:right].copy()), album.pixels(fed)
    size = pixels.shape[1], pixels.shape[0]
    return Steps(row.image, channel, size, box, *shown, (recipe.spec.width, recipe.spec.height), views)


def _views(source: Source, recipe: Recipe, fed: Pixels) -> list[Pixels]:
    """Make the views of a picture that training learns from beside the picture itself."""
    if not recipe.uses_epochs:
        seen = [source.seen(number) for number in recipe.views[1:]]
        # Only the picture itself is known to be as it was: a damaged file of another size is no reason for no report.
        whole = [one for one in seen if hashlib.sha256(one.path.read_bytes()).hexdigest() == one.sha256]
        return [view(one.path, one.sha256, one.view, recipe.spec) for one in whole]
    from backend.models.lab import ROTATION, ZOOM
    from backend.utils.tf_quiet import import_tensorflow

    import_tensorflow()
    import keras

    turn = keras.layers.RandomRotation(ROTATION, fill_mode="constant", seed=1)
    zoom = keras.layers.RandomZoom(ZOOM, fill_mode="constant", seed=2)
    batch = np.repeat(fed[None].astype(np.float32), VIEWS, axis=0)
    drawn = np.asarray(zoom(turn(batch, training=True), training=True))
    return [pixels.clip(0, 255).astype(np.uint8) for pixels in drawn]
