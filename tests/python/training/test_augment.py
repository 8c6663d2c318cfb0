"""Learning from simulated views: which, of which pictures, and two heads with a gate where photos are among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import BACKGROUND, draw, encode, lend_backbone, without

from backend.cli.main import main
from backend.data.augment.views import view
from backend.data.dataset import Dataset
from backend.data.settings import AUGMENTATIONS, TrainSettings
from backend.data.sources import CAMERA, CAMERA_VIEWS, PAGE, PAGE_VIEWS, Source, simulated
from backend.models import photo_gate
from backend.models.calibration import Calibration, probabilities
from backend.models.head import Fitted, Head
from backend.models.recipe import LabeledFeatures
from backend.models.registry import get_recipe
from backend.models.style import VIEWS, Style
from backend.models.weights import Weights
from backend.training.report_data import complete
from backend.utils.array_cache import Table
from backend.utils.errors import ThumbprintError

COUNTS = {"none": 0, "page": PAGE_VIEWS, "camera": CAMERA_VIEWS, "all": PAGE_VIEWS + CAMERA_VIEWS}


@pytest.mark.parametrize("augment", AUGMENTATIONS)
def test_an_augmentation_adds_its_views(augment: str) -> None:
    views = Style(augment).views
    assert views[: 1 + VIEWS] == tuple(range(1 + VIEWS))
    assert len(views) == len(set(views)) == 1 + VIEWS + COUNTS[augment]
    assert any(PAGE <= number < CAMERA for number in views) == (augment in ("page", "all"))
    assert any(number >= CAMERA for number in views) == (augment in ("camera", "all"))


def test_simulated_views_are_cached_under_names_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(draw("ember", 0, (320, 180))))
    source = Source(tmp_path / "a.png", "ab" * 32)
    numbers = (0, 1, *simulated("all"))
    keys = [source.seen(number).key for number in numbers]
    assert len(set(keys)) == len(numbers)
    assert keys[:2] == ["ab" * 32, f"{'ab' * 32}/1"], "what earlier trainings kept stays good"
    seen = [view(source.path, source.sha256, number, Style.spec) for number in numbers]
    assert len({pixels.tobytes() for pixels in seen}) == len(numbers)
    assert {pixels.shape for pixels in seen} == {(120, 208, 3)}
    assert np.array_equal(seen[-1], view(source.path, source.sha256, numbers[-1], Style.spec))


def test_lab_refuses_what_it_does_by_itself(data: Dataset, tmp_path: Path) -> None:
    arguments = ["train", str(data.root), "--recipe", "lab", "--augment", "all", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert (
        "--augment all: recipe 'lab' turns and zooms pictures in every epoch by itself; leave it out" in result.stderr
    )
    assert not list(tmp_path.iterdir())
    with pytest.raises(ThumbprintError, match="--recipe style"):
        get_recipe("lab", augment="page")


def checksums(some: LabeledFeatures | None) -> set[str]:
    """The pictures that features are of, whatever view."""
    if some is None:
        return set()
    assert isinstance(some.x, Table)
    return {key.split("/")[0] for key in some.x.keys.ravel()}


@pytest.mark.slow
def test_held_out_pictures_lend_no_views(
    data: Dataset, drawn: Dataset, style_weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the setting travels with the run, into its report."""
    from backend.training.train import train

    fits: list[tuple[set[str], set[str], int]] = []
    fit = Style.fit

    def watched(self: Style, train: LabeledFeatures, *args: Any) -> Fitted:
        fits.append((checksums(train), checksums(args[2]), train.x.shape[1]))
        return fit(self, train, *args)

    monkeypatch.setattr(Style, "fit", watched)
    lend_backbone(monkeypatch, style_weights)
    monkeypatch.setattr("backend.models.style.SHRINKAGES", (0.1,))
    fewer = replace(drawn, pictures=drawn.pictures[::2])  # one of each channel
    monkeypatch.setattr("backend.data.training_set.load_negatives", lambda blank_only: fewer)
    few = without(data, *BACKGROUND)
    few = replace(few, pictures=few.pictures[::3])
    run = train(few, tmp_path / "run", TrainSettings(folds=2, augment="all"))
    held = [out for _, out, _ in fits if out]
    assert len(fits) == 3 and len(held) == 2
    assert all(not seen & out for seen, out, _ in fits)
    assert set().union(*held) >= {picture.sha256 for picture in few.pictures}
    assert {views for _, _, views in fits} == {1 + VIEWS + COUNTS["all"]}
    assert run.augment == "all" and run.description["settings"]["augment"] == "all"
    assert photo_gate.GATE_KERNEL in run.head
    shown = complete(run).samples
    assert len(shown) == 3 and all(len(sample.views) == VIEWS + COUNTS["all"] for sample in shown.values())


