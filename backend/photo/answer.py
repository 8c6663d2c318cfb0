"""Whose the thumbnail in a photo is: found, flattened, classified.

The likeliest proposals are all classified, and their probabilities averaged by how likely each is the one: where the
finder hesitates between two, so does the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from backend.data.drawn_picture import check_picture_out, write_picture
from backend.data.images import decode, prepare
from backend.data.pixels import Pixels
from backend.models.predictor import Answer, Model
from backend.photo.find import Found, find_thumbnails
from backend.photo.rectify import flat_size, rectify
from backend.utils.errors import ImageError

CLASSIFIED = 3  # proposals at most
RIVAL = 0.5  # of the best score: what has less is no rival of it
FLAT = "--flat"
WHOLE = "no thumbnail was found in the photo: this is of the whole picture"


@dataclass(frozen=True)
class PhotoAnswer:
    """What a model says of a photo: of what was found, the likeliest first, or of the whole picture where nothing was.

    flat: what was classified first, (h, w, 3).
    """

    answer: Answer
    found: tuple[Found, ...]
    flat: Pixels

    def to_json(self) -> dict[str, object]:
        """Return where the thumbnail is: its corners in pixels of the upright photo, and a note where there is none."""
        if not self.found:
            return {"quad": None, "score": None, "note": WHOLE}
        best, *others = self.found
        return {**_place(best), "others": [_place(other) for other in others]}

    def write_flat(self, file: Path, photos: Sequence[Path]) -> bool:
        """Write the thumbnail, flattened, as PNG; returns False, and writes nothing, where none was found.

        photos: those that are read, of which none is replaced. Raises ThumbprintError.
        """
        if self.found:
            write_picture(Image.fromarray(self.flat), file, photos, FLAT)
        return bool(self.found)


def flat_files(photos: Sequence[Path], folder: Path) -> list[Path]:
    """Name a file in a folder, which is made, for the thumbnail of each photo.

    Raises ThumbprintError for two photos of one name, for a folder that cannot be made, and for a file that is there
    and was not written so.
    """
    files = [folder / f"{photo.stem}.png" for photo in photos]
    if twice := sorted({file.name for file in files if files.count(file) > 1}):
        raise ImageError(f"--flat {folder}: {', '.join(twice)} would be written for more than one photo: rename them")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"--flat {folder}: cannot be made ({error.strerror}): name another folder") from None
    for file in files:
        check_picture_out(file, photos, FLAT)
    return files


def _place(found: Found) -> dict[str, object]:
    return {"quad": [[round(float(x), 1), round(float(y), 1)] for x, y in found.quad], "score": round(found.score, 3)}


def answer_photo(model: Model, photo: Path | bytes) -> PhotoAnswer:
    """Find the thumbnail in a photo, and say whose it is. Raises ImageError."""
    pixels = decode(photo)
    return answer_found(model, pixels, tuple(find_thumbnails(pixels)))


def answer_found(model: Model, pixels: Pixels, found: tuple[Found, ...]) -> PhotoAnswer:
    """Say whose the thumbnail is that was found in a photo (h, w, 3); of the whole photo where none was."""
    rivals = [rival for rival in found[:CLASSIFIED] if rival.score >= RIVAL * found[0].score]
    flats = [rectify(pixels, rival.quad, *flat_size(rival.quad)) for rival in rivals] or [pixels]
    rows = model.predict_proba(np.stack([prepare(flat, model.recipe.spec) for flat in flats]))
    weights = np.array([rival.score for rival in rivals] or [1.0])
    return PhotoAnswer(model.explain_row(weights @ rows / weights.sum()), found, flats[0])
