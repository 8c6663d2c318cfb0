"""Heat is where the evidence is: on a planted mark, by the papers' formulas, in the picture's own coordinates."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import KNOWN, draw, encode, exactly, with_bars
from numpy.typing import NDArray
from PIL import Image
from planted import MARKED, PLAIN, SIDE, SIZE, Planted, gated, place, planted

from backend.cli.main import main
from backend.data.dataset import Channel
from backend.data.images import InputSpec, preprocess
from backend.explain.gradcam import METHODS, Explainer
from backend.explain.heatmap import INFERNO, Heatmap, inferno, overlay, picture_area
from backend.models.features import Extractor, colours
from backend.models.predictor import Model
from backend.models.registry import get_recipe
from backend.models.run import Run
from backend.models.weights import Weights
from backend.utils.errors import ImageError, ThumbprintError

pytestmark = pytest.mark.slow

__all__ = ["planted"]  # a fixture

GRID_CELL = 16  # pixels of the input: a cell of the coarsest tap


@pytest.fixture(scope="module")
def explainer(planted: Planted) -> Explainer:
    return Explainer(planted.run)


@pytest.fixture(scope="module")
def lab_run(weights: Weights) -> Run:
    """A run of `lab` with a random head, as far as explaining needs one."""
    rng = np.random.default_rng(3)
    head = {
        "hidden_kernel": rng.normal(0, 0.05, (1280, 100)).astype(np.float32),
        "hidden_bias": rng.normal(0, 0.1, 100).astype(np.float32),
        "kernel": rng.normal(0, 0.3, (100, 3)).astype(np.float32),
        "bias": np.zeros(3, np.float32),
    }
    channels = tuple(Channel(name, name) for name in KNOWN)
    return Run(Path("lab"), {"settings": {"recipe": "lab"}, "unknown": None}, channels, weights.layers, head)


@pytest.fixture(scope="module")
def lab_explainer(lab_run: Run) -> Explainer:
    return Explainer(lab_run)


def mark_box(number: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Say where the mark is on a grid, one cell of the coarsest tap wider on each side."""
    (x, y), (height, width) = place(number), shape
    across, down = width / SIZE[0], height / SIZE[1]
    left, top = (max(0, int(start - GRID_CELL)) for start in (x * across, y * down))
    box = np.zeros(shape, np.bool_)
    box[top : int((y + SIDE) * down) + GRID_CELL, left : int((x + SIDE) * across) + GRID_CELL] = True
    return box


# --- Where heat is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["gradcam", "gradcam++"])
def test_heat_is_on_the_planted_mark(planted: Planted, explainer: Explainer, method: str) -> None:
    heats = [explainer.explain(path, method, MARKED).grid for path in planted.files]
    boxes = [mark_box(number, heat.shape) for number, heat in enumerate(heats)]
    shares = [float(heat[box].sum() / heat.sum()) for heat, box in zip(heats, boxes, strict=True)]
    assert np.mean([box.mean() for box in boxes]) < 0.2, "the boxes are so large that anything would be in them"
    assert np.mean(shares) > 0.5
    assert np.mean(np.array(shares) > 0.5) >= 0.8


def test_score_cam_chooses_the_masks_that_show_the_mark(planted: Planted, explainer: Explainer) -> None:
    """With masks of a tile each: those of a network with random weights are everywhere, and show nothing."""
    tiles = np.zeros((32, 120, 208), np.float32)
    for tile in range(32):
        top, left = tile // 8 * 30, tile % 8 * 26
        tiles[tile, top : top + 30, left : left + 26] = 1
    hits = 0.0
    for number, path in enumerate(planted.files[:8]):
        pixels = preprocess(path, explainer.recipe.spec).astype(np.float32)
        heat = explainer._score_weighted(pixels, tiles, explainer.names.index(MARKED))
        hits += float(mark_box(number, heat.shape)[np.unravel_index(heat.argmax(), heat.shape)])
        assert heat.max() == pytest.approx(1) and heat.min() == 0
    assert hits >= 7


