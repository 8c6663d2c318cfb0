"""Pictures of every kind that browsers and Pillow could see otherwise, and pictures that would be too much work.

`tests/e2e/pictures.py` has both browsers asked for the same kinds.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from helpers import as_array, draw, encode
from hostile import PNG_HEADER, chunk, exif, png, repeat_scan
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, PngImagePlugin

from backend.data.images import decode
from backend.utils.errors import ImageError

IMAGE = draw("moss", 1, (48, 27))
STORED = as_array(IMAGE)
TURNED = np.rot90(STORED, -1)  # by orientation 6
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="6"/></x:xmpmeta>'
LONG, TWICE = (4, 1), (3, 2)


def app1(contents: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", 2 + len(contents)) + contents


def jpeg(*segments: bytes) -> bytes:
    """Return a JPEG with more segments behind its first, JFIF."""
    data = encode(IMAGE, "JPEG", quality=95)
    return data[:20] + b"".join(segments) + data[20:]


def png_with(*chunks: bytes, before: bytes = b"IDAT") -> bytes:
    data = encode(IMAGE)
    place = data.index(before) - 4
    return data[:place] + b"".join(chunks) + data[place:]


def odd_exif(kind: int, count: int) -> bytes:
    entry = struct.pack(">HHIHH", 0x0112, kind, count, 0 if kind == 4 else 6, 6 if kind == 4 else 0)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def xmp_jpeg() -> bytes:
    return app1(b"http://ns.adobe.com/xap/1.0/\0" + XMP)


# --- Which way is up ---------------------------------------------------------------------------------------------


NOT_TURNED = {
    "xmp": jpeg(xmp_jpeg()),
    "xmp and exif": jpeg(xmp_jpeg(), app1(exif(1))),
    "xmp in png": png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)),
    "text in png": png_with(chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 32\n" + exif(6).hex().encode())),
    "behind the pixels": png_with(chunk(b"eXIf", exif(6)[6:]), before=b"IEND"),
    "xmp in webp": encode(IMAGE, "WEBP", lossless=True, xmp=XMP),
    "exif in webp": encode(IMAGE, "WEBP", lossless=True, exif=exif(6)),
    "0": jpeg(app1(exif(0))),
    "9": jpeg(app1(exif(9))),
    "65535": jpeg(app1(exif(65_535))),
    "long": jpeg(app1(odd_exif(*LONG))),
    "twice": jpeg(app1(odd_exif(*TWICE))),
}
TURNED_JPEGS = {
    "behind xmp": jpeg(xmp_jpeg(), app1(exif(6))),
    "the first of two": jpeg(app1(exif(6)), app1(exif(3))),
    "before xmp": jpeg(app1(exif(6)), xmp_jpeg().replace(b'"6"', b'"1"')),
    "mpo": encode(IMAGE, "MPO", save_all=True, append_images=[IMAGE], exif=exif(6), quality=95),
}


@pytest.mark.parametrize("kind", NOT_TURNED)
def test_what_browsers_do_not_turn_is_not_turned(kind: str) -> None:
    data = NOT_TURNED[kind]
    expected = decode(jpeg()) if data.startswith(b"\xff\xd8") else STORED
    assert np.array_equal(decode(data), expected)


@pytest.mark.parametrize("kind", TURNED_JPEGS)
def test_the_first_exif_of_a_jpeg_turns_it(kind: str) -> None:
    assert np.array_equal(decode(TURNED_JPEGS[kind]), np.rot90(decode(jpeg()), -1))


def test_exif_before_the_pixels_turns_a_png() -> None:
    assert np.array_equal(decode(png_with(chunk(b"eXIf", exif(6)[6:]))), TURNED)


# --- Which picture of several ------------------------------------------------------------------------------------


def frame(pixels: NDArray[np.uint8], x: int, y: int) -> bytes:
    """Return the chunks of a first frame that lies at a place, blended over what was there."""
    height, width = pixels.shape[:2]
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))
    control = struct.pack(">IIIIIHHBB", 0, width, height, x, y, 1, 1, 0, 1)
    return chunk(b"fcTL", control) + chunk(b"fdAT", struct.pack(">I", 1) + body)


ACTL = chunk(b"acTL", struct.pack(">II", 1, 0))


def test_an_animated_png_is_its_first_frame_not_its_default_picture() -> None:
    other = as_array(draw("ember", 2, (48, 27)))
    data = png_with(ACTL)
    place = data.index(b"IEND") - 4
    assert np.array_equal(decode(data[:place] + frame(other, 0, 0) + data[place:]), other)


def test_the_first_frame_lies_on_nothing() -> None:
    part = as_array(draw("ember", 2, (20, 10)))
    data = png_with(ACTL)
    place = data.index(b"IEND") - 4
    expected = np.zeros_like(STORED)
    expected[5:15, 8:28] = part
    assert np.array_equal(decode(data[:place] + frame(part, 8, 5) + data[place:]), expected)


def test_an_animation_without_frames_is_refused_as_browsers_do() -> None:
    with pytest.raises(ImageError):
        decode(png_with(ACTL))


def test_an_animation_that_begins_with_its_default_picture_is_that() -> None:
    data = encode(IMAGE, save_all=True, append_images=[draw("ember", 2, (48, 27))], duration=100)
    assert np.array_equal(decode(data), STORED)


def test_a_motion_photo_is_a_picture() -> None:
    """Bytes behind the end may look like scans, segments or another picture."""
    film = np.random.default_rng(0).integers(0, 256, 100_000).astype(np.uint8).tobytes()
    tail = b"\0\0\0\x18ftypmp42" + film + b"\xff\xda\xff\xd8\xff\xe1" * 1000
    assert np.array_equal(decode(jpeg() + tail), decode(jpeg()))


# --- Which colours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_transparent_grey_of_a_png_of_few_bits_is_black(depth: int) -> None:
    most = 2**depth - 1
    row = np.packbits(np.unpackbits(np.array([[most], [0]], np.uint8), axis=1)[:, 8 - depth :].reshape(-1)).tobytes()
    clear = png(2, 1, depth, 0, b"\0" + row, before=chunk(b"tRNS", struct.pack(">H", most)))
    assert decode(clear)[0, :, 0].tolist() == [0, 0]
    opaque = png(2, 1, depth, 0, b"\0" + row, before=chunk(b"tRNS", struct.pack(">H", 0)))
    assert decode(opaque)[0, :, 0].tolist() == [255, 0]


def test_the_transparent_grey_of_16_bits_is_black_and_its_neighbour_is_not() -> None:
    row = b"\0" + struct.pack(">3H", 0xFFFF, 0xFFFE, 0x8000)
    data = png(3, 1, 16, 0, row, before=chunk(b"tRNS", b"\xff\xff"))
    assert decode(data)[0, :, 0].tolist() == [0, 255, 128]


def test_colour_profiles_are_passed_over_also_damaged_and_endless_ones() -> None:
    bomb = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000), 9))
    for before in (bomb, chunk(b"iCCP", b"a\0\0broken"), chunk(b"zTXt", b"a\0\0" + bomb), chunk(b"cICP", b"\1")):
        assert np.array_equal(decode(png_with(before)), STORED)


# --- Too much work -----------------------------------------------------------------------------------------------


def test_scans_of_a_jpeg_are_counted() -> None:
    progressive = encode(IMAGE, "JPEG", progressive=True)
    assert decode(repeat_scan(progressive, 64)).shape == STORED.shape
    with pytest.raises(ImageError, match=r"^picture: a JPEG of 65 scans, over the 64 allowed$"):
        decode(repeat_scan(progressive, 65))


def test_scans_count_by_what_each_goes_over() -> None:
    large = encode(Image.new("L", (6000, 6000), 90), "JPEG", progressive=True, quality=5)
    with pytest.raises(ImageError, match=r"^picture: a JPEG of 20 scans of 6000x6000 pixels, over the 640,000,000"):
        decode(repeat_scan(large, 20))


def test_what_only_looks_like_a_scan_is_none() -> None:
    data = encode(IMAGE, "JPEG", quality=95, comment=b"\xff\xda" * 500, exif=exif(1, b"\xff\xda" * 500))
    assert np.array_equal(decode(data), decode(jpeg()))


@pytest.mark.parametrize("segment", [b"\xff\xfe\x00\x02", b"\xff\xe1\x00\x02"])
def test_segments_of_a_jpeg_are_counted(segment: bytes) -> None:
    with pytest.raises(ImageError, match="a JPEG of over 100,000 segments"):
        decode(jpeg(segment * 100_000))


def test_chunks_of_a_png_are_counted() -> None:
    with pytest.raises(ImageError, match="a PNG of over 100,000 chunks"):
        decode(png_with(chunk(b"teXt", b"") * 100_000))


def test_metadata_without_end_is_not_read_by_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow joins all segments of EXIF one by one: the work grows with the square of their number."""

    def read(image: object, marker: int) -> None:
        raise AssertionError("read")

    monkeypatch.setitem(JpegImagePlugin.MARKER, 0xFFE1, ("APP1", "", read))
    assert decode(jpeg(*[app1(exif(6, bytes(60_000)))] * 3)).shape == (48, 27, 3)


def test_the_canvas_of_a_webp_is_looked_at_before_there_is_room_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = encode(IMAGE, "WEBP", save_all=True, append_images=[draw("ember", 1, (48, 27))])

    def open_it(*args: object, **options: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Image, "open", open_it)
    with pytest.raises(ImageError, match="16777216x16777216 pixels, over the 40,000,000"):
        decode(moving[:24] + b"\xff" * 6 + moving[30:])


def test_starts_alone_are_no_pictures() -> None:
    for data in (
        PNG_HEADER,
        PNG_HEADER + bytes(99),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff" * 50_000,
        b"\xff\xd8" + b"\xff" * 10**6,
    ):
        with pytest.raises(ImageError, match=r"^picture: "):
            decode(data)


def test_whatever_pillow_raises_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, said in ((KeyError("a\nb"), "'a\\nb'"), (struct.error("x\ny"), "x y"), (MemoryError(), "MemoryError")):

        def load(self: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
        with pytest.raises(ImageError) as caught:
            decode(encode(IMAGE))
        assert str(caught.value) == f"picture: damaged picture ({said})"
