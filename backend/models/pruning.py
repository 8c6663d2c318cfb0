"""Channels of the backbone that say nothing, left out before anything is learnt: fewer sums, the same features.

Training drove whole filters of MobileNetV2's first layer to zero, in every published set of weights that we have seen.
What such a channel passes on is the same for every picture and is folded into the bias behind it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backend.models.mobilenet_v2 import Folded, Layers, blocks

GROUP = 8  # channels that a processor computes at a time: fewer of them gain nothing
NOTHING = 1e-2  # of what the middle channel passes on


def without_dead_channels(layers: Layers) -> dict[str, Folded]:
    """Leave out channels inside inverted residual blocks that hardly depend on the picture, by groups of eight.

    A block's taps lose the same channels. The numbers behind the block stay the same but for what the channel's bias
    does at the picture's edge.
    """
    slimmed = dict(layers)
    for block in blocks():
        before = f"{block.prefix}_expand" if block.expansion > 1 else "Conv1"
        names = (before, f"{block.prefix}_depthwise", f"{block.prefix}_project")
        if set(names) <= slimmed.keys():
            slimmed |= zip(names, _pruned(*(slimmed[name] for name in names)), strict=True)
    return slimmed


def _pruned(before: Folded, depthwise: Folded, project: Folded) -> tuple[Folded, Folded, Folded]:
    passed_on = _passed_on(before, depthwise, project)
    count = int(np.count_nonzero(passed_on < NOTHING * np.median(passed_on))) // GROUP * GROUP
    order = np.argsort(passed_on, kind="stable")
    dead, alive = order[:count], np.sort(order[count:])
    always = _relu6(_relu6(before.bias[dead]) * depthwise.kernel[:, :, dead, 0].sum((0, 1)) + depthwise.bias[dead])
    return (
        Folded(before.kernel[..., alive], before.bias[alive]),
        Folded(depthwise.kernel[:, :, alive], depthwise.bias[alive]),
        Folded(project.kernel[:, :, alive], project.bias + always @ project.kernel[0, 0, dead]),
    )


def _passed_on(before: Folded, depthwise: Folded, project: Folded) -> NDArray[np.float64]:
    """Measure how much of a picture each channel can pass on, (channels,): the product of its kernels' norms."""
    axes = ((before, (0, 1, 2)), (depthwise, (0, 1, 3)), (project, (0, 1, 3)))
    norms = [np.sqrt((layer.kernel.astype(np.float64) ** 2).sum(axis)) for layer, axis in axes]
    product: NDArray[np.float64] = norms[0] * norms[1] * norms[2]
    return product


def _relu6(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(values, 0, 6)
