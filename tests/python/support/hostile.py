"""Pictures that nobody should send: whole ones of every kind, damaged at random, and some made to do harm."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from helpers import draw, encode
from PIL import Image, PngImagePlugin

from backend.data.picture_headers import MAX_SCANS as SCANS

PNG_HEADER = b"\x89PNG\r\n\x1a\n"
START_OF_SCAN = b"\xff\xda"
DEEP = {2: 6, 4: 4, 6: 8}  # bytes of a pixel with 16 bits a channel, by the kind of colour


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int = 8, colour: int = 2, data: bytes = b"", before: bytes = b"") -> bytes:
    """Return a PNG that claims a size, whatever its data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_HEADER + header + before + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def repeat_scan(jpeg: bytes, scans: int) -> bytes:
    """Return a progressive JPEG with its last scan again and again, until it has so many."""
    start = jpeg.rindex(START_OF_SCAN)
    return jpeg[:-2] + jpeg[start:-2] * (scans - jpeg.count(START_OF_SCAN)) + jpeg[-2:]


def exif(orientation: int = 1, after: bytes = b"") -> bytes:
    """Return EXIF of an orientation, whatever that is, with anything after it."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\x00\x00MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4) + after


def whole_pictures() -> list[bytes]:
    """Return a picture of every kind that is taken."""
    rgb = draw("ember", 1, (128, 72))
    return [*_jpegs(rgb), *_pngs(rgb), *_webps(rgb)]


def _jpegs(rgb: Image.Image) -> list[bytes]:
    small, cmyk = draw("moss", 2, (61, 47)), rgb.convert("CMYK")
    progressive = encode(rgb, "JPEG", progressive=True, exif=exif(6))
    odd = [*(exif(orientation) for orientation in (0, 3, 9, 65_535)), exif(after=b"\xff" * 60_000)]
    broken = [b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00" + b"?" * 50, exif()[:17]]
    return [
        encode(rgb, "JPEG", quality=85),
        progressive,
        repeat_scan(progressive, SCANS),
        encode(cmyk, "JPEG"),
        encode(cmyk, "JPEG", progressive=True),
        encode(rgb.convert("L"), "JPEG", icc_profile=bytes(600)),
        encode(small, "JPEG", subsampling=0, restart_marker_blocks=2),
        encode(rgb, "MPO", save_all=True, append_images=[small]),
        *(encode(rgb, "JPEG", exif=entries) for entries in odd + broken),
    ]


def _pngs(rgb: Image.Image) -> list[bytes]:
    clear, palette = _clear(rgb), rgb.convert("P")
    grey16 = Image.fromarray((np.arange(72 * 128).reshape(72, 128) * 7 % 65536).astype(np.uint16))
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Comment", "é" * 300, zip=True)
    return [
        encode(rgb, "PNG"),
        encode(clear, "PNG", exif=exif(6)),
        encode(clear.convert("LA"), "PNG"),
        encode(palette, "PNG", transparency=3),
        encode(palette, "PNG", transparency=bytes(range(256))),
        encode(rgb.convert("1"), "PNG", pnginfo=text),
        encode(grey16, "PNG"),
        *(png(64, 36, 16, colour, (b"\x00" + bytes(range(64)) * size) * 36) for colour, size in DEEP.items()),
        encode(rgb, "PNG", **_moving()),
    ]


def _webps(rgb: Image.Image) -> list[bytes]:
    return [
        encode(rgb, "WEBP", quality=70),
        encode(_clear(rgb), "WEBP", lossless=True, exif=exif(6)),
        encode(rgb, "WEBP", exif=exif(9, b"\xff" * 60_000)),
        encode(rgb, "WEBP", **_moving()),
    ]


def _clear(rgb: Image.Image) -> Image.Image:
    clear = rgb.convert("RGBA")
    clear.putalpha(rgb.convert("L"))
    return clear


def _moving() -> dict[str, Any]:
    return {"save_all": True, "append_images": [draw("fjord", n, (128, 72)) for n in range(3)], "duration": 40}


def harmful_pictures() -> list[bytes]:
    """Return what is small to send and large to decode, claims to be what it is not, or ends too early."""
    whole = whole_pictures()
    halves = [picture[: len(picture) // 2] for picture in whole]
    starts = [picture[:length] for picture in (whole[0], *_ends()) for length in (3, 8, 12, 20, 33, 60)]
    return [*_bombs(), *_claims(), *_others(), *halves, *starts]


def _ends() -> list[bytes]:
    """Return a picture of each kind but JPEG: one that is still, and one that moves."""
    rgb = draw("ember", 1, (128, 72))
    return [encode(rgb, kind, **options) for kind in ("PNG", "WEBP") for options in ({}, _moving())]


def _bombs() -> list[bytes]:
    bomb, rows = zlib.compress(bytes(50_000_000), 9), bytes(37 * 64 * 3)
    rgb = draw("ember", 1, (128, 72))
    scans = encode(rgb, "JPEG", progressive=True)
    large = Image.new("RGB", (4000, 2500), (90, 120, 150))
    return [
        *(
            encode(Image.new(mode, size))
            for mode, size in [("1", (20_000, 20_000)), ("L", (6000, 6000)), ("L", (1, 65_000))]
        ),
        *(encode(Image.new("RGB", size), "JPEG") for size in [(65_500, 1), (1, 65_500), (16, 60_000)]),
        repeat_scan(encode(large, "JPEG", progressive=True, quality=20, exif=exif(6)), SCANS),
        repeat_scan(scans, 3000),
        png(64, 36, data=rows, before=chunk(b"zTXt", b"a\x00\x00" + bomb)),
        png(64, 36, data=rows, before=chunk(b"iCCP", b"a\x00\x00" + bomb)),
        png(64, 36, data=rows, before=chunk(b"eXIf", b"MM\x00*" + b"\xff" * 400)),
        png(64, 36, data=bytes(50_000_000)),
    ]


def _claims() -> list[bytes]:
    rgb = draw("ember", 1, (128, 72))
    jpeg, webp = encode(rgb, "JPEG"), encode(rgb, "WEBP", lossless=True)
    moving, most = encode(rgb, "WEBP", **_moving()), b"\xff" * 4
    frame = jpeg.index(b"\xff\xc0") + 5
    frames = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    sizes = [(1, 1), (2**31 - 1, 1), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1), (0, 0), (6324, 6324), (100_000, 100_000)]
    return [
        *(png(width, height) for width, height in sizes),
        png(64, 36, depth=16, colour=6, data=bytes(8)),
        png(64, 36, data=bytes(37 * 64 * 3), before=frames),
        *(png(64, 36, depth, colour, bytes(5000)) for depth in (0, 1, 3, 16, 255) for colour in (0, 3, 4, 5, 9)),
        jpeg[:frame] + most + jpeg[frame + 4 :],  # 65535x65535
        webp[:4] + most + webp[8:],  # a file of 4 GB
        webp[:21] + most + webp[25:],  # 16384x16384
        moving[:24] + most + most[:2] + moving[30:],  # frames on 16777216x16777216
        *(bytes.fromhex("ffd8ff") + bytes([marker]) + b"\xff" * 60 for marker in range(0xC0, 0x100, 3)),
    ]


def _others() -> list[bytes]:
    """Return what is of a kind that is not taken, also behind the first bytes of one that is."""
    rgb = draw("ember", 1, (128, 72))
    foreign = [
        encode(rgb, "GIF", **_moving()),
        *(encode(rgb, kind) for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "JPEG2000", "PDF")),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + bytes(60),
        b"\x1f\x8b\x08" + bytes(60),
    ]
    return [*foreign, *(start + content for content in foreign for start in (b"\xff\xd8\xff", PNG_HEADER))]


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Yield whole pictures damaged at random; the same for the same seed."""
    whole, rng = whole_pictures(), np.random.default_rng(seed)
    for _ in range(count):
        data = bytearray(whole[rng.integers(len(whole))])
        for _ in range(int(rng.integers(1, 5))):
            _mutate(data, rng, whole)
        yield bytes(data)


