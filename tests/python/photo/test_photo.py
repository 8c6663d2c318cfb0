"""Finding the thumbnail in a photo of a screen: scenes of known geometry."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

from backend.cli.main import main
from backend.data.images import Pixels, decode, resize
from backend.data.synthetic.demo_dataset import drawn_picture
from backend.models.run import Run
from backend.photo.find import Found, find_thumbnails
from backend.photo.flat_page import flatten_page
from backend.photo.pose import Camera, find_cameras
from backend.photo.quad import from_unit_square, project
from backend.photo.ranking import EDGE, SEEN, describe, load_weights
from backend.photo.rectangles import near_rectangles
from backend.photo.rectangles import overlap as box_overlap
from backend.photo.rectify import flat_size, rectify
from backend.photo.segments import Segments
from bench.scene import Scene, make_scene

FLATTENING = Path(__file__).resolve().parents[2] / "fixtures" / "flattening.json"
SCENES = 12
BAR = 0.85  # of the scenes
QUAD: NDArray[np.float64] = np.array([[210.0, 140.0], [640.0, 190.0], [610.0, 420.0], [190.0, 400.0]])


def thumbnail(channel: int, number: int = 0) -> Pixels:
    return resize(decode(drawn_picture(3, channel, number)[1]), 360, 640)


@pytest.fixture(scope="module")
def thumbnails() -> list[Pixels]:
    return [thumbnail(channel) for channel in range(10)]


@pytest.fixture(scope="module")
def scenes(thumbnails: list[Pixels]) -> list[Scene]:
    return [make_scene([11, seed], thumbnails[seed % 10], thumbnails[:3]) for seed in range(SCENES)]


@pytest.fixture(scope="module")
def found(scenes: Sequence[Scene]) -> list[list[Found]]:
    return [find_thumbnails(scene.photo) for scene in scenes]


def overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    first, second = one.astype(np.float32), other.astype(np.float32)
    both = cv2.intersectConvexConvex(first, second)[0]
    return float(both / (cv2.contourArea(first) + cv2.contourArea(second) - both))


def pasted(picture: Pixels, quad: NDArray[np.float64], ground: int = 245) -> Pixels:
    """A plain page of 800x600 pixels with a picture on it, in perspective."""
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(corners, quad.astype(np.float32) - np.float32(0.5))
    page = np.full((600, 800, 3), ground, np.uint8)
    cover = cv2.warpPerspective(np.ones((height, width), np.uint8), matrix, (800, 600))
    page[cover > 0] = cv2.warpPerspective(picture, matrix, (800, 600))[cover > 0]
    return page


def test_a_homography_maps_the_unit_square_to_the_corners() -> None:
    unit = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert project(from_unit_square(QUAD), unit) == pytest.approx(QUAD)


@pytest.mark.slow
def test_a_photo_is_flattened_to_the_picture_that_it_shows(thumbnails: list[Pixels]) -> None:
    picture = resize(thumbnails[0], 90, 160)
    flat = rectify(pasted(resize(picture, 180, 320), QUAD), QUAD, 160, 90)
    inner = np.abs(flat.astype(int) - picture)[4:-4, 4:-4]
    assert inner.mean() < 6
    assert np.abs(flat[::-1].astype(int) - picture).mean() > 20, "upside down it is another"


def test_a_flat_picture_is_16_by_9_and_no_smaller_than_in_the_photo() -> None:
    assert flat_size(QUAD) == (448, 252)
    assert flat_size(QUAD * 10.0) == (1280, 720)


def test_the_flattening_is_the_one_that_the_browser_is_held_against() -> None:
    """tests/extension/try/rectify.test.ts compares the page's own with the same numbers."""
    fixture = json.loads(FLATTENING.read_text(encoding="utf-8"))
    y, x, channel = np.ogrid[: fixture["photo"]["height"], : fixture["photo"]["width"], :3]
    photo = ((x * x + 3 * x * y + 5 * y * y + 80 * channel) % 256).astype(np.uint8)
    for flat in fixture["flat"]:
        made = rectify(photo, np.array(flat["quad"], float), flat["width"], flat["height"])
        assert made.tobytes() == base64.b64decode(flat["rgb"])


