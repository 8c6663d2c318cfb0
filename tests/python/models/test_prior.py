"""The prior: what is shipped, what a training takes from it, and what is left out of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import write_source
from PIL import Image

from backend.cli.main import main
from backend.data.dataset import is_drawn
from backend.data.folder_import import import_folder
from backend.models import lda
from backend.models.lda import StandardizedPCA
from backend.models.prior import SHIPPED, Prior, Random, load_prior, pack_prior, rounded_basis
from backend.models.run import load_run
from backend.models.style import Style
from backend.models.weights import SHIPPED as BACKBONE
from backend.models.weights import load_shipped
from backend.utils.errors import WeightsError
from backend.utils.files import pack_arrays, unpack_arrays

RANDOM = 200
CHANNELS = ("ember", "fjord", "moss", "carnival")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["-q", *map(str, arguments)])


@pytest.fixture(scope="module")
def shipped() -> Prior:
    return load_prior()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Four drawn channels, and pictures of no channel: blocks of random colours."""
    root = tmp_path_factory.mktemp("world")
    write_source(root / "channels", CHANNELS)
    (root / "channels" / "channels.toml").unlink()
    (root / "random").mkdir()
    rng = np.random.default_rng(5)
    for number in range(RANDOM):
        blocks = rng.integers(0, 256, (*rng.integers(2, 12, 2), 3), np.uint8)
        Image.fromarray(blocks).resize((160, 90)).save(root / "random" / f"{number}.png")
    return root / "channels", root / "random"


