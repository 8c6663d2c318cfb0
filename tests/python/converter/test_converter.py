"""From a run to the extension's model: its files, its description, and a check that catches what it is for."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import BACKGROUND, CLASSES, FEATURES, KNOWN, PICTURES, Interrupted, exactly
from numpy.typing import NDArray

import converter.__main__ as module
from backend.models.calibration import Probabilities
from backend.models.mobilenet_v2 import layer_names
from backend.models.predictor import Model
from backend.models.quantization import bits_of
from backend.models.run import Run
from backend.models.style import Style
from backend.models.weights import load_shipped
from backend.utils.errors import ConversionError
from converter import verify as verifying
from converter.__main__ import convert, main
from converter.export import export_graph_model
from converter.learning import learning_of
from converter.metadata import describe
from converter.quantize import check_quantized, pack_rounded
from converter.verify import (
    CLEAR_LEAD,
    LARGEST_DIFFERENCE,
    MOST_APART,
    Answers,
    Parity,
    classify_in_tfjs,
    compare,
    drawn_pixels,
    verify,
    verify_places,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
BIN = "group1-shard1of1.bin"
LAYERS = [name for name in layer_names(Style.taps[-1]) if not name.startswith(Style.left_out)]
FILES = {"model.json", BIN, "metadata.json"}
PRIOR = "prior.bin"
CHECKED = 3 * 8 + (CLASSES - 1 - 3)  # eight of every channel, and one of every class of pictures beside them


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Converted:
    """A converted run, and what the command printed."""

    folder: Path
    result: Result

    @property
    def metadata(self) -> dict[str, Any]:
        return read_json(self.folder / "metadata.json")

    @property
    def weights(self) -> dict[str, dict[str, Any]]:
        """The entries of the weights manifest by name, each with its place in the file."""
        entries, offset = {}, 0
        (group,) = read_json(self.folder / "model.json")["weightsManifest"]
        for entry in group["weights"]:
            packed = entry.get("packed")
            dtype = f"int{packed['bits']}" if packed else entry.get("quantization", entry)["dtype"]
            scales = 4 * entry["shape"][packed["axis"]] if packed else 0
            size = int(np.prod(entry["shape"])) * np.dtype(dtype).itemsize + scales
            entries[entry["name"]] = {**entry, "start": offset, "stop": offset + size}
            offset += size
        return entries


@pytest.fixture(scope="module")
def int8(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("int8") / "model"
    return Converted(folder, run(style_run.root, "--out", folder))


@pytest.fixture(scope="module")
def mixed(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("mixed") / "model"
    return Converted(folder, run("-q", style_run.root, "--out", folder, "--dtype", "mixed"))


@pytest.fixture(scope="module")
def float32(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("float32") / "model"
    return Converted(folder, run("-q", style_run.root, "--out", folder, "--dtype", "float32"))


@pytest.fixture(scope="module")
def lab(lab_training: Interrupted, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("lab") / "model"
    return Converted(folder, run(lab_training.run.root, "--out", folder))


@pytest.fixture(scope="module")
def trained(style_run: Run) -> Model:
    return Model(style_run)


# --- What is written ---------------------------------------------------------------------------------------------


def test_a_model_is_written_with_its_description_and_nothing_else(int8: Converted) -> None:
    assert int8.result.exit_code == 0, int8.result.output
    assert {path.name for path in int8.folder.iterdir()} == FILES
    assert [path.name for path in int8.folder.parent.iterdir()] == ["model"], "no temporary folder is left"
    checksums = {name: hashlib.sha256((int8.folder / name).read_bytes()).hexdigest() for name in FILES}
    assert int8.metadata["files"] == {name: checksums[name] for name in FILES - {"metadata.json"}}


def test_the_command_says_what_it_wrote(int8: Converted, float32: Converted) -> None:
    size = sum(path.stat().st_size for path in int8.folder.iterdir()) / 1e6
    version = int8.metadata["version"]
    start = f"Wrote {int8.folder}: version {version}, {size:.2f} MB, int8; probabilities within "
    assert int8.result.stdout.startswith(start)
    assert int8.result.stdout.endswith(f" of the trained model on {CHECKED} pictures\n")
    assert int8.result.stdout.count("\n") == 1
    assert f"Checking it in TensorFlow.js on {CHECKED} pictures." in int8.result.stderr
    assert float32.result.stderr == "", "--quiet"


def test_the_description_is_the_contract_with_the_browser(int8: Converted, style_run: Run) -> None:
    metadata = int8.metadata
    cv, unknown = style_run.metrics()["cv"], style_run.metrics()["unknown"]
    assert len(unknown["curve"]) > 10
    assert metadata.pop("version") and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata.pop("created"))
    assert metadata.pop("files")
    heat = metadata.pop("heat")
    assert [(tap["output"], tap["height"], tap["width"], tap["channels"]) for tap in heat.pop("taps")] == [
        ("tap_00", 30, 52, 144),
        ("tap_01", 30, 52, 144),
        ("tap_02", 15, 26, 192),
        ("tap_03", 8, 13, 384),
    ]
    assert heat.pop("head").keys() == {"kernel", "bias"} and heat == {"output": "features"}
    url = "https://www.youtube.com/@ember"
    assert metadata == {
        "features": None,
        "schema": 3,
        "recipe": "style",
        "demo": False,
        "dtype": "int8",
        "channels": [
            {"name": "ember", "display_name": "Ember & Ash", "handle": "@ember", "url": url},
            {"name": "fjord", "display_name": "fjord", "handle": "", "url": ""},
            {"name": "moss", "display_name": "moss", "handle": "", "url": ""},
        ],
        "input": {"height": 120, "width": 208, "crop": "baked-bars", "fit": "stretch", "filter": "triangle"},
        "normalisation": {"scale": 1 / 127.5, "offset": -1.0, "applied_in": "graph"},
        "outputs": {"probabilities": "probabilities", "unknown": "unknown"},
        "unknown": {
            "threshold": style_run.threshold,
            "lookalike_threshold": None,  # nothing is known of random thumbnails without a prior
            **{name: unknown[name] for name in ("auroc", "known_recall", "false_known", "images", "drawn", "curve")},
        },
        "calibration": {name: style_run.metrics()["calibration"][name] for name in ("ece", "temperature")},
        "metrics": {
            "macro_f1": cv["macro_f1"]["mean"],
            "accuracy": cv["accuracy"]["mean"],
            "images": 3 * PICTURES,
            "folds": 3,
        },
    }


def test_the_description_has_the_threshold_of_lookalikes_where_one_was_chosen(style_run: Run, tmp_path: Path) -> None:
    unknown = {**style_run.description["unknown"], "lookalike_threshold": 0.125}
    chosen = replace(style_run, description={**style_run.description, "unknown": unknown})
    assert describe(chosen, tmp_path, "int8")["unknown"]["lookalike_threshold"] == 0.125


def test_the_same_run_gives_the_same_bytes_in_another_process(int8: Converted, style_run: Run, tmp_path: Path) -> None:
    """Another order of a graph's attributes would be another version, for which an extension forgets its answers."""
    words = [sys.executable, "-m", "converter", "-q", str(style_run.root), "--out", str(tmp_path / "again")]
    subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "20"}, check=True, capture_output=True)
    assert contents(tmp_path / "again") == contents(int8.folder)


