"""A whole photo of a screen, simulated: a room, a screen, a page on it, and the thumbnail that the phone points at.

The geometry is that of a pinhole camera: the screen is a plane, turned against the camera by roll, pitch and yaw, at a
distance at which the wanted thumbnail fills between half and nearly all of the photo's width, as the camera's own
simulation zooms out by at most a half; or from farther away. Everything is drawn by one seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from backend.data.augment.corruptions import CAMERA, CORRUPTIONS, Generator, jpeg
from backend.data.pixels import Pixels

from .screen import Screen, draw_screen

Matrix = NDArray[np.float64]  # (3, 3): plane to photo, homogeneous

SIZES = ((1200, 900), (1400, 1050), (1600, 1200))  # long and short side, 4:3 as phones' sensors are
FINER = 2  # the photo is drawn so many times larger, and scaled down: what a lens and pixels with an area do
USUAL = 0.5  # harshness: what most photos suffer; twice as much has several corruptions at their worst at once
OFTEN = 0.55  # how often each of the camera's corruptions is in a photo
STRONGEST = {"blur": 0.4}  # of an effect's range, where not all: a thumbnail may be but half as wide as the photo
SHARES = (0.5, 0.97)  # of the photo's width that a thumbnail fills, at least and at most
MARGIN = 0.01  # of the photo: the wanted thumbnail lies at least so far within it


@dataclass(frozen=True)
class Pose:
    """How the camera sees the plane: angles in degrees, focal length in long sides, and where the thumbnail lies.

    share: of the photo's width that the thumbnail fills; aside, below: its middle's distance from the photo's, in
    widths and heights.
    """

    roll: float
    pitch: float
    yaw: float
    focal: float
    share: float
    aside: float
    below: float


@dataclass(frozen=True)
class Scene:
    """A photo (height, width, 3), the true corners of the thumbnail in it (4, 2), clockwise from top-left, and how it
    was taken. A corner is x, y in pixels; the middle of the first pixel is 0.5, 0.5.
    """

    photo: Pixels
    quad: NDArray[np.float64]
    pose: Pose


def make_scene(
    seed: int | Sequence[int],
    wanted: Pixels,
    others: Sequence[Pixels],
    harshness: float = USUAL,
    least_share: float = SHARES[0],
) -> Scene:
    """Take a photo of a screen that shows `wanted` among `others`; pictures are (h, w, 3), of 16:9.

    harshness: of the range of the camera's corruptions, so much is drawn from; 1 is as bad as it gets. least_share: of
    the photo's width that the thumbnail fills, before the camera steps back for what is turned. The same seed and
    pictures give the same photo. Raises ValueError without others.
    """
    rng = np.random.default_rng(seed)
    screen = draw_screen(rng, wanted, others)
    long, short = SIZES[int(rng.integers(len(SIZES)))]
    size = (long, short) if rng.random() < 0.5 else (short, long)
    pose, matrix, quad = _placed(rng, screen, size, least_share)
    return Scene(disturbed(rng, _shot(rng, screen, matrix, size), harshness), quad, pose)


def draw_pose(rng: Generator, least_share: float = SHARES[0]) -> Pose:
    """Draw a pose as people hold phones: mostly nearly level, one in ten turned up to 45 degrees."""
    roll = rng.uniform(-45, 45) if rng.random() < 0.1 else float(np.clip(rng.normal(0, 9), -20, 20))
    pitch, yaw = np.clip(rng.normal(0, 13, 2), -30, 30)
    share = float(np.exp(rng.uniform(np.log(least_share), np.log(SHARES[1]))))
    aside, below = rng.normal(0, 0.04, 2)
    return Pose(roll, pitch, yaw, rng.uniform(0.7, 1.1), share, aside, below)


def plane_to_photo(pose: Pose, size: tuple[int, int], width: float) -> Matrix:
    """Return the homography of a plane whose origin is the middle of a thumbnail `width` wide; size of the photo."""
    roll, pitch, yaw = np.deg2rad([pose.roll, pose.pitch, pose.yaw])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    turned = about_z @ about_x @ about_y
    focal = pose.focal * max(size)
    middle = np.array([size[0] / 2, size[1] / 2])
    camera = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
    away = focal * width / (pose.share * size[0])
    origin = away * np.array([pose.aside * size[0] / focal, pose.below * size[1] / focal, 1])
    matrix: Matrix = camera @ np.column_stack([turned[:, 0], turned[:, 1], origin])
    return matrix


def through(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points (n, 2)."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    seen: NDArray[np.float64] = mapped[:, :2] / mapped[:, 2:]
    return seen


def _placed(
    rng: Generator, screen: Screen, size: tuple[int, int], least_share: float
) -> tuple[Pose, Matrix, NDArray[np.float64]]:
    """Draw a pose, stepping back until the thumbnail is in the photo; returns the screen's homography and the quad."""
    left, top, right, bottom = screen.box
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    centred = np.array([[1, 0, -(left + right) / 2], [0, 1, -(top + bottom) / 2], [0, 0, 1]])
    pose = draw_pose(rng, least_share)
    edge = MARGIN * np.array(size)
    while True:
        matrix = plane_to_photo(pose, size, right - left) @ centred
        quad = through(matrix, corners)
        if (quad >= edge).all() and (quad <= np.array(size) - edge).all():
            return pose, matrix, quad
        pose = Pose(
            **{**vars(pose), "share": pose.share * 0.96, "aside": pose.aside * 0.96, "below": pose.below * 0.96}
        )


