"""Quadrilaterals in a photo, and the homography between one and the flat picture that it shows.

A corner is x, y in pixels; the middle of the first pixel is at 0.5, 0.5. Corners are those of the flat picture as it is
read: top-left, top-right, bottom-right, bottom-left. The twin in the browser: `extension/src/try/quad.ts`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float64]  # (4, 2)
Matrix = NDArray[np.float64]  # (3, 3)


def from_unit_square(quad: Quad) -> Matrix:
    """Return the homography that maps (0, 0), (1, 0), (1, 1), (0, 1) to the corners in order.

    Heckbert, Fundamentals of Texture Mapping and Image Warping (1989), section 2.2.3.
    """
    (px, py), (qx, qy), (rx, ry), (sx, sy) = quad.tolist()
    x, y = px - qx + rx - sx, py - qy + ry - sy
    x1, y1, x2, y2 = qx - rx, qy - ry, sx - rx, sy - ry
    area = x1 * y2 - x2 * y1
    g, h = (x * y2 - x2 * y) / area, (x1 * y - x * y1) / area
    return np.array([[qx - px + g * qx, sx - px + h * sx, px], [qy - py + g * qy, sy - py + h * sy, py], [g, h, 1.0]])


def project(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points (..., 2)."""
    x, y = points[..., 0], points[..., 1]
    rows = [row[0] * x + row[1] * y + row[2] for row in matrix]
    return np.stack([rows[0] / rows[2], rows[1] / rows[2]], axis=-1)


def is_convex(quad: Quad) -> bool:
    """Say whether the corners make a convex quadrilateral, clockwise as one looks at it, of some area."""
    along = np.roll(quad, -1, axis=0) - quad
    after = np.roll(along, -1, axis=0)
    return bool((along[:, 0] * after[:, 1] - along[:, 1] * after[:, 0] > 1e-6).all())


def size_of(quad: Quad) -> tuple[float, float]:
    """Return the mean lengths of the sides across and of those down, in pixels."""
    across, right, below, left = (float(np.hypot(*side)) for side in np.roll(quad, -1, axis=0) - quad)
    return (across + below) / 2, (left + right) / 2
