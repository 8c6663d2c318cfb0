"""Which weights travel in 16 bits.

Quantising only saves download. Pointwise kernels are nine tenths of the network and take 16 bits with 0.1 % error in
the features; the folded depthwise kernels, 33,000 numbers of very different sizes, would cause all of the error there
is.
"""

from __future__ import annotations

import json
from pathlib import Path

from backend.errors import ConversionError

POINTWISE = ["*_expand/kernel", "*_project/kernel", "*/Conv_1/kernel"]


def check_quantized(folder: Path) -> None:
    """Raise ConversionError where no weight took 16 bits: a pattern that matches nothing is silently ignored."""
    manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))["weightsManifest"]
    if not any("quantization" in weight for group in manifest for weight in group["weights"]):
        raise ConversionError("no pointwise kernel was found to quantise; convert with --dtype float32")