def test_versions_tell_models_apart(int8: Converted, float32: Converted) -> None:
    assert re.fullmatch("[0-9a-f]{12}", int8.metadata["version"])
    assert int8.metadata["version"] != float32.metadata["version"]


def test_the_graph_has_named_inputs_and_outputs(int8: Converted) -> None:
    signature = read_json(int8.folder / "model.json")["signature"]
    shape = [int(side["size"]) for side in signature["inputs"]["pixels"]["tensorShape"]["dim"]]
    assert (shape, signature["inputs"]["pixels"]["dtype"]) == ([1, 120, 208, 3], "DT_FLOAT")
    shapes = {
        name: [int(side["size"]) for side in output["tensorShape"]["dim"]]
        for name, output in signature["outputs"].items()
    }
    taps = {tap["output"]: [1, tap["height"], tap["width"], tap["channels"]] for tap in int8.metadata["heat"]["taps"]}
    answers = {"probabilities": [1, 3], "unknown": [1, 1], "features": [1, FEATURES]}
    assert shapes == {**answers, **taps}


def test_convolutions_are_fused_and_no_batch_normalisation_is_left(int8: Converted) -> None:
    operations = [node["op"] for node in read_json(int8.folder / "model.json")["modelTopology"]["node"]]
    assert not [name for name in operations if "BatchNorm" in name]
    assert operations.count("_FusedConv2D") >= 16
    assert operations.count("FusedDepthwiseConv2dNative") == 8


