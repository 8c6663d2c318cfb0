"""Single pictures worth looking at: mistakes, what the model looks at, and what happens to a picture on its way in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend.data.images import decode
from backend.evaluation.predictions import Row, right_ones, worst_mistakes
from backend.explain.heatmap import overlay
from backend.models.run import Run
from backend.report.images import WIDTH, Album
from backend.report.model import Cell, Explained, Mistake, Shot, Steps

if TYPE_CHECKING:
    from backend.data.augment.samples import AugmentationPictures
    from backend.training.report_data import ReportInputs

CELL, DIAGONAL = 24, 8  # pictures of a cell of the confusion matrix
CELL_WIDTH = 160  # pixels
ALARMS = 12


def shot(row: Row, files: Mapping[str, Path], album: Album, width: int = WIDTH) -> Shot:
    """Take a picture into the album."""
    true = row.probabilities[row.label] if row.label is not None else None
    uri = album.file(files.get(row.sha256), width)
    said = row.predicted, true, max(row.probabilities), row.unknown
    return Shot(row.image, row.sha256, row.channel, row.label, *said, uri)


def cells(rows: Sequence[Row], files: Mapping[str, Path], album: Album) -> tuple[Cell, ...]:
    """Return the cells that are not empty: confusions first, the commonest first, then what was right."""
    groups: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.label is not None:
            groups[row.label, row.predicted].append(row)
    shown = []
    for (true, predicted), own in sorted(groups.items(), key=lambda g: (g[0][0] == g[0][1], -len(g[1]), g[0])):
        chosen = sorted(own, key=lambda row: -row.probabilities[row.predicted])
        few = chosen[: DIAGONAL if true == predicted else CELL]
        shots = tuple(shot(row, files, album, CELL_WIDTH) for row in few)
        shown.append(Cell(true, predicted, len(own), shots))
    return tuple(shown)


def mistakes(run: Run, rows: Sequence[Row], inputs: ReportInputs, album: Album) -> tuple[Mistake, ...]:
    """Return the worst mistakes, by how far the wrong channel was ahead."""
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
        return shot(row, inputs.files, album, CELL_WIDTH)

    shown = []
    for row in worst_mistakes(rows):
        label = row.label if row.label is not None else row.predicted
        names = run.channels[label].name, run.channels[row.predicted].name
        wrong = shot(row, inputs.files, album)
        heat_true, heat_predicted = (heatmap(row, name, inputs, album) for name in names)
        shown.append(Mistake(wrong, heat_true, heat_predicted, beside(label), beside(row.predicted)))
    return tuple(shown)


def heatmap(row: Row, channel: str, inputs: ReportInputs, album: Album) -> str:
    """Return a picture under the heatmap of what speaks for a channel; empty where one of the two is gone."""
    path, drawn = inputs.files.get(row.sha256), inputs.heatmap(row.sha256, channel)
    return album.pixels(decode(overlay(path, drawn, WIDTH))) if path and drawn else ""


def gallery(run: Run, rows: Sequence[Row], inputs: ReportInputs, album: Album) -> tuple[Explained, ...]:
    """Return pictures of each channel that were classified correctly: from the surest to the least sure."""
    shown = []
    for label, channel in enumerate(run.channels):
        for row in right_ones(rows, label, inputs.files):
            heat = heatmap(row, channel.name, inputs, album)
            shown.append(Explained(shot(row, inputs.files, album), heat))
    return tuple(shown)


def alarms(rows: Sequence[Row], threshold: float | None, files: Mapping[str, Path], album: Album) -> tuple[Shot, ...]:
    """Return background pictures that were taken for a channel, the surest first."""
    false = [row for row in rows if row.label is None and row.unknown is not None]
    false = [row for row in false if threshold is not None and row.unknown is not None and row.unknown <= threshold]
    false.sort(key=lambda row: row.unknown or 0.0)
    return tuple(shot(row, files, album, CELL_WIDTH) for row in false[:ALARMS])


def steps(run: Run, rows: Sequence[Row], inputs: ReportInputs, album: Album) -> tuple[Steps, ...]:
    """Show the way into the model on a picture of each of the first channels."""
    images = {row.sha256: row.image for row in rows}
    shown = [(channel, inputs.samples[channel.name]) for channel in run.channels if channel.name in inputs.samples]
    return tuple(_steps(images[own.sample.sha256], channel.display_name, own, album) for channel, own in shown)


def _steps(image: str, channel: str, pictures: AugmentationPictures, album: Album) -> Steps:
    views = tuple(album.pixels(view) for view in pictures.views)
    shown = album.pixels(pictures.given), album.pixels(pictures.cropped), album.pixels(pictures.fed)
    height, width = pictures.fed.shape[:2]
    return Steps(image, channel, pictures.sample.size, pictures.sample.box, *shown, (width, height), views)
