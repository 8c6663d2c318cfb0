"""Does the converted model say what the trained one says? Asked in TensorFlow.js itself, by the extension's own
classifier.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backend.data.pixels import InputSpec, Pixels
from backend.models.calibration import Probabilities
from backend.models.learning_prior import Places
from backend.utils.errors import ConversionError, cannot_write

if TYPE_CHECKING:
    from converter.learning import Learning

EXTENSION = Path(__file__).resolve().parent.parent / "extension"
LARGEST_DIFFERENCE = {"float32": 1e-3, "int8": 1e-3, "mixed": 1e-2}
# Where the two best channels, or 'none of these' and its threshold, are closer than this, rounding may swap them.
CLEAR_LEAD = 0.02
TIMEOUT_S = 300
MOST_APART = 0.02  # of the numbers of places, which are rounded: some lie between two levels
DRAWN = 8


@dataclass(frozen=True)
class Parity:
    """How far two models are apart: largest difference of a probability, pictures compared, and clear answers
    changed.
    """

    difference: float
    pictures: int
    changed: int


@dataclass(frozen=True)
class Answers:
    """What TensorFlow.js says of some pictures.

    probabilities: (n, classes), or None for a model without channels; places: (n, components), or None for a model that
    brings no prior.
    """

    probabilities: Probabilities | None
    places: Places | None


def verify(expected: Probabilities, given: Answers, channels: int, threshold: float | None, dtype: str) -> Parity:
    """Compare a converted model's answers with the trained one's.

    expected: (n, classes) of the trained model, channels first; threshold: of 'none of these', the last class. Raises
    ConversionError where they disagree.
    """
    parity = compare(expected, given.probabilities, channels, threshold)
    allowed = LARGEST_DIFFERENCE[dtype]
    # A NaN is no agreement: `not <=` catches it where `>` would not.
    if not parity.difference <= allowed or parity.changed:
        raise ConversionError(
            f"the converted model differs from the trained one: probabilities by up to {parity.difference:.2g} "
            f"({allowed:g} allowed), {parity.changed} of {parity.pictures} answers changed; nothing was written. "
            "Convert with --dtype float32, or train the run again"
        )
    return parity


def verify_places(learning: Learning, pixels: Pixels, given: Answers) -> float:
    """Compare the places of pictures (n, H, W, 3) with those that Python finds, and return which share of their numbers
    is a level apart. Raises ConversionError where they disagree by more than rounding.
    """
    extract = learning.recipe.extractor(learning.layers)
    expected = learning.prior().places(extract(pixels)[:, 0])
    if given.places is None or given.places.shape != expected.shape:
        raise ConversionError("the converted model gave no places, or too few; nothing was written")
    apart = np.abs(expected.astype(int) - given.places)
    share = float((apart > 0).mean())
    if apart.max() > 1 or share > MOST_APART:
        raise ConversionError(
            f"the converted model places pictures elsewhere: {share:.1%} of the numbers differ, by up to {apart.max()} "
            "levels; nothing was written. Convert with --dtype float32, or train the run again"
        )
    return share


def drawn_pixels(spec: InputSpec) -> Pixels:
    """Draw a few pictures (n, H, W, 3) to check a model on that was trained on none: mosaics of all colours."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (DRAWN, 6, 8, 3), np.uint8)
    return tiles.repeat(-(-spec.height // 6), axis=1).repeat(-(-spec.width // 8), axis=2)[
        :, : spec.height, : spec.width
    ]


def compare(
    expected: Probabilities, got: Probabilities | None, channels: int, threshold: float | None = None
) -> Parity:
    """Compare probabilities (n, classes); an answer counts as changed where the expected one was clear: which channel,
    and whether it is one at all.
    """
    if got is None or got.shape != expected.shape:
        shape = None if got is None else got.shape
        raise ConversionError(f"the converted model gave {shape} probabilities instead of {expected.shape}")
    ranked = np.sort(expected[:, :channels], axis=1)
    clear = ranked[:, -1] - ranked[:, -2] > CLEAR_LEAD
    swapped = expected[:, :channels].argmax(axis=1) != got[:, :channels].argmax(axis=1)
    changed = clear & swapped
    if threshold is not None:
        decided = np.abs(expected[:, -1] - threshold) > CLEAR_LEAD
        changed |= decided & ((expected[:, -1] <= threshold) != (got[:, -1] <= threshold))
    return Parity(float(np.abs(expected - got).max()), len(expected), int(changed.sum()))


def find_node(extension: Path) -> str:
    """Return the path of Node, with which an extension's classifier can be run. Raises ConversionError."""
    node = shutil.which("node")
    if node is None:
        raise ConversionError("node is not on the PATH; install Node.js 20 or newer, which checks the converted model")
    if not (extension / "tools" / "classify.ts").is_file():
        raise ConversionError(
            f"{extension}: not Thumbprint's extension folder, whose classifier checks the converted model; name the "
            "one of a checkout with --extension"
        )
    if not (extension / "node_modules").is_dir():
        raise ConversionError(f"{extension}/node_modules is missing; run `npm ci` in {extension}")
    return node


def classify_in_tfjs(folder: Path, pixels: Pixels, extension: Path = EXTENSION) -> Answers:
    """Return what a converted model says, run by Node. Raises ConversionError."""
    node = find_node(extension)
    with tempfile.TemporaryDirectory() as temporary:
        raw = Path(temporary) / "pixels.bin"
        try:
            raw.write_bytes(pixels.tobytes())
        except OSError as error:
            raise ConversionError(cannot_write(raw, error, "set TMPDIR elsewhere")) from None
        command = [node, "--import", "tsx", "tools/classify.ts", str(folder.absolute()), str(raw)]
        try:
            done = subprocess.run(
                command, cwd=extension, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise ConversionError(f"the converted model gave no answer in TensorFlow.js within {TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise ConversionError(f"the converted model does not run in TensorFlow.js: {done.stderr.strip()}")
    answer = json.loads(done.stdout)
    unknown, places = answer["unknown"], answer["places"]
    chances = np.array(answer["probabilities"], np.float64)
    if unknown is not None:
        chances = np.column_stack([chances, np.array(unknown, np.float64).reshape(-1)])
    return Answers(chances if chances.size else None, None if places is None else np.array(places, np.int8))
