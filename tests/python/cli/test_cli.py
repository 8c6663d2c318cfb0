"""The commands as a person types them: results on stdout, progress and errors on stderr, one line for each error."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helpers import BACKGROUND, KNOWN, PICTURES, lend_backbone, write_source

from backend.cli.main import main
from backend.data.dataset import Dataset
from backend.data.settings import TrainSettings
from backend.models.run import Run, load_run
from backend.models.weights import Weights
from backend.utils.tf_quiet import held_stderr

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("tensorflow", "keras", "sklearn", "h5py", "PIL.JpegImagePlugin", "scipy", "pandas")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def assert_error(result: Result, message: str) -> None:
    """One line on stderr and exit code 2; no traceback, and nothing that a program would take for a result."""
    assert (result.exit_code, result.stderr) == (2, f"Error: {message}\n")
    assert isinstance(result.exception, SystemExit), "the exception got out"


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # Libraries that were imported for other tests may have asked for more chatter than a person's shell does.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    command = [sys.executable, "-m", "backend", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, timeout=120)


# --- Help --------------------------------------------------------------------------------------------------------


HELP = f"""
import sys
from backend.cli.main import main
from backend.data.settings import TrainSettings
for command in ([], *([name] for name in main.commands)):
    main([*command, "--help"], standalone_mode=False)