def test_pointwise_kernels_travel_in_16_bits_and_nothing_else_does(mixed: Converted, float32: Converted) -> None:
    quantised = {name for name, entry in mixed.weights.items() if "quantization" in entry}
    assert all(mixed.weights[name]["quantization"]["dtype"] == "uint16" for name in quantised)
    assert len(quantised) == 16, "eight expansions, of which the last is the tap, and eight projections"
    assert all(mixed.weights[name]["shape"][:2] == [1, 1] for name in quantised)
    assert not [name for name, entry in float32.weights.items() if "quantization" in entry]


def test_rounded_kernels_travel_in_8_bits_the_first_in_16_and_the_head_in_half_precision(int8: Converted) -> None:
    packed = {name: entry for name, entry in int8.weights.items() if "packed" in entry}
    bits = {name.split("/")[-2]: entry["packed"]["bits"] for name, entry in packed.items()}
    assert bits == {name: bits_of(name) for name in LAYERS}
    assert {entry["packed"]["axis"] for entry in packed.values()} == {2, 3}
    half = [entry["shape"] for entry in int8.weights.values() if "quantization" in entry]
    assert [FEATURES, CLASSES] in half


def test_rounded_weights_are_a_fraction_of_the_download(int8: Converted, float32: Converted) -> None:
    sizes = {model.folder: (model.folder / BIN).stat().st_size for model in (int8, float32)}
    assert sizes[int8.folder] < 0.35 * sizes[float32.folder], "the head in 16 bits is a fifth of this model"


def test_mixed_saves_a_good_third_of_the_download(mixed: Converted, float32: Converted, style_run: Run) -> None:
    sizes = {model.folder: (model.folder / BIN).stat().st_size for model in (mixed, float32)}
    numbers = sum(kernel.size + bias.size for kernel, bias in style_run.layers.values()) + (FEATURES + 1) * CLASSES
    assert sizes[float32.folder] == pytest.approx(4 * numbers, rel=0.01)
    assert sizes[mixed.folder] < 0.65 * sizes[float32.folder]


# --- What it says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int8", "mixed", "float32"])
def test_the_browsers_probabilities_are_the_trained_models(
    dtype: str, int8: Converted, mixed: Converted, float32: Converted, trained: Model
) -> None:
    folder = {"int8": int8, "mixed": mixed, "float32": float32}[dtype].folder
    pixels = trained.run.check_pixels()[::4]
    expected = trained.predict_proba(pixels)
    found = classify_in_tfjs(folder, pixels).probabilities
    assert found is not None and found.shape == (len(pixels), 4)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.ptp(expected, axis=0).min() > 0.02, "the pictures must differ for this to say anything"
    assert np.abs(found - expected).max() < LARGEST_DIFFERENCE[dtype]


def test_labs_model_is_converted_as_well(lab: Converted, lab_training: Interrupted) -> None:
    assert lab.result.exit_code == 0, lab.result.output
    metadata = lab.metadata
    assert metadata["recipe"] == "lab"
    assert metadata["input"] == {
        "height": 224,
        "width": 224,
        "crop": "baked-bars",
        "fit": "pad",
        "filter": "triangle",
    }
    assert metadata["normalisation"] == {"scale": 1 / 255, "offset": 0.0, "applied_in": "graph"}
    assert metadata["outputs"] == {"probabilities": "probabilities", "unknown": None}
    assert metadata["unknown"] is None
    assert [1280, 100] in [entry["shape"] for entry in lab.weights.values()], "the hidden layer"
    assert len(lab_training.run.check_pixels()) == 15
    assert "on 15 pictures" in lab.result.stdout


# --- What the check catches --------------------------------------------------------------------------------------

Damage = Callable[[Converted, "bytearray"], None]


def array(model: Converted, content: bytearray, shape: list[int]) -> NDArray[np.float32]:
    """A writable view of the one weight of a shape inside the weights' file, which is in float32 there."""
    (entry,) = [entry for entry in model.weights.values() if entry["shape"] == shape]
    assert "quantization" not in entry and "packed" not in entry
    view: NDArray[np.float32] = np.frombuffer(
        content, np.float32, (entry["stop"] - entry["start"]) // 4, entry["start"]
    )
    return view.reshape(shape)


def perturb(model: Converted, content: bytearray) -> None:
    kernel = array(model, content, [3, 3, 3, 32])
    kernel += np.random.default_rng(0).normal(0, 0.3 * kernel.std(), kernel.shape).astype(np.float32)