@pytest.fixture(scope="module")
def fitted(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prior") / "prior.npz"
    result = run("prior", "fit", folders[0], "--random", folders[1], "--out", out)
    assert result.exit_code == 0, result.output
    assert f"4 channels, {RANDOM} random thumbnails" in result.output
    return out


# --- What is shipped ----------------------------------------------------------------------------------------------


def test_what_is_shipped_is_small_and_belongs_together(shipped: Prior) -> None:
    assert SHIPPED.stat().st_size <= 2_000_000
    assert BACKBONE.stat().st_size <= 300_000
    assert shipped.backbone == load_shipped().identity
    assert len(shipped.random.held) >= 1000
    assert len(shipped.real) >= 10 and any(map(is_drawn, shipped.names))
    assert 0 < (~shipped.fitted).sum() < len(shipped.fitted) / 4


def test_it_says_where_it_comes_from_and_names_no_path(shipped: Prior) -> None:
    about = str(unpack_arrays(SHIPPED.read_bytes())["about"])
    assert set(shipped.provenance["channels"]) == set(shipped.real)
    for described in (*shipped.provenance["channels"].values(), shipped.provenance["random"]):
        assert described["pictures"] >= 8 and len(described["sha256"]) == 64
    assert "/" not in about.replace("google-coral/test_data", "")


def test_its_leading_components_are_a_space_by_themselves(shipped: Prior) -> None:
    """The first 256 numbers of a place tell random thumbnails apart nearly as all 512 do."""
    spread = shipped.random.held.var(axis=0)
    assert spread[:256].sum() > 0.9 * spread.sum()
    assert np.all(spread[:32].min() > spread[256:].max())


def test_the_network_is_the_one_that_style_runs() -> None:
    style, weights = Style(), load_shipped()
    assert style.prepared(weights) is weights
    assert f"{style.taps[-1].removesuffix('_relu')}" in weights.layers
    assert not [name for name in weights.layers if name.startswith(style.left_out)]
    assert weights.describe() == {"source": "shipped", "file": BACKBONE.name, "sha256": weights.sha256, "bits": 8}


# --- Arithmetic ---------------------------------------------------------------------------------------------------


def small(seed: int = 0) -> Prior:
    """Three classes of 30 pictures in a space of 6 components over 9 features, and random ones."""
    rng = np.random.default_rng(seed)
    basis, step = rounded_basis(np.linalg.qr(rng.normal(size=(9, 6)))[0])
    pca = StandardizedPCA(rng.normal(size=9), rng.uniform(0.5, 2, 9), basis * step)
    labels = np.repeat(np.arange(3), 30)
    places = (rng.normal(size=(3, 6))[labels] * 3 + rng.normal(size=(90, 6))).astype(np.float32)
    others = rng.normal(size=(50, 6)) * 2
    mean = others.mean(axis=0)
    random = Random(50, mean, (others - mean).T @ (others - mean), rng.normal(size=(20, 6)).astype(np.float32))
    return Prior("x", pca, ("a", "b", "drawn:c"), places, labels, np.arange(90) % 5 != 4, random, {})


def test_a_file_gives_back_what_was_packed(tmp_path: Path) -> None:
    prior = small()
    (tmp_path / "prior.npz").write_bytes(pack_prior(prior))
    again = load_prior(tmp_path / "prior.npz")
    everything = np.concatenate([prior.places, prior.random.held])
    assert np.abs(again.places - prior.places).max() <= everything.std(axis=0).max() / 16 / 2 + 1e-6
    assert again.random.squares == pytest.approx(prior.random.squares, rel=2e-3, abs=2e-3 * prior.random.squares.max())
    assert np.array_equal(again.pca.basis, prior.pca.basis)
    assert (again.names, again.labels.tolist()) == (prior.names, prior.labels.tolist())


def test_a_class_that_is_left_out_leaves_nothing_behind() -> None:
    prior = small()
    rest = prior.without(["b"])
    rows = np.flatnonzero(prior.fitted & (prior.labels != 1))
    expected = lda.class_sums(prior.places, np.where(prior.labels[rows] == 2, 1, 0), rows)
    assert rest.names == ("a", "drawn:c")
    assert rest.sums.rows == expected.rows + prior.random.count
    assert rest.sums.squares == pytest.approx(expected.squares + prior.random.squares)
    assert rest.sums.means[:2] == pytest.approx(expected.means)


def test_turns_leave_out_each_channel_and_each_held_thumbnail_once() -> None:
    prior = small()
    turns = [prior.leave_out(number, 2) for number in range(2)]
    near = np.concatenate([strangers.near for _, strangers in turns])
    held = np.concatenate([strangers.random for _, strangers in turns])
    assert sorted(map(tuple, near)) == sorted(map(tuple, prior.places[prior.labels < 2])), "drawn classes stay"
    assert sorted(map(tuple, held)) == sorted(map(tuple, prior.random.held))
    for rest, strangers in turns:
        assert not {tuple(row) for row in rest.places} & {tuple(row) for row in strangers.near}
        assert not {tuple(row) for row in rest.random.held} & {tuple(row) for row in strangers.random}


def test_features_of_a_place_lie_there() -> None:
    prior = small()
    assert prior.pca.project(prior.features(prior.places)) == pytest.approx(prior.places, abs=1e-4)


def test_a_channel_that_is_among_the_classes_is_found_and_no_other(shipped: Prior) -> None:
    """By other pictures of it than the class is of: 4 to 14 of each channel."""
    kept = shipped.fitted
    prior = replace(shipped, places=shipped.places[kept], labels=shipped.labels[kept], fitted=kept[kept])
    others = {
        name: shipped.places[~kept & (shipped.labels == label)]
        for label, name in enumerate(shipped.names)
        if name in shipped.real
    }
    assert len(others) == 16
    assert {name: prior.alike([places]) for name, places in others.items()} == {name: [name] for name in others}
    assert set(prior.alike(others.values())) == set(others)


def test_no_class_is_like_pictures_without_a_style_of_their_own_or_like_a_single_picture(shipped: Prior) -> None:
    assert shipped.alike([shipped.random.held]) == []
    assert shipped.alike([shipped.random.held[:8], shipped.places[:1]]) == []


# --- The commands -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_pictures_give_the_same_file(
    folders: tuple[Path, Path], fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    moved = shutil.copytree(folders[0], tmp_path / "elsewhere")
    out = tmp_path / "again.npz"
    assert run("prior", "fit", moved, "--random", folders[1], "--out", out).exit_code == 0
    assert out.read_bytes() == fitted.read_bytes()


@pytest.mark.slow
def test_a_training_leaves_out_its_own_channels_and_draws_nothing(
    folders: tuple[Path, Path], fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("negatives were drawn")

    source = tmp_path / "source"
    write_source(source, ("ember", "street", "moss"))
    (source / "channels.toml").write_text('[moss]\nrole = "background"\n')
    import_folder(source, tmp_path / "data")
    monkeypatch.setattr("backend.data.training_set.load_negatives", forbidden)
    result = CliRunner().invoke(
        main, ["train", str(tmp_path / "data"), "--out", str(tmp_path / "run"), "--prior", str(fitted), "--folds", "2"]
    )
    assert result.exit_code == 0, result.output
    assert "as they are like yours" in result.output
    trained = load_run(tmp_path / "run")
    assert not {"ember", "moss"} & set(trained.description["prior"]["classes"]), "nor what is its own background"
    assert "drawn:byte_orchard" in trained.description["prior"]["classes"]
    unknown = trained.metrics()["unknown"]
    assert unknown["strangers"] == "random" and {"near", "random"} <= set(unknown["kinds"])
    assert unknown["false_known"] < 1, "a threshold that lets everybody pass is none"
    assert len(unknown["fold_thresholds"]) == 2
    assert trained.lookalike_threshold == unknown["lookalike_threshold"] <= trained.threshold
    assert 0 <= unknown["false_lookalike"] <= unknown["false_known"]


def test_what_cannot_be_is_refused_in_one_line(
    folders: tuple[Path, Path], weights_file: Path, fitted: Path, tmp_path: Path
) -> None:
    import_folder(folders[0], tmp_path / "data")
    out = tmp_path / "run"
    train = ("train", tmp_path / "data", "--out", out)
    notes = tmp_path / "notes.npz"
    notes.write_text("mine")
    cases = {
        "leave one of them out": (*train, "--prior", fitted, "--no-prior"),
        "was fitted on another network": (*train, "--prior", fitted, "--weights", weights_file),
        "damaged or missing": (*train, "--prior", notes),
        "recipe 'style-large' takes none": (*train, "--recipe", "style-large", "--prior", fitted),
        "is there already, and no prior": ("prior", "fit", folders[0], "--random", folders[1], "--out", notes),
        "no folder of channels": ("prior", "fit", folders[1], "--random", folders[1], "--out", tmp_path / "x.npz"),
        "at least 200 are needed": ("prior", "fit", folders[0], "--random", tmp_path, "--out", tmp_path / "x.npz"),
    }
    for said, arguments in cases.items():
        result = run(*arguments)
        assert (result.exit_code, said in result.stderr, result.stderr.count("\n")) == (2, True, 1), result.stderr
    assert notes.read_text() == "mine" and not out.exists()


def test_a_prior_of_a_later_thumbprint_is_refused(fitted: Path, tmp_path: Path) -> None:
    arrays = unpack_arrays(fitted.read_bytes())
    arrays["about"] = np.array(str(arrays["about"]).replace('"schema": 1', '"schema": 2'))
    (tmp_path / "later.npz").write_bytes(pack_arrays(arrays))
    with pytest.raises(WeightsError, match="prior of schema 2"):
        load_prior(tmp_path / "later.npz")
