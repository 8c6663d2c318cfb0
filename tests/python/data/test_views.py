"""Other views of a picture: the same every time, and of no other content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from helpers import PALETTES, draw, encode, with_bars
from PIL import Image

from backend.data import images
from backend.data.augment import views
from backend.data.augment.views import view
from backend.data.images import preprocess
from backend.data.pixels import InputSpec, Pixels
from backend.utils.errors import ImageError

SPEC = InputSpec(128, 224)


@pytest.fixture(params=[*PALETTES, "bars"])
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A picture's file and checksum."""
    image = with_bars(draw("moss", 1, (320, 180))) if request.param == "bars" else draw(request.param, 0, (320, 180))
    data = encode(image)
    (tmp_path / "a.png").write_bytes(data)
    return tmp_path / "a.png", hashlib.sha256(data).hexdigest()


def difference(one: Pixels, other: Pixels) -> float:
    """The mean difference of two pictures that were made coarse, 0 to 255."""
    coarse = [pixels.reshape(8, 16, 14, 16, 3).mean(axis=(1, 3)) for pixels in (one, other)]
    return float(np.abs(coarse[0] - coarse[1]).mean())


def test_number_0_is_the_picture_as_it_is(picture: tuple[Path, str]) -> None:
    assert np.array_equal(view(*picture, 0, SPEC), preprocess(picture[0], SPEC))


def test_a_view_is_the_same_every_time(picture: tuple[Path, str]) -> None:
    for number in range(3):
        assert np.array_equal(view(*picture, number, SPEC), view(*picture, number, SPEC))


def test_a_view_hangs_on_the_picture_and_not_on_its_place(picture: tuple[Path, str], tmp_path: Path) -> None:
    path, sha256 = picture
    (tmp_path / "elsewhere.png").write_bytes(path.read_bytes())
    assert np.array_equal(view(tmp_path / "elsewhere.png", sha256, 1, SPEC), view(path, sha256, 1, SPEC))
    assert not np.array_equal(view(path, "f" * 64, 1, SPEC), view(path, sha256, 1, SPEC))


def test_views_differ_but_show_the_same_picture(picture: tuple[Path, str], tmp_path: Path) -> None:
    seen = [view(*picture, number, SPEC) for number in range(4)]
    assert len({pixels.tobytes() for pixels in seen}) == 4
    assert {(pixels.shape, pixels.dtype) for pixels in seen} == {((128, 224, 3), np.dtype(np.uint8))}
    strangest = difference(np.rot90(seen[0], 2), seen[0])
    assert all(difference(pixels, seen[0]) < min(strangest, 25) for pixels in seen[1:])


def test_black_bars_are_in_no_view(tmp_path: Path) -> None:
    """Cropping a share of a picture with its bars would leave a strip of them."""
    (tmp_path / "b.png").write_bytes(encode(with_bars(Image.new("RGB", (320, 180), "white"))))
    for number in range(1, 9):
        assert view(tmp_path / "b.png", "0" * 64, number, SPEC).min() > 150


def test_views_are_never_larger_than_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enlarging would draw sharpness that is not there; sizes span what the browser shows."""
    sizes = []
    encoded = images.encode

    def watched(image: Image.Image, kind: str, quality: int) -> bytes:
        sizes.append(image.size)
        return encoded(image, kind, quality=quality)

    monkeypatch.setattr(views, "encode", watched)
    for name, size in (("small", (100, 56)), ("large", (960, 540))):
        (tmp_path / name).write_bytes(encode(draw("ember", 0, size)))
        for number in range(1, 21):
            view(tmp_path / name, "0" * 64, number, SPEC)
    assert {width for width, _ in sizes[:20]} == {100}
    large = [width for width, _ in sizes[20:]]
    assert 120 <= min(large) < 200
    assert 350 < max(large) <= 480
    assert all(abs(height - width * 9 / 16) <= 1 for width, height in sizes)


def test_an_unreadable_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no")
    for number in (0, 1):
        with pytest.raises(ImageError, match="not a JPEG"):
            view(tmp_path / "a.jpg", "0" * 64, number, SPEC)
