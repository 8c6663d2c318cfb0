"""Which picture is read, and which view of it: the picture as it is, or augmented.

Number 0 is the picture as it is; from 1 on it is smaller, recompressed, a little cropped; from PAGE and from CAMERA on
it is simulated as a page and as a camera show it. `augment/views.py` computes them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

SIMULATED = 1  # a new number where a simulated view looks otherwise
DRAW = 1  # tells the draw of a file from those of its view
PAGE, CAMERA = 100, 200  # numbers of the first simulated view of each kind
PAGE_VIEWS, CAMERA_VIEWS = 2, 12  # of each picture; docs/experiments.md has what more and fewer are worth


@dataclass(frozen=True)
class Source:
    """A picture to compute features of: its file, the checksum of the file's bytes, which view of it (0: as it is),
    and its other sizes, which views may be made of.
    """

    path: Path
    sha256: str
    view: int = 0
    variants: tuple[Source, ...] = ()

    @property
    def key(self) -> str:
        """Name the picture and the view in the cache: another name where a view is simulated otherwise."""
        version = f".{SIMULATED}" if self.view >= PAGE else ""
        return f"{self.sha256}/{self.view}{version}" if self.view else self.sha256

    def seen(self, number: int) -> Source:
        """Return a view: number 0 is of this file, others are of this or of another size, drawn by the checksum."""
        files = (self, *self.variants)
        drawn = drawn_file(self.sha256, number, len(files)) if number and self.variants else 0
        return replace(files[drawn], view=number, variants=())


def simulated(augment: str) -> tuple[int, ...]:
    """Return the numbers of the simulated views that an augmentation adds to a picture."""
    page = range(PAGE, PAGE + PAGE_VIEWS) if augment in ("page", "all") else ()
    camera = range(CAMERA, CAMERA + CAMERA_VIEWS) if augment in ("camera", "all") else ()
    return (*page, *camera)


def drawn_file(sha256: str, number: int, files: int) -> int:
    """Draw which of a picture's files a view is made of, 0 to files - 1; the same every time, as the view is."""
    return int(np.random.default_rng([int(sha256[:12], 16), number, DRAW]).integers(files))