def _mutate(data: bytearray, rng: np.random.Generator, whole: list[bytes]) -> None:
    size = len(data)
    # Headers are where damage tells: half of it is done to the first 200 bytes.
    at = int(rng.integers(0, min(size, 200) if rng.random() < 0.5 else size)) if size else 0
    length = int(rng.integers(1, 40))
    match int(rng.integers(8)):
        case 0:
            del data[at:]
        case 1:
            del data[at : at + length]
        case 2:
            data[at:at] = rng.bytes(length)
        case 3:
            data[at : at + 4] = [b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x00\x00\x80\x00"][rng.integers(4)]
        case 4:
            other = whole[rng.integers(len(whole))]
            data[at:] = other[int(rng.integers(len(other))) :]
        case 5:
            data[at:at] = data[at : at + 10 * length]
        case 6:
            for place in rng.integers(0, max(size, 1), size=min(length, size)):
                data[place] ^= 1 << int(rng.integers(8))
        case _:
            data[at : at + length] = rng.bytes(length)
    if data.startswith(PNG_HEADER) and rng.random() < 0.7:
        _mend_checksums(data)


def _mend_checksums(data: bytearray) -> None:
    """Give the chunks of a PNG the checksums of what is in them now, so that damage gets past them."""
    at = len(PNG_HEADER)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            return
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
