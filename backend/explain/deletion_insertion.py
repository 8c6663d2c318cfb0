"""What becomes of an answer while the hottest cells of a picture are taken away, or put in.

Deletion takes the hottest cells of a picture away first, insertion puts them first into a blurred picture (Petsiuk et
al., "RISE", 2018). The mean probability of the picture's channel on the way is small for deletion and large for
insertion where heat is on what counts: smaller and larger than with a random order, and than with one from the centre
outwards, which is where eye-catchers are anyway. Cells, not pixels, are taken: a random order of pixels is noise, and
noise alone ruins any answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.data.pixels import Pixels
from backend.evaluation.bootstrap import Floats
from backend.explain.heatmap import Maps, Targets, blurred
from backend.models.calibration import softmax

if TYPE_CHECKING:
    from backend.explain.gradcam import Explainer

ROWS, COLUMNS = 9, 16  # cells of a picture
STEPS = 9  # from the whole picture to none of it
BASELINES = ("random", "centre")
MEASURES = ("deletion", "insertion")

Orders = NDArray[np.int64]  # (pictures, cells): cells, the first to go first


@dataclass(frozen=True)
class Prepared:
    """A sample as a run's network gets it: pixels (n, H, W, 3), the channels' numbers (n,), the cell of each place
    (n, H, W), -1 in padding.
    """

    pixels: Pixels
    targets: Targets
    cells: NDArray[np.int64]


def cell_means(maps: Maps, cells: NDArray[np.int64]) -> Floats:
    """Average maps (n, H, W) in cells: (n, cells)."""
    means = []
    for heatmap, cell in zip(maps, cells, strict=True):
        inside = cell >= 0
        sums, places = (np.bincount(cell[inside], w, ROWS * COLUMNS) for w in (heatmap[inside], None))
        means.append(sums / np.maximum(places, 1))  # a very narrow picture has cells without a place
    return np.stack(means)


def hottest_first(maps: Maps, cells: NDArray[np.int64]) -> Orders:
    """Order the cells of maps (n, H, W) by their mean heat."""
    return np.argsort(-cell_means(maps, cells), axis=1, kind="stable")


def baselines(pictures: int, seed: int) -> dict[str, Orders]:
    """Order cells at random, and from the centre outwards as a Gaussian falls off, one order a picture."""
    rng = np.random.default_rng(seed)
    random = np.stack([rng.permutation(ROWS * COLUMNS) for _ in range(pictures)])
    y, x = ((np.arange(side) + 0.5) / side - 0.5 for side in (ROWS, COLUMNS))
    centre = np.argsort((y[:, None] ** 2 + x**2).reshape(-1), kind="stable")
    return dict(zip(BASELINES, (random, np.tile(centre, (pictures, 1))), strict=True))


def curves_of(
    explainer: Explainer, prepared: Prepared, orders: dict[str, Orders], done: Callable[[], None]
) -> dict[str, dict[str, Floats]]:
    """Return the probability of each picture's channel at each step: {measure: {order: (n, STEPS + 1)}}."""
    curves = []
    for index, (pixels, target, cells) in enumerate(
        zip(prepared.pixels, prepared.targets, prepared.cells, strict=True)
    ):
        stages = [_stages(pixels, cells, order[index]) for order in orders.values()]
        # What all orders begin and end with is the same, and is not run again for each.
        tried = np.concatenate([stages[0], *(stage[:, 1:-1] for stage in stages[1:])], axis=1)
        chances = softmax(explainer.logits(tried.reshape(-1, *pixels.shape)).astype(np.float64))
        chances = chances[:, target].reshape(len(MEASURES), -1)
        middles = np.split(chances[:, STEPS + 1 :], len(orders) - 1, axis=1)
        whole = [chances[:, : STEPS + 1], *(np.hstack([chances[:, :1], m, chances[:, [STEPS]]]) for m in middles)]
        curves.append(whole)
        done()
    each = np.array(curves).transpose(2, 1, 0, 3).copy()  # (measures, orders, n, STEPS + 1)
    return {measure: dict(zip(orders, by_order, strict=True)) for measure, by_order in zip(MEASURES, each, strict=True)}


def _stages(pixels: Pixels, cells: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.float32]:
    """Take cells away for the picture's mean colour, and put them into a blurred one: (2, STEPS + 1, H, W, 3)."""
    inside = cells >= 0
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    area = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    picture = pixels.astype(np.float32)
    mean, soft = picture.copy(), picture.copy()
    mean[area] = picture[area].mean(axis=(0, 1))
    soft[area] = blurred(picture[area])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    turn = np.where(inside, place[cells], len(order))  # of each place, (H, W)
    taken = [(turn < round(step * len(order) / STEPS))[..., None] for step in range(STEPS + 1)]
    deleted = [np.where(gone, mean, picture) for gone in taken]
    return np.stack([np.stack(deleted), np.stack([np.where(shown, picture, soft) for shown in taken])])
