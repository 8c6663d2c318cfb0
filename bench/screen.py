"""A screen as it looks straight on: a browser or a phone, and on it a page with thumbnails, one of which is wanted.

Four kinds of page are drawn, in the proportions of those that show thumbnails: a grid, a list of results, a video with
others beside it, and an article. Light and dark, corners rounded or not, play lengths and progress bars on some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from backend.data.augment.corruptions import Generator
from backend.data.pixels import Pixels
from backend.data.synthetic.drawing import font

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the page

WORDS = (
    *("the", "how", "why", "to", "build", "learn", "new", "fast", "best", "video", "with", "your", "in", "minute"),
    *("code", "server", "linux", "design", "explained", "every", "first", "review", "of", "and", "what", "is", "setup"),
    *(
        "from",
        "scratch",
        "guide",
        "year",
        "tools",
        "simple",
        "better",
        "never",
        "again",
        "one",
        "about",
        "real",
        "live",
    ),
)
LIGHT: tuple[Colour, ...] = ((255, 255, 255), (249, 249, 249), (241, 241, 241), (250, 246, 238))
DARK: tuple[Colour, ...] = ((15, 15, 15), (24, 24, 24), (33, 33, 33), (13, 17, 23), (0, 0, 0))
BARS = (46, 40, 56)  # heights of a browser's tabs and address, and of the page's own bar, in pixels of the page
SMALLEST = 160  # pixels of the page: no smaller thumbnail is one that a phone is pointed at


@dataclass(frozen=True)
class Screen:
    """A screen seen straight on: pixels (height, width, 3), and the box of the wanted thumbnail in them."""

    pixels: Pixels
    box: Box


class Page:
    """A canvas whose lengths are in pixels of the page, drawn at `scale` times that."""

    def __init__(self, rng: Generator, width: int, height: int, scale: float) -> None:
        self.rng, self.width, self.height, self.scale = rng, width, height, scale
        self.dark = bool(rng.random() < 0.5)
        grounds = DARK if self.dark else LIGHT
        self.ground = grounds[int(rng.integers(len(grounds)))]
        self.ink: Colour = (240, 240, 240) if self.dark else (16, 16, 16)
        self.image = Image.new("RGB", (round(width * scale), round(height * scale)), self.ground)
        self.draw = ImageDraw.Draw(self.image)
        self.radius = float(rng.choice([0, 0, 4, 8, 12]))  # of thumbnails' corners
        self.boxes: list[Box] = []

    def faded(self, share: float) -> Colour:
        """The ink, so much of the way to the ground."""
        pairs = zip(self.ink, self.ground, strict=True)
        red, green, blue = (round(ink + (ground - ink) * share) for ink, ground in pairs)
        return red, green, blue

    def scaled(self, box: Box) -> tuple[int, int, int, int]:
        left, top, right, bottom = (round(value * self.scale) for value in box)
        return left, top, right, bottom

    def fill(self, box: Box, colour: Colour, radius: float = 0.0) -> None:
        self.draw.rounded_rectangle(self.scaled(box), radius * self.scale, colour)

    def text(self, left: float, top: float, width: float, size: float, fade: float = 0.0) -> None:
        """Write a line of made-up words, as many as the width holds."""
        face, line = font(max(6, round(size * self.scale))), ""
        for word in self.rng.permutation(WORDS):
            longer = f"{line} {word}".strip()
            if face.getlength(longer) > width * self.scale:
                break
            line = longer
        self.draw.text((left * self.scale, top * self.scale), line, self.faded(fade), font=face)

    def avatar(self, left: float, top: float, size: float) -> None:
        colour = self.colour()
        self.draw.ellipse(self.scaled((left, top, left + size, top + size)), colour)

    def colour(self) -> Colour:
        red, green, blue = (int(value) for value in self.rng.integers(20, 236, 3))
        return red, green, blue

    def thumbnail(self, box: Box, picture: Pixels) -> None:
        """Show a picture, its middle cut to 16:9, with what pages lay over it."""
        left, top, right, bottom = self.scaled(box)
        size = (right - left, bottom - top)
        shown = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
        self._decorate(shown)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), self.radius * self.scale, 255)
        self.image.paste(shown, (left, top), mask)
        self.boxes.append((left, top, right, bottom))

    def _decorate(self, shown: Image.Image) -> None:
        draw, (width, height), rng, unit = ImageDraw.Draw(shown), shown.size, self.rng, self.scale
        if rng.random() < 0.75:
            label = f"{rng.integers(1, 60)}:{rng.integers(0, 60):02d}"
            face = font(max(6, round(12 * unit)))
            wide, high = face.getlength(label) + 8 * unit, 18 * unit
            corner = (width - wide - 6 * unit, height - high - 6 * unit)
            draw.rounded_rectangle((*corner, corner[0] + wide, corner[1] + high), 4 * unit, (12, 12, 12))
            draw.text((corner[0] + 4 * unit, corner[1] + 2 * unit), label, (255, 255, 255), font=face)
        if rng.random() < 0.2:
            seen = width * rng.uniform(0.05, 1)
            draw.rectangle((0, height - 4 * unit, width, height), (110, 110, 110))
            draw.rectangle((0, height - 4 * unit, seen, height), (255, 0, 40))


def draw_screen(rng: Generator, wanted: Pixels, others: Sequence[Pixels]) -> Screen:
    """Draw a screen on which `wanted` is shown, (h, w, 3) of 16:9, and `others` where a page shows more.

    Returns the screen with its frame. Raises ValueError without others.
    """
    if not others:
        raise ValueError("a page shows other thumbnails too: give at least one")
    on_phone = rng.random() < 0.15
    whole: list[int] = []
    while not whole:  # a page may be scrolled so that none is shown whole
        page = _phone(rng) if on_phone else _desktop(rng)
        layout = _phone_list if on_phone else LAYOUTS[int(rng.choice(len(LAYOUTS), p=SHARES))]
        slots = list(layout(page))
        whole = _shown_whole(page, slots)
    place = int(rng.choice(whole))
    for index, slot in enumerate(slots):
        page.thumbnail(slot, wanted if index == place else others[int(rng.integers(len(others)))])
    box = page.boxes[place]
    if not on_phone:
        _browser(page)
    return _framed(rng, page, box)


def _desktop(rng: Generator) -> Page:
    width = int(rng.choice([1280, 1366, 1440, 1600, 1920]))
    height = round(width / float(rng.choice([16 / 9, 16 / 10, 1.5])))
    return Page(rng, width, height, 2200 / width)


def _phone(rng: Generator) -> Page:
    return Page(rng, 412, int(rng.integers(760, 920)), 2.4)


def _shown_whole(page: Page, slots: Sequence[Box]) -> list[int]:
    """Return the slots that are shown whole, below the browser's bars, and are large enough."""
    return [
        index
        for index, (left, top, right, bottom) in enumerate(slots)
        if top > sum(BARS) and bottom < page.height and right < page.width and right - left >= SMALLEST
    ]


