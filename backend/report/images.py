"""The pictures of a report: found again by name and checksum, made small, and no more of them than a file bears."""

from __future__ import annotations

import base64
from pathlib import Path

from PIL import Image

from backend.data.images import decode, encode
from backend.data.pixels import Pixels
from backend.utils.errors import ImageError

WIDTH = 240  # pixels, at most
QUALITY = 70  # JPEG
BUDGET = 4_400_000  # bytes of all pictures of a report, as they stand in the page


class Album:
    """Pictures as data URIs, until there is no room for more; `left_out` counts those that came too late."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._room = budget
        self.shown = 0
        self.left_out = 0

    def file(self, path: Path | None, width: int = WIDTH) -> str:
        """Return a picture file, as given; empty where there is none, it cannot be read, or the room is used up."""
        if path is None:
            return ""
        try:
            return self.pixels(decode(path), width)
        except ImageError:
            return ""

    def pixels(self, pixels: Pixels, width: int = WIDTH) -> str:
        """Return pixels (h, w, 3), scaled down to a width, or empty where the room is used up."""
        image = Image.fromarray(pixels)
        if image.width > width:
            image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
        data = encode(image, "JPEG", quality=QUALITY, optimize=True)
        uri = "data:image/jpeg;base64," + base64.b64encode(data).decode()
        if len(uri) > self._room:
            self._room = 0  # from here on none: a report with every third picture would mislead
            self.left_out += 1
            return ""
        self._room -= len(uri)
        self.shown += 1
        return uri
