"""Writes `golden_alpha.json`: what `backend/images.py`, and so Pillow, makes of every colour at every opacity.

`python -m tests.extension.golden_alpha` from the root of the repository. `alpha.test.ts` must get the same levels.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from backend.images import Pixels, decode

OUTPUT = Path(__file__).with_suffix(".json")
SHOWN = 97  # every so many of the 65,536 levels are kept as they are, to show where a difference begins


def every_pair() -> Pixels:
    """Lay every level (across) at every opacity (down) over black: (256, 256, 3)."""
    alpha, level = np.indices((256, 256)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.stack([level, level, level, alpha], axis=2)).save(buffer, "PNG")
    return decode(buffer.getvalue())


if __name__ == "__main__":
    levels = every_pair()[:, :, 0].ravel()
    sha256 = hashlib.sha256(levels.tobytes()).hexdigest()
    answer = {"sha256": sha256, "step": SHOWN, "shown": levels[::SHOWN].tolist()}
    OUTPUT.write_text(f"{json.dumps(answer)}\n", encoding="utf-8")