@pytest.mark.parametrize("method", METHODS)
def test_heat_is_the_channels_own_and_the_same_every_time(planted: Planted, explainer: Explainer, method: str) -> None:
    marked, plain = (explainer.explain(planted.files[0], method, channel) for channel in (MARKED, PLAIN))
    assert (marked.channel, plain.channel, marked.method) == (MARKED, PLAIN, method)
    apart = np.corrcoef(marked.grid.ravel(), plain.grid.ravel())[0, 1] if plain.grid.any() else 0  # nothing for it
    assert apart < 0.5
    assert marked.grid.max() == pytest.approx(1) and marked.grid.min() >= 0
    again = Explainer(planted.run).explain(planted.files[0], method, MARKED)
    np.testing.assert_array_equal(again.grid, marked.grid)
    assert again.logit == marked.logit


def test_the_channel_is_by_default_the_most_probable_one(planted: Planted, explainer: Explainer) -> None:
    model = Model(planted.run)
    heats = [explainer.explain(path) for path in planted.files[:4]]
    assert [heat.channel for heat in heats] == [model.answer(path).channel for path in planted.files[:4]]
    np.testing.assert_array_equal(heats[0].grid, explainer.explain(planted.files[0], channel=heats[0].channel).grid)


# --- What heat is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["planted", "lab"])
def test_the_logits_are_the_models(planted: Planted, lab_run: Run, name: str) -> None:
    run = planted.run if name == "planted" else lab_run
    recipe = get_recipe(run.recipe)
    pixels = np.stack([preprocess(path, recipe.spec) for path in planted.files[:3]])
    expected = recipe.logits(pixels, run.layers, run.head).numpy()
    np.testing.assert_allclose(Explainer(run).logits(pixels), expected, rtol=1e-4, atol=1e-3)


def taped(run: Run, pixels: NDArray[np.uint8], channel: int) -> tuple[Any, Any]:
    """Return lab's last activation (1, 7, 7, 1280) and its gradient, with nothing of ours but the backbone."""
    import tensorflow as tf

    from backend.models.mobilenet_v2 import forward

    last = forward(tf.constant(pixels[None], tf.float32) / 255, run.layers, ("out_relu",))["out_relu"]
    with tf.GradientTape() as tape:
        tape.watch(last)
        hidden = tf.nn.relu(tf.reduce_mean(last, [1, 2]) @ run.head["hidden_kernel"] + run.head["hidden_bias"])
        logit = (hidden @ run.head["kernel"] + run.head["bias"])[0, channel]
    return last, tape.gradient(logit, last)


def enlarged(maps: Any, height: int, width: int) -> NDArray[np.float32]:
    import tensorflow as tf

    found: NDArray[np.float32] = tf.image.resize(tf.constant(maps)[..., None], (height, width)).numpy()[0, ..., 0]
    return found


@pytest.mark.parametrize("channel", range(3))
def test_lab_is_explained_by_grad_cam_as_published(lab_run: Run, lab_explainer: Explainer, channel: int) -> None:
    pixels = preprocess(encode(draw("fjord", 5)), lab_explainer.recipe.spec)
    last, gradient = taped(lab_run, pixels, channel)
    weights = np.asarray(gradient).mean(axis=(1, 2))  # equation 1
    expected = enlarged((np.asarray(last) * weights[:, None, None]).sum(axis=3), 224, 224).clip(0)  # equation 2
    found = lab_explainer.heatmaps(pixels[None], np.array([channel]), "gradcam")[0][0]
    assert expected.max() > 0
    np.testing.assert_allclose(found, expected / expected.max(), atol=1e-4)


def test_lab_is_explained_by_grad_cam_plus_plus_as_published(lab_run: Run, lab_explainer: Explainer) -> None:
    pixels = preprocess(encode(draw("fjord", 5)), lab_explainer.recipe.spec)
    last, g = (np.asarray(x, np.float64) for x in taped(lab_run, pixels, 1))
    below = 2 * g**2 + last.sum(axis=(1, 2), keepdims=True) * g**3  # equation 19
    alpha = np.divide(g**2, below, out=np.zeros_like(g), where=below != 0)
    weights = (alpha * g.clip(0)).sum(axis=(1, 2), keepdims=True)
    expected = enlarged((last * weights).sum(axis=3).astype(np.float32), 224, 224).clip(0)
    found = lab_explainer.heatmaps(pixels[None], np.array([1]), "gradcam++")[0][0]
    np.testing.assert_allclose(found, expected / expected.max(), atol=1e-3)


