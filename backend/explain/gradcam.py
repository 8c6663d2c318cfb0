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

LiteRT runs the network and gives its activations; gradients are written out in closed form, so that TensorFlow is not
needed. Tests hold them to automatic differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import baked_bars, decode, prepare
from backend.data.pixels import Pixels
from backend.explain.heatmap import Heatmap, Maps, Targets, blurred, picture_area
from backend.models.recipe import Recipe
from backend.models.registry import get_recipe
from backend.models.run import Run
from backend.utils.errors import ThumbprintError

METHODS = ("gradcam", "gradcam++", "scorecam")
MASKS = 32  # activations that Score-CAM tries on a picture: those that add most to the logit
TINY = 1e-9

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Tap:
    """A tap of one picture, and what it says of a target.

    activation: (h, w, channels); gradient: of the target's logit by it, in a shape that goes with it; typical: what a
    typical picture's channels add to that logit, (channels,), or None.
    """

    activation: NDArray[np.float32]
    gradient: NDArray[np.float32]
    typical: NDArray[np.float32] | None

    @property
    def places(self) -> int:
        return int(self.activation.shape[0] * self.activation.shape[1])

    def evidence(self) -> NDArray[np.float32]:
        """Return gradient times activation, less a typical picture's even share: (h, w, channels)."""
        evidence = self.gradient * self.activation
        return evidence if self.typical is None else evidence - self.typical / self.places

    def weighted(self) -> NDArray[np.float32]:
        """Weight gradients as Grad-CAM++ does (Chattopadhay et al., 2018, equations 10 and 19): (h, w, channels).

        Where a gradient differs from place to place, its weight alpha multiplies the evidence there, between 0 and 1:
        the paper's sum of weights over places would again lose what a standard deviation tells.
        """
        # Equation 19 without the square of the gradient, which both of its sides have.
        beside = self.activation.sum(axis=(0, 1)) * self.gradient
        if self.typical is not None:
            # What speaks against the target is signed evidence here, and is weighted as what speaks for it.
            weighted: NDArray[np.float32] = 2 / (2 + np.abs(beside)) * self.evidence()
            return weighted
        below = 2 + beside
        alpha = np.divide(1.0, below, out=np.zeros_like(below), where=below != 0)
        weights = np.broadcast_to(alpha * self.gradient.clip(0), self.activation.shape).sum(axis=(0, 1))
        weighted = weights * self.activation
        return weighted


SUMMED: dict[str, Callable[[Tap], NDArray[np.float32]]] = {"gradcam": Tap.evidence, "gradcam++": Tap.weighted}


class Explainer:
    """The network of a run, opened at its taps. Used by any number of threads."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.recipe: Recipe = get_recipe(self.run.recipe)
        self.names = [channel.name for channel in self.run.channels]
        self._network = self.recipe.network(run.layers)
        # Typical are the pictures that the run keeps for checks, as many of each channel.
        self._typical = self.recipe.tap_logits(run.head, lambda: self._network(run.check_pixels()))

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

    def logits(self, pixels: NDArray[Any]) -> Values:
        """Return (B, classes) for preprocessed pictures (B, H, W, 3), 0 to 255, of any number type.

        They are rounded to whole numbers, as pictures are.
        """
        return self.recipe.head_scores(self.run.head, self._network(np.rint(pixels).astype(np.uint8)))

    def heatmaps(self, pixels: Pixels, targets: Targets, method: str) -> tuple[Maps, Values, Targets]:
        """Explain preprocessed pictures (B, H, W, 3).

        Returns maps over the model's input (B, H, W), logits (B, classes) and the channels explained (B,).
        """
        each = [self._explained(*pair, method) for pair in zip(pixels, targets.tolist(), strict=True)]
        maps, logits, chosen = zip(*each, strict=True)
        return np.stack(maps), np.stack(logits), np.array(chosen)

    def _explained(self, pixels: Pixels, target: int, method: str) -> tuple[NDArray[np.float32], Values, int]:
        seen, *activations = self._network.outputs(pixels)
        logits = self.recipe.head_scores(self.run.head, seen[None])[0]
        if target < 0:
            target = int(logits[: len(self.names)].argmax())
        taps = self._opened(seen, activations, target)
        if method == "scorecam":
            return self._score_weighted(pixels.astype(np.float32), self._strongest(taps), target), logits, target
        # Per area, so that a tap keeps its sum.
        total = sum(self._enlarged(SUMMED[method](tap).sum(axis=2)) * tap.places for tap in taps)
        return _upto_one(np.asarray(total)), logits, target

    def _opened(self, seen: NDArray[np.float32], activations: Sequence[NDArray[np.float32]], target: int) -> list[Tap]:
        gradients = self.recipe.tap_gradients(self.run.head, seen, activations, target)
        typical = [added[:, target] for added in self._typical] or len(gradients) * [None]
        return [Tap(*parts) for parts in zip(activations, gradients, typical, strict=True)]

    def _enlarged(self, grid: NDArray[Any]) -> NDArray[np.float32]:
        """Scale a map (h, w) to the model's input, bilinearly."""
        spec, image = self.recipe.spec, Image.fromarray(grid.astype(np.float32))
        return np.asarray(image.resize((spec.width, spec.height), Image.Resampling.BILINEAR))

    # --- Score-CAM -----------------------------------------------------------------------------------------------

    def _strongest(self, taps: Sequence[Tap]) -> Maps:
        """Find Score-CAM's masks: the activations that add most to the logit, each from 0 to 1, (MASKS, H, W)."""
        added = [tap.evidence().sum(axis=(0, 1), dtype=np.float64) for tap in taps]
        owners = np.repeat(np.arange(len(taps)), [len(one) for one in added])
        numbers = np.concatenate([np.arange(len(one)) for one in added])
        best = np.argsort(-np.concatenate(added), kind="stable")[:MASKS]
        chosen = np.stack([self._enlarged(taps[owners[i]].activation[..., numbers[i]]) for i in best])
        chosen -= chosen.min(axis=(1, 2), keepdims=True)
        return np.stack([_upto_one(mask) for mask in chosen])

    def _score_weighted(self, pixels: NDArray[np.float32], masks: Maps, target: int) -> NDArray[np.float32]:
        """Weigh masks (MASKS, H, W) by the logit of what they leave of a picture (Wang et al., 2020, algorithm 1).

        What a mask hides is blurred, for a hole would have edges of its own. All masks are made to add up to the same,
        and one that is worth no more than the average weighs nothing: else their sum would only be a haze.
        """
        hidden = blurred(pixels)
        scores = self.logits(hidden + (pixels - hidden) * masks[..., None])[:, target]
        weights = np.exp(scores - scores.max())
        weights = weights / weights.sum() - 1 / len(weights)
        return _upto_one(np.tensordot(weights / np.maximum(masks.mean(axis=(1, 2)), TINY), masks, axes=1))


def _upto_one(heat: NDArray[Any]) -> NDArray[np.float32]:
    """Keep what speaks for the target, 1 where it does most."""
    shown = heat.clip(0)
    return (shown / max(float(shown.max()), TINY)).astype(np.float32)