def _shot(rng: Generator, screen: Screen, matrix: Matrix, size: tuple[int, int]) -> Pixels:
    """See the screen before the room: (height, width, 3)."""
    fine = (size[0] * FINER, size[1] * FINER)
    finer = np.diag([FINER, FINER, 1.0]) @ matrix
    # OpenCV counts from the middle of the first pixel; here it is at 0.5, 0.5.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    by_middles = np.linalg.inv(half) @ finer @ half
    seen = cv2.warpPerspective(screen.pixels, by_middles, fine, flags=cv2.INTER_LINEAR)
    whole = np.full(screen.pixels.shape[:2], 255, np.uint8)
    cover = cv2.warpPerspective(whole, by_middles, fine, flags=cv2.INTER_LINEAR)
    small, part = (cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (seen, cover))
    # Beside the screen, `seen` is black: it is weighted by what is covered already.
    photo = small + room(rng, size) * (1 - part[..., None] / np.float32(255))
    shot: Pixels = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
    return shot


def disturbed(rng: Generator, photo: Pixels, harshness: float) -> Pixels:
    """Do to a photo what cameras do, rarely all of it and rarely at its strongest."""
    for effect in CAMERA:
        if effect is not CORRUPTIONS["jpeg"] and rng.random() < OFTEN:
            severity = harshness * rng.uniform(0, 1) ** 1.5 * STRONGEST.get(effect.name, 1.0)
            photo = effect.at(severity, photo, rng)
    return jpeg(photo, 8 + harshness * rng.uniform(0, 42), rng)


def room(rng: Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Draw what is behind the screen, out of focus: a wall and a desk, each with its light, and things on them."""
    width, height = size[0] // 4, size[1] // 4
    room = np.empty((height, width, 3), np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    desk = y + x * rng.uniform(-0.2, 0.2) > height * rng.uniform(0.3, 1.3)
    for part in (~desk, desk):
        colour = rng.uniform(20, 220, 3) * 0.5 + rng.uniform(20, 220) * 0.5
        light = 1 + rng.uniform(-0.4, 0.4) * x / width + rng.uniform(-0.4, 0.4) * y / height
        grain = cv2.resize(rng.normal(0, 1, (12, int(rng.integers(6, 60)))), (width, height))
        room[part] = (colour * light[..., None] + rng.uniform(0, 14) * grain[..., None])[part]
    for _ in range(int(rng.integers(0, 7))):
        middle = (int(rng.integers(width)), int(rng.integers(height)))
        across, down = (int(value) for value in rng.uniform(0.03, 0.25, 2) * width)
        paint = [float(value) for value in rng.uniform(10, 245, 3)]
        if rng.random() < 0.5:
            cv2.ellipse(room, middle, (across, down), rng.uniform(0, 180), 0, 360, paint, -1)
        else:
            corners = np.asarray(cv2.boxPoints((middle, (across, down), rng.uniform(0, 180)))).astype(np.int32)
            cv2.fillConvexPoly(room, corners, paint)
    blurred = cv2.GaussianBlur(room, (0, 0), rng.uniform(0.5, 4))
    return cv2.resize(np.clip(blurred, 0, 255), size, interpolation=cv2.INTER_LINEAR).astype(np.float32)
