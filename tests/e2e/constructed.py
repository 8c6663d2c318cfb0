"""A model whose answers are known before anybody asks it: sure, unsure, torn and unknown by construction.

It is a run of the recipe `style`, written by the product's own writers. Its backbone has drawn kernels, rounded as the
recipe rounds them; its head is set by hand, from what `style` reads beside the backbone: a histogram of colours. Each
channel owns one colour, and a picture's logit for the channel is SHARPNESS times the square root of the share of the
picture that has it. Pictures are mosaics of a dozen flat tiles, so that a share is a number of twelfths, whatever JPEG,
WebP, bars or a camera do to the picture.

Nothing here is learnt, nothing is drawn by the demo, and the weights are nobody's.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.dataset import Dataset, load_dataset
from backend.data.folder_import import import_folder
from backend.data.settings import TrainSettings
from backend.data.training_set import build_training_set
from backend.evaluation.cross_validation import cross_validate
from backend.models.features import EPSILON
from backend.models.head import Fitted, Head
from backend.models.mobilenet_v2 import Folded, Layers, blocks, layer_names
from backend.models.recipe import LabeledFeatures
from backend.models.style import Style
from backend.models.weights import Weights
from backend.training.artifacts import Result, run_files
from backend.training.checkpoint import Checkpoint

Colour = tuple[int, int, int]

# Colours that lie on a level of the histogram, so that each falls into one place of it.
COLOURS: dict[str, Colour] = {
    "ember": (255, 85, 0),
    "fjord": (85, 170, 255),
    "moss": (85, 170, 85),
    "dusk": (170, 85, 170),
}
NEUTRAL: tuple[Colour, ...] = ((0, 0, 0), (85, 85, 85), (170, 170, 170), (255, 255, 255))
STRANGERS = ("street", "carnival")
CHANNELS_TOML = """
[ember]
display_name = "Ember & Ash"
handle = "@EmberAsh"
url = "https://www.youtube.com/@EmberAsh"

[fjord]
display_name = "Fjord Diaries"

[moss]
display_name = "こけの庭"

[dusk]
display_name = "Dusk"

[street]
role = "background"

[carnival]
role = "background"
"""

WIDTH, HEIGHT = 640, 360
COLUMNS, ROWS = 4, 3  # of tiles: their edges are edges of what `style` pools, too
TILES = COLUMNS * ROWS
MIDDLE = (5, 6)  # tiles that touch no side

SHARPNESS, NOTHING = 8.0, 4.0  # logits: of a channel that has the whole picture, and of none of the channels
HEAT = 0.03  # logit of a tap whose channels are all 1: enough to draw heat from, too little to change an answer
THRESHOLD = 0.5
LOOKALIKE_THRESHOLD = 0.2  # between what is said of none of the channels where it is sure, and where it is not
TOLERANCE = 0.03  # of a probability: what encoding and edges of tiles may do to it
SEED = 20
HISTOGRAM, LEVELS = 64, 4

Shares = dict[str, int]  # tiles of each channel's colour


@dataclass(frozen=True)
class Made:
    """A mosaic, and what the model must say of it: what it was made to be, and the probabilities of the channels."""

    state: str
    tiles: Shares

    @property
    def channel(self) -> str:
        """The nearest channel."""
        return max(self.tiles, key=lambda name: self.tiles[name])

    @property
    def probabilities(self) -> dict[str, float]:
        """What follows from the shares, for every channel; the rest to 1 is 'none of these'."""
        raised = {name: math.exp(_logit(self.tiles.get(name, 0) / TILES)) for name in COLOURS}
        total = sum(raised.values()) + math.exp(NOTHING)
        return {name: chance / total for name, chance in raised.items()}

    @property
    def known(self) -> bool:
        return 1 - sum(self.probabilities.values()) <= THRESHOLD


def _logit(share: float) -> float:
    return SHARPNESS * math.sqrt(share + EPSILON)


def sure(channel: str) -> Made:
    """Surely the channel's: .96, and .92 with two tiles less."""
    return Made("sure", {channel: 10})