def _sixteen_nine(left: float, top: float, width: float) -> Box:
    return left, top, left + width, top + width * 9 / 16


def _grid(page: Page) -> Iterator[Box]:
    """A home page: a column of links, rows of thumbnails with an avatar and two lines below."""
    rng, side = page.rng, float(page.rng.choice([0, 72, 240]))
    columns, gap = int(rng.integers(2, 6)), float(rng.choice([8, 16, 24]))
    _links(page, side)
    width = (page.width - side - gap * (columns + 1)) / columns
    top = sum(BARS) + rng.uniform(-0.3, 0.3) * width + 14
    while top < page.height:
        for column in range(columns):
            left = side + gap + column * (width + gap)
            yield _sixteen_nine(left, top, width)
            below = top + width * 9 / 16
            page.avatar(left, below + 12, 36)
            page.text(left + 48, below + 10, width - 60, 15)
            page.text(left + 48, below + 30, width * rng.uniform(0.3, 0.7), 15)
            page.text(left + 48, below + 54, width * 0.5, 12, fade=0.4)
        top += width * 9 / 16 + 110


def _results(page: Page) -> Iterator[Box]:
    """A list of results: a thumbnail on the left, words to its right."""
    rng, side, width = page.rng, float(page.rng.choice([0, 72, 240])), float(page.rng.uniform(246, 500))
    _links(page, side)
    left, top = side + 24, sum(BARS) + rng.uniform(0, 54)
    while top < page.height:
        yield _sixteen_nine(left, top, width)
        words = left + width + 16
        page.text(words, top + 4, page.width - words - 80, 18)
        page.text(words, top + 32, 260, 12, fade=0.4)
        page.avatar(words, top + 56, 24)
        page.text(words + 32, top + 60, 140, 12, fade=0.4)
        page.text(words, top + 92, page.width - words - 160, 12, fade=0.4)
        top += width * 9 / 16 + 16


