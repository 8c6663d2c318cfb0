"""What is simulated of pages and cameras: seeded, as strong as it says, and where it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import draw, encode
from PIL import Image

from backend.cli.main import main
from backend.data.augment.camera import Pose, corners, photograph, surround
from backend.data.augment.corruptions import SEVERITIES, Corruption
from backend.data.augment.views import CORRUPTION_GROUPS, PAGE_WIDTHS, VIEWS
from backend.data.images import decode
from backend.data.pixels import Pixels

EVERY = [effect for family in CORRUPTION_GROUPS.values() for effect in family]
SAME_WITHOUT_LUCK = {"zoom in", "zoom out", "jpeg", "webp", "small"}  # nothing about them is drawn


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.asarray(draw("ember", 0, (320, 180)).convert("RGB"))


def difference(one: Pixels, other: Pixels) -> float:
    if one.shape != other.shape:
        one = np.asarray(Image.fromarray(one).resize((other.shape[1], other.shape[0])))
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("effect", EVERY, ids=lambda effect: effect.name)
def test_a_disturbance_is_seeded_and_grows_with_its_strength(effect: Corruption, picture: Pixels) -> None:
    kept = picture.copy()
    found = {
        name: [effect.at(strength, picture, np.random.default_rng(seed)) for seed in range(6)]
        for name, strength in SEVERITIES.items()
    }
    assert np.array_equal(picture, kept), "the picture itself stays as it is"
    again = effect.at(1.0, picture, np.random.default_rng(0))
    assert again.dtype == np.uint8 and np.array_equal(again, found["strong"][0])
    assert effect.name == "small" or again.shape == picture.shape
    drawn = {pixels.tobytes() for pixels in found["strong"]}
    assert len(drawn) == 1 if effect.name in SAME_WITHOUT_LUCK else len(drawn) > 1
    mild, medium, strong = (np.mean([difference(one, picture) for one in found[name]]) for name in SEVERITIES)
    assert 0 < mild < medium < strong


@pytest.mark.parametrize("effect", EVERY, ids=lambda effect: effect.name)
def test_a_disturbance_bears_tiny_and_odd_pictures(effect: Corruption) -> None:
    for shape in ((1, 1, 3), (9, 2, 3), (90, 94, 3)):
        assert effect.at(1.0, np.full(shape, 200, np.uint8), np.random.default_rng(1)).ndim == 3


def test_names_are_each_of_one_disturbance() -> None:
    assert len({effect.name for effect in EVERY}) == len(EVERY)
    assert all(effect.low < effect.high for effect in EVERY)


def test_a_pose_places_the_corners() -> None:
    frame = (180, 320)
    assert corners(9 / 16, Pose(), frame) == pytest.approx(np.array([[0, 0], [320, 0], [320, 180], [0, 180]]))
    out = corners(9 / 16, Pose(zoom=1.0, shift=(0.25, 0)), frame)
    assert out[0] == pytest.approx([160, 45]) and out[2] == pytest.approx([320, 135])
    turned = corners(1, Pose(turn=90), (100, 100))
    assert turned[0] == pytest.approx([100, 0]) and turned[1] == pytest.approx([100, 100]), "clockwise"
    tilted = corners(1, Pose(tilt=(30, 0)), (100, 100))
    left, right = tilted[3, 1] - tilted[0, 1], tilted[2, 1] - tilted[1, 1]
    assert left > 1.2 * right, "what is nearer is larger"


def test_a_photo_shows_the_picture_where_its_corners_are_and_black_beyond() -> None:
    white, rng = np.full((90, 160, 3), 255, np.uint8), np.random.default_rng(0)
    pose = Pose(turn=30, zoom=1.0, tilt=(10, -5))
    photo = photograph(surround(white, "black", rng), pose, (180, 320))
    seen = corners(90 / 160, pose, (180, 320))
    middle = seen.mean(axis=0)
    for corner in seen:
        inside, outside = (np.rint(middle + (corner - middle) * share).astype(int) for share in (0.9, 1.1))
        assert photo[inside[1], inside[0]].min() > 250
        if (outside >= 0).all() and (outside < (320, 180)).all():
            assert photo[outside[1], outside[0]].max() < 5


@pytest.mark.parametrize("around", ["page", "screen"])
def test_what_is_around_never_covers_the_picture(around: str) -> None:
    white = np.full((90, 160, 3), 255, np.uint8)
    for seed in range(10):
        scene = surround(white, around, np.random.default_rng(seed))
        assert scene.shape == (270, 480, 3) and scene[90:180, 160:320].min() == 255
        assert scene.std() > 5


def test_a_page_shows_pictures_from_94_to_720_pixels_wide(picture: Pixels) -> None:
    shown = [VIEWS["page"](picture, np.random.default_rng(seed)).shape for seed in range(60)]
    widths = [shape[1] for shape in shown]
    assert PAGE_WIDTHS[0] <= min(widths) < 120 and 500 < max(widths) <= PAGE_WIDTHS[1]
    assert all(abs(shape[0] / shape[1] - 9 / 16) < 0.01 for shape in shown)


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_seeded_and_differ(name: str, picture: Pixels) -> None:
    first, again, other = (VIEWS[name](picture, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


# --- The sheet ---------------------------------------------------------------------------------------------------


def simulate(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["simulate", *map(str, arguments)])


@pytest.mark.slow
def test_a_sheet_has_a_row_of_three_for_every_disturbance(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(draw("moss", 0, (320, 180))))
    assert simulate(tmp_path / "a.png", "--out", tmp_path / "one.png").exit_code == 0
    assert simulate(tmp_path / "a.png", tmp_path / "a.png", "--out", tmp_path / "two.jpg", "--seed", 1).exit_code == 0
    one, two = decode(tmp_path / "one.png"), decode(tmp_path / "two.jpg")
    assert one.shape[0] == two.shape[0] > len(EVERY) * 135
    assert two.shape[1] - one.shape[1] == 3 * 246
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "one.png", "two.jpg"]


def test_a_sheet_that_cannot_be_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(draw("moss", 0, (320, 180))))
    (tmp_path / "b.png").write_bytes(b"no picture")
    cases = (
        ((tmp_path / "a.png", "--out", tmp_path / "a.txt"), f"--out {tmp_path / 'a.txt'}: is to be a picture; name it"),
        ((tmp_path / "a.png", "--out", tmp_path / "no" / "a.png"), f"there is no folder {tmp_path / 'no'}; make it"),
        ((tmp_path / "b.png", "--out", tmp_path / "c.png"), f"{tmp_path / 'b.png'}: not a JPEG, PNG or WebP picture"),
    )
    for arguments, message in cases:
        result = simulate(*arguments)
        assert result.exit_code == 2 and message in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]