def test_style_is_explained_by_gradient_times_activation(planted: Planted, explainer: Explainer) -> None:
    """Beside the closed form: the mean's gradient is 1 / n, the standard deviation's (a - mean) / (n * sd)."""
    run, recipe = planted.run, explainer.recipe
    pixels = preprocess(planted.files[0], recipe.spec)
    kept, kernel = run.check_pixels(), run.head["kernel"][:, 0]
    typical = Extractor(run.layers, recipe.taps, recipe.spec)(kept).mean(axis=0)
    size = recipe.spec.height, recipe.spec.width
    total, row = np.zeros(size), 0
    for activation in recipe.activations(pixels[None], run.layers).values():
        a = np.asarray(activation)[0]
        places, channels = a.shape[0] * a.shape[1], a.shape[2]
        mean, sd = (kernel[start : start + channels] for start in (row, row + channels))
        gradient = mean + sd * (a - a.mean(axis=(0, 1))) / np.sqrt(a.var(axis=(0, 1)) + 1e-6)
        added = (kernel * typical)[row : row + 2 * channels].sum()
        total += enlarged(((gradient * a).sum(axis=2) - added)[None], *size) / places * places
        row += 2 * channels
    found = explainer.heatmaps(pixels[None], np.array([0]), "gradcam")[0][0]
    np.testing.assert_allclose(found, total.clip(0) / total.max(), atol=1e-3)


def test_evidence_adds_up_to_the_logit(planted: Planted, explainer: Explainer) -> None:
    """The logit is a typical picture's, the maps and the colours together, but for what keeps roots finite."""
    run, recipe = planted.run, explainer.recipe
    pixels = preprocess(planted.files[0], recipe.spec)[None]
    features, *activations = recipe.network(run.layers).outputs(pixels[0])
    evidence = sum(float(tap.evidence().sum()) for tap in explainer._opened(features, activations, 0))
    kept, kernel, bias = run.check_pixels(), run.head["kernel"][:, 0], run.head["bias"][0]
    typical = Extractor(run.layers, recipe.taps, recipe.spec)(kept).mean(axis=0)
    colour = np.asarray(colours(pixels))[0]
    of_colours = float((colour - typical[-len(colour) :]) @ kernel[-len(colour) :])
    logit = float(explainer.logits(pixels)[0, 0])
    assert evidence + of_colours + typical @ kernel + bias == pytest.approx(logit, rel=1e-3)


# --- The picture's own coordinates -------------------------------------------------------------------------------


def test_heat_covers_the_picture_between_baked_bars(planted: Planted, explainer: Explainer) -> None:
    with Image.open(planted.files[0]) as image:
        plain, barred = image.convert("RGB"), with_bars(image.convert("RGB"))
    one, other = (explainer.explain(encode(picture)) for picture in (plain, barred))
    assert (one.box, one.size) == ((0, 0, 160, 90), (160, 90))
    assert (other.box, other.size) == ((0, 15, 160, 105), (160, 120))
    np.testing.assert_array_equal(one.grid, other.grid)


def test_padding_is_left_out(lab_explainer: Explainer) -> None:
    heat = lab_explainer.explain(encode(draw("moss", 1)))
    assert (heat.grid.shape, heat.box) == ((126, 224), (0, 0, 160, 90))


@pytest.mark.parametrize(
    ("shape", "fit", "rows", "columns"),
    [
        ((90, 160), "stretch", (0, 128), (0, 224)),
        ((90, 160), "pad", (1, 127), (0, 224)),
        ((200, 100), "pad", (0, 128), (80, 144)),
    ],
)
def test_the_area_of_a_picture(shape: Any, fit: Any, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    assert picture_area(shape, InputSpec(128, 224, fit)) == (slice(*rows), slice(*columns))


def opened(png: bytes) -> NDArray[np.int64]:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image).astype(np.int64)


def hot_corner(box: tuple[int, int, int, int], size: tuple[int, int]) -> Heatmap:
    grid = np.zeros((8, 16), np.float32)
    grid[:4, :8] = 1
    return Heatmap("moss", "gradcam", grid, box, size, 1.0)


