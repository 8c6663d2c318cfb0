"""From the bytes of a picture to the pixels that a model sees.

The browser does the same in `extension/src/model/pixels.ts`, number for number: whoever changes a rule here changes it
there. Everything is integer arithmetic on 8-bit pixels, so that both sides can agree exactly.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from backend.data.filenames import SUFFIXES
from backend.data.pixels import Box as Box
from backend.data.pixels import InputSpec as InputSpec
from backend.data.pixels import Pixels as Pixels
from backend.utils.errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 40_000_000
DARK_LEVEL = 40  # JPEG ringing lifts a baked-in black bar up to about 30
MIN_BAR = 2
JPEG_BLOCK = 8  # pixels; what lies this close to the picture may be smeared by it, and is not looked at

# What turns a picture upright, by its EXIF orientation.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def find_pictures(paths: Iterable[Path]) -> list[Path]:
    """Put the pictures below a folder, by their suffixes and in order, in the folder's place; files stay as they are.

    Hidden files and folders are passed over, as an import does. Raises ImageError for a folder without pictures.
    """
    pictures: list[Path] = []
    for path in paths:
        below = [path]
        if path.is_dir():
            below = sorted(file for file in path.rglob("*") if _is_picture(file.relative_to(path)) and file.is_file())
            if not below:
                raise ImageError(f"{path}: no JPEG, PNG or WebP pictures in this folder; name another, or files")
        pictures += below
    return pictures


def _is_picture(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not hidden and any(path.suffix and path.suffix.lower() in names for names in SUFFIXES.values())


def suffix_of(data: bytes) -> str:
    """Tell JPEG, PNG and WebP by their first bytes; empty for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    return ".webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def decode(source: Path | bytes) -> Pixels:
    """Decode the first frame to RGB, upright by its EXIF orientation, transparency laid over black.

    Returns (height, width, 3) uint8. Raises ImageError for anything but a whole JPEG, PNG or WebP of at most 40
    megapixels.
    """
    name = str(source) if isinstance(source, Path) else "picture"
    data = _read(source) if isinstance(source, Path) else source
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ImageError(f"{name}: {image.width}x{image.height} pixels, over the {MAX_PIXELS:,} allowed")
            image.load()
            return _to_rgb(_upright(image))
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError(f"{name}: not a JPEG, PNG or WebP picture") from None
    except (OSError, SyntaxError, ValueError, EOFError, AssertionError) as error:
        # Pillow's decoders raise all of these for damaged files.
        raise ImageError(f"{name}: damaged picture ({error})") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path}: cannot be read ({error.strerror})") from None


def _upright(image: Image.Image) -> Image.Image:
    # Pillow's exif_transpose writes all the other entries anew, and fails on odd ones in whole pictures. Browsers turn
    # JPEG and PNG, but never WebP.
    if image.format == "WEBP":
        return image
    turn = UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):
        # 16-bit grey: Pillow would clip it to white, a browser keeps the high byte.
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        black = Image.new("RGBA", rgba.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, rgba)
    return np.asarray(image.convert("RGB"))


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return a picture as the bytes of a file; options: Pillow's for the kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def baked_bars(pixels: Pixels) -> Box:
    """Find the 16:9 picture between black bars that belong to the file, as in `hqdefault.jpg`.

    Returns the box of the picture; the whole box where the shape or the brightness says that there are no bars. Only
    the rows (or columns) that a 16:9 picture leaves over are looked at, so a dark thumbnail is never cropped for being
    dark.
    """
    height, width = pixels.shape[:2]
    tall = 9 * width < 16 * height
    # Rounded up.
    bar = -((9 * width - 16 * height) // 32) if tall else -((16 * height - 9 * width) // 18)
    lines = pixels if tall else pixels.swapaxes(0, 1)
    clear = max(1, bar - JPEG_BLOCK)
    nothing_left = 2 * bar >= len(lines)  # of a line of two or three pixels
    if bar < MIN_BAR or nothing_left or not (_dark(lines[:clear]) and _dark(lines[len(lines) - clear :])):
        return (0, 0, width, height)
    return (0, bar, width, height - bar) if tall else (bar, 0, width - bar, height)


def _dark(pixels: Pixels) -> bool:
    bright = int(np.count_nonzero(pixels.max(axis=2) > DARK_LEVEL))
    return bool(100 * bright <= 2 * pixels.shape[0] * pixels.shape[1])


def fit(pixels: Pixels, spec: InputSpec) -> Pixels:
    """Scale pixels to the input of a model with an antialiased triangle filter.

    Returns (spec.height, spec.width, 3) uint8.
    """
    if spec.fit == "stretch":
        return resize(pixels, spec.height, spec.width)
    height, width = pixels.shape[:2]
    # The side that fills the input first decides; integer rounding (half up), so that the browser agrees.
    if spec.width * height <= spec.height * width:
        new_width, new_height = spec.width, max(1, (2 * height * spec.width + width) // (2 * width))
    else:
        new_width, new_height = max(1, (2 * width * spec.height + height) // (2 * height)), spec.height
    top, left = (spec.height - new_height) // 2, (spec.width - new_width) // 2
    padded = np.zeros((spec.height, spec.width, 3), np.uint8)
    padded[top : top + new_height, left : left + new_width] = resize(pixels, new_height, new_width)
    return padded


def resize(pixels: Pixels, height: int, width: int) -> Pixels:
    """Scale (h, w, 3) to (height, width, 3) with Pillow's BILINEAR: a triangle filter with antialiasing."""
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def preprocess(source: Path | bytes, spec: InputSpec) -> Pixels:
    """Decode, crop baked-in bars and scale: the one way from a file to a model's input.

    Returns (spec.height, spec.width, 3) uint8. Raises ImageError.
    """
    return prepare(decode(source), spec)


def prepare(pixels: Pixels, spec: InputSpec) -> Pixels:
    """Crop baked-in bars and scale pixels that are decoded already."""
    return fit(without_bars(pixels), spec)


def without_bars(pixels: Pixels) -> Pixels:
    """Return the picture between baked-in bars, (height, width, 3)."""
    left, top, right, bottom = baked_bars(pixels)
    return np.ascontiguousarray(pixels[top:bottom, left:right])


# Truncated files are an error: half a thumbnail is not the channel's style.
ImageFile.LOAD_TRUNCATED_IMAGES = False
# Pillow's own guard against decompression bombs only warns up to twice its limit; ours is checked before decoding.
Image.MAX_IMAGE_PIXELS = None