def less_sure(channel: str) -> Made:
    return Made("sure", {channel: 8})


def unsure(channel: str) -> Made:
    """The channel's, but below what a look-alike is claimed from: .65, with .33 for none of the channels."""
    return Made("unsure", {channel: 4})


def torn(channel: str, other: str) -> Made:
    """Between two channels, .64 and .23, rather than between one and none."""
    return Made("unsure", {channel: 6, other: 4})


def unknown(nearest: str) -> Made:
    """None of the channels, .81, and clearly nearest to one."""
    return Made("unknown", {nearest: 1})


# What the tests hover; in the order in which it is shown. Forms take turns, and each state comes in all three.
HOVERED = (
    sure("ember"),
    less_sure("fjord"),
    unsure("ember"),
    unknown("fjord"),
    sure("moss"),
    sure("dusk"),
    torn("moss", "ember"),
    unknown("ember"),
    unknown("dusk"),
    sure("fjord"),
    unsure("dusk"),
    less_sure("dusk"),
)


def paint(made: Made, seed: int, framed: bool = False) -> Image.Image:
    """Draw a mosaic; `framed`, the channel's colour surrounds what is left."""
    rng = np.random.default_rng([SEED, seed])
    colours = [COLOURS[name] for name, count in made.tiles.items() for _ in range(count)]
    places = (
        [place for place in range(TILES) if place not in MIDDLE] + list(MIDDLE) if framed else rng.permutation(TILES)
    )
    others = [NEUTRAL[rng.integers(len(NEUTRAL))] for _ in range(TILES - len(colours))]
    grid = np.zeros((TILES, 3), np.uint8)
    grid[np.asarray(places)] = [*colours, *others]
    return Image.fromarray(grid.reshape(ROWS, COLUMNS, 3)).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)


def write_source(folder: Path) -> None:
    """Write the pictures that the run says it learnt from, ready to be imported: ten of each channel."""
    kinds = {name: [sure(name), less_sure(name), unsure(name), sure(name), less_sure(name)] * 2 for name in COLOURS}
    kinds |= {name: [unknown(near) for near in COLOURS] * 2 + [Made("", {}), Made("", {})] for name in STRANGERS}
    for number, (name, all_made) in enumerate(kinds.items()):
        (folder / name).mkdir(parents=True)
        for place, made in enumerate(all_made):
            paint(made, 1000 * (1 + number) + place).save(folder / name / f"{name:_<6}{place:05}.png")
    (folder / "channels.toml").write_text(CHANNELS_TOML, encoding="utf-8")


class Constructed(Style):
    """`style` with a head that is set instead of fitted."""

    def __init__(self, layers: Layers, channels: Sequence[str]) -> None:
        super().__init__()
        self._head = planted_head(layers, self.taps, channels)

    def fit(
        self, train: LabeledFeatures, channels: int, seed: int, validation: LabeledFeatures | None, label: str
    ) -> Fitted:
        """Return the same head for all folds; what it scores on left-out pictures sets both thresholds."""
        row = {
            "epoch": 1.0,
            "shrinkage": 0.1,
            "temperature": 1.0,
            "offset": 0.0,
            **self._scored(self._head, train, channels, ""),
        }
        held_out = {} if validation is None else self._scored(self._head, validation, channels, "val_")
        reference, random = np.arange(1, 21) * THRESHOLD / 19, np.full(200, LOOKALIKE_THRESHOLD)
        return Fitted(self._head, [{**row, **held_out}], reference, random=random)


