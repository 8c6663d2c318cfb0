"""Letters: one plain font, made bold, narrow, slanted, outlined or boxed, because systems have no font in common.

Pillow brings the font (Aileron Regular), so the same seed gives the same letters everywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from backend.data.synthetic.drawing import SIZE, Colour, font, glow, shape, shifted

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the canvas
REFERENCE = 100  # size at which lines are measured
CAP_HEIGHT = 0.72  # of the font's size


@dataclass(frozen=True)
class Lettering:
    """How a channel writes; lengths are shares of the font's size.

    `weight` thickens the strokes, `stretch` below 1 narrows, `shear` slants, `outline` surrounds; `backing` is what
    lies behind a line.
    """

    weight: float = 0.03
    stretch: float = 1.0
    shear: float = 0.0
    spacing: float = 0.0
    upper: bool = True
    outline: float = 0.0
    leading: float = 0.96
    backing: Literal["none", "shadow", "glow", "box"] = "none"


def write(
    canvas: Image.Image,
    text: str,
    box: Box,
    style: Lettering,
    colours: Sequence[Colour],
    around: Colour,
    align: Literal["left", "centre"] = "left",
) -> None:
    """Fill a box with words, as large as they go and broken where that helps.

    Lines take the colours in turn; `around` is the colour of outline, shadow, glow or box.
    """
    lines, size = _fitted(text.upper() if style.upper else text, box, style)
    block = CAP_HEIGHT * size + (len(lines) - 1) * style.leading * size
    baseline = (box[1] + box[3] - block) / 2 + CAP_HEIGHT * size
    placed: list[tuple[Image.Image, tuple[int, int]]] = []
    for number, line in enumerate(lines):
        mask = _line(line, size, style, 0)
        left = box[0] if align == "left" else (box[0] + box[2] - mask.width) / 2
        placed.append((mask, (round(left), round(baseline + number * style.leading * size - size - _margin(size)))))
    _backing(canvas, placed, size, style, around)
    if style.outline:
        edges = [_line(line, size, style, style.outline) for line in lines]
        for edge, (_, at) in zip(edges, placed, strict=True):
            canvas.paste(around, at, edge)
    for number, (mask, at) in enumerate(placed):
        canvas.paste(colours[number % len(colours)], at, mask)


def _backing(
    canvas: Image.Image,
    placed: Sequence[tuple[Image.Image, tuple[int, int]]],
    size: int,
    style: Lettering,
    colour: Colour,
) -> None:
    if style.backing == "none":
        return
    letters = Image.new("L", SIZE)
    for mask, at in placed:
        letters.paste(255, at, mask)
    if style.backing == "box":
        canvas.paste(colour, mask=shape(lambda draw, scale: _boxes(draw, scale, placed, size, style)))
    elif style.backing == "glow":
        glow(canvas, letters, colour, 0.22 * size, 2.0)
    else:
        glow(canvas, shifted(letters, round(0.05 * size), round(0.06 * size)), colour, 0.06 * size, 1.6)


def _boxes(
    draw: ImageDraw.ImageDraw,
    scale: float,
    placed: Sequence[tuple[Image.Image, tuple[int, int]]],
    size: int,
    style: Lettering,
) -> None:
    top, bottom = _margin(size) + (0.88 - CAP_HEIGHT) * size, _margin(size) + (1.1 if style.upper else 1.2) * size
    lean, room = style.shear * (bottom - top), 0.14 * size
    for mask, (x, y) in placed:
        right = mask.width + room
        corners = [(-room, bottom), (-room + lean, top), (right, top), (right - lean, bottom)]
        draw.polygon([((x + dx) * scale, (y + dy) * scale) for dx, dy in corners], 255)


def _fitted(text: str, box: Box, style: Lettering) -> tuple[list[str], int]:
    """Break words into the lines that can be largest in the box; returns the lines and the size in pixels."""
    words = text.split()
    best: tuple[list[str], float] = ([text], 0.0)
    for cuts in range(min(len(words), 4)):
        for ends in itertools.combinations(range(1, len(words)), cuts):
            edges = [0, *ends, len(words)]
            lines = [" ".join(words[a:b]) for a, b in itertools.pairwise(edges)]
            widest = max(_length(line, REFERENCE, style) for line in lines) / REFERENCE
            tall = CAP_HEIGHT + (len(lines) - 1) * style.leading
            size = min((box[2] - box[0]) / widest, (box[3] - box[1]) / tall)
            if size > best[1]:
                best = lines, size
    return best[0], max(12, int(best[1]))


def _length(line: str, size: int, style: Lettering) -> float:
    thick = 2 * (style.weight + style.outline) * size
    plain = font(size).getlength(line) + (len(line) - 1) * style.spacing * size + thick
    return plain * style.stretch + abs(style.shear) * size


def _margin(size: int) -> int:
    return size // 4 + 4


def _line(line: str, size: int, style: Lettering, outline: float) -> Image.Image:
    """Return the mask of one line; its baseline is `_margin(size) + size` below the top, whatever the outline."""
    letters, margin = font(size), _margin(size)
    thickness = (style.weight + outline) * size
    start = (style.weight + style.outline) * size
    width = round(letters.getlength(line) + (len(line) - 1) * style.spacing * size + 2 * start) + 2
    mask = Image.new("L", (width, size + size // 2 + 2 * margin))
    draw = ImageDraw.Draw(mask)
    for i, letter in enumerate(line):
        # The width up to a letter includes its kerning.
        x = start + letters.getlength(line[: i + 1]) - letters.getlength(letter) + i * style.spacing * size
        draw.text((x, margin + size), letter, 255, letters, anchor="ls", stroke_width=thickness)
    if style.stretch != 1:
        mask = mask.resize((round(width * style.stretch), mask.height), Image.Resampling.BILINEAR)
    if style.shear:
        # Output to input: x moves in proportion to the height above the baseline.
        extent = mask.width + round(abs(style.shear) * size), mask.height
        slant = (1, style.shear, -style.shear * (margin + size), 0, 1, 0)
        mask = mask.transform(extent, Image.Transform.AFFINE, slant, Image.Resampling.BILINEAR)
    return mask
