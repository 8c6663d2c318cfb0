"""How a demo thumbnail is laid out: each function composes ground, picture and words of one video.

A layout is no channel's own; what tells channels apart is which ones they use, with which letters, colours and things.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from backend.data.synthetic.drawing import (
    BLACK,
    HEIGHT,
    SIZE,
    WHITE,
    WIDTH,
    Colour,
    Colours,
    Point,
    Rng,
    glow,
    gradient,
    halo,
    mix,
    polygons,
    shade,
    shape,
)
from backend.data.synthetic.grounds import backdrop
from backend.data.synthetic.lettering import Box, Lettering, write
from backend.data.synthetic.motifs import Motif
from backend.data.synthetic.titles import Title


@dataclass(frozen=True)
class Look:
    """A template of a channel: a layout, and the letters, colours and things that fill it."""

    layout: Callable[[Video], Image.Image]
    lettering: Lettering
    colourways: tuple[Colours, ...]
    motifs: tuple[Motif, ...]


@dataclass(frozen=True)
class Video:
    """What one thumbnail is drawn from."""

    rng: Rng
    look: Look
    colours: Colours
    title: Title

    def backdrop(self, pale: float, tint: tuple[float, float], blur: tuple[float, float]) -> Image.Image:
        light = mix(self.colours.ground, WHITE, pale)
        return backdrop(self.rng, self.colours.deep, light, self.rng.uniform(*tint), self.rng.uniform(*blur))

    def thing(self, low: int, high: int, motifs: Sequence[Motif] = ()) -> Image.Image:
        """Draw one of the look's things, or of the given ones, between `low` and `high` pixels large."""
        choice = motifs or self.look.motifs
        return choice[int(self.rng.integers(len(choice)))](self.rng, self.colours, int(self.rng.integers(low, high)))

    def halves(self, low: float, high: float) -> tuple[Box, float]:
        """Give words a share of the width, mostly on the left; returns their box, and the middle of what remains."""
        split = WIDTH * self.rng.uniform(low, high)
        if self.rng.random() < 0.75:
            return (56, 60, split, HEIGHT - 60), (split + WIDTH) / 2 + 10
        return (WIDTH - split, 60, WIDTH - 56, HEIGHT - 60), (WIDTH - split) / 2 - 10

    def write(
        self, canvas: Image.Image, words: str, box: Box, fills: Sequence[Colour], around: Colour, centre: bool = False
    ) -> None:
        write(canvas, words, box, self.look.lettering, fills, around, "centre" if centre else "left")


def _place(canvas: Image.Image, thing: Image.Image, centre: Point, shadow: Colour = BLACK) -> None:
    at = (round(centre[0] - thing.width / 2), round(centre[1] - thing.height / 2))
    mask = Image.new("L", SIZE)
    mask.paste(thing.getchannel("A"), at)
    glow(canvas, mask, shadow, 26, 0.9)
    canvas.paste(thing, at, thing)


def poster(video: Video) -> Image.Image:
    """Show a photograph that darkens towards large words, over a warning strip in the channel's colour."""
    rng, colours = video.rng, video.colours
    canvas = video.backdrop(0.55, (0.35, 0.75), (0, 14))
    box, other = video.halves(0.56, 0.68)
    dark = mix(colours.deep, BLACK, 0.5)
    canvas.paste(dark, mask=shade(0 if other > WIDTH / 2 else 180, rng.uniform(0.65, 0.95)))
    if rng.random() < 0.6:
        _place(canvas, video.thing(360, 520), (other, rng.uniform(330, 470)))
    top = HEIGHT - int(rng.integers(22, 40))
    canvas.paste(colours.accent, (0, top, WIDTH, HEIGHT))
    stripes = [[(x, HEIGHT), (x + 26, top), (x + 70, top), (x + 44, HEIGHT)] for x in range(-60, WIDTH, 88)]
    canvas.paste(dark, mask=polygons(stripes))
    video.write(canvas, video.title.short, box, (colours.text, colours.accent), dark)
    return canvas