def swap_channels(model: Converted, content: bytearray) -> None:
    for weight in (array(model, content, [FEATURES, CLASSES]), array(model, content, [CLASSES])):
        weight[..., [0, 1]] = weight[..., [1, 0]]


def not_a_number(model: Converted, content: bytearray) -> None:
    array(model, content, [CLASSES])[2] = np.nan


def damage_model(folder: Path, damage: Damage) -> None:
    """Change a model's weights so that its checksums are right: only what it says is wrong."""
    model = Converted(folder, Result.__new__(Result))
    content = bytearray((folder / BIN).read_bytes())
    damage(model, content)
    (folder / BIN).write_bytes(content)
    if (folder / "metadata.json").exists():
        metadata = model.metadata
        metadata["files"][BIN] = hashlib.sha256(content).hexdigest()
        (folder / "metadata.json").write_text(json.dumps(metadata))


def copy_of(model: Converted, place: Path) -> Path:
    return Path(shutil.copytree(model.folder, place / "copy"))


FIGURES = (
    r"^the converted model differs from the trained one: probabilities by up to \d\S* \(0\.01 allowed\), "
    r"(\d+) of \d+ answers changed; nothing was written\. Convert with --dtype float32, or train the run again$"
)


@pytest.mark.parametrize(("damage", "changes"), [(perturb, False), (swap_channels, True)])
def test_a_model_that_says_something_else_is_refused_with_figures(
    mixed: Converted, trained: Model, tmp_path: Path, damage: Damage, changes: bool
) -> None:
    folder = copy_of(mixed, tmp_path)
    damage_model(folder, damage)
    pixels = trained.run.check_pixels()[::4]
    with pytest.raises(ConversionError, match=FIGURES) as caught:
        verify(trained.predict_proba(pixels), classify_in_tfjs(folder, pixels), 3, 0.5, "mixed")
    match = re.match(FIGURES, str(caught.value))
    assert match is not None
    assert not changes or int(match[1]) >= 2


def test_a_model_that_gives_no_numbers_is_refused(mixed: Converted, trained: Model, tmp_path: Path) -> None:
    folder = copy_of(mixed, tmp_path)
    damage_model(folder, not_a_number)
    pixels = trained.run.check_pixels()[:1]
    with pytest.raises(ConversionError, match=r"^the converted model does not run in TensorFlow\.js: .*NaN"):
        verify(trained.predict_proba(pixels), classify_in_tfjs(folder, pixels), 3, 0.5, "mixed")


@pytest.fixture
def older(mixed: Converted, tmp_path: Path) -> Iterator[Path]:
    """A folder with an older model, which must be there unchanged after the test, with nothing beside it."""
    folder = copy_of(mixed, tmp_path / "extension")
    before = contents(folder)
    yield folder
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["copy"]


