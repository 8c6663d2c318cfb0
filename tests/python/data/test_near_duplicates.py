"""Near-duplicates: copies are found whatever was done to them, and the thumbnails of one template are not copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers import BACKGROUND, KNOWN, draw, encode, with_bars
from PIL import Image, ImageDraw, ImageFont

from backend.data import near_duplicates as duplicates
from backend.data.images import decode
from backend.data.near_duplicates import (
    MAX_BITS,
    MIN_SIMILARITY,
    Fingerprints,
    fingerprints,
    fingerprints_of,
    luminance,
    near_duplicates,
    similarity,
)
from backend.data.pixels import Pixels
from backend.utils.errors import ImageError

CHANNELS = (*KNOWN, *BACKGROUND)


def prints(*images: Image.Image) -> Fingerprints:
    return fingerprints_of(np.stack([luminance(np.asarray(image)) for image in images]))


def copy(image: Image.Image, width: int, quality: int, brightness: float = 1, bars: bool = False) -> Image.Image:
    """Copy a picture as the web does: scaled, made brighter, put between bars and encoded again."""
    image = image.resize((width, round(width * 9 / 16)), Image.Resampling.BICUBIC)
    image = image.point(lambda value: value * brightness)
    return Image.fromarray(decode(encode(with_bars(image) if bars else image, "JPEG", quality=quality)))


def template(*words: str, size: tuple[int, int] = (640, 360)) -> Image.Image:
    """Draw a thumbnail of a series: one layout, one background, other words."""
    image = Image.new("RGB", (640, 360), (40, 42, 54))
    pen = ImageDraw.Draw(image)
    pen.polygon([(340, 0), (640, 0), (640, 360), (520, 360)], (250, 110, 30))
    pen.ellipse((60, 240, 140, 320), (220, 0, 50))
    pen.ellipse((180, 240, 260, 320), (255, 200, 40))
    for line, word in enumerate(words):
        pen.text((40, 30 + 70 * line), word, "white", ImageFont.load_default(60))
    return image.resize(size)


# --- Copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("width", "quality", "brightness", "bars"),
    [
        (94, 90, 1, False),
        (120, 60, 1, True),
        (160, 40, 1, False),
        (168, 75, 1.08, False),
        (246, 50, 0.92, False),
        (320, 40, 1, False),
        (480, 40, 1, True),
        (640, 85, 0.9, True),
        (1280, 95, 1.1, False),
    ],
)
def test_a_copy_is_found(channel: str, width: int, quality: int, brightness: float, bars: bool) -> None:
    original = draw(channel, 3, (640, 360))
    found = near_duplicates(prints(original, copy(original, width, quality, brightness, bars)))
    assert [(pair.first, pair.second) for pair in found] == [(0, 1)]
    assert MIN_SIMILARITY <= found[0].similarity <= 1


def test_bright_borders_between_bars_are_no_obstacle() -> None:
    """JPEG smears a white border into the bars, which are not quite dark then."""
    original = template("Toast", "Messages")
    ImageDraw.Draw(original).rectangle((0, 0, 639, 359), outline="white", width=24)
    assert near_duplicates(prints(original, copy(original, 480, 40, bars=True)))


def test_the_same_picture_is_wholly_similar() -> None:
    found = near_duplicates(prints(draw("moss", 1), draw("moss", 1)))
    assert found[0].similarity == pytest.approx(1)


# --- Not copies -------------------------------------------------------------------------------------------------------


def test_different_pictures_are_no_copies() -> None:
    images = [draw(channel, number, (320, 180)) for channel in CHANNELS for number in range(30)]
    assert near_duplicates(prints(*images)) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Toast", "Messages"), ("Facebook", "Reactions")),
        (("Framer", "advanced"), ("Framer", "modal")),
        (("React", "in 100", "seconds"), ("Rust", "in 100", "seconds")),
        (("Part", "one"), ("Part", "seven")),
    ],
)
def test_thumbnails_of_one_template_are_no_copies(first: Sequence[str], second: Sequence[str]) -> None:
    both = prints(template(*first), template(*second))
    assert np.bitwise_count(both.hashes[0] ^ both.hashes[1]).sum() <= MAX_BITS, "the hash alone takes them for copies"
    assert near_duplicates(both) == []


def test_a_small_copy_of_another_thumbnail_of_the_template_is_no_copy() -> None:
    copied = copy(template("Framer", "modal"), 160, 60)
    assert near_duplicates(prints(template("Framer", "advanced"), copied)) == []


def test_blank_pictures_are_no_copies() -> None:
    greys = [Image.new("RGB", (320, 180), (level, level, level)) for level in (0, 120, 122, 255)]
    assert near_duplicates(prints(*greys)) == []


def test_a_negative_is_no_copy() -> None:
    original = draw("fjord", 2)
    negative = Image.fromarray(255 - np.asarray(original))
    assert similarity(prints(original).thumbnails, prints(negative).thumbnails)[0] < 0


# --- Many pictures ----------------------------------------------------------------------------------------------------


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    originals = [draw("moss", number) for number in range(7)]
    both = prints(*originals, *(copy(image, 120, 80) for image in originals))
    whole = near_duplicates(both)
    assert [(pair.first, pair.second) for pair in whole] == [(number, number + 7) for number in range(7)]
    monkeypatch.setattr(duplicates, "BLOCK", 3)
    monkeypatch.setattr(duplicates, "PAIRS", 1)
    monkeypatch.setattr(duplicates, "BATCH", 4)
    assert near_duplicates(fingerprints_of(both.thumbnails)) == whole


def test_two_sets_are_compared_with_each_other_and_not_within() -> None:
    originals = [draw("ember", number) for number in range(4)]
    ours, theirs = prints(*originals, originals[0]), prints(draw("moss", 9), copy(originals[2], 120, 70))
    assert [(pair.first, pair.second) for pair in near_duplicates(ours, theirs)] == [(2, 1)]


def test_a_picture_that_is_there_many_times_is_paired_with_its_first_alone() -> None:
    one, other = draw("moss", 0), draw("street", 3)
    images = [other, one, copy(one, 320, 90), *[one] * 4, other]
    found = near_duplicates(prints(*images))
    assert [(pair.first, pair.second) for pair in found] == [(0, 7), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6)]
    assert [pair.similarity for pair in found[2:]] == [1.0] * 4
    flat = Image.new("RGB", (320, 180), "grey")
    assert near_duplicates(prints(flat, flat, flat)) == []


def test_no_pictures_have_no_duplicates() -> None:
    none = fingerprints_of(np.zeros((0, 36, 64), np.uint8))
    assert near_duplicates(none) == near_duplicates(prints(draw("moss", 0)), none) == []


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Four pictures, the last a copy of the second, as files."""
    images = [draw("street", number, (320, 180)) for number in range(3)]
    contents = [*(encode(image) for image in images), encode(copy(images[1], 160, 60), "JPEG", quality=60)]
    paths = [tmp_path / f"{number}.png" for number in range(4)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


@pytest.mark.parametrize("batch", [2, 256])
def test_files_are_compared(files: list[Path], batch: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(duplicates, "BATCH", batch)
    assert [(a, b) for a, b, _ in near_duplicates(fingerprints(files))] == [(1, 3)]


def test_a_file_is_decoded_once_and_again_when_it_changes(
    files: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    decoded: list[Path] = []

    def recording(path: Path) -> Pixels:
        decoded.append(path)
        return decode(path)

    monkeypatch.setattr(duplicates, "decode", recording)
    first = fingerprints(files)
    assert sorted(decoded) == files
    decoded.clear()
    again = fingerprints(files)
    assert decoded == []
    assert np.array_equal(first.hashes, again.hashes)
    assert np.array_equal(first.thumbnails, again.thumbnails)
    files[0].write_bytes(encode(draw("moss", 8)))
    assert not np.array_equal(fingerprints(files).thumbnails[0], first.thumbnails[0])
    assert decoded == files[:1]


def test_a_file_that_cannot_be_used_is_named(files: list[Path]) -> None:
    files[2].write_bytes(files[2].read_bytes()[:900])
    with pytest.raises(ImageError, match=r"2\.png: damaged picture"):
        fingerprints(files)
    files[2].unlink()
    with pytest.raises(ImageError, match=r"2\.png: cannot be read \(No such file or directory\)"):
        fingerprints(files)
