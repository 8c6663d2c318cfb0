"""How a camera was turned against a page, from the straight segments in its photo.

What a page is made of runs along two directions at right angles: lines of text, pictures' sides, the screen's frame.
The turn under which most of the segments' length does is searched from coarse to fine, without chance. Coughlan and
Yuille, Manhattan world, ICCV (1999).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.photo.quad import Matrix
from backend.photo.segments import Segments

FOCAL = 0.8  # of a photo's longer side: phones have 0.7 to 0.8, a little more when zoomed in
ROLLS = np.arange(-45.0, 45.0, 3.0)
TILTS = (-30.0, -15.0, 0.0, 15.0, 30.0)
STEEPEST = 45.0  # degrees of pitch and yaw
STEPS = ((4.0, 6.0), (2.0, 3.0), (1.0, 1.5), (0.5, 1.0), (0.25, 1.0))  # of the search, and the angle that still counts
KEPT = 5  # coarse turns that are looked at closely, wherever they are
APART = 8.0  # degrees between them in roll, pitch or yaw
ROLLED = 4  # coarse turns that are looked at closely, each rolled by another angle than the others
ROLL_APART = 10.0  # degrees: directions across and down that are further apart are others
MOST = 3  # turns
LEAST = 0.5  # of the best turn's score
DOUBTFUL = 38.0  # degrees of roll: what is across from here on may be down
LEVEL = 0.12  # of the score is lost at 30 degrees of pitch and yaw each: less turned explains as much, rather
Turn = tuple[float, float, float]  # roll, pitch, yaw, in degrees
Apart = Callable[[NDArray[np.float64], NDArray[np.float64]], bool]  # of two turns, (3,) each


@dataclass(frozen=True)
class Camera:
    """A turn of the camera, how much of the segments it explains (0 to 1), and the photo's size, width and height.

    crossed: whether what that turn has for across is taken for down.
    """

    turn: Turn
    score: float
    size: tuple[int, int]
    crossed: bool = False

    def matrix(self) -> Matrix:
        """Return the homography from the page's plane to the photo, which keeps the photo's middle and scale there."""
        width, height = self.size
        focal = FOCAL * max(self.size)
        across, down = turned(np.array([self.turn]))[0]
        if self.crossed:  # by that quarter turn that makes the roll smaller
            across, down = (-down, across) if self.turn[0] > 0 else (down, -across)
        place = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        matrix: Matrix = place @ np.column_stack([across / focal, down / focal, [0, 0, 1]])
        return matrix


def turned(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where turns (n, 3) in degrees bring the plane's two axes: (n, 2, 3)."""
    roll, pitch, yaw = np.deg2rad(turns).T
    cr, sr, cp, sp, cy, sy = np.cos(roll), np.sin(roll), np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw)
    across = np.stack([cr * cy - sr * sp * sy, sr * cy + cr * sp * sy, -cp * sy], axis=1)
    down = np.stack([-sr * cp, cr * cp, sp], axis=1)
    return np.stack([across, down], axis=1)


def find_cameras(segments: Segments, size: tuple[int, int]) -> list[Camera]:
    """Return the likeliest turns, the best first, no two of which have the page run along the same directions.

    A picture full of slanted lines explains more segments than the page, so up to three are returned, and those that
    are turned by nearly half a right angle a second time, turned the other way. size: the photo's, width and height.
    """
    focal = FOCAL * max(size)
    middles = (segments.middles - np.array(size) / 2) / focal
    lines = np.column_stack([middles, segments.directions, segments.lengths])
    grid = np.array([(roll, pitch, yaw) for roll in ROLLS for pitch in TILTS for yaw in TILTS])
    coarse = _scores(grid, lines, STEPS[0][1])
    starts = np.concatenate([_apart(grid, coarse, KEPT, _elsewhere), _apart(grid, coarse, ROLLED, _rolled)])
    ends = np.array([_climbed(start, lines) for start in starts])
    best = _apart(ends, _scores(ends, lines, STEPS[-1][1]), MOST, _rolled)
    scores = _scores(best, lines, STEPS[-1][1])
    scored = zip(best.tolist(), scores.tolist(), strict=True)
    cameras = [Camera((roll, pitch, yaw), score, size) for (roll, pitch, yaw), score in scored]
    cameras = [camera for camera in cameras if camera.score >= LEAST * cameras[0].score]
    return cameras + [replace(camera, crossed=True) for camera in cameras if abs(camera.turn[0]) > DOUBTFUL]


def _scores(turns: NDArray[np.float64], lines: NDArray[np.float64], wide: float) -> NDArray[np.float64]:
    """Return the share of the segments' length that runs along an axis of each turn, (n,)."""
    if not len(lines):
        return np.zeros(len(turns))
    axes = turned(turns)[:, :, None, :]  # (n, 2, 1, 3)
    x = axes[..., 0] - lines[:, 0] * axes[..., 2]
    y = axes[..., 1] - lines[:, 1] * axes[..., 2]
    off = (x * lines[:, 3] - y * lines[:, 2]) ** 2 / (x * x + y * y) / np.sin(np.deg2rad(wide)) ** 2
    fits = np.maximum(0, 1 - off).max(axis=1)  # (n, segments)
    explained = fits @ lines[:, 4] / lines[:, 4].sum()
    level = 1 - LEVEL * (turns[:, 1] ** 2 + turns[:, 2] ** 2) / 1800
    scores: NDArray[np.float64] = explained * level
    return scores


def _apart(turns: NDArray[np.float64], scores: NDArray[np.float64], most: int, apart: Apart) -> NDArray[np.float64]:
    """Return the best turns of which any two are apart."""
    kept: list[NDArray[np.float64]] = []
    for index in np.argsort(-scores, kind="stable"):
        if all(apart(turns[index], other) for other in kept):
            kept.append(turns[index])
        if len(kept) == most:
            break
    return np.array(kept)


def _elsewhere(turn: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.abs(turn - other).max() >= APART)


def _rolled(turn: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Tell whether the page runs along other directions under two turns, whatever the tilt."""
    return bool(abs((turn[0] - other[0] + 45) % 90 - 45) >= ROLL_APART)


def _climbed(turn: NDArray[np.float64], lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Climb from a turn to the best one near it, with ever smaller steps."""
    ways = np.array([(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)], float)
    ways = np.concatenate([[[0.0, 0.0, 0.0]], ways])  # where nothing is better, stay
    for step, wide in STEPS:
        for _ in range(6):
            around = turn + ways * step
            around[:, 1:] = np.clip(around[:, 1:], -STEEPEST, STEEPEST)
            best = int(_scores(around, lines, wide).argmax())
            turn = around[best]
            if best == 0:
                break
    return turn
