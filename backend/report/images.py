"""The pictures of a report: found again by name and checksum, made small, and no more of them than a file bears."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from backend.data.images import Pixels, decode
from backend.models.run import Run
from backend.utils.errors import ImageError

WIDTH = 240  # pixels, at most
QUALITY = 70  # JPEG
BUDGET = 4_400_000  # bytes of all pictures of a report, as they stand in the page


class Library:
    """Where the pictures of a run are: its dataset, and the background dataset that its command named."""

    def __init__(self, run: Run) -> None:
        self.roots = [root for root in _roots(run) if root.is_dir()]

    def find(self, image: str, sha256: str) -> Path | None:
        """Return the file of a picture; None where it is gone, or is another file by now."""
        for root in self.roots:
            path = (root / image).resolve()
            # A run may come from anywhere: it names files of its dataset, and no others.
            if not path.is_relative_to(root.resolve()) or not path.is_file():
                continue
            if hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
        return None


def _roots(run: Run) -> Sequence[Path]:
    command = [str(word) for word in run.description.get("command", ())]
    named = [command[i + 1] for i, word in enumerate(command[:-1]) if word == "--background"]
    named += [word.partition("=")[2] for word in command if word.startswith("--background=")]
    path = run.description.get("dataset", {}).get("path")
    return [Path(root) for root in ([path] if path else []) + named]


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

    def encoded(self, data: bytes, width: int = WIDTH) -> str:
        """Return a picture of another format, such as the PNG of a heatmap."""
        return self.pixels(decode(data), width)

    def pixels(self, pixels: Pixels, width: int = WIDTH) -> str:
        """Return pixels (h, w, 3), scaled down to a width, or empty where the room is used up."""
        image = Image.fromarray(pixels)
        if image.width > width:
            image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
        uri = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
        if len(uri) > self._room:
            self._room = 0  # from here on none: a report with every third picture would mislead
            self.left_out += 1
            return ""
        self._room -= len(uri)
        self.shown += 1
        return uri
