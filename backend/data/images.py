"""From the bytes of a picture to the pixels that a model sees.

The browser does the same in `extension/src/model/pixels.ts`, number for number: whoever changes a rule here changes it
there. Everything is integer arithmetic on 8-bit pixels, so that both sides can agree exactly.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from backend.data.filenames import suffix_of as suffix_of
from backend.data.picture_files import read_picture
from backend.data.picture_headers import canvas, check_pixels, check_scans, orientation, pixels_only, png_depth
from backend.data.pixels import Box as Box
from backend.data.pixels import InputSpec as InputSpec
from backend.data.pixels import Pixels as Pixels
from backend.utils.errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP")
DECODING = 2  # a new number where some file gives other pixels: what was computed of it before is computed again
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


def decode(source: Path | bytes) -> Pixels:
    """Decode the first frame to RGB, upright by its EXIF orientation, transparency laid over black.

    Returns (height, width, 3) uint8. Raises ImageError for anything but a whole JPEG, PNG or WebP of at most 40
    megapixels, and for one that is too much work: of over 100 MB as a file, or a JPEG of very many scans.
    """
    name = str(source) if isinstance(source, Path) else "picture"
    data = read_picture(source) if isinstance(source, Path) else source
    try:
        with _open(data) as image:
            image.load()
            turn = UPRIGHT.get(orientation(data))
            return _to_rgb(image if turn is None else image.transpose(turn), png_depth(data))
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    except UnidentifiedImageError:
        raise ImageError(f"{name}: not a JPEG, PNG or WebP picture") from None
    except Exception as error:  # Pillow's decoders raise nearly everything for damaged files
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{name}: damaged picture ({reason})") from None


def claimed_size(data: bytes) -> tuple[int, int]:
    """Return the width and height that a picture claims, as stored; 0, 0 where decoding says better what is wrong."""
    try:
        with _open(data) as image:
            return image.size
    except Exception:
        return 0, 0


def _open(data: bytes) -> Image.Image:
    """Open a picture within bounds; no pixel is decoded. Raises ImageError, and what Pillow raises."""
    scans = check_scans(data)
    check_pixels(*canvas(data))
    image = Image.open(io.BytesIO(pixels_only(data)), formats=FORMATS)
    check_pixels(*image.size, scans)
    return image


def _to_rgb(image: Image.Image, depth: int) -> Pixels:
    """Lay a picture over black; depth: bits of a sample, in which Pillow leaves a transparent grey or colour."""
    clear = image.info.get("transparency")
    if image.mode.startswith("I"):
        # 16-bit grey: Pillow would clip it to white, a browser keeps the high byte.
        samples = np.asarray(image).astype(np.int64)
        grey = (samples >> 8).clip(0, 255).astype(np.uint8)
        if isinstance(clear, int):
            grey[samples == clear] = 0
        return np.repeat(grey[:, :, None], 3, axis=2)
    if isinstance(clear, int) and image.mode == "L":
        image.info["transparency"] = clear * 255 // (2**depth - 1)
    if isinstance(clear, tuple) and depth == 16:
        image.info["transparency"] = tuple(sample >> 8 for sample in clear)
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
