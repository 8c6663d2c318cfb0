"""Pictures that nobody should send: whole ones of every kind, damaged at random, and some made to do harm."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from helpers import draw, encode
from PIL import Image, PngImagePlugin

PNG_HEADER = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int = 8, colour: int = 2, data: bytes = b"", before: bytes = b"") -> bytes:
    """Return a PNG that claims a size, whatever its data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_HEADER + header + before + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def whole_pictures() -> list[bytes]:
    """Return a picture of every kind that is taken."""
    rgb, small = draw("ember", 1, (128, 72)), draw("moss", 2, (61, 47))
    frames = [draw("fjord", n, (48, 27)) for n in range(3)]
    clear = rgb.convert("RGBA")
    clear.putalpha(rgb.convert("L"))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "upright" * 20
    grey16 = Image.fromarray((np.arange(72 * 128).reshape(72, 128) * 7 % 65536).astype(np.uint16))
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Comment", "é" * 300, zip=True)
    moving = {"save_all": True, "append_images": frames[1:], "duration": 40}
    return [
        encode(rgb, "JPEG", quality=85),
        encode(rgb, "JPEG", progressive=True, exif=exif),
        encode(rgb.convert("CMYK"), "JPEG"),
        encode(rgb.convert("L"), "JPEG", icc_profile=bytes(600)),
        encode(small, "JPEG", subsampling=0, restart_marker_blocks=2),
        encode(rgb, "PNG"),
        encode(clear, "PNG", exif=exif),
        encode(rgb.convert("P"), "PNG", transparency=3),
        encode(rgb.convert("1"), "PNG", pnginfo=text),
        encode(grey16, "PNG"),
        encode(frames[0], "PNG", **moving),
        encode(rgb, "WEBP", quality=70),
        encode(clear, "WEBP", lossless=True, exif=exif.tobytes()),
        encode(frames[0], "WEBP", **moving),
    ]


def harmful_pictures() -> list[bytes]:
    """Return what is small to send and large to decode, or claims to be."""
    whole = whole_pictures()
    jpeg, webp = bytearray(whole[0]), bytearray(whole[12])
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"  # 65535x65535
    webp[4:8] = b"\xff\xff\xff\xff"
    scans, start = whole[1], whole[1].rindex(b"\xff\xda")
    bomb = zlib.compress(bytes(50_000_000), 9)
    claims = [(1, 1), (2**31 - 1, 1), (1, 2**31 - 1), (2**31 - 1, 2**31 - 1), (0, 0), (6324, 6324), (100_000, 100_000)]
    return [
        *(png(width, height) for width, height in claims),
        *(
            encode(Image.new(mode, size))
            for mode, size in [("1", (20_000, 20_000)), ("L", (6000, 6000)), ("L", (1, 65_000))]
        ),
        *(encode(Image.new("RGB", size), "JPEG") for size in [(65_500, 1), (1, 65_500), (16, 60_000)]),
        png(64, 36, data=bytes(37 * 64 * 3), before=chunk(b"zTXt", b"a\x00\x00" + bomb)),
        png(64, 36, data=bytes(37 * 64 * 3), before=chunk(b"iCCP", b"a\x00\x00" + bomb)),
        png(64, 36, data=bytes(37 * 64 * 3), before=chunk(b"eXIf", b"MM\x00*" + b"\xff" * 400)),
        png(64, 36, data=bytes(50_000_000)),
        png(64, 36, depth=16, colour=6, data=bytes(8)),
        *(png(64, 36, depth, colour, bytes(5000)) for depth in (0, 1, 3, 16, 255) for colour in (0, 3, 4, 5, 9)),
        bytes(jpeg),
        bytes(webp),
        scans[:-2] + scans[start:-2] * 3000 + scans[-2:],
        *(bytes.fromhex("ffd8ff") + bytes([marker]) + b"\xff" * 60 for marker in range(0xC0, 0x100, 3)),
        *(whole[number][:length] for number in (0, 5, 11) for length in (3, 8, 12, 20, 33, 60)),
    ]


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
