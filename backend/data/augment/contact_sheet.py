"""A sheet of every corruption at its three severities, and of whole views, for a person to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from backend.data.augment.corruptions import SEVERITIES
from backend.data.augment.views import CORRUPTION_GROUPS, VIEWS
from backend.data.drawn_picture import check_picture_out, write_picture
from backend.data.images import decode, without_bars
from backend.data.pixels import Pixels
from backend.utils import progress

CELL = (240, 135)  # pixels: width, height
LABEL = 150  # pixels of width of the names at the left
GAP = 6
VIEWS_SHOWN = 3


def write_sheet(pictures: Sequence[Path], out: Path, seed: int = 0) -> None:
    """Write a sheet: for each picture three columns of severities, a row a corruption, and views drawn at random.

    Raises ThumbprintError.
    """
    check_picture_out(out, pictures)
    read = [without_bars(decode(path)) for path in pictures]
    rows = list(_rows(read, seed))
    width, height = LABEL + len(rows[0][1]) * (CELL[0] + GAP), 24 + len(rows) * (CELL[1] + GAP)
    sheet = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for column, name in enumerate(list(SEVERITIES) * len(read)):
        pen.text((LABEL + column * (CELL[0] + GAP), 4), name, "black", font)
    for line, (name, cells) in enumerate(rows):
        top = 24 + line * (CELL[1] + GAP)
        pen.text((4, top + CELL[1] / 2), name, "black", font, "lm")
        for column, cell in enumerate(cells):
            sheet.paste(_fitted(cell), (LABEL + column * (CELL[0] + GAP), top))
    write_picture(sheet, out, pictures)


def _rows(pictures: Sequence[Pixels], seed: int) -> Iterator[tuple[str, list[Pixels]]]:
    effects = [effect for group in CORRUPTION_GROUPS.values() for effect in group]
    for number, effect in enumerate(progress.track(effects, "Sheet", "row")):
        cells = [
            effect.at(severity, pixels, np.random.default_rng([seed, number]))
            for pixels in pictures
            for severity in SEVERITIES.values()
        ]
        yield effect.name, cells
    for name, view in VIEWS.items():
        for number in range(VIEWS_SHOWN):
            rngs = np.random.default_rng([seed, number]).spawn(len(pictures) * len(SEVERITIES))
            places = [pixels for pixels in pictures for _ in SEVERITIES]
            yield f"{name} view", [view(pixels, rng) for pixels, rng in zip(places, rngs, strict=True)]


def _fitted(pixels: Pixels) -> Image.Image:
    """Fit a picture into a cell; one that is smaller stays so, as the page would show it."""
    image = Image.fromarray(pixels)
    scale = min(CELL[0] / image.width, CELL[1] / image.height, 1)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    cell = Image.new("RGB", CELL, (225, 225, 225))
    cell.paste(image.resize(size), ((CELL[0] - size[0]) // 2, (CELL[1] - size[1]) // 2))
    return cell
