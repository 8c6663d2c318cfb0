"""Straight segments in a picture: neighbouring pixels whose gradients point the same way, as lines.

Burns, Hanson and Riseman, Extracting straight lines, PAMI 8 (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]  # (height, width)

BINS = 8  # of directions, 45 degrees each, laid twice, half a bin apart
SHORTEST = 10.0  # pixels
SLIMMEST = 3.5  # times longer than wide
FAINT = 5.0  # grey levels a pixel: weaker gradients are noise


@dataclass(frozen=True)
class Segments:
    """Segments: middles (n, 2) and directions (n, 2), of length 1, in pixels; and lengths (n,)."""

    middles: NDArray[np.float64]
    directions: NDArray[np.float64]
    lengths: NDArray[np.float64]


def blurred(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur (h, w, c) with the binomial 1 4 6 4 1 both ways; the edge goes on outside."""
    for axis in (0, 1):
        pads = [(2, 2) if at == axis else (0, 0) for at in range(3)]
        padded, length = np.pad(pixels, pads, mode="edge"), pixels.shape[axis]
        parts = [np.take(padded, range(k, k + length), axis) if axis else padded[k : k + length] for k in range(5)]
        pixels = (parts[0] + parts[4] + 4 * (parts[1] + parts[3]) + 6 * parts[2]) / np.float32(16)
    return pixels


def gradients(pixels: NDArray[np.float32]) -> tuple[Plane, Plane]:
    """Return the gradient across and down (h, w) of whichever colour changes most; nought on the picture's edge."""
    across, down = np.zeros_like(pixels), np.zeros_like(pixels)
    across[1:-1, 1:-1] = (pixels[1:-1, 2:] - pixels[1:-1, :-2]) / 2
    down[1:-1, 1:-1] = (pixels[2:, 1:-1] - pixels[:-2, 1:-1]) / 2
    strength = across * across + down * down
    gx, gy, most = across[..., 0], down[..., 0], strength[..., 0]
    for colour in (1, 2):
        stronger = strength[..., colour] > most
        gx, gy = np.where(stronger, across[..., colour], gx), np.where(stronger, down[..., colour], gy)
        most = np.maximum(most, strength[..., colour])
    return gx, gy


def find_segments(pixels: NDArray[np.float32]) -> Segments:
    """Find the straight segments of a blurred picture (h, w, 3); one between two bins of directions is found twice."""
    gx, gy = gradients(pixels)
    strength = np.hypot(gx, gy)
    clear = strength > max(FAINT, 1.5 * float(np.median(strength)))
    turn = (np.arctan2(gy, gx) / (2 * np.pi) + 1) * BINS
    parts = [_fitted(_labels(np.floor(turn + shift).astype(np.int32) % BINS, clear), strength) for shift in (0, 0.5)]
    return Segments(*(np.concatenate([part[k] for part in parts]) for k in range(3)))


def _labels(bins: NDArray[np.int32], clear: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the connected pixels, eight neighbours each, of every bin from 1 on; 0 elsewhere."""
    numbered, count = np.zeros(bins.shape, np.int64), 0
    for direction in range(BINS):
        number, labels = cv2.connectedComponents((clear & (bins == direction)).astype(np.uint8), connectivity=8)
        numbered += np.where(labels > 0, labels + count, 0)
        count += number - 1
    return numbered


def _fitted(labels: NDArray[np.int64], strength: Plane) -> tuple[NDArray[np.float64], ...]:
    """Fit a line to every label by its moments, weighted by the gradient; keep what is long and slim."""
    y, x = np.nonzero(labels)
    label, weight = labels[y, x], strength[y, x].astype(float)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(label, weight * values)[1:].astype(float)

    mass = total(np.ones(len(x)))
    cx, cy = total(x + 0.5) / mass, total(y + 0.5) / mass
    dx, dy = x + 0.5 - cx[label - 1], y + 0.5 - cy[label - 1]
    xx, xy, yy = total(dx * dx) / mass, total(dx * dy) / mass, total(dy * dy) / mass
    half, root = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    length, width = np.sqrt(12 * (half + root)), np.sqrt(12 * np.maximum(half - root, 0)) + 1
    angle = np.arctan2(2 * xy, xx - yy) / 2
    kept = (length >= SHORTEST) & (length >= SLIMMEST * width)
    return (
        np.column_stack([cx, cy])[kept],
        np.column_stack([np.cos(angle), np.sin(angle)])[kept],
        length[kept],
    )
