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

import numpy as np

from backend.data.pixels import Pixels
from backend.models.calibration import Probabilities
from backend.utils.errors import ConversionError, cannot_write

EXTENSION = Path(__file__).resolve().parent.parent / "extension"
LARGEST_DIFFERENCE = {"float32": 1e-3, "int8": 1e-3, "mixed": 1e-2}
# Where the two best channels, or 'none of these' and its threshold, are closer than this, rounding may swap them.
CLEAR_LEAD = 0.02
TIMEOUT_S = 300


@dataclass(frozen=True)
class Parity:
    """How far two models are apart: largest difference of a probability, pictures compared, and clear answers
    changed.
    """

    difference: float
    pictures: int
    changed: int


def verify(
    folder: Path,
    pixels: Pixels,
    expected: Probabilities,
    channels: int,
    threshold: float | None,
    dtype: str,
    extension: Path = EXTENSION,
) -> Parity:
    """Compare a converted model with the trained one on pictures (n, H, W, 3).

    expected: (n, classes) of the trained model, channels first; threshold: of 'none of these', the last class;
    extension: the folder whose classifier is asked. Raises ConversionError where they disagree.
    """
    parity = compare(expected, classify_in_tfjs(folder, pixels, extension), channels, threshold)
    allowed = LARGEST_DIFFERENCE[dtype]
    # A NaN is no agreement: `not <=` catches it where `>` would not.
    if not parity.difference <= allowed or parity.changed:
        raise ConversionError(
            f"the converted model differs from the trained one: probabilities by up to {parity.difference:.2g} "
            f"({allowed:g} allowed), {parity.changed} of {parity.pictures} answers changed; nothing was written. "
            "Convert with --dtype float32, or train the run again"
        )
    return parity


def compare(expected: Probabilities, got: Probabilities, channels: int, threshold: float | None = None) -> Parity:
    """Compare probabilities (n, classes); an answer counts as changed where the expected one was clear: which channel,
    and whether it is one at all.
    """
    if got.shape != expected.shape:
        raise ConversionError(f"the converted model gave {got.shape} probabilities instead of {expected.shape}")
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


def classify_in_tfjs(folder: Path, pixels: Pixels, extension: Path = EXTENSION) -> Probabilities:
    """Return (n, classes) probabilities of a converted model, run by Node. Raises ConversionError."""
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
    columns = np.array(answer["probabilities"], np.float64)
    unknown = answer["unknown"]
    return columns if unknown is None else np.column_stack([columns, np.array(unknown, np.float64).reshape(-1)])
