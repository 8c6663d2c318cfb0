"""A thumbnail as a page shows it: in the page's size, compressed by the server, with what the page lays over it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from backend.data.augment.corruptions import CORRUPTIONS, Generator, jpeg, webp
from backend.data.pixels import Pixels

WIDTHS = (94, 720)  # pixels: from the smallest list to a wide screen's grid
QUALITY_LOST = (8, 60)  # 100 less the quality of JPEG or WebP
# How often a page has each of them.
LAID_OVER = {"play length": 0.7, "progress bar": 0.3, "icons": 0.3, "dark overlay": 0.25, "rounded corners": 0.5}
AGAIN = 0.3  # how often the whole is compressed once more, as a screenshot is


def page_view(pixels: Pixels, rng: Generator) -> Pixels:
    """Return a picture (h, w, 3) as a page shows it, everything about it drawn at random: 94 to 720 pixels wide."""
    width = round(float(np.exp(rng.uniform(*np.log(WIDTHS)))))  # sizes differ by factors, not by pixels
    size = (width, max(1, round(width * pixels.shape[0] / pixels.shape[1])))
    shown = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))
    shown = _compressed(shown, rng)
    for name, often in LAID_OVER.items():
        if rng.random() < often:
            shown = CORRUPTIONS[name].at(rng.uniform(0, 1), shown, rng)
    return _compressed(shown, rng) if rng.random() < AGAIN else shown


def _compressed(pixels: Pixels, rng: Generator) -> Pixels:
    apply = (jpeg, webp)[rng.integers(2)]
    return apply(pixels, rng.uniform(*QUALITY_LOST), rng)
