"""Pictures that Thumbprint draws for people: in the format that their names say, and never over another picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.utils.errors import ImageError, cannot_write
from backend.utils.files import check_out_file, open_whole

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
# In every picture that is drawn, near its beginning: only one with this mark is replaced.
MARK, HEAD = "Drawn by Thumbprint", 4000
QUALITY = 90  # of JPEG


def check_picture_out(out: Path, inputs: Sequence[Path], option: str = "--out") -> None:
    """Raise ThumbprintError where a picture cannot be drawn to a file; inputs: pictures that are read for it."""
    if out.suffix.lower() not in FORMATS:
        raise ImageError(f"{option} {out}: is to be a picture; name it .png or .jpg")
    check_out_file(out, "picture.png", "picture that Thumbprint drew", _has_mark, inputs, option)


def _has_mark(content: bytes) -> bool:
    return MARK.encode() in content[:HEAD]


def write_picture(image: Image.Image, out: Path, inputs: Sequence[Path], option: str = "--out") -> None:
    """Write a picture, whole or not at all. Raises ThumbprintError, as `check_picture_out` does too."""
    check_picture_out(out, inputs, option)
    kind, info = FORMATS[out.suffix.lower()], PngInfo()
    info.add_text("Software", MARK)
    marked = {"pnginfo": info} if kind == "PNG" else {"comment": MARK.encode(), "quality": QUALITY}
    try:
        with open_whole(out) as file:
            image.save(file, kind, **marked)
    except OSError as error:
        raise ImageError(cannot_write(out, error)) from None