def planted_head(layers: Layers, taps: Sequence[str], channels: Sequence[str]) -> Head:
    """Set the head: logits of the channels from the histogram, the same for any picture for what is none of them."""
    sizes = [len(layers[tap.removesuffix("_relu")].bias) for tap in taps]
    rows = 2 * sum(sizes) + _coarse_places() * 3 + HISTOGRAM
    kernel = np.zeros((rows, len(channels) + 1))
    means = 2 * sum(sizes[:-1])  # where those of the last tap begin; its deviations follow
    for column, name in enumerate(channels):
        kernel[rows - HISTOGRAM + histogram_place(COLOURS[name]), column] = SHARPNESS
        # Each channel looks at filters of its own, so that each has its own heat.
        own = np.arange(column, sizes[-1], len(channels))
        kernel[means + own, column] = HEAT / len(own)
    # In half precision, as `style` rounds it: the browser gets the same numbers.
    return {
        "kernel": kernel.astype(np.float16).astype(np.float32),
        "bias": np.array([0.0] * len(channels) + [NOTHING], np.float32),
    }


def _coarse_places() -> int:
    """Count the places of the coarse picture that the features end with, before the histogram."""
    return round(Style.spec.height / 32) * round(Style.spec.width / 32)


def histogram_place(colour: Colour) -> int:
    """Find a colour on a level in the histogram, which counts red, then green, then blue."""
    red, green, blue = (level // 85 for level in colour)
    return (red * LEVELS + green) * LEVELS + blue


def drawn_layers(last_tap: str) -> dict[str, Folded]:
    """Draw a backbone that keeps a picture's signal alive down to its last layer (He et al., 2015)."""
    rng = np.random.default_rng(SEED)
    shapes = {"Conv1": (3, 3, 3, 32)}
    for block in blocks():
        inner = block.inputs * block.expansion
        shapes[f"{block.prefix}_expand"] = (1, 1, block.inputs, inner)
        shapes[f"{block.prefix}_depthwise"] = (3, 3, inner, 1)
        shapes[f"{block.prefix}_project"] = (1, 1, inner, block.outputs)
    return {name: _drawn(rng, shapes[name]) for name in layer_names(last_tap)}


def _drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> Folded:
    depthwise = shape[3] == 1
    inputs = 9 if depthwise else math.prod(shape[:3])
    kernel: NDArray[np.float64] = rng.normal(0, math.sqrt(2 / inputs), shape)
    return Folded(kernel.astype(np.float32), np.zeros(shape[2 if depthwise else 3], np.float32))


def drawn_weights() -> Weights:
    """Return the backbone as `style` prepares any: slimmed, and rounded to eight bits."""
    layers = drawn_layers(Style.taps[-1])
    checksum = hashlib.sha256(b"".join(folded.kernel.tobytes() for folded in layers.values())).hexdigest()
    return Style().prepared(Weights(layers, "file", Path("drawn.h5"), checksum))


def write_run(dataset: Dataset, out: Path) -> None:
    """Write the run as a training does, with everything that other commands want of one."""
    # A recall is asked for: then what passes for known does not hang on strangers, and what is a look-alike does.
    settings, weights = TrainSettings("style", folds=5, seed=0, known_recall=0.95), drawn_weights()
    recipe = Constructed(weights.layers, [channel.name for channel in dataset.known])
    # Called a demo, a dataset gets no strangers that the demo draws, only blank pictures.
    training_set = replace(
        build_training_set(replace(dataset, demo=True), None, settings, recipe.knows_background), demo=False
    )
    x = recipe.features(training_set.sources, weights)
    validated = cross_validate(recipe, training_set, x, weights.layers, settings)
    final = validated.folds["0"]
    result = Result(recipe, settings, training_set, weights, validated, final, seconds=1.0)
    with Checkpoint(out, force=True).open() as checkpoint:
        checkpoint.publish(run_files(result, str(dataset.root), ["backend", "train"]))


def construct(folder: Path) -> None:
    """Write the pictures, the dataset of them and the run into FOLDER/source, FOLDER/data and FOLDER/run."""
    shutil.rmtree(folder / "source", ignore_errors=True)
    write_source(folder / "source")
    import_folder(folder / "source", folder / "data", force=True)
    write_run(load_dataset(folder / "data"), folder / "run")
