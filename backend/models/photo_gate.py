"""Which of two heads answers: the one for pictures as files hold them, or the one for photos of screens.

A single linear head that learns from photos too must call much that varies in them noise, and loses some of what tells
undisturbed pictures apart. Two heads lose nothing, and photos are easily known: by black or a page around the picture,
its turn, its softness. The gate is a linear discriminant of the two kinds of views (Fisher 1936), and between the heads
it is smooth (Jordan and Jacobs, "Hierarchical mixtures of experts", 1994, with one linear gate).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.models import lda
from backend.models.head import Head
from backend.models.lda import Matrix

SHRINKAGE = 0.1
PLAIN, PHOTO = 0, 1
# Names of the arrays of a head that has a gate, beside those of the head for pictures as they are.
PHOTO_KERNEL, PHOTO_BIAS, GATE_KERNEL, GATE_BIAS = "photo_kernel", "photo_bias", "gate_kernel", "gate_bias"


def fit_gate(z: NDArray[Any], photo: NDArray[np.bool_]) -> tuple[Matrix, float]:
    """Fit a gate to rows z (n, components), of which some are of photos, (n,): kernel (components,) and bias.

    The gate's logit is how much likelier a photo is, both being as common.
    """
    within = lda.fit_within_class_scatter(z, photo.astype(np.int64))
    variances = (1 - SHRINKAGE) * within.variances + SHRINKAGE * within.variances.mean()
    apart = (within.means[PHOTO] - within.means[PLAIN]) @ within.directions
    kernel: Matrix = within.directions @ (apart / variances)
    return kernel, -float(within.means.mean(axis=0) @ kernel)


def gated(plain: Head, photo: Head, kernel: Matrix, bias: float, mean: Matrix) -> Head:
    """Join two heads of features by a gate whose bias is of features less their mean.

    The gate's kernel is rounded to half precision first, as those of the heads are.
    """
    rounded = kernel.astype(np.float16).astype(np.float32)
    return {
        **plain,
        PHOTO_KERNEL: photo["kernel"],
        PHOTO_BIAS: photo["bias"],
        GATE_KERNEL: rounded[:, None],
        GATE_BIAS: np.array([bias - mean @ rounded], np.float32),
    }


def scores(head: Head, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Score features (n, features): (n, classes)."""
    x64 = x.astype(np.float64)
    plain: NDArray[np.float64] = x64 @ head["kernel"] + head["bias"]
    if GATE_KERNEL not in head:
        return plain
    photo = x64 @ head[PHOTO_KERNEL] + head[PHOTO_BIAS]
    opened: NDArray[np.float64] = 0.5 * (1 + np.tanh((x64 @ head[GATE_KERNEL] + head[GATE_BIAS]) / 2))  # the sigmoid
    return plain + opened * (photo - plain)


def gradient(head: Head, x: NDArray[np.float32], target: int) -> NDArray[np.float64]:
    """Return the gradient of a class's score by the features of one picture, (features,)."""
    x64 = x.astype(np.float64)
    plain: NDArray[np.float64] = head["kernel"][:, target].astype(np.float64)
    if GATE_KERNEL not in head:
        return plain
    apart = head[PHOTO_KERNEL][:, target] - plain
    further = float(x64 @ apart + head[PHOTO_BIAS][target] - head["bias"][target])
    gate = head[GATE_KERNEL][:, 0].astype(np.float64)
    opened = 0.5 * (1 + np.tanh((x64 @ gate + head[GATE_BIAS][0]) / 2))
    both: NDArray[np.float64] = plain + opened * apart + opened * (1 - opened) * further * gate
    return both


def logits(head: Head, x: Any) -> Any:
    """Do the same in TensorFlow."""
    import tensorflow as tf

    plain = tf.matmul(x, tf.constant(head["kernel"])) + tf.constant(head["bias"])
    if GATE_KERNEL not in head:
        return plain
    photo = tf.matmul(x, tf.constant(head[PHOTO_KERNEL])) + tf.constant(head[PHOTO_BIAS])
    gate = tf.sigmoid(tf.matmul(x, tf.constant(head[GATE_KERNEL])) + tf.constant(head[GATE_BIAS]))
    return plain + gate * (photo - plain)