print("HEAVY", [name for name in {HEAVY!r} if name in sys.modules])
"""


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("HEAVY []\n")
    assert done.stdout.count("Usage: ") == 1 + len(main.commands)


def test_help_lists_the_commands_and_each_says_what_it_does() -> None:
    text = run("--help").stdout
    assert {"import", "demo-data", "train", "predict", "evaluate"} <= set(main.commands)
    for name, command in main.commands.items():
        assert re.search(rf"^  {name} +\w", text, re.MULTILINE)
        assert (command.help or "").strip()
    assert run("train", "-h").stdout == run("train", "--help").stdout


def test_the_module_is_the_command_and_knows_its_version() -> None:
    done = process("--version")
    assert (done.returncode, done.stdout) == (0, "thumbprint, version 0.1.0\n")


# --- Errors ------------------------------------------------------------------------------------------------------


def test_missing_data_says_how_to_make_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = run("train", data, "--out", tmp_path / "run")
    assert_error(result, f"{data}: no such folder: run `python -m backend import FOLDER --out {data}` to make it")


def test_a_folder_of_pictures_is_not_a_dataset_yet(tmp_path: Path) -> None:
    result = run("train", tmp_path, "--out", tmp_path / "run")
    hint = f"run `python -m backend import {tmp_path} --out DATA` and use DATA"
    assert_error(result, f"{tmp_path}: not a dataset (no dataset.json): {hint}")


def test_missing_weights_are_named(data: Dataset, tmp_path: Path) -> None:
    missing = tmp_path / "no.h5"
    result = run("-q", "train", data.root, "--out", tmp_path / "run", "--weights", missing)
    hint = "correct --weights or THUMBPRINT_WEIGHTS, or leave it out"
    assert_error(result, f"{missing}: no such weights file; {hint}")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_run_is_not_overwritten(data: Dataset, style_run: Run) -> None:
    result = run("train", data.root, "--out", style_run.root)
    assert_error(result, f"{style_run.root}: exists already; name another --out, or add --force to replace it")


def test_epochs_of_style_are_refused(data: Dataset, tmp_path: Path) -> None:
    result = run("train", data.root, "--out", tmp_path / "run", "--epochs", "3")
    assert_error(result, "--epochs: recipe 'style' has none; leave it out, or take --recipe lab")


def test_a_missing_background_is_named(data: Dataset, tmp_path: Path) -> None:
    result = run("train", data.root, "--out", tmp_path / "run", "--background", tmp_path / "others")
    assert result.stderr.startswith(f"Error: {tmp_path / 'others'}: no such folder")
    assert result.exit_code == 2


def test_what_is_no_run_is_named(tmp_path: Path, data: Dataset) -> None:
    message = f"{tmp_path}: not a run (no run.json); train one with `python -m backend train DATA --out {tmp_path}`"
    assert_error(run("predict", tmp_path, "picture.jpg"), message)
    assert_error(run("evaluate", tmp_path, "--data", data.root), message)


def test_a_damaged_run_is_named(style_run: Run, tmp_path: Path) -> None:
    shutil.copytree(style_run.root, tmp_path / "run")
    model = tmp_path / "run" / "model.npz"
    model.write_bytes(model.read_bytes()[:-1])
    damage = "damaged or missing (not what Thumbprint wrote: its checksum is off)"
    message = f"{model}: {damage}; train the run again"
    assert_error(run("predict", tmp_path / "run", "picture.jpg"), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "data"], "Missing option '--out'"),
        (["train", "data", "--out", "run", "--recipe", "vgg"], "'vgg' is not one of 'style', 'style-large', 'lab'"),
        (["train", "data", "--out", "run", "--folds", "1"], "1 is not in the range x>=2"),
        (["train", "data", "--out", "run", "--known-recall", "1.5"], "1.5 is not in the range 0.5<=x<=1"),
        (["predict", "run"], "Missing argument 'IMAGES...'"),
        (["teach"], "No such command 'teach'"),
    ],
)
def test_what_cannot_be_meant_is_explained(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


# --- Import ------------------------------------------------------------------------------------------------------


def test_import_counts_and_says_what_it_left_out(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", KNOWN[:2])
    (source / "channels.toml").unlink()
    (source / "ember" / "notes.txt").write_text("remember the milk")
    result = run("import", source, "--out", tmp_path / "data")
    assert result.exit_code == 0
    lines = [f"ember: {PICTURES} images (known)", f"fjord: {PICTURES} images (known)"]
    assert result.stdout.splitlines() == [*lines, f"Wrote {2 * PICTURES} images to {tmp_path / 'data'}"]
    assert "Left out ember/notes.txt: not a picture (JPEG, PNG or WebP)" in result.stderr
    assert_error(run("import", tmp_path / "no", "--out", tmp_path / "x"), missing_source(tmp_path / "no"))
    quiet = run("-q", "import", source, "--out", tmp_path / "data", "--force")
    assert (quiet.exit_code, quiet.stderr, quiet.stdout) == (0, "", result.stdout)


def missing_source(path: Path) -> str:
    return f"{path}: no such folder: name the folder that holds a folder of thumbnails a channel"


# --- Train -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_train_prints_its_scores_and_progress_apart(
    data: Dataset, style_weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend_backbone(monkeypatch, style_weights)
    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "cache"))
    result = run("train", data.root, "--folds", "2", "--seed", "4", "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    summary, unknown, wrote = result.stdout.splitlines()
    number = r"\d\.\d{3}"
    assert re.fullmatch(rf"style: macro F1 {number} \(sd {number}\), accuracy {number}, 2 folds, \d+ s", summary)
    finds = r"finds \d+% of the channels' thumbnails, \d+% false positives on others"
    assert re.fullmatch(rf"none of these: AUROC {number}; {finds}", unknown)
    assert wrote == f"Wrote {tmp_path / 'run'}"
    assert "Features: 100%" in result.stderr
    assert "Folds: 100%" in result.stderr
    trained = load_run(tmp_path / "run")
    assert f"macro F1 {trained.metrics()['cv']['macro_f1']['mean']:.3f}" in summary
    assert (trained.description["settings"]["folds"], trained.description["settings"]["seed"]) == (2, 4)

    monkeypatch.setenv("THUMBPRINT_CACHE", str(tmp_path / "another cache"))
    quiet = run("-q", "train", data.root, "--folds", "2", "--seed", "4", "--out", tmp_path / "run", "--force")
    assert (quiet.exit_code, quiet.stderr) == (0, "")
    assert quiet.stdout.splitlines()[1:] == [unknown, wrote]


def test_folds_default_to_the_recipes(monkeypatch: pytest.MonkeyPatch, data: Dataset, tmp_path: Path) -> None:
    chosen: list[TrainSettings] = []

    class Stop(Exception):
        pass

    def train(dataset: Dataset, out: Path, settings: TrainSettings, *rest: object) -> None:
        chosen.append(settings)
        raise Stop

    monkeypatch.setattr("backend.training.train.train", train)
    for recipe in ("style", "lab"):
        result = run("train", data.root, "--recipe", recipe, "--out", tmp_path / "run")
        assert isinstance(result.exception, Stop)
    assert chosen == [TrainSettings("style", folds=5), TrainSettings("lab", folds=2)]


# --- Predict -----------------------------------------------------------------------------------------------------


def picture_of(data: Dataset, channel: str) -> Path:
    return next(data.path(picture) for picture in data.pictures if picture.channel == channel)


def assert_is_an_answer(answer: dict[str, object], file: Path) -> None:
    assert list(answer) == ["file", "channel", "known", "probability", "probabilities", "unknown"]
    chances = answer["probabilities"]
    assert answer["file"] == str(file)
    assert isinstance(chances, dict)
    assert isinstance(answer["unknown"], float)
    assert list(chances) == list(KNOWN)
    assert answer["probability"] == chances[answer["channel"]] == max(chances.values())
    assert sum(chances.values()) + answer["unknown"] == pytest.approx(1, abs=1e-5)
    assert isinstance(answer["known"], bool)


def test_predict_prints_json_and_nothing_of_tensorflow(style_run: Run, data: Dataset, tmp_path: Path) -> None:
    """In a process of its own, as TensorFlow greets on file descriptor 2 where it is first imported."""
    accented = tmp_path / "été.jpg"
    shutil.copy(picture_of(data, "fjord"), accented)
    moss = picture_of(data, "moss")
    done = process("predict", style_run.root, accented, moss)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = json.loads(done.stdout)
    assert_is_an_answer(first, accented)
    assert_is_an_answer(second, moss)
    assert second["channel"] == "moss"
    assert "été.jpg" in done.stdout, "JSON for people too"


def test_an_unreadable_image_does_not_keep_the_others_back(style_run: Run, data: Dataset, tmp_path: Path) -> None:
    ember, moss, bad = picture_of(data, "ember"), picture_of(data, "moss"), tmp_path / "bad.jpg"
    bad.write_text("no picture")
    result = run("predict", style_run.root, ember, bad, tmp_path / "gone.jpg", moss)
    reasons = [
        f"{bad}: not a JPEG, PNG or WebP picture",
        f"{tmp_path / 'gone.jpg'}: cannot be read (No such file or directory)",
    ]
    assert_error(result, "; ".join(reasons))
    answers = json.loads(result.stdout)
    assert_is_an_answer(answers[0], ember)
    assert answers[1] == {"file": str(bad), "error": reasons[0]}
    assert answers[2]["error"] == reasons[1]
    assert_is_an_answer(answers[3], moss)


def test_predict_takes_a_folder_for_the_pictures_in_it(style_run: Run, data: Dataset, tmp_path: Path) -> None:
    """By their contents, as an import does; a picture that is damaged is still an error."""
    folder, single = tmp_path / "pictures", picture_of(data, "fjord")
    files = [folder / "a", folder / "b" / "1.txt", folder / "b" / "2.jpg"]
    hidden = [folder / ".trash" / "old.jpg", folder / "__MACOSX" / "a.jpg", folder / "b" / "._2.jpg"]
    for file in [*reversed(files), *hidden]:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture_of(data, "moss"), file)
    files[2].write_bytes(files[0].read_bytes()[:-400])
    (folder / "text.jpg").write_text("no picture")
    result = run("predict", style_run.root, folder, single)
    assert f"Left out {folder / 'text.jpg'}: not a picture (JPEG, PNG or WebP)" in result.stderr.splitlines()
    assert result.stderr.splitlines()[-1].startswith(f"Error: {files[2]}: damaged picture (image file is truncated")
    answers = json.loads(result.stdout)
    assert [answer["file"] for answer in answers] == [str(file) for file in [*files, single]]
    assert [answer.get("channel") for answer in answers[:3]] == ["moss", "moss", None]
    files[2].unlink()
    assert run("predict", style_run.root, folder).exit_code == 0


def test_predict_says_that_a_folder_has_no_pictures(style_run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    message = f"{tmp_path}: no JPEG, PNG or WebP pictures in this folder; name another, or files"
    assert_error(run("predict", style_run.root, tmp_path), message)


# --- Evaluate ----------------------------------------------------------------------------------------------------


def test_evaluate_prints_figures(style_run: Run, data: Dataset) -> None:
    result = run("evaluate", style_run.root, "--data", data.root)
    assert result.exit_code == 0
    first, *channels = result.stdout.splitlines()
    assert re.fullmatch(r"macro F1 \d\.\d{3}, accuracy \d\.\d{3}", first)
    assert [line.split(":")[0] for line in channels] == list(KNOWN)
    assert all(line.endswith(f", {PICTURES} images") for line in channels)
    assert "Warning: the run was trained on" in result.stderr
    assert ", ".join(BACKGROUND) in result.stderr


def test_evaluate_prints_every_figure_as_json(style_run: Run, data: Dataset) -> None:
    result = run("-q", "evaluate", style_run.root, "--data", data.root, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    numbers = json.loads(result.stdout)
    assert numbers.keys() == {"channels", "images", "recipe", "test", "unknown"}
    assert numbers["test"].keys() == {"macro_f1", "accuracy", "per_channel", "confusion"}


# --- TensorFlow's chatter ----------------------------------------------------------------------------------------


def test_chatter_is_held_back_unless_the_work_fails(capfd: pytest.CaptureFixture[str]) -> None:
    with held_stderr():
        os.write(2, b"no accelerator found\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
    with pytest.raises(RuntimeError, match="broken"), held_stderr():
        os.write(2, b"the reason\n")
        raise RuntimeError("broken")
    assert capfd.readouterr().err == "the reason\n"
