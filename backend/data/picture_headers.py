"""What a picture's bytes say of it before any pixel is decoded: how much work it is, and which way is up."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from backend.data.filenames import suffix_of
from backend.utils.errors import ImageError

MAX_PARTS = 100_000  # segments of a JPEG or chunks of a PNG; the largest files have some thousands
MAX_SCANS = 64  # of a JPEG; a progressive one has about ten
MAX_PIXELS = 40_000_000
MAX_SCANNED = 16 * MAX_PIXELS  # pixels of all scans together: each scan goes over the whole picture

# A JPEG's markers, but for those in the midst of its compressed data: an escaped 0xff, and restarts.
MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
JPEG_START, PNG_START = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
START, END, SCAN, ALONE = b"\xd8", b"\xd9", b"\xda", b"\x01"
APP0, EXIF, ADOBE, APP15, COMMENT = b"\xe0", b"\xe1", b"\xee", b"\xef", b"\xfe"
PIXEL_CHUNKS = (b"tRNS", b"acTL", b"fcTL", b"fdAT")  # besides the critical ones, with a capital
EXIF_NAME = b"Exif\0\0"
ORIENTATION, SHORT = 0x0112, 3


class Part(NamedTuple):
    """A segment of a JPEG or a chunk of a PNG: where it begins, its kind, and where its contents begin and end."""

    begin: int
    kind: bytes
    start: int
    end: int


def check_scans(data: bytes) -> int:
    """Return how many scans a picture has, 1 but for a JPEG. Raises ImageError for too many, and for too many parts."""
    if suffix_of(data) != ".jpg":
        return 1
    scans = sum(part.kind == SCAN for part in _segments(data))
    if scans > MAX_SCANS:
        raise ImageError(f"a JPEG of {scans} scans, over the {MAX_SCANS} allowed")
    return scans


def check_pixels(width: int, height: int, scans: int = 1) -> None:
    """Raise ImageError for more pixels than are decoded."""
    if width * height > MAX_PIXELS:
        raise ImageError(f"{width}x{height} pixels, over the {MAX_PIXELS:,} allowed")
    if scans * width * height > MAX_SCANNED:
        raise ImageError(f"a JPEG of {scans} scans of {width}x{height} pixels, over the {MAX_SCANNED:,} allowed")


def canvas(data: bytes) -> tuple[int, int]:
    """Return the width and height that a WebP with extensions claims, which Pillow makes room for; 0, 0 for others."""
    if suffix_of(data) != ".webp" or data[12:16] != b"VP8X":
        return 0, 0
    width, height = (1 + int.from_bytes(data[place : place + 3], "little") for place in (24, 27))
    return width, height


def pixels_only(data: bytes) -> bytes:
    """Leave out of a picture what makes no pixels: metadata may be endless, damaged, or say what browsers pass over."""
    if suffix_of(data) == ".jpg":
        kept, place = [JPEG_START], len(data)
        for begin, kind, _, end in _segments(data):
            if kind == SCAN:
                place = begin
                break
            if kind in (APP0, ADOBE) or not (APP0 <= kind <= APP15 or kind == COMMENT):
                kept.append(data[begin:end])
        return b"".join([*kept, data[place:]])
    if suffix_of(data) == ".png":
        return PNG_START + b"".join(data[begin : end + 4] for begin, _, _, end in _pixel_chunks(data))
    return data


def _pixel_chunks(data: bytes) -> list[Part]:
    """Return the chunks of a PNG that make pixels: browsers show the first frame of an animation.

    Without a frame's header (fcTL) before it, the first picture (IDAT) is for programs that know no animation.
    """
    chunks = [part for part in _chunks(data) if part.kind in PIXEL_CHUNKS or part.kind[:1].isupper()]
    kinds = [part.kind for part in chunks]
    before = kinds[: kinds.index(b"IDAT")] if b"IDAT" in kinds else []
    if b"acTL" in before and b"fcTL" not in before:
        return [part for part in chunks if part.kind != b"IDAT"]
    return chunks


def png_depth(data: bytes) -> int:
    """Return the bits of a PNG's samples; 8 for other pictures."""
    return data[24] if suffix_of(data) == ".png" and len(data) > 24 else 8


def _segments(data: bytes) -> Iterator[Part]:
    """Go over the segments of a JPEG up to its end; what follows, as in a motion photo, is none of it."""
    place = len(JPEG_START)
    for _ in range(MAX_PARTS):
        match = MARKER.search(data, place)
        if match is None or match[1] == END:
            return
        kind, place = match[1], match.end()
        if kind not in (START, ALONE):
            size = max(2, int.from_bytes(data[place : place + 2], "big"))
            yield Part(match.start(), kind, place + 2, place + size)
            place += size
    raise ImageError(f"a JPEG of over {MAX_PARTS:,} segments")


def _chunks(data: bytes) -> Iterator[Part]:
    """Go over the chunks of a PNG up to its end."""
    place = len(PNG_START)
    for _ in range(MAX_PARTS):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if len(kind) < 4:
            return
        yield Part(place, kind, place + 8, place + 8 + size)
        if kind == b"IEND":
            return
        place += 12 + size
    raise ImageError(f"a PNG of over {MAX_PARTS:,} chunks")


def orientation(data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, as browsers read it: not from XMP or texts, and never of a WebP."""
    suffix = suffix_of(data)
    if suffix == ".jpg":
        for _, kind, start, end in _segments(data):
            if kind == SCAN:
                break
            if kind == EXIF and data.startswith(EXIF_NAME, start):
                return _exif_orientation(data[start + len(EXIF_NAME) : end])
    if suffix == ".png":
        for _, name, start, end in _chunks(data):
            if name == b"IDAT":
                break
            if name == b"eXIf":
                return _exif_orientation(data[start:end])
    return 1


def _exif_orientation(exif: bytes) -> int:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None or len(exif) < 10:
        return 1
    (offset,) = struct.unpack_from(order + "I", exif, 4)
    entries = exif[offset + 2 :]
    for place in range(0, len(entries) - 11, 12):
        tag, kind, count, value = struct.unpack_from(order + "HHIH", entries, place)
        if tag == ORIENTATION:
            return value if (kind, count) == (SHORT, 1) and 1 <= value <= 8 else 1
    return 1