def _watch(page: Page) -> Iterator[Box]:
    """A video large on the left, words below, others in a column on the right."""
    rng, beside = page.rng, float(page.rng.choice([168, 200]))
    main = page.width * rng.uniform(0.55, 0.68)
    top = sum(BARS) + 24.0
    yield _sixteen_nine(24, top, main)
    below = top + main * 9 / 16
    page.text(24, below + 12, main, 20)
    page.avatar(24, below + 48, 40)
    for line in range(4):
        page.text(80, below + 50 + 22 * line, main * rng.uniform(0.4, 0.9), 14, fade=0.3)
    left = main + 48
    while top < page.height:
        yield _sixteen_nine(left, top, beside)
        for line in range(3):
            page.text(left + beside + 8, top + 22 * line, page.width - left - beside - 20, 14, fade=0.2 * line)
        top += beside * 9 / 16 + 8


def _article(page: Page) -> Iterator[Box]:
    """An article with one picture between its lines."""
    rng, width = page.rng, page.width * float(page.rng.uniform(0.3, 0.6))
    left = (page.width - width) * rng.uniform(0.2, 0.8)
    top = sum(BARS) + 8.0
    page.text(left, top, width, 34)
    for line in range(int(rng.integers(1, 5))):
        page.text(left, top + 60 + 26 * line, width, 17, fade=0.15)
    picture = top + 180
    yield _sixteen_nine(left, picture, width)
    line_at = picture + width * 9 / 16 + 16
    while line_at < page.height:
        page.text(left, line_at, width * (1 if rng.random() < 0.85 else 0.4), 17, fade=0.15)
        line_at += 26


LAYOUTS: tuple[Callable[[Page], Iterator[Box]], ...] = (_grid, _results, _watch, _article)
SHARES = (0.45, 0.2, 0.15, 0.2)


def _phone_list(page: Page) -> Iterator[Box]:
    """A phone's app: thumbnails as wide as the screen, or nearly, under one another."""
    margin = float(page.rng.choice([0, 0, 12]))
    width, top = page.width - 2 * margin - 0.5, page.rng.uniform(90, 200)
    while top < page.height:
        yield _sixteen_nine(margin, top, width)
        below = top + width * 9 / 16
        page.avatar(12, below + 12, 36)
        page.text(60, below + 10, width - 80, 15)
        page.text(60, below + 32, width * 0.5, 12, fade=0.4)
        top += width * 9 / 16 + 80


def _links(page: Page, width: float) -> None:
    for top in np.arange(sum(BARS) + 14, page.height, 44) if width else ():
        page.fill((20, top, 42, top + 22), page.faded(0.35), 4)
        if width > 100:
            page.text(64, top + 3, width - 90, 14)


def _browser(page: Page) -> None:
    """Draw tabs, the address and the page's own bar over the top of the page."""
    shade = 0.88 if page.dark else 0.84
    tabs, address, own = BARS
    browser = tabs + address
    page.fill((0, 0, page.width, tabs), page.faded(shade - 0.08))
    for left in range(80, page.width // 2, 230):
        page.fill((left, 10, left + 220, tabs), page.faded(shade), 8)
        page.text(left + 30, 18, 150, 12, fade=0.2)
    page.fill((0, tabs, page.width, browser), page.faded(shade))
    page.fill((120, tabs + 6, page.width - 200, tabs + address - 6), page.faded(0.95), 14)
    page.text(140, tabs + 12, 300, 13, fade=0.2)
    middle = page.width / 2
    page.fill((0, browser, page.width, browser + own), page.ground)
    page.fill((middle - 260, browser + 10, middle + 260, browser + 46), page.faded(0.85), 18)
    page.avatar(page.width - 60, browser + 12, 32)


def _framed(rng: Generator, page: Page, box: Box) -> Screen:
    """Put the frame of the monitor around the page, black, grey or silver."""
    edge = round(page.scale * page.width * rng.uniform(0.006, 0.03))
    chin = round(edge * rng.uniform(1, 2.5))
    level = int(rng.choice([8, 22, 60, 170]))
    framed = Image.new("RGB", (page.image.width + 2 * edge, page.image.height + edge + chin), (level,) * 3)
    framed.paste(page.image, (edge, edge))
    left, top, right, bottom = box
    return Screen(np.asarray(framed), (left + edge, top + edge, right + edge, bottom + edge))
