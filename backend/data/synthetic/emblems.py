"""More things to put on a demo thumbnail: signs of a subject, drawn with a few lines each."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from backend.data.synthetic.drawing import BLACK, WHITE, Colours, Rng, mix, ring, sticker


def globe(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a globe with its meridians and a few blots of land."""
    land = [(rng.uniform(28, 72), rng.uniform(28, 72), rng.uniform(7, 15), rng.uniform(5, 11)) for _ in range(6)]
    line = mix(colours.text, colours.accent, 0.3)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        ring(draw, s, 50, 50, 46, 46, line)
        ring(draw, s, 50, 50, 44.5, 44.5, mix(colours.ground, colours.accent, 0.35))
        for x, y, rx, ry in land:
            ring(draw, s, x, y, rx, ry, mix(colours.accent, WHITE, 0.15))
        for half in (44.5, 28, 10):
            draw.ellipse([(50 - half) * s, 5.5 * s, (50 + half) * s, 94.5 * s], outline=line, width=round(0.8 * s))
        for y, half in ((50, 44.5), (28, 38.5), (72, 38.5)):
            draw.line([(50 - half) * s, y * s, (50 + half) * s, y * s], line, round(0.8 * s))

    return sticker(side, draw_on)


def peaks(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw mountains under a low sun in a round frame."""
    ridges = [rng.uniform(0, 14, 9) for _ in range(3)]
    sun = rng.uniform(30, 70)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        draw.rectangle([0, 0, 100 * s, 100 * s], mix(colours.accent, WHITE, 0.45))
        ring(draw, s, sun, 40, 11, 11, mix(colours.accent, WHITE, 0.8))
        for depth, ridge in enumerate(ridges):
            tone = mix(mix(colours.accent, WHITE, 0.2), colours.deep, 0.3 + 0.35 * depth)
            tops = [(12.5 * i * s, (52 + 13 * depth - height) * s) for i, height in enumerate(ridge)]
            draw.polygon([*tops, (100 * s, 100 * s), (0, 100 * s)], tone)

    picture = sticker(side, draw_on)
    picture.putalpha(sticker(side, lambda draw, s: ring(draw, s, 50, 50, 47, 47, WHITE)).getchannel("A"))
    return picture


def atom(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw an atom: a nucleus, three orbits, three electrons."""
    turn = rng.uniform(0, 60)
    orbit = sticker(
        side, lambda draw, s: draw.ellipse([3 * s, 33 * s, 97 * s, 67 * s], outline=colours.accent, width=round(3 * s))
    )
    picture = Image.new("RGBA", (side, side))
    for third in range(3):
        picture.alpha_composite(orbit.rotate(turn + 60 * third, Image.Resampling.BICUBIC))

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        ring(draw, s, 50, 50, 9, 9, colours.text)
        for third in range(3):
            angle = np.deg2rad(turn + 60 * third)
            ring(draw, s, 50 + 46 * np.cos(angle), 50 - 46 * np.sin(angle), 4.5, 4.5, mix(colours.accent, WHITE, 0.4))

    picture.alpha_composite(sticker(side, draw_on))
    return picture


def pendulum(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw Newton's cradle with the first ball lifted."""
    lift = rng.uniform(12, 24)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        frame = mix(colours.text, colours.deep, 0.35)
        draw.line([8 * s, 12 * s, 92 * s, 12 * s], frame, round(4 * s))
        for i in range(5):
            angle = np.deg2rad(lift if i == 0 else 0)
            x, y = 32 + 12 * i - 62 * np.sin(angle), 12 + 62 * np.cos(angle)
            draw.line([(32 + 12 * i) * s, 12 * s, x * s, y * s], frame, round(1.2 * s))
            ring(draw, s, x, y, 6, 6, colours.accent)
            ring(draw, s, x - 2, y - 2, 1.8, 1.8, mix(colours.accent, WHITE, 0.7))

    return sticker(side, draw_on)


def chip(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a chip with legs on four sides."""
    legs = int(rng.integers(5, 9))

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for leg in range(legs):
            at = 24 + 52 * leg / (legs - 1)
            draw.rectangle([6 * s, (at - 1.7) * s, 94 * s, (at + 1.7) * s], (206, 206, 200))
            draw.rectangle([(at - 1.7) * s, 6 * s, (at + 1.7) * s, 94 * s], (206, 206, 200))
        draw.rounded_rectangle([15 * s, 15 * s, 85 * s, 85 * s], 4 * s, mix(colours.deep, BLACK, 0.75))
        draw.rounded_rectangle([27 * s, 27 * s, 73 * s, 73 * s], 3 * s, mix(colours.accent, BLACK, 0.15))
        ring(draw, s, 22, 22, 2.4, 2.4, mix(colours.accent, WHITE, 0.3))

    return sticker(side, draw_on)


def chart(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw bars and the arrow of a price that rises, or falls."""
    rising = rng.random() < 0.6
    steps = np.cumsum(rng.uniform(-0.6, 1.6, 7))
    heights = 18 + 58 * (steps - steps.min()) / np.ptp(steps)
    heights = heights if rising else heights[::-1]
    arrow = (46, 190, 96) if rising else (226, 54, 54)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for i, height in enumerate(heights):
            x = 6 + 13 * i
            draw.rounded_rectangle(
                [x * s, (96 - height) * s, (x + 9) * s, 98 * s], 1.5 * s, mix(colours.accent, colours.deep, 0.1 * i)
            )
        points = [((10 + 13 * i) * s, (84 - height) * s) for i, height in enumerate(heights)]
        draw.line(points, arrow, round(3.6 * s), joint="curve")
        end, level = points[-1]
        tip = -9 * s if rising else 9 * s
        draw.polygon([(end - 8 * s, level), (end + 8 * s, level), (end + 3 * s, level + tip)], arrow)

    return sticker(side, draw_on)


def coins(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw piles of coins."""
    piles = [int(n) for n in rng.integers(2, 9, 3)]

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for i, pile in enumerate(piles):
            for level in range(pile):
                x, y = 20 + 30 * i, 86 - 8 * level
                ring(draw, s, x, y + 3, 14, 6, mix(colours.accent, BLACK, 0.45))
                ring(draw, s, x, y, 14, 6, colours.accent)
                ring(draw, s, x, y, 10, 4, mix(colours.accent, WHITE, 0.3))

    return sticker(side, draw_on)


def record(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a vinyl record with its label."""
    shine = rng.uniform(0, 90)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        ring(draw, s, 50, 50, 48, 48, (18, 18, 24))
        for radius in range(20, 47, 3):
            draw.ellipse(
                [(50 - radius) * s, (50 - radius) * s, (50 + radius) * s, (50 + radius) * s],
                outline=(44, 44, 54),
                width=round(0.6 * s),
            )
        for turn in (shine, shine + 180):
            draw.pieslice([4 * s, 4 * s, 96 * s, 96 * s], turn, turn + 22, (52, 52, 64))
        ring(draw, s, 50, 50, 17, 17, colours.accent)
        ring(draw, s, 50, 50, 2, 2, WHITE)

    return sticker(side, draw_on)


def sun(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw the striped setting sun of synthesiser music."""
    start = rng.uniform(46, 56)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for y in np.arange(4, 96, 0.25).tolist():
            half = max(0.0, 46**2 - (y - 50) ** 2) ** 0.5
            if y < start or (y - start) % 9 > 1.5 + (y - start) / 11:  # gaps, wider towards the bottom
                tone = mix(colours.accent, colours.deep, 0.6 * y / 96)
                draw.rectangle([(50 - half) * s, y * s, (50 + half) * s, (y + 0.25) * s], tone)

    return sticker(side, draw_on)


def pot(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a cooking pot with steam."""
    steam = rng.uniform(-4, 4, 3)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for x, sway in zip((36, 50, 64), steam.tolist(), strict=True):
            curve = [((x + 4 * np.sin(0.3 * y + sway)) * s, (8 + y) * s) for y in range(24)]
            draw.line(curve, mix(colours.text, colours.ground, 0.25), round(3 * s), joint="curve")
        draw.rounded_rectangle([6 * s, 50 * s, 94 * s, 60 * s], 5 * s, mix(colours.deep, BLACK, 0.35))
        draw.rounded_rectangle([18 * s, 44 * s, 82 * s, 92 * s], 12 * s, colours.accent)
        draw.rounded_rectangle([15 * s, 38 * s, 85 * s, 47 * s], 4 * s, mix(colours.accent, WHITE, 0.35))
        ring(draw, s, 50, 36, 5, 4, mix(colours.deep, BLACK, 0.35))

    return sticker(side, draw_on)


def wheel(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a bicycle's wheel."""
    turn, spokes = rng.uniform(0, 1), 16

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        draw.ellipse([3 * s, 3 * s, 97 * s, 97 * s], outline=BLACK, width=round(6 * s))
        draw.ellipse([8 * s, 8 * s, 92 * s, 92 * s], outline=colours.accent, width=round(4 * s))
        for spoke in range(spokes):
            angle = 2 * np.pi * (spoke + turn) / spokes
            rim = ((50 + 39 * np.cos(angle)) * s, (50 + 39 * np.sin(angle)) * s)
            draw.line([(50 * s, 50 * s), rim], (214, 218, 224), round(0.9 * s))
        ring(draw, s, 50, 50, 6, 6, colours.accent)

    return sticker(side, draw_on)


def pawn(rng: Rng, colours: Colours, side: int) -> Image.Image:
    """Draw a chess pawn on a few squares of its board."""
    light = rng.random() < 0.5
    wood = mix(colours.text, colours.accent, 0.2) if light else mix(colours.deep, BLACK, 0.5)

    def draw_on(draw: ImageDraw.ImageDraw, s: float) -> None:
        for column in range(4):
            for row in range(2):
                tone = mix(colours.accent, WHITE if (column + row) % 2 else BLACK, 0.5)
                x, y = 10 + 20 * column, 72 + 13 * row
                draw.rectangle([x * s, y * s, (x + 20) * s, (y + 13) * s], tone)
        draw.polygon([(43 * s, 38 * s), (57 * s, 38 * s), (66 * s, 74 * s), (34 * s, 74 * s)], wood)
        draw.rounded_rectangle([28 * s, 72 * s, 72 * s, 82 * s], 4 * s, wood)
        draw.rounded_rectangle([36 * s, 36 * s, 64 * s, 42 * s], 3 * s, mix(wood, colours.accent, 0.4))
        ring(draw, s, 50, 24, 15, 15, wood)
        ring(draw, s, 45, 19, 4, 4, mix(wood, WHITE, 0.4))

    return sticker(side, draw_on)