# --- The gate ----------------------------------------------------------------------------------------------------


def joined(features: int = 6) -> Head:
    rng = np.random.default_rng(0)
    kernels = rng.normal(0, 1, (2, features, 3)).astype(np.float32)
    plain, photo = (
        {"kernel": kernels[number], "bias": np.full(3, number, np.float32)}
        for number in (photo_gate.PLAIN, photo_gate.PHOTO)
    )
    kernel = np.zeros(features)
    kernel[0] = 8.0
    return photo_gate.gated(plain, photo, kernel, 0.0, np.full(features, 0.5))


def test_a_gate_tells_two_kinds_apart_with_the_odds_of_each() -> None:
    rng = np.random.default_rng(0)
    photo = np.arange(4000) % 4 == 0  # how many there are of each does not count
    z = rng.normal(0, 1, (4000, 5))
    z[photo, 2] += 2
    kernel, bias = photo_gate.fit_gate(z, photo)
    opened = z @ kernel + bias
    assert kernel[2] == pytest.approx(2, rel=0.1) and np.abs(np.delete(kernel, 2)).max() < 0.15
    assert bias == pytest.approx(-2, abs=0.2)
    assert ((opened > 0) == photo).mean() > 0.82


def test_each_head_answers_on_its_side_of_the_gate() -> None:
    head = joined()
    x = np.random.default_rng(1).normal(0, 1, (50, 6)).astype(np.float32)
    for at, name in ((-9.0, ""), (10.0, "photo_")):
        x[:, 0] = at
        expected = x @ head[f"{name}kernel"] + head[f"{name}bias"]
        assert photo_gate.scores(head, x) == pytest.approx(expected, abs=1e-4)
    x[:, 0] = 0.5  # where the gate is half open: the mean of features that it was fitted to
    both = [x @ head[f"{name}kernel"] + head[f"{name}bias"] for name in ("", "photo_")]
    assert photo_gate.scores(head, x) == pytest.approx((both[0] + both[1]) / 2, abs=1e-4)


@pytest.mark.slow
def test_tensorflow_says_the_same() -> None:
    head = joined()
    x = np.random.default_rng(1).normal(0.5, 0.3, (50, 6)).astype(np.float32)
    for some in (head, {name: head[name] for name in ("kernel", "bias")}):
        assert photo_gate.logits(some, x).numpy() == pytest.approx(photo_gate.scores(some, x), abs=1e-4)


def test_two_heads_learn_what_one_cannot() -> None:
    """What tells channels apart in pictures is turned round in photos of them."""
    rng = np.random.default_rng(0)
    views = Style("camera").views
    photo = np.array(views) >= CAMERA

    def planted(pictures: int) -> LabeledFeatures:
        labels = np.arange(pictures) % 2
        x = rng.normal(0, 1, (pictures, len(views), 20))
        x[:, :, 0] += np.where(photo, -4, 4) * np.where(labels, 1, -1)[:, None]
        x[:, :, 1] += np.where(photo, 12, 0)
        return LabeledFeatures(x.astype(np.float32), labels, np.arange(pictures), np.ones(pictures, np.bool_))

    recipe, fresh = Style("camera"), planted(60)
    head = recipe.fit(planted(90), 2, 0, None, "").head
    for number in (0, len(views) - 1):
        found = probabilities(recipe.scores(head, np.asarray(fresh.x)[:, [number]]), 2, Calibration())
        assert (found[:, :2].argmax(axis=1) == fresh.y).mean() > 0.95