def test_corners_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no convex quadrilateral, clockwise from top-left"):
        rectify(np.zeros((600, 800, 3), np.uint8), QUAD[[0, 2, 1, 3]], 160, 90)


@pytest.mark.slow
@pytest.mark.parametrize("ground", [245, 16])
def test_the_corners_are_found_to_a_pixel_or_two(thumbnails: list[Pixels], ground: int) -> None:
    best = find_thumbnails(pasted(thumbnails[1], QUAD, ground))[0]
    assert np.abs(best.quad - QUAD).max() < 2.5


@pytest.mark.parametrize("colour", [30, 250])
def test_where_there_is_no_thumbnail_none_is_found(colour: int) -> None:
    assert find_thumbnails(np.full((600, 800, 3), colour, np.uint8)) == []
    assert find_thumbnails(np.zeros((20, 30, 3), np.uint8)) == []


@pytest.mark.parametrize("size", [(48, 48), (52, 61), (48, 900)])
def test_photos_too_small_to_hold_a_rectangle_are_no_error(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    stripes = np.tile(np.arange(size[1])[None, :, None] // 7 % 2 * 255, (size[0], 1, 3)).astype(np.uint8)
    for photo in (noise, stripes):
        assert all(np.isfinite([*one.quad.ravel(), one.score]).all() for one in find_thumbnails(photo))


def test_the_cameras_turn_is_told_by_what_runs_across_and_down() -> None:
    """Lines of a plane that is rolled by 12 degrees and seen from straight on."""
    angles = np.deg2rad([12.0] * 6 + [102.0] * 3)
    middles = np.random.default_rng(0).uniform(100, 400, (9, 2))
    found = find_cameras(Segments(middles, np.stack([np.cos(angles), np.sin(angles)], 1), np.full(9, 60.0)), (512, 384))
    assert found[0].turn == pytest.approx((12, 0, 0), abs=0.5)


def test_a_page_turned_by_half_a_right_angle_is_tried_both_ways() -> None:
    """Lines of a plane that is rolled by 41 degrees: what is across in it may as well be down."""
    angles = np.deg2rad([41.0] * 5 + [131.0] * 5)
    middles = np.random.default_rng(0).uniform(100, 400, (10, 2))
    segments = Segments(middles, np.stack([np.cos(angles), np.sin(angles)], 1), np.full(10, 60.0))
    one, other = (camera.matrix() for camera in find_cameras(segments, (512, 384)))
    right, down = one @ [40, 0, 1] - one @ [0, 0, 1], one @ [0, 40, 1] - one @ [0, 0, 1]
    assert other @ [0, 40, 1] - other @ [0, 0, 1] == pytest.approx(right)
    assert other @ [40, 0, 1] - other @ [0, 0, 1] == pytest.approx(-down)


def flat_camera(size: tuple[int, int]) -> Camera:
    return Camera((0.0, 0.0, 0.0), 1.0, size)


def grey_page(*boxes: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """A light page of 512x384 pixels with dark boxes on it."""
    page = np.full((384, 512, 3), 240, np.float32)
    for left, top, right, bottom in boxes:
        page[top:bottom, left:right] = 60
    return page


def test_a_side_that_is_off_is_tried_where_the_edge_is() -> None:
    page = flatten_page(grey_page((100, 80, 356, 224)), flat_camera((512, 384)))
    true = project(np.linalg.inv(page.to_photo), np.array([[100.0, 80.0], [356.0, 224.0]])).ravel()
    shifted = true + np.array([0, 0, 10, 0])
    near = near_rectangles(page, shifted)
    assert box_overlap(true, near).max() > 0.95 > box_overlap(true, shifted[None])[0]
    assert len(near) <= 40


def test_what_is_seen_of_a_rectangle_are_numbers_that_the_network_knows() -> None:
    page = flatten_page(grey_page((100, 80, 356, 224)), flat_camera((512, 384)))
    true = project(np.linalg.inv(page.to_photo), np.array([[100.0, 80.0], [356.0, 224.0]])).ravel()
    seen = describe(page, np.stack([true, true + 20]), (512, 384))
    assert seen.shape == (2, SEEN) == (2, len(load_weights().hidden))
    assert seen[0, EDGE] > 0.9 and seen[1, EDGE] < 0.1
    assert np.isfinite(seen).all() and np.abs(seen).max() < 10


@pytest.mark.slow
def test_a_scene_is_the_same_for_the_same_seed(thumbnails: list[Pixels], scenes: Sequence[Scene]) -> None:
    again = make_scene([11, 0], thumbnails[0], thumbnails[:3])
    assert (again.photo == scenes[0].photo).all()
    assert not np.array_equal(scenes[0].quad, scenes[10].quad)


@pytest.mark.slow
def test_a_scene_shows_the_thumbnail_where_it_says(thumbnails: list[Pixels], scenes: Sequence[Scene]) -> None:
    """Flattened by its true corners, it is more like itself than like any other."""
    small = [resize(picture, 18, 32).astype(float) for picture in thumbnails]
    right = 0
    for number, scene in enumerate(scenes[:10]):
        flat = resize(rectify(scene.photo, scene.quad, 320, 180), 18, 32).astype(float)
        likeness = [np.corrcoef(flat.ravel(), one.ravel())[0, 1] for one in small]
        right += int(np.argmax(likeness)) == number
        assert (scene.quad > 0).all() and (scene.quad < scene.photo.shape[1::-1]).all()
    assert right >= 9


@pytest.mark.slow
def test_most_thumbnails_are_found_in_whole_scenes(scenes: Sequence[Scene], found: list[list[Found]]) -> None:
    overlaps = [overlap(one[0].quad, scene.quad) if one else 0.0 for one, scene in zip(found, scenes, strict=True)]
    assert np.mean(np.array(overlaps) >= 0.85) >= BAR, overlaps
    assert all(
        len(one) <= 5 and [f.score for f in one] == sorted((f.score for f in one), reverse=True) for one in found
    )


@pytest.mark.slow
def test_how_likely_thumbnails_are_adds_up_to_one_at_most(found: list[list[Found]]) -> None:
    assert all(0 < sum(one.score for one in of_scene) <= 1 + 1e-9 for of_scene in found)


def predict(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["-q", "predict", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.slow
def test_predict_finds_the_thumbnail_in_a_photo(style_run: Run, thumbnails: list[Pixels], tmp_path: Path) -> None:
    photo, wall, flat = tmp_path / "photo.png", tmp_path / "wall.png", tmp_path / "flat"
    Image.fromarray(pasted(thumbnails[0], QUAD)).save(photo)
    Image.new("RGB", (800, 600), (90, 90, 90)).save(wall)
    code, out, err = predict(style_run.root, photo, wall, "--photo", "--flat", flat)
    assert (code, err) == (0, "")
    found, nothing = json.loads(out)
    assert np.abs(np.array(found["photo"]["quad"]) - QUAD).max() < 2.5
    assert found["channel"] in found["probabilities"] and 0.3 < found["photo"]["score"] <= 1
    assert np.asarray(Image.open(flat / "photo.png")).shape == (252, 448, 3)
    assert nothing["photo"] == {
        "quad": None,
        "score": None,
        "note": "no thumbnail was found in the photo: this is of the whole picture",
    }
    assert [file.name for file in flat.iterdir()] == ["photo.png"]


def test_predict_says_what_is_wrong_with_a_photo(style_run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    code, out, err = predict(style_run.root, bad, "--photo")
    assert (code, json.loads(out)) == (2, [{"file": str(bad), "error": f"{bad}: not a JPEG, PNG or WebP picture"}])
    code, _, err = predict(style_run.root, bad, "--flat", tmp_path)
    assert (code, "--flat goes with --photo" in err) == (2, True)
    code, _, err = predict(style_run.root, bad, bad, "--photo", "--flat", tmp_path)
    assert code == 2 and "bad.png would be written for more than one photo" in err
