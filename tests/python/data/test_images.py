"""Decoding, baked-in bars and scaling: what the extension must do as well, number for number."""

from __future__ import annotations

import io
import random
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import as_array, draw, encode, with_bars
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import baked_bars, decode, fit, prepare, preprocess, resize
from backend.data.pixels import InputSpec
from backend.utils.errors import ImageError

Array = NDArray[np.uint8]
ORIENTATION = 0x0112


def framed(width: int, height: int, top: int = 0, left: int = 0, level: int = 0) -> Array:
    """A bright picture with bars of one grey level: `top` rows above and below, `left` columns at the sides."""
    pixels = np.full((height, width, 3), 200, np.uint8)
    if top:
        pixels[:top] = pixels[height - top :] = level
    if left:
        pixels[:, :left] = pixels[:, width - left :] = level
    return pixels


# --- Baked-in bars -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "top", "left"),
    [
        (480, 360, 45, 0),  # hqdefault
        (640, 480, 60, 0),  # sddefault
        (120, 90, 12, 0),  # default: 11.25 rows, rounded up so that no black is left
        (400, 180, 0, 40),  # wider than 16:9
        (1000, 500, 0, 56),  # 55.6 columns
    ],
)
def test_bars_are_cropped_to_16_by_9(width: int, height: int, top: int, left: int) -> None:
    pixels = framed(width, height, top, left)
    box = baked_bars(pixels)
    assert box == (left, top, width - left, height - top)
    assert pixels[box[1] : box[3], box[0] : box[2]].min() == 200


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (320, 180), (336, 188), (168, 94), (246, 138)])
def test_a_dark_thumbnail_in_16_by_9_is_never_cropped(width: int, height: int) -> None:
    assert baked_bars(np.zeros((height, width, 3), np.uint8)) == (0, 0, width, height)


def test_only_what_is_beyond_16_by_9_is_looked_at() -> None:
    """A picture with black above and below that is part of it keeps what belongs to 16:9."""
    assert baked_bars(framed(480, 360, top=100)) == (0, 45, 480, 315)
    assert baked_bars(framed(480, 360, top=36)) == (0, 0, 480, 360)


def test_what_jpeg_may_have_smeared_is_not_looked_at() -> None:
    """Also the row of 120x90 in which the picture begins, 11.25 rows down."""
    assert baked_bars(framed(480, 360, top=37)) == (0, 45, 480, 315)
    assert baked_bars(framed(120, 90, top=11)) == (0, 12, 120, 78)


def test_jpeg_ringing_does_not_hide_bars() -> None:
    noisy = with_bars(draw("ember", 0, (480, 270)))
    assert baked_bars(decode(encode(noisy, "JPEG", quality=50))) == (0, 45, 480, 315)


@pytest.mark.parametrize(("level", "cropped"), [(40, True), (41, False)])
def test_a_bar_is_dark_up_to_level_40(level: int, cropped: bool) -> None:
    assert (baked_bars(framed(480, 360, top=45, level=level)) == (0, 45, 480, 315)) is cropped


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_the_brightest_of_the_three_colours_decides(channel: int) -> None:
    pixels = framed(480, 360, top=45)
    pixels[:45, :, channel] = 41
    assert baked_bars(pixels) == (0, 0, 480, 360)


@pytest.mark.parametrize(("bright", "cropped"), [(355, True), (356, False)])
@pytest.mark.parametrize("end", [slice(0, 37), slice(323, 360)])
def test_two_percent_of_a_bar_may_be_bright(bright: int, cropped: bool, end: slice) -> None:
    pixels = framed(480, 360, top=45)  # what is looked at of a bar has 37 * 480 = 17760 pixels
    bar = pixels[end].reshape(-1, 3)
    bar[:bright] = 255
    pixels[end] = bar.reshape(37, 480, 3)
    assert (baked_bars(pixels) == (0, 45, 480, 315)) is cropped


def test_both_bars_must_be_dark() -> None:
    for rows in (slice(0, 45), slice(315, 360)):
        pixels = framed(480, 360, top=45)
        pixels[rows] = 200
        assert baked_bars(pixels) == (0, 0, 480, 360)


def test_a_bar_of_one_line_is_a_rounding_of_the_size() -> None:
    assert baked_bars(framed(321, 180, left=1)) == (0, 0, 321, 180)
    assert baked_bars(framed(160, 92, top=1)) == (0, 0, 160, 92)
    assert baked_bars(framed(160, 93, top=2)) == (0, 2, 160, 91)


def test_the_same_video_with_and_without_bars_gives_the_same_input() -> None:
    image, spec = draw("fjord", 3, (480, 270)), InputSpec(128, 224)
    assert np.array_equal(prepare(as_array(with_bars(image)), spec), prepare(as_array(image), spec))


