"""Where in a picture the evidence for a channel lies: heatmaps of a channel's logit.

`gradcam` is gradient times activation, summed over a tap's channels: the element-wise form of Grad-CAM (Selvaraju et
al., 2017) that Draelos and Carin call HiResCAM (2020). Where a tap is averaged over positions, as in `lab`, a gradient
is the same everywhere, and both are one formula. `style` also takes standard deviations, whose gradients average to
nothing over positions, so that Grad-CAM's own weights see only the means: of a mark planted on one channel's pictures
they draw a third of the heat into its place, gradient times activation two thirds.

That form also says how taps go together. A mean and a standard deviation grow as their activations do, so a tap's map
sums to what the tap adds to the logit (Euler's theorem on homogeneous functions), and maps add up as they are, in units
of the logit, each relative to what a typical picture of the run has there. Colours, which `style` reads beside the
taps, are not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.images import baked_bars, decode, prepare
from backend.data.pixels import Pixels
from backend.explain.heatmap import Heatmap, Maps, Targets, blurred, picture_area
from backend.models.recipe import Activations, Recipe
from backend.models.registry import get_recipe
from backend.models.run import Run
from backend.utils.errors import ThumbprintError
from backend.utils.tf_quiet import import_tensorflow

METHODS = ("gradcam", "gradcam++", "scorecam")
BATCH = 8  # pictures at a time: with more, what the network computes leaves the processor's cache
MASKS = 32  # activations that Score-CAM tries on a picture: those that add most to the logit
TINY = 1e-9

# From a tap, its activation and gradient, and the target, to what each place says: (B, h, w, channels).
Show = Callable[[str, Any, Any, Any], Any]


class Explainer:
    """The network of a run, opened at its taps."""

    def __init__(self, run: Run) -> None:
        import_tensorflow()
        import tensorflow as tf

        self.run = run
        self.recipe: Recipe = get_recipe(self.run.recipe)
        self.names = [channel.name for channel in self.run.channels]
        spec = self.recipe.spec
        pixels = tf.TensorSpec((None, spec.height, spec.width, 3), tf.float32)
        target = tf.TensorSpec((None,), tf.int64)
        self._score = tf.function(self._logits, input_signature=[pixels])
        self._typical = self._find_typical()
        self._graphs = {
            "gradcam": tf.function(partial(self._summed, self._evidence), input_signature=[pixels, target]),
            "gradcam++": tf.function(partial(self._summed, self._weighed), input_signature=[pixels, target]),
            "scorecam": tf.function(self._strongest, input_signature=[pixels, target]),
        }

    def explain(self, picture: Path | bytes, method: str = "gradcam", channel: str | None = None) -> Heatmap:
        """Say where the evidence for a channel lies in a picture, by default for the most probable one.

        Raises ImageError, and ThumbprintError for a method or channel that there is not.
        """
        target = self._target(method, channel)
        pixels = decode(picture)
        left, top, right, bottom = box = baked_bars(pixels)
        spec = self.recipe.spec
        maps, logits, chosen = self.heatmaps(prepare(pixels, spec)[None], np.array([target]), method)
        rows, columns = picture_area((bottom - top, right - left), spec)
        size = pixels.shape[1], pixels.shape[0]
        number = int(chosen[0])
        return Heatmap(self.names[number], method, maps[0, rows, columns], box, size, float(logits[0, number]))

    def _target(self, method: str, channel: str | None) -> int:
        if method not in METHODS:
            raise ThumbprintError(f"method {method!r} is unknown; there are {', '.join(METHODS)}")
        if channel is None:
            return -1
        if channel not in self.names:
            raise ThumbprintError(f"{self.run.root}: channel {channel!r} is unknown; there are {', '.join(self.names)}")
        return self.names.index(channel)

    def logits(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        """Return (B, classes) for preprocessed pictures (B, H, W, 3), 0 to 255, of any number type."""
        parts = [self._score(pixels[i : i + BATCH].astype(np.float32)).numpy() for i in range(0, len(pixels), BATCH)]
        return np.concatenate(parts)

    def heatmaps(self, pixels: Pixels, targets: Targets, method: str) -> tuple[Maps, NDArray[np.float32], Targets]:
        """Explain preprocessed pictures (B, H, W, 3).

        Returns maps over the model's input (B, H, W), logits (B, classes) and the channels explained (B,).
        """
        parts = []
        for start in range(0, len(pixels), BATCH):
            batch = pixels[start : start + BATCH].astype(np.float32)
            drawn, scores, picked = (x.numpy() for x in self._graphs[method](batch, targets[start : start + BATCH]))
            if method == "scorecam":
                pairs = zip(batch, drawn, picked, strict=True)
                drawn = np.stack([self._score_weighted(picture, masks, number) for picture, masks, number in pairs])
            parts.append((drawn, scores, picked))
        maps, logits, chosen = (np.concatenate(part) for part in zip(*parts, strict=True))
        return maps, logits, chosen

    # --- The network ---------------------------------------------------------------------------------------------

    def _activations(self, pixels: Any) -> Activations:
        return self.recipe.activations(pixels, self.run.layers)

    def _logits(self, pixels: Any) -> Any:
        return self.recipe.logits(pixels, self.run.layers, self.run.head)

    def _find_typical(self) -> Mapping[str, NDArray[np.float32]]:
        """Find what a typical picture's channels add to the logits: {tap: (channels of the tap, classes)}.

        Typical are the pictures that the run keeps for checks, as many of each channel. Without a hidden layer a
        feature adds its product with the kernel; with one there is no such thing, and no need: there is a single tap.
        """
        return self.recipe.tap_logits(self.run.head, self._typical_activations())

    def _typical_activations(self) -> Iterator[Activations]:
        kept = self.run.check_pixels()
        for start in range(0, len(kept), BATCH):
            yield self._activations(kept[start : start + BATCH].astype(np.float32))

    def _opened(self, pixels: Any, target: Any) -> tuple[Activations, Activations, Any, Any]:
        """Return activations, gradients of the target's logit, logits (B, classes) and targets (B,).

        A gradient is the direct one: what goes on from a tap to a deeper one is that tap's to explain.
        """
        import tensorflow as tf

        activations = self._activations(pixels)
        with tf.GradientTape() as tape:
            tape.watch(activations)
            logits = self.recipe.head_logits(self.run.head, activations, pixels)
            best = tf.argmax(logits[:, : len(self.names)], axis=1)
            target = tf.where(target < 0, best, target)
            chosen = tf.gather(logits, target, batch_dims=1)
        return activations, tape.gradient(chosen, activations), logits, target

    def _evidence(self, tap: str, activation: Any, gradient: Any, target: Any) -> Any:
        """Return gradient times activation, less a typical picture's even share: (B, h, w, channels)."""
        import tensorflow as tf

        if tap not in self._typical:
            return gradient * activation
        typical = tf.gather(tf.constant(self._typical[tap]), target, axis=1)  # (channels, B)
        return gradient * activation - tf.transpose(typical)[:, None, None] / _places(activation)

    # --- The methods ---------------------------------------------------------------------------------------------

    def _summed(self, show: Show, pixels: Any, target: Any) -> tuple[Any, Any, Any]:
        """Add what the taps show, and keep what speaks for the target: (B, H, W)."""
        import tensorflow as tf

        activations, gradients, logits, target = self._opened(pixels, target)
        total = 0.0
        for tap, activation in activations.items():
            shown = tf.reduce_sum(show(tap, activation, gradients[tap], target), axis=3)
            total += self._enlarged(shown) * _places(activation)  # per area, so that a tap keeps its sum
        return _upto_one(tf.nn.relu(total)), logits, target

    def _weighed(self, tap: str, activation: Any, gradient: Any, target: Any) -> Any:
        """Weigh gradients as Grad-CAM++ does (Chattopadhay et al., 2018, equations 10 and 19).

        Where a gradient differs from place to place, its weight alpha multiplies the evidence there, between 0 and 1:
        the paper's sum of weights over places would again lose what a standard deviation tells.
        """
        import tensorflow as tf

        # Equation 19 without the square of the gradient, which both of its sides have.
        beside = tf.reduce_sum(activation, [1, 2], keepdims=True) * gradient
        if tap in self._typical:
            # What speaks against the target is signed evidence here, and is weighed as what speaks for it.
            return 2 / (2 + tf.abs(beside)) * self._evidence(tap, activation, gradient, target)
        alpha = tf.math.divide_no_nan(1.0, 2 + beside)
        return tf.reduce_sum(alpha * tf.nn.relu(gradient), [1, 2], keepdims=True) * activation

    def _strongest(self, pixels: Any, target: Any) -> tuple[Any, Any, Any]:
        """Find Score-CAM's masks: the activations that add most to the logit, each from 0 to 1, (B, MASKS, H, W)."""
        import tensorflow as tf

        activations, gradients, logits, target = self._opened(pixels, target)
        masks, added = [], []
        for tap, activation in activations.items():
            evidence = tf.reduce_sum(self._evidence(tap, activation, gradients[tap], target), [1, 2])  # (B, channels)
            values, indices = tf.math.top_k(evidence, MASKS)
            best = tf.gather(tf.transpose(activation, [0, 3, 1, 2]), indices, batch_dims=1)  # (B, MASKS, h, w)
            best = tf.reshape(best, [-1, *activation.shape[1:3]])
            masks.append(tf.reshape(self._enlarged(best), [-1, MASKS, *pixels.shape[1:3]]))
            added.append(values)
        _, indices = tf.math.top_k(tf.concat(added, axis=1), MASKS)
        chosen = tf.gather(tf.concat(masks, axis=1), indices, batch_dims=1)
        low = tf.reduce_min(chosen, [2, 3], keepdims=True)
        high = tf.reduce_max(chosen, [2, 3], keepdims=True)
        return tf.math.divide_no_nan(chosen - low, high - low), logits, target

    def _score_weighted(self, pixels: NDArray[np.float32], masks: Maps, target: int) -> NDArray[np.float32]:
        """Weigh masks (MASKS, H, W) by the logit of what they leave of a picture (Wang et al., 2020, algorithm 1).

        What a mask hides is blurred, for a hole would have edges of its own. All masks are made to add up to the same,
        and one that is worth no more than the average weighs nothing: else their sum would only be a haze.
        """
        hidden = blurred(pixels)
        scores = self.logits(hidden + (pixels - hidden) * masks[..., None])[:, target].astype(np.float64)
        weights = np.exp(scores - scores.max())
        weights = weights / weights.sum() - 1 / len(weights)
        heatmap = np.tensordot(weights / np.maximum(masks.mean(axis=(1, 2)), TINY), masks, axes=1).clip(0)
        return (heatmap / max(float(heatmap.max()), TINY)).astype(np.float32)

    def _enlarged(self, maps: Any) -> Any:
        """Scale maps (B, h, w) to the model's input, bilinearly."""
        import tensorflow as tf

        spec = self.recipe.spec
        return tf.image.resize(maps[..., None], (spec.height, spec.width))[..., 0]


def _places(activation: Any) -> int:
    return int(activation.shape[1] * activation.shape[2])


def _upto_one(maps: Any) -> Any:
    import tensorflow as tf

    return tf.math.divide_no_nan(maps, tf.reduce_max(maps, [1, 2], keepdims=True))