def stage(video: Video) -> Image.Image:
    """Light one thing on a dark ground, with a few words beside it."""
    rng, colours = video.rng, video.colours
    canvas = gradient(mix(colours.deep, BLACK, 0.35), colours.ground, rng.uniform(20, 160))
    box, other = video.halves(0.52, 0.6)
    centre = (other, rng.uniform(330, 390))
    canvas.paste(mix(colours.accent, WHITE, 0.1), mask=halo(centre, rng.uniform(380, 560), rng.uniform(0.35, 0.7)))
    if rng.random() < 0.5:
        canvas.paste(mix(colours.ground, WHITE, 0.3), mask=_dots(int(rng.integers(38, 60))))
    _place(canvas, video.thing(360, 480), centre)
    words = video.title.short if rng.random() < 0.7 else video.title.long
    video.write(canvas, words, box, (colours.text, colours.accent), mix(colours.accent, BLACK, 0.6))
    return canvas


def _dots(gap: int) -> Image.Image:
    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for x in range(gap // 2, WIDTH, gap):
            for y in range(gap // 2, HEIGHT, gap):
                draw.ellipse([(x - 2.4) * s, (y - 2.4) * s, (x + 2.4) * s, (y + 2.4) * s], 110)

    return shape(draw_on)


def paper(video: Video) -> Image.Image:
    """Print on pale paper with the contour lines of a map."""
    rng, colours = video.rng, video.colours
    pale = mix(colours.ground, WHITE, rng.uniform(0.72, 0.86))
    canvas = gradient(pale, mix(pale, colours.ground, 0.25), rng.uniform(0, 180))
    canvas.paste(mix(pale, colours.deep, 0.45), mask=_contours(rng))
    box, other = video.halves(0.5, 0.62)
    _place(canvas, video.thing(380, 520), (other, rng.uniform(320, 400)), mix(pale, BLACK, 0.45))
    inks = (mix(colours.deep, BLACK, 0.3), mix(colours.accent, colours.deep, 0.4))
    video.write(canvas, video.title.long, box, inks, WHITE)
    return canvas


def _contours(rng: Rng) -> Image.Image:
    """Return the mask of lines of equal height in a made-up landscape."""
    y, x = np.mgrid[0 : 9 : HEIGHT // 2 * 1j, 0 : 16 : WIDTH // 2 * 1j]
    height = np.zeros(x.shape)
    for _ in range(5):
        fx, fy, phase = rng.uniform(-0.55, 0.55), rng.uniform(-0.55, 0.55), rng.uniform(0, 2 * np.pi)
        height += 3.2 * np.sin(fx * x + fy * y + phase)
    slope = np.hypot(*np.gradient(height))
    # The distance to the nearest whole height, in pixels: lines of one width on steep and on flat land.
    distance = np.abs(height - height.round()) / np.maximum(slope, 1e-3)
    lines = 255 * np.clip(1.4 - distance, 0, 1)
    return Image.fromarray(lines.astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)


def frame(video: Video) -> Image.Image:
    """Show a quiet photograph inside a thin frame, with small words below."""
    rng, colours = video.rng, video.colours
    canvas = video.backdrop(0.7, (0.25, 0.6), (0, 4))
    canvas.paste(mix(colours.deep, BLACK, 0.35), mask=shade(-90, rng.uniform(0.55, 0.8)))
    inset = int(rng.integers(26, 40))
    edge = [inset, inset, WIDTH - inset, HEIGHT - inset]
    ImageDraw.Draw(canvas).rectangle(edge, outline=colours.text, width=int(rng.integers(4, 8)))
    if rng.random() < 0.35:
        _place(canvas, video.thing(240, 260), (rng.uniform(300, 980), 210))
    box = (110, rng.uniform(410, 450), WIDTH - 110, HEIGHT - 90)
    dark = mix(colours.deep, BLACK, 0.6)
    video.write(canvas, video.title.long, box, (colours.text,), dark, centre=rng.random() < 0.6)
    return canvas


def burst(video: Video) -> Image.Image:
    """Set a person before rays of bright colour, beside a question and sometimes what it is about."""
    rng, colours = video.rng, video.colours
    box, other = video.halves(0.52, 0.58)
    bright = mix(colours.ground, colours.accent, rng.uniform(0.0, 0.35))
    canvas = gradient(mix(bright, WHITE, 0.18), mix(bright, colours.deep, 0.35), rng.uniform(30, 150))
    canvas.paste(mix(bright, WHITE, 0.28), mask=_rays((other, 420), int(rng.integers(9, 15)), rng.uniform(0, 1)))
    host, *things = video.look.motifs
    person = video.thing(600, 700, [host])
    # Reaching below the edge, so that no shoulder ends in the air.
    _place(canvas, person, (other, HEIGHT - person.height / 2 + 46), mix(colours.deep, BLACK, 0.5))
    if rng.random() < 0.6:
        across = rng.uniform(0.3, 0.7)
        _place(canvas, video.thing(220, 240, things), (box[0] + across * (box[2] - box[0]), HEIGHT - 160))
        box = (*box[:3], HEIGHT - 290)
    fills = (colours.text, colours.text, colours.accent)
    video.write(canvas, video.title.short, box, fills, mix(colours.deep, BLACK, 0.45))
    return canvas


def _rays(centre: Point, count: int, turn: float) -> Image.Image:
    rays = []
    for ray in range(count):
        ends = [2 * np.pi * (ray + turn + side) / count for side in (0.0, 0.5)]
        rays.append([centre, *((centre[0] + 1500 * np.cos(end), centre[1] + 1500 * np.sin(end)) for end in ends)])
    return polygons(rays)


def split(video: Video) -> Image.Image:
    """Cut the canvas aslant: words on a plain half, a thing on a photographed one."""
    rng, colours = video.rng, video.colours
    canvas = video.backdrop(0.5, (0.3, 0.7), (4, 16))
    cut, lean = rng.uniform(620, 740), rng.uniform(60, 140)
    for width, colour in ((18, colours.accent), (0, colours.ground)):
        corners = [(-4.0, -4.0), (cut + lean + width, -4.0), (cut - lean + width, HEIGHT + 4.0), (-4.0, HEIGHT + 4.0)]
        canvas.paste(colour, mask=polygons([corners]))
    _place(canvas, video.thing(380, 500), (985, rng.uniform(320, 420)))
    box = (56, 60, cut - lean / 2 - 20, HEIGHT - 60)
    video.write(canvas, video.title.short, box, (colours.text, colours.accent), mix(colours.deep, BLACK, 0.5))
    return canvas


def board(video: Video) -> Image.Image:
    """Rule a ground like squared paper for one huge figure and a chart."""
    rng, colours, number = video.rng, video.colours, video.title.number
    canvas = gradient(colours.ground, mix(colours.ground, colours.deep, 0.7), rng.uniform(40, 140))
    draw, gap, line = ImageDraw.Draw(canvas), int(rng.integers(60, 96)), mix(colours.ground, colours.deep, 0.35)
    for at in range(gap, WIDTH, gap):
        draw.line([at, 0, at, HEIGHT], line, 2)
        draw.line([0, at, WIDTH, at], line, 2)
    (left, top, right, bottom), other = video.halves(0.54, 0.58)
    _place(canvas, video.thing(460, 580), (other, rng.uniform(350, 410)))
    figures = (f"${number * 100:,}", f"{number}%", f"${number}k", f"-{number}%")
    middle = rng.uniform(330, 400)
    around = WHITE if sum(colours.text) < 300 else BLACK
    video.write(canvas, figures[int(rng.integers(4))], (left, top, right, middle), (colours.accent,), around)
    video.write(canvas, video.title.short, (left, middle + 50, right, bottom), (colours.text,), around)
    return canvas


def horizon(video: Video) -> Image.Image:
    """Let a thing rise over a plain of glowing lines, words across it."""
    rng, colours = video.rng, video.colours
    level = rng.uniform(430, 520)
    canvas = gradient(mix(colours.deep, BLACK, 0.4), mix(colours.ground, colours.accent, 0.4), 90)
    _place(canvas, video.thing(420, 560), (rng.uniform(420, 860), level - 130), colours.accent)
    canvas.paste(mix(colours.deep, BLACK, 0.55), (0, round(level), WIDTH, HEIGHT))
    canvas.paste(colours.accent, mask=_plain(level))
    box = (90, rng.uniform(80, 160), WIDTH - 90, rng.uniform(520, 620))
    fills = (colours.text, mix(colours.accent, WHITE, 0.7))
    video.write(canvas, video.title.short, box, fills, colours.accent, centre=True)
    return canvas


def _plain(level: float) -> Image.Image:
    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for i in range(-16, 17):
            draw.line([(WIDTH / 2 + 50 * i) * s, level * s, (WIDTH / 2 + 260 * i) * s, HEIGHT * s], 210, round(2 * s))
        for i in range(9):
            y = level + (HEIGHT - level) * (i / 8) ** 2
            draw.line([0, y * s, WIDTH * s, y * s], 210, round(2 * s))

    return shape(draw_on)