# --- Scaling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "rows", "columns"),
    [
        (320, 180, (49, 175), (0, 224)),  # 126 rows in the middle
        (90, 120, (0, 224), (28, 196)),
        (64, 9, (96, 128), (0, 224)),  # 31.5 rows become 32
        (224, 13, (105, 118), (0, 224)),  # 211 rows are left over: the odd one goes below
        (100, 100, (0, 224), (0, 224)),
        (1000, 1, (111, 112), (0, 224)),  # never less than a row
        (1, 1000, (0, 224), (111, 112)),
    ],
)
def test_pad_keeps_the_shape_and_leaves_black_around(
    width: int, height: int, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    padded = fit(np.full((height, width, 3), 90, np.uint8), InputSpec(224, 224, "pad"))
    inside = np.zeros((224, 224), bool)
    inside[slice(*rows), slice(*columns)] = True
    assert padded.shape == (224, 224, 3)
    assert (padded[inside] == 90).all()
    assert (padded[~inside] == 0).all()


def test_stretch_fills_the_input() -> None:
    stretched = fit(np.full((90, 120, 3), 90, np.uint8), InputSpec(128, 224, "stretch"))
    assert stretched.shape == (128, 224, 3)
    assert (stretched == 90).all()


def test_bars_go_before_padding_comes() -> None:
    inputs = prepare(framed(480, 360, top=45), InputSpec(224, 224, "pad"))
    assert (inputs[49:175] == 200).all()


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    chessboard = np.indices((256, 448)).sum(axis=0) % 2 * 255
    small = resize(np.repeat(chessboard.astype(np.uint8)[:, :, None], 3, axis=2), 64, 112)
    assert np.abs(small.astype(int) - 127.5).max() < 8


def test_scaling_is_a_triangle_filter() -> None:
    """An edge that is widened four times becomes a ramp whose steps are a fourth of it."""
    edge = np.zeros((1, 4, 3), np.uint8)
    edge[:, 2:] = 160
    assert resize(edge, 1, 16)[0, :, 0].tolist() == [0] * 6 + [20, 60, 100, 140] + [160] * 6


# --- Decoding ----------------------------------------------------------------------------------------------------


def as_stored(upright: Array, orientation: int) -> Array:
    """Lay pixels as the Exif standard says that they are stored: what the stored row 0 and column 0 are upright."""
    turned = upright.swapaxes(0, 1)
    return {
        1: upright,  # top, left
        2: upright[:, ::-1],  # top, right
        3: upright[::-1, ::-1],  # bottom, right
        4: upright[::-1],  # bottom, left
        5: turned,  # left, top
        6: turned[::-1],  # right, top
        7: turned[::-1, ::-1],  # right, bottom
        8: turned[:, ::-1],  # left, bottom
    }[orientation]


def oriented(stored: Array, orientation: int, kind: str, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encode(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_by_its_exif_orientation(orientation: int) -> None:
    upright = as_array(draw("moss", 1, (48, 27)))
    assert np.array_equal(decode(oriented(as_stored(upright, orientation), orientation, "PNG")), upright)


def test_browsers_do_not_turn_webp_so_neither_do_we() -> None:
    stored = as_array(draw("moss", 1, (48, 27)))
    assert np.array_equal(decode(oriented(stored, 6, "WEBP", lossless=True)), stored)


def test_exif_orientation_turns_jpeg_as_well() -> None:
    left_red = np.zeros((32, 64, 3), np.uint8)
    left_red[:, :32, 0] = 255
    upright = decode(oriented(left_red, 6, "JPEG"))
    assert upright.shape == (64, 32, 3)
    assert upright[:28, :, 0].min() > 200  # the left side is now on top
    assert upright[36:, :, 0].max() < 50


def grey_alpha(alpha: int) -> Image.Image:
    return Image.new("LA", (4, 3), (200, alpha))


def palette_with_alpha() -> Image.Image:
    image = Image.new("P", (4, 3), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.info["transparency"] = b"\xff\x80"  # colour 0 opaque, colour 1 half
    return image


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (4, 3), (200, 100, 50, 0)), (0, 0, 0)),
        (Image.new("RGBA", (4, 3), (200, 100, 50, 128)), (100, 50, 25)),
        (Image.new("RGBA", (4, 3), (200, 100, 50, 255)), (200, 100, 50)),
        (grey_alpha(128), (100, 100, 100)),
        (palette_with_alpha(), (100, 50, 25)),
    ],
)
def test_transparency_lies_over_black(image: Image.Image, expected: tuple[int, int, int]) -> None:
    pixels = decode(encode(image))
    assert np.abs(pixels.astype(int) - expected).max() <= 1


def test_a_transparent_colour_of_an_opaque_png_is_black() -> None:
    image = Image.new("RGB", (4, 3), (255, 255, 255))
    image.putpixel((0, 0), (9, 8, 7))
    pixels = decode(encode(image, "PNG", transparency=(255, 255, 255)))
    assert pixels[0, 0].tolist() == [9, 8, 7]
    assert pixels[1:].max() == 0


def test_transparency_in_webp_lies_over_black() -> None:
    image = Image.new("RGBA", (8, 8), (200, 100, 50, 128))
    pixels = decode(encode(image, "WEBP", lossless=True))
    assert np.abs(pixels.astype(int) - (100, 50, 25)).max() <= 1