def test_a_bad_conversion_leaves_the_older_model_in_place(
    older: Path, style_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def export(model: Model, folder: Path, dtype: Any) -> None:
        export_graph_model(model, folder, "mixed")
        damage_model(folder, swap_channels)

    monkeypatch.setattr(module, "export_graph_model", export)
    with pytest.raises(ConversionError, match=FIGURES):
        convert(style_run.root, older, "mixed", force=True)


def test_a_failing_replacement_leaves_the_older_model_in_place(
    older: Path, style_run: Run, monkeypatch: pytest.MonkeyPatch, mixed: Converted
) -> None:
    """The last step, putting the new model in the place of the old one, is refused by the system."""
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if target == older and (self / "new").exists():
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    def export(model: Model, folder: Path, dtype: Any) -> None:
        shutil.copytree(mixed.folder, folder, dirs_exist_ok=True)
        (folder / "new").touch()

    monkeypatch.setattr(module, "export_graph_model", export)
    monkeypatch.setattr(module, "verify", lambda *arguments: Parity(0, 1, 0))
    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(
        ConversionError, match=exactly(f"{older}: cannot be written (Permission denied); name another --out")
    ):
        convert(style_run.root, older, "mixed", force=True)


def test_an_older_model_is_replaced_only_with_force(older: Path, style_run: Run) -> None:
    result = run(style_run.root, "--out", older)
    message = f"{older}: exists already; name another --out, or add --force to replace it"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {message}\n")


def test_force_replaces_an_older_model(
    mixed: Converted, style_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of(mixed, tmp_path)

    def export(model: Model, fresh: Path, dtype: Any) -> None:
        for name in ("model.json", BIN):
            shutil.copy(mixed.folder / name, fresh)

    (folder / "group1-shard2of2.bin").touch()  # of the old one
    monkeypatch.setattr(module, "export_graph_model", export)
    monkeypatch.setattr(module, "verify", lambda *arguments: Parity(0, 1, 0))
    convert(style_run.root, folder, "mixed", force=True)
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_what_is_no_model_is_never_replaced(style_run: Run, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    message = f"{tmp_path}: is not a converted model, so --force will not replace it; name another --out"
    with pytest.raises(ConversionError, match=exactly(message)):
        convert(style_run.root, tmp_path, "mixed", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_what_is_no_run_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    result = run(tmp_path / "run", "--out", tmp_path / "model")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {tmp_path / 'run'}: not a run (no run.json); train one with")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_not_rounded_is_not_packed(float32: Converted, tmp_path: Path) -> None:
    folder = copy_of(float32, tmp_path)
    damage_model(folder, perturb)
    before = contents(folder)
    message = "24 of 25 kernels are rounded; train the run again, or convert with --dtype float32"
    with pytest.raises(ConversionError, match=exactly(message)):
        pack_rounded(folder, len(LAYERS))
    assert contents(folder) == before


def test_labs_kernels_take_16_bits_as_they_were_not_rounded(lab: Converted) -> None:
    assert lab.metadata["dtype"] == "mixed"
    assert not [entry for entry in lab.weights.values() if "packed" in entry]


def test_patterns_that_quantise_nothing_are_noticed(float32: Converted) -> None:
    """The converter package ignores a pattern without a match, and the model would be twice as big."""
    with pytest.raises(
        ConversionError, match=exactly("no pointwise kernel was found to quantise; convert with --dtype float32")
    ):
        check_quantized(float32.folder)


# --- How it is compared ------------------------------------------------------------------------------------------


def rows(*chances: tuple[float, ...]) -> Probabilities:
    return np.array(chances, np.float64)


def test_the_largest_difference_counts() -> None:
    expected, got = rows((0.7, 0.3), (0.2, 0.8)), rows((0.7, 0.3), (0.25, 0.75))
    found = compare(expected, got, 2)
    assert found.difference == pytest.approx(0.05)
    assert (found.pictures, found.changed) == (2, 0)


def test_an_answer_that_leads_clearly_may_not_change() -> None:
    assert compare(rows((0.6, 0.4)), rows((0.4, 0.6)), 2).changed == 1


@pytest.mark.parametrize(("lead", "changed"), [(0.019, 0), (0.021, 1)])
def test_near_ties_may_be_swapped_by_rounding(lead: float, changed: int) -> None:
    assert CLEAR_LEAD == 0.02
    expected = rows((0.5 + lead / 2, 0.5 - lead / 2))
    assert compare(expected, expected[:, ::-1], 2).changed == changed


def test_none_of_these_is_no_answer_but_its_probability_counts() -> None:
    """The last column is not a channel: only the two channels' order counts, however probable 'unknown' is."""
    expected, got = rows((0.3, 0.1, 0.6)), rows((0.35, 0.15, 0.5))
    found = compare(expected, got, 2)
    assert found.difference == pytest.approx(0.1)
    assert found.changed == 0
    assert compare(rows((0.4, 0.19, 0.41)), rows((0.19, 0.4, 0.41)), 2).changed == 1


def test_what_is_clearly_none_of_these_must_stay_so() -> None:
    expected, got = rows((0.3, 0.1, 0.6), (0.5, 0.2, 0.3)), rows((0.31, 0.11, 0.58), (0.5, 0.21, 0.29))
    assert compare(expected, got, 2, 0.59).changed == 0, "as near as rounding gets"
    assert compare(expected, rows((0.35, 0.15, 0.5), (0.5, 0.2, 0.3)), 2, 0.55).changed == 1
    assert compare(expected, rows((0.3, 0.1, 0.6), (0.3, 0.1, 0.6)), 2, 0.55).changed == 1
    assert compare(expected, rows((0.35, 0.15, 0.5), (0.5, 0.2, 0.3)), 2).changed == 0


def test_columns_of_another_number_are_an_error() -> None:
    message = "the converted model gave (1, 2) probabilities instead of (1, 3)"
    with pytest.raises(ConversionError, match=exactly(message)):
        compare(rows((0.3, 0.1, 0.6)), rows((0.5, 0.5)), 2)


@pytest.mark.parametrize(
    ("difference", "dtype", "agrees"),
    [(0.009, "mixed", True), (0.011, "mixed", False), (0.0009, "float32", True), (0.0011, "float32", False)],
)
def test_float32_is_held_to_a_tenth_of_mixed(difference: float, dtype: str, agrees: bool) -> None:
    expected = rows((0.7, 0.3))
    given = Answers(expected + np.array([difference, -difference]), None)
    if agrees:
        assert verify(expected, given, 2, None, dtype).difference == pytest.approx(difference)
    else:
        with pytest.raises(ConversionError, match="differs from the trained one"):
            verify(expected, given, 2, None, dtype)


def test_nan_is_no_agreement() -> None:
    expected = rows((0.7, 0.3))
    with pytest.raises(ConversionError, match=r"probabilities by up to nan \(0.001 allowed\)"):
        verify(expected, Answers(rows((np.nan, np.nan)), None), 2, None, "float32")


# --- What channels are learnt with -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("empty") / "model"
    return Converted(folder, run("-q", "--no-channels", "--out", folder))


def test_a_model_without_channels_brings_what_they_are_learnt_with(empty: Converted) -> None:
    assert empty.result.exit_code == 0, empty.result.output
    assert {path.name for path in empty.folder.iterdir()} == FILES | {PRIOR}
    described = empty.metadata
    assert (described["channels"], described["outputs"]) == ([], {"probabilities": None, "unknown": None})
    assert described["features"]["prior"]["components"] == 256
    assert described["files"].keys() == (FILES | {PRIOR}) - {"metadata.json"}


def test_the_browsers_places_are_pythons(empty: Converted) -> None:
    learning = learning_of(Style(), load_shipped().layers)
    assert learning is not None
    pixels = drawn_pixels(Style.spec)
    given = classify_in_tfjs(empty.folder, pixels)
    assert given.probabilities is None
    assert verify_places(learning, pixels, given) <= MOST_APART
    assert given.places is not None and np.ptp(given.places.astype(int), axis=0).max() > 10
    with pytest.raises(ConversionError, match=r"places pictures elsewhere: .* levels; nothing was written"):
        verify_places(learning, pixels[::-1].copy(), given)
    with pytest.raises(ConversionError, match="gave no places"):
        verify_places(learning, pixels, Answers(None, None))


def test_a_run_of_another_network_brings_nothing_to_learn_with(int8: Converted) -> None:
    assert int8.metadata["features"] is None


def test_a_run_or_no_channels_and_not_both(style_run: Run, tmp_path: Path) -> None:
    for arguments in ((), (style_run.root, "--no-channels")):
        result = run(*arguments, "--out", tmp_path / "model")
        assert result.exit_code == 2 and "--no-channels" in result.output
    assert list(tmp_path.iterdir()) == []


# --- Without the tools -------------------------------------------------------------------------------------------

NOTHING = np.zeros((1, 2, 2, 3), np.uint8)


def test_without_node_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    message = "node is not on the PATH; install Node.js 20 or newer, which checks the converted model"
    with pytest.raises(ConversionError, match=exactly(message)):
        classify_in_tfjs(tmp_path, NOTHING)


def test_without_packages_the_error_says_how_to_install_them(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "classify.ts").touch()
    message = f"{tmp_path}/node_modules is missing; run `npm ci` in {tmp_path}"
    with pytest.raises(ConversionError, match=exactly(message)):
        classify_in_tfjs(tmp_path, NOTHING, tmp_path)


def test_away_from_a_checkout_the_extension_is_asked_for_before_anything_is_converted(
    tmp_path: Path, style_run: Run
) -> None:
    result = CliRunner().invoke(main, [str(style_run.root), "--extension", str(tmp_path)])
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        f"Error: {tmp_path}: not Thumbprint's extension folder, whose classifier checks the converted model; name the "
        "one of a checkout with --extension\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(verifying, "TIMEOUT_S", 0.05)
    message = "the converted model gave no answer in TensorFlow.js within 0.05 s"
    with pytest.raises(ConversionError, match=exactly(message)):
        classify_in_tfjs(tmp_path, NOTHING)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"^the converted model does not run in TensorFlow\.js: Error: "):
        classify_in_tfjs(tmp_path, NOTHING)


def test_background_channels_are_not_in_the_description(mixed: Converted) -> None:
    assert [channel["name"] for channel in mixed.metadata["channels"]] == list(KNOWN)
    assert not any(name in (mixed.folder / "metadata.json").read_text() for name in BACKGROUND)