def test_an_overlay_colours_what_is_hot_and_nothing_else() -> None:
    picture = encode(Image.new("RGB", (160, 120), (0, 0, 255)))
    found = opened(overlay(picture, hot_corner((0, 15, 160, 105), (160, 120))))
    assert found.shape == (120, 160, 3)
    assert (found[20:50, :60, 0] > 180).all(), "the hot corner is not hot"
    for cold in (found[:14], found[106:], found[70:], found[:, 90:]):
        assert (cold == 29).all(), "blue in grey"


def test_an_overlay_is_as_wide_as_asked_for() -> None:
    picture, heat = encode(draw("moss", 1)), hot_corner((0, 0, 160, 90), (160, 90))
    assert opened(overlay(picture, heat, 320)).shape == (180, 320, 3)
    assert opened(overlay(picture, heat, 80)).shape == (45, 80, 3)


def test_the_colours_grow_lighter_evenly() -> None:
    light = inferno(np.linspace(0, 1, 101)) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light) > 0).all()
    assert (inferno(np.array([0.0, 1.0])) == INFERNO[[0, -1]]).all()


# --- Errors, and the command -------------------------------------------------------------------------------------


def test_what_there_is_not_is_named(planted: Planted, explainer: Explainer) -> None:
    with pytest.raises(ThumbprintError, match=exactly("method 'lime' is unknown; there are " + ", ".join(METHODS))):
        explainer.explain(planted.files[0], "lime")
    message = f"{planted.run.root}: channel 'moss' is unknown; there are {MARKED}, {PLAIN}"
    with pytest.raises(ThumbprintError, match=exactly(message)):
        explainer.explain(planted.files[0], channel="moss")
    with pytest.raises(ImageError, match="not a JPEG, PNG or WebP"):
        explainer.explain(b"nothing")


def test_an_overlay_is_of_the_picture_that_was_explained() -> None:
    with pytest.raises(ThumbprintError, match=exactly("picture of 160x90, heat of another; explain this one")):
        overlay(encode(draw("moss", 1)), hot_corner((0, 0, 320, 180), (320, 180)))


def test_the_command_draws_a_picture(planted: Planted, tmp_path: Path) -> None:
    out = tmp_path / "heat.png"
    arguments = ["explain", str(planted.run.root), str(planted.files[0]), "--channel", MARKED, "--out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert re.fullmatch(rf"{MARKED}: logit -?\d+\.\d\d; wrote {re.escape(str(out))}\n", result.stdout)
    drawn, given = opened(out.read_bytes()), opened(planted.files[0].read_bytes())
    assert drawn.shape == given.shape
    assert np.abs(drawn - given).max() > 30


# --- Gradients in closed form ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["style", "style with a gate", "lab"])
def test_gradients_are_those_of_automatic_differentiation(planted: Planted, lab_run: Run, name: str) -> None:
    import tensorflow as tf

    run = {"style": planted.run, "style with a gate": gated(planted.run), "lab": lab_run}[name]
    recipe, explainer = get_recipe(run.recipe), Explainer(run)
    for target, path in enumerate(planted.files[:2]):
        pixels = preprocess(path, recipe.spec)
        expected = recipe.activations(pixels[None], run.layers)
        with tf.GradientTape() as tape:
            tape.watch(expected)
            logit = recipe.head_logits(run.head, expected, pixels[None])[0, target]
        gradients = tape.gradient(logit, expected)
        seen, *activations = recipe.network(run.layers).outputs(pixels)
        taps = explainer._opened(seen, activations, target)
        for tap, which in zip(taps, recipe.taps, strict=True):
            np.testing.assert_allclose(tap.activation, np.asarray(expected[which])[0], atol=1e-3)
            found, whole = np.broadcast_to(tap.gradient, tap.activation.shape), np.asarray(gradients[which])[0]
            assert np.abs(whole).max() > 0
            np.testing.assert_allclose(found, whole, atol=1e-3 * np.abs(whole).max())
        assert explainer.logits(pixels[None])[0, target] == pytest.approx(float(logit), rel=1e-4, abs=1e-2)