def test_16_bit_grey_keeps_its_high_byte() -> None:
    """Pillow's own conversion would clip everything above 255 to white."""
    grey = np.array([[0, 255, 256, 0x1234, 0x80FF, 0xFFFF]], np.uint16)
    pixels = decode(encode(Image.fromarray(grey)))
    assert pixels[0, :, 0].tolist() == [0, 0, 1, 0x12, 0x80, 0xFF]
    assert (pixels == pixels[:, :, :1]).all()


def test_cmyk_jpeg_becomes_rgb() -> None:
    data = encode(Image.new("RGB", (32, 32), (200, 30, 60)).convert("CMYK"), "JPEG", quality=95)
    pixels = decode(data)
    assert pixels.shape == (32, 32, 3)
    assert np.abs(pixels.astype(int) - (200, 30, 60)).max() <= 6


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_other_modes_become_rgb(mode: str) -> None:
    pixels = decode(encode(Image.new("RGB", (5, 4), (255, 255, 255)).convert(mode)))
    assert pixels.shape == (4, 5, 3)
    assert pixels.min() == 255


def test_an_animated_webp_is_its_first_frame() -> None:
    red, blue = Image.new("RGB", (16, 9), (255, 0, 0)), Image.new("RGB", (16, 9), (0, 0, 255))
    data = encode(red, "WEBP", save_all=True, append_images=[blue], lossless=True, duration=100)
    assert (decode(data) == (255, 0, 0)).all()


# --- What cannot be used -----------------------------------------------------------------------------------------


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "half.jpg"
    path.write_bytes(half(encode(draw("ember", 1), kind)))
    with pytest.raises(ImageError, match=re.escape(f"{path}: ")) as caught:
        decode(path)
    assert "damaged picture (" in str(caught.value) or "not a JPEG, PNG or WebP" in str(caught.value)


def test_a_jpeg_without_its_end_says_truncated() -> None:
    with pytest.raises(ImageError, match=r"^picture: damaged picture \(image file is truncated"):
        decode(encode(draw("ember", 1), "JPEG")[:-400])


GIF = encode(draw("ember", 1), "GIF")


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>" * 20, GIF], ids=["empty", "text", "gif"])
def test_what_is_no_picture_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cover.jpg"
    path.write_bytes(data)
    with pytest.raises(ImageError) as caught:
        preprocess(path, InputSpec(128, 224))
    assert str(caught.value) == f"{path}: not a JPEG, PNG or WebP picture"


def test_over_40_megapixels_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(Image.new("1", (8000, 5001)))

    def load(self: Image.Image) -> None:
        raise AssertionError("the pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", load)
    with pytest.raises(ImageError) as caught:
        decode(data)
    assert str(caught.value) == "picture: 8000x5001 pixels, over the 40,000,000 allowed"


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=re.escape(f"{tmp_path / 'no.jpg'}: cannot be read (No such file")):
        decode(tmp_path / "no.jpg")
    with pytest.raises(ImageError, match=re.escape(f"{tmp_path}: cannot be read (Is a directory")):
        decode(tmp_path)


@pytest.mark.parametrize(("tag", "kind"), [(0x010E, 5), (0x0100, 7), (0x011A, 2)])
def test_odd_exif_does_not_break_a_whole_picture(tag: int, kind: int) -> None:
    """A JPEG stored on its side, whose Exif also has a description, a width or a resolution of a nonsensical type."""
    entries = sorted([struct.pack(">HHII", ORIENTATION, 3, 1, 6 << 16), struct.pack(">HHII", tag, kind, 1, 8)])
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 2) + b"".join(entries) + bytes(16)
    assert decode(encode(draw("ember", 1), "JPEG", exif=exif)).shape == (160, 90, 3)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_files_give_pixels_or_an_image_error(kind: str) -> None:
    """Whatever a disk or a download does to a picture, nothing else may come out of its decoding."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010E], exif[0x011A] = 6, "a description", 72.0
    whole, rng = encode(draw("fjord", 2), kind, exif=exif), random.Random(kind)
    outcomes = set()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 2, 8))):
            data[rng.randrange(min(len(data), 300))] = rng.randrange(256)
        try:
            outcomes.add(decode(bytes(data)).shape[2])
        except ImageError:
            outcomes.add(0)
    assert outcomes == {0, 3}


def test_preprocess_of_a_16_by_9_picture_is_pillows_triangle_filter() -> None:
    data = encode(draw("ember", 5), "JPEG")
    expected = Image.open(io.BytesIO(data)).convert("RGB").resize((224, 128), Image.Resampling.BILINEAR)
    assert np.array_equal(preprocess(data, InputSpec(128, 224)), as_array(expected))


@pytest.mark.parametrize(("height", "width"), [(100, 1), (100, 2), (1, 100), (400, 3), (1, 3), (3, 1)])
def test_a_dark_line_is_not_cropped_away(height: int, width: int) -> None:
    left, top, right, bottom = baked_bars(np.zeros((height, width, 3), np.uint8))
    assert right > left
    assert bottom > top
