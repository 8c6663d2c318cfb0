"""A phone pointed at a screen, seen from the picture's side: where it lands in the photo, what is around it, and what
the camera then does to the whole.

The ranges of rotation and zoom are the laboratory's (45 degrees either way, from 20 % in to 50 % out); perspective,
the screen and the page around the picture are what it left out. Nothing here looks for the picture afterwards: a view
is what a model sees when a photo is handed to it as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from backend.data.augment.corruptions import CAMERA, PAPERS, Apply, Corruption, Generator, jpeg
from backend.data.pixels import Pixels

TURN = 45.0  # degrees, either way
ZOOM = (-0.2, 0.5)  # from 20 % in to 50 % out: sizes are divided by 1 + zoom
TILT = 25.0  # degrees, either way, of the screen to the camera, sideways and up
SHIFT = 0.08  # of the frame, either way
DISTANCE = 1.6  # of the camera from the screen, in widths of the picture
FRAME = 320  # pixels of width of a photo: half as many again as a model looks at
SHAPES = (9 / 16, 3 / 4)  # height by width: of the video's own and of a phone's photos
AROUND = 3  # widths and heights of the picture that are drawn around it, itself included
LARGEST = 400  # pixels of width of the picture that is photographed; more would be scaled away
OFTEN = 0.5  # how often each of the camera's corruptions is in a view
SURROUNDINGS = ("black", "page", "screen")
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """How the camera sees a picture. turn: degrees; zoom: see ZOOM; tilt: degrees sideways, up; shift: of the frame."""

    turn: float = 0.0
    zoom: float = 0.0
    tilt: tuple[float, float] = (0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)


def camera_view(pixels: Pixels, rng: Generator) -> Pixels:
    """Return a photo of a picture (h, w, 3), everything about it drawn at random: 320 pixels wide, 16:9 or 4:3."""
    small = _at_most(pixels, LARGEST)
    height = round(FRAME * SHAPES[rng.integers(len(SHAPES))])
    around = str(rng.choice(SURROUNDINGS))
    photo = photograph(surround(small, around, rng), drawn_pose(rng), (height, FRAME))
    for effect in CAMERA:
        if rng.random() < OFTEN:
            photo = effect.at(rng.uniform(0, 1), photo, rng)
    return jpeg(photo, rng.uniform(8, 40), rng)  # every camera writes one


def drawn_pose(rng: Generator) -> Pose:
    """Draw a pose, evenly over the ranges."""
    turn, zoom = rng.uniform(-TURN, TURN), rng.uniform(*ZOOM)
    sideways, up = rng.uniform(-TILT, TILT, 2)
    right, down = rng.uniform(-SHIFT, SHIFT, 2)
    return Pose(turn, zoom, (sideways, up), (right, down))


def photograph(scene: Pixels, pose: Pose, frame: tuple[int, int]) -> Pixels:
    """Take a photo (height, width) of a scene, as `surround` gave it; where the scene ends, it is black."""
    height, width = scene.shape[0] // AROUND, scene.shape[1] // AROUND
    inner = np.array([[1, 1], [2, 1], [2, 2], [1, 2]]) * [width, height]
    seen = corners(height / width, pose, frame).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(inner.astype(np.float32), seen)
    # What is made much smaller would alias: a scene is softened as far as it shrinks.
    shrink = width / max(1.0, float(np.linalg.norm(seen[1] - seen[0])))
    soft = cv2.GaussianBlur(scene, (0, 0), 0.4 * shrink) if shrink > 1.2 else scene
    return np.asarray(cv2.warpPerspective(soft, matrix, frame[::-1], flags=cv2.INTER_LINEAR), np.uint8)


def corners(shape: float, pose: Pose, frame: tuple[int, int]) -> Matrix:
    """Say where a picture's corners are in a photo, (4, 2) x and y in pixels, clockwise from the upper left one.

    shape: the picture's height by its width; without a pose it fills the width of the frame (height, width).
    """
    flat = np.array([[-1, -shape], [1, -shape], [1, shape], [-1, shape]]) / 2
    turn, (yaw, pitch) = np.radians(pose.turn), np.radians(pose.tilt)
    turned = flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    x, y = turned.T
    depth = x * np.sin(yaw) + y * np.sin(pitch) * np.cos(yaw)
    seen = np.stack([x * np.cos(yaw) - y * np.sin(pitch) * np.sin(yaw), y * np.cos(pitch)], axis=1)
    seen = seen * (DISTANCE / (DISTANCE + depth))[:, None] / (1 + pose.zoom)
    height, width = frame
    middle = np.array([width * (0.5 + pose.shift[0]), height * (0.5 + pose.shift[1])])
    placed: Matrix = seen * width + middle
    return placed


def surround(pixels: Pixels, around: str, rng: Generator) -> Pixels:
    """Lay a picture into the middle of a scene three times as wide and high: `black`, a `page`, or a `screen`."""
    height, width = pixels.shape[:2]
    scene = Image.new("RGB", (AROUND * width, AROUND * height))
    box = (width, height, 2 * width, 2 * height)
    if around == "screen":
        _draw_screen(scene, box, rng)
    elif around == "page":
        _draw_page(scene, box, (0, 0, *scene.size), rng)
    scene.paste(Image.fromarray(pixels), box[:2])
    return np.array(scene)


Box = tuple[float, float, float, float]


def _draw_screen(scene: Image.Image, box: Box, rng: Generator) -> None:
    """Draw a desk, and on it a screen of which the picture is a part or nearly the whole."""
    desk = _muted(rng)
    pen, width = ImageDraw.Draw(scene), box[2] - box[0]
    pen.rectangle((0, 0, *scene.size), desk)
    left, top, right, bottom = rng.uniform(0, 1, 4) ** 2 * 0.6 * width
    screen = (box[0] - left, box[1] - top, box[2] + right, box[3] + bottom)
    edge = rng.uniform(0.015, 0.07) * width
    bezel = int(rng.choice((8, 20, 45, 190)))
    pen.rectangle((screen[0] - edge, screen[1] - edge, screen[2] + edge, screen[3] + edge), (bezel, bezel, bezel))
    _draw_page(scene, box, screen, rng)


def _draw_page(scene: Image.Image, box: Box, within: Box, rng: Generator) -> None:
    """Draw a page: paper, titles below every picture, and other pictures beside this one, which are patches."""
    paper = PAPERS[rng.integers(len(PAPERS))]
    ink = 70 if paper[0] > 128 else 190
    page = Image.new("RGB", scene.size, paper)
    pen, width, height = ImageDraw.Draw(page), box[2] - box[0], box[3] - box[1]
    gap, line = rng.uniform(0.03, 0.12) * width, rng.uniform(0.05, 0.1) * height
    below = gap / 2 + 4 * line
    for column in (-1, 0, 1):
        for row in (-1, 0, 1):
            x, y = box[0] + column * (width + gap), box[1] + row * (height + below)
            first, second = _muted(rng), _muted(rng)
            pen.rectangle((x, y, x + width, y + height), first)
            pen.rectangle((x + width * rng.uniform(0, 0.6), y + height * rng.uniform(0, 0.6), x + width, y + height),
                          second)  # fmt: skip
            for number in range(2):
                top, long = y + height + gap / 2 + 1.8 * number * line, rng.uniform(0.4, 0.95) * width
                pen.rectangle((x, top, x + long, top + line), (ink, ink, ink))
    left, top, right, bottom = (round(edge) for edge in within)
    scene.paste(page.crop((left, top, right, bottom)), (left, top))


def _muted(rng: Generator) -> tuple[int, int, int]:
    """Draw a colour, half as lively as colours can be."""
    drawn = rng.uniform(0, 255, 3)
    red, green, blue = (0.5 * (drawn + drawn.mean())).astype(int).tolist()
    return red, green, blue


def _at_most(pixels: Pixels, width: int) -> Pixels:
    if pixels.shape[1] <= width:
        return pixels
    size = (width, round(width * pixels.shape[0] / pixels.shape[1]))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _posed(pose: Callable[[float, Generator], Pose], around: str = "black") -> Apply:
    """Return what photographs a picture into a frame of its own shape."""

    def apply(pixels: Pixels, amount: float, rng: Generator) -> Pixels:
        small, drawn = _at_most(pixels, LARGEST), pose(amount, rng)
        return photograph(surround(small, around, rng), drawn, small.shape[:2])

    return apply


def _tilted(amount: float, rng: Generator) -> Pose:
    towards = rng.uniform(0, 2 * np.pi)
    return Pose(tilt=(amount * np.cos(towards), amount * np.sin(towards)))


def _zoomed_out(amount: float, rng: Generator) -> Pose:
    return Pose(zoom=amount)


GEOMETRY = (
    Corruption("rotation", "degrees, black around it", 5, TURN,
           _posed(lambda amount, rng: Pose(turn=amount * float(rng.choice((-1, 1)))))),
    Corruption("perspective", "tilt of the screen in degrees, black around it", 5, 40, _posed(_tilted)),
    Corruption("zoom in", "share that is cut away", 0.02, -ZOOM[0],
           _posed(lambda amount, rng: Pose(zoom=-amount))),
    Corruption("zoom out", "share by which the frame is larger, black around it", 0.05, ZOOM[1],
           _posed(_zoomed_out)),
    Corruption("page around", "share by which the frame is larger, a page around it", 0.05, ZOOM[1],
           _posed(_zoomed_out, "page")),
    Corruption("screen around", "share by which the frame is larger, a screen and a desk around it", 0.05, ZOOM[1],
           _posed(_zoomed_out, "screen")),
)  # fmt: skip
