"""Things to put on a demo thumbnail: a person, a machine part, a chart. Each is a square picture with transparency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw

from backend.data.synthetic.drawing import BLACK, WHITE, Colour, Colours, Point, Rng, font, mix, ring, sticker

Motif = Callable[[Rng, Colours, int], Image.Image]  # (rng, colours, side in pixels) -> RGBA, side x side

SKINS: tuple[Colour, ...] = ((255, 219, 190), (236, 188, 148), (196, 140, 98), (141, 92, 60), (92, 60, 44))
HAIRS: tuple[Colour, ...] = ((38, 28, 26), (92, 58, 36), (196, 150, 84), (150, 66, 40), (176, 176, 182))


def host(skin: int, hair: int, long_hair: bool) -> Motif:
    """Return a motif that draws one person, in one of a few moods, shirts and poses."""
    return partial(_person, SKINS[skin], HAIRS[hair], long_hair)


def _person(skin: Colour, hair: Colour, long_hair: bool, rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw head and shoulders with a cut-out's white edge."""
    shirt = (colours.accent, mix(colours.deep, WHITE, 0.25), (60, 64, 74))[int(rng.integers(3))]
    open_mouth, tilt = rng.random() < 0.6, rng.uniform(-7, 7)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for edge, own in ((2.0, False), (0.0, True)):  # a larger white one, and the person on top of it
            if long_hair:
                ring(draw, s, 50, 44, 25 + edge, 34 + edge, hair if own else WHITE)
            body = [(10 - edge) * s, (73 - edge) * s, (90 + edge) * s, 140 * s]
            draw.rounded_rectangle(body, 26 * s, shirt if own else WHITE)
            ring(draw, s, 50, 26, 21 + edge, 20 + edge, hair if own else WHITE)
            if own:
                draw.rounded_rectangle([42 * s, 55 * s, 58 * s, 80 * s], 8 * s, mix(skin, BLACK, 0.22))
            ring(draw, s, 50, 41, 18 + edge, 23 + edge, skin if own else WHITE)
        fringe = [(32, 30), (34, 16), (52, 10), (67, 18), (68, 31), (56, 22), (42, 23)]
        draw.polygon([(x * s, y * s) for x, y in fringe], hair)
        _face(draw, s, skin, hair, open_mouth)

    return sticker(side, draw_on).rotate(tilt, Image.Resampling.BICUBIC, center=(side / 2, side))


def _face(draw: ImageDraw.ImageDraw, s: float, skin: Colour, hair: Colour, open_mouth: bool) -> None:
    for x in (42.5, 57.5):
        ring(draw, s, x, 40, 3.6, 3.6 if open_mouth else 2.8, WHITE)
        ring(draw, s, x, 40.3, 1.8, 1.9, BLACK)
        lift = 2.5 if open_mouth else 0
        brow = [((x - 4) * s, (34.5 - lift) * s), ((x + 4) * s, (34.5 - lift) * s)]
        draw.line(brow, mix(hair, BLACK, 0.3), round(1.6 * s))
    draw.arc([47 * s, 42 * s, 53 * s, 48 * s], 20, 160, mix(skin, BLACK, 0.35), round(1.1 * s))
    if open_mouth:
        ring(draw, s, 50, 54.5, 4.2, 4.6, (96, 30, 34))
        ring(draw, s, 50, 57, 2.6, 1.8, (214, 96, 96))
    else:
        draw.arc([43 * s, 46 * s, 57 * s, 57 * s], 25, 155, (120, 44, 44), round(1.6 * s))


def _toothed(teeth: int, turn: float, tooth: Sequence[tuple[float, float]], s: float) -> list[Point]:
    """Return the rim of a wheel; tooth: how far along it, as a share, and how far out its corners are."""
    corners = [(2 * np.pi * (n + turn + along) / teeth, radius) for n in range(teeth) for along, radius in tooth]
    return [((50 + radius * np.cos(angle)) * s, (50 + radius * np.sin(angle)) * s) for angle, radius in corners]


def gear(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a cog wheel with spokes."""
    teeth, turn = int(rng.integers(9, 15)), rng.uniform(0, 1)
    hub = mix(colours.deep, BLACK, 0.3)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        draw.polygon(_toothed(teeth, turn, ((0.0, 38), (0.12, 48), (0.42, 48), (0.54, 38)), s), colours.accent)
        ring(draw, s, 50, 50, 29, 29, hub)
        for spoke in range(3):
            angle = np.pi * (spoke + turn) / 3 * 2
            end = ((50 + 30 * np.cos(angle)) * s, (50 + 30 * np.sin(angle)) * s)
            draw.line([(50 * s, 50 * s), end], colours.accent, round(8 * s))
        ring(draw, s, 50, 50, 12, 12, colours.accent)
        ring(draw, s, 50, 50, 6, 6, hub)

    return sticker(side, draw_on)


def saw(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a circular saw blade."""
    teeth, turn = int(rng.integers(18, 26)), rng.uniform(0, 1)
    steel = mix((196, 202, 210), colours.accent, 0.18)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        draw.polygon(_toothed(teeth, turn, ((0.0, 40), (0.75, 49), (0.9, 40)), s), steel)
        ring(draw, s, 50, 50, 32, 32, mix(steel, BLACK, 0.12))
        ring(draw, s, 50, 50, 17, 17, colours.accent)
        ring(draw, s, 50, 50, 5, 5, BLACK)

    return sticker(side, draw_on)


def tile(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a rounded tile with a sign of code, as logos of languages and tools are."""
    signs = ("{ }", "</>", "=>", "#!", "&&", "[ ]", "fn", "$_", "01", "++")
    sign = signs[int(rng.integers(len(signs)))]
    light = rng.random() < 0.4
    face, ink = (
        (colours.accent, mix(colours.deep, BLACK, 0.4)) if light else (mix(colours.ground, BLACK, 0.45), colours.accent)
    )

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        draw.rounded_rectangle([4 * s, 4 * s, 96 * s, 96 * s], 21 * s, mix(face, WHITE, 0.25))
        draw.rounded_rectangle([6 * s, 6 * s, 94 * s, 94 * s], 19 * s, face)
        letters = font(round((44 if len(sign) < 3 else 36) * s))
        draw.text((50 * s, 50 * s), sign, ink, letters, anchor="mm", stroke_width=1.6 * s)

    return sticker(side, draw_on)


def window(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw an editor's window with lines of code that is too small to read."""
    inks = (colours.accent, mix(colours.text, colours.ground, 0.3), (240, 132, 108), (122, 190, 240))
    rows = [(int(rng.integers(0, 4)), [int(n) for n in rng.integers(4, 17, rng.integers(1, 5))]) for _ in range(11)]
    picks = [[int(n) for n in rng.integers(0, len(inks), 5)] for _ in rows]

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        draw.rounded_rectangle([2 * s, 10 * s, 98 * s, 92 * s], 5 * s, mix(colours.deep, BLACK, 0.6))
        draw.rounded_rectangle([2 * s, 10 * s, 98 * s, 19 * s], 5 * s, mix(colours.deep, WHITE, 0.25))
        for i, dot in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
            ring(draw, s, 8 + 5 * i, 14.5, 1.6, 1.6, dot)
        for row, (indent, words) in enumerate(rows):
            x = 8 + 6 * indent
            for word, pick in zip(words, picks[row], strict=False):
                end = min(x + word, 93)
                if end > x:
                    y = 25 + 6 * row
                    draw.rounded_rectangle([x * s, y * s, end * s, (y + 2.6) * s], 1.3 * s, inks[pick])
                x = end + 2

    return sticker(side, draw_on)
