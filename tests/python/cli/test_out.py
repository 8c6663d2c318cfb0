"""Nothing that a command did not write itself is ever replaced or deleted: every command with --out, and --force."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers import described, draw, encode, write_source
from PIL import Image

from backend.cli.main import main
from backend.data.dataset import Dataset
from backend.data.drawn_picture import write_picture
from backend.evaluation.learning_curve import Curve, Point, write_curve
from backend.explain.heatmap import Heatmap
from backend.models.run import METRICS, Run, load_run
from backend.photo.answer import flat_files
from backend.report.page import check_out
from backend.training.checkpoint import Checkpoint
from backend.utils.errors import RunError, ThumbprintError
from backend.utils.files import pack_json, write_atomically
from converter.__main__ import main as convert_main

Make = Callable[[Path], object]


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["-q", *map(str, arguments)])


def contents(*roots: Path) -> dict[str, str]:
    """The checksum of every file below some folders, and where links lead."""
    found = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_symlink():
                found[str(path)] = os.readlink(path)
            elif path.is_file():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def assert_refused(result: Result, *named: object) -> None:
    """One line, which names what it is about and the next step, and exit code 2."""
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1, result.stderr
    assert all(str(name) in result.stderr for name in named), result.stderr
    assert "name another" in result.stderr


@pytest.fixture
def run(style_run: Run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(style_run.root, tmp_path / "run"))


@pytest.fixture
def dataset(data: Dataset, tmp_path: Path) -> Path:
    return Path(shutil.copytree(data.root, tmp_path / "data"))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(encode(draw("ember", 1)))
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `explain` finds, without a network."""

    class Quick:
        def __init__(self, run: Run) -> None:
            pass

        def explain(self, picture: Path, method: str, channel: str | None) -> Heatmap:
            return Heatmap("ember", method, np.ones((2, 2), np.float32), (0, 0, 160, 90), (160, 90), 1.0)

    monkeypatch.setattr("backend.explain.gradcam.Explainer", Quick)
    monkeypatch.setattr("backend.data.augment.contact_sheet.CORRUPTION_GROUPS", {})


# --- report ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "out", ["run/run.html", "run/metrics.html", "run/run.json", "run/model.npz", "data/dataset.html"]
)
def test_a_report_replaces_nothing_of_a_run_or_dataset(run: Path, dataset: Path, out: str) -> None:
    before = contents(run, dataset)
    assert_refused(command("report", run, "--out", run.parent / out), run.parent / out.split(".")[0])
    assert contents(run, dataset) == before


@pytest.mark.parametrize("name", ["notes.html", "notes.json"])
def test_a_report_replaces_no_other_page_or_json(run: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"schema": 1, "mine": true}')
    assert_refused(command("report", run, "--out", tmp_path / "notes.html"), tmp_path / name)
    assert (tmp_path / name).read_text() == '{"schema": 1, "mine": true}'
    assert [path.name for path in tmp_path.glob("notes*")] == [name]


def test_a_report_replaces_a_report_also_of_an_earlier_version_and_an_empty_file(tmp_path: Path) -> None:
    page, figures = tmp_path / "r.html", tmp_path / "r.json"
    page.write_text("<!doctype html>\n<html>\n<head>\n<title>mine: Thumbprint report</title>\n")
    figures.write_bytes(pack_json(dict.fromkeys(("schema", "run", "wrong", "metrics", "contents"))))
    assert check_out(page) == figures
    figures.write_bytes(b"")
    assert check_out(page) == figures


@pytest.mark.parametrize("name", ["r.html", "r.json"])
def test_a_report_is_not_written_through_a_link_or_into_a_pipe(run: Path, tmp_path: Path, name: str) -> None:
    makes: tuple[Make, ...] = (
        lambda path: path.symlink_to(run / "run.json"),
        lambda path: path.symlink_to(path),
        os.mkfifo,
    )
    for make in makes:
        make(tmp_path / name)
        assert_refused(command("report", run, "--out", tmp_path / "r.html"), tmp_path / name)
        (tmp_path / name).unlink()


# --- explain and simulate ----------------------------------------------------------------------------------------


def other_name(picture: Path, how: str) -> Path:
    """Another name of a picture."""
    other = picture.parent / f"other{picture.suffix}"
    if how == "link":
        other.symlink_to(picture)
    elif how == "hard link":
        os.link(picture, other)
    else:
        return {"itself": picture, "way": picture.parent / ".." / picture.parent.name / picture.name}[how]
    return other


@pytest.mark.parametrize("how", ["itself", "way", "link", "hard link"])
@pytest.mark.parametrize("what", ["explain", "simulate"])
def test_what_is_read_is_never_replaced(run: Path, picture: Path, quick: None, what: str, how: str) -> None:
    out = other_name(picture, how)
    before = contents(picture.parent)
    assert_refused(command(what, *([run] if what == "explain" else []), picture, "--out", out), out)
    assert contents(picture.parent) == before


@pytest.mark.parametrize("what", ["explain", "simulate"])
def test_a_sheet_that_is_read_is_not_replaced_either(run: Path, picture: Path, quick: None, what: str) -> None:
    write_picture(Image.open(picture), sheet := picture.parent / "sheet.png", [])
    before = sheet.read_bytes()
    assert_refused(command(what, *([run] if what == "explain" else []), sheet, "--out", sheet), "is read")
    assert sheet.read_bytes() == before


@pytest.mark.parametrize("name", ["theirs.png", "theirs.JPG", "notes.jpg"])
@pytest.mark.parametrize("what", ["explain", "simulate"])
def test_no_other_picture_is_replaced(run: Path, picture: Path, quick: None, what: str, name: str) -> None:
    out = picture.parent / name
    out.write_bytes(b"notes" if name == "notes.jpg" else encode(draw("moss", 2)))
    before = out.read_bytes()
    assert_refused(command(what, *([run] if what == "explain" else []), picture, "--out", out), out)
    assert out.read_bytes() == before


@pytest.mark.parametrize(("name", "kind"), [("h.png", "PNG"), ("h.jpg", "JPEG"), ("h.JPEG", "JPEG")])
@pytest.mark.parametrize("what", ["explain", "simulate"])
def test_a_picture_is_what_its_name_says_and_is_replaced_by_the_next(
    run: Path, picture: Path, quick: None, what: str, name: str, kind: str
) -> None:
    out = picture.parent / name
    for _ in range(2):
        result = command(what, *([run] if what == "explain" else []), picture, "--out", out)
        assert result.exit_code == 0, result.output
        with Image.open(out) as drawn:
            assert drawn.format == kind
            drawn.load()


@pytest.mark.parametrize("name", ["h.webp", "h", "h.txt", "h.gif"])
@pytest.mark.parametrize("what", ["explain", "simulate"])
def test_a_name_that_says_no_format_that_is_written_is_refused(run: Path, picture: Path, what: str, name: str) -> None:
    out = picture.parent / name
    result = command(what, *([run] if what == "explain" else []), picture, "--out", out)
    assert (result.exit_code, result.stderr) == (2, f"Error: --out {out}: is to be a picture; name it .png or .jpg\n")
    assert not out.exists()


def test_a_flattened_thumbnail_replaces_neither_a_photo_nor_another_picture(picture: Path) -> None:
    with pytest.raises(ThumbprintError, match=f"--flat {picture}: is read, and would be lost"):
        flat_files([picture], picture.parent)
    photo = picture.with_suffix(".jpg")
    photo.write_bytes(encode(draw("ember", 1), "JPEG"))
    with pytest.raises(ThumbprintError, match=f"--flat {picture}: is there already"):
        flat_files([photo], picture.parent)
    assert flat_files([photo], picture.parent / "flat") == [picture.parent / "flat" / picture.name]


# --- Other files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["learning-curve", "prior fit"])
def test_no_other_file_is_replaced(run: Path, dataset: Path, what: str) -> None:
    before = contents(run, dataset)
    for out in (run / METRICS, run / "run.json", run / "model.npz", dataset / "dataset.json", dataset / "manifest.csv"):
        assert_refused(command(*what.split(), dataset, "--out", out), out)
    assert contents(run, dataset) == before


def test_a_curve_replaces_a_curve(tmp_path: Path) -> None:
    for score in (0.5, 0.25):
        point = Point(8, {"a": 8.0}, (score,))
        write_curve(Curve("style", "data", None, 0, {"a": 9}, {}, (point,), ()), tmp_path / "curve.json")
        assert json.loads((tmp_path / "curve.json").read_text())["points"][0]["macro_f1"]["mean"] == score


def test_faithfulness_replaces_no_other_file_in_the_run(run: Path) -> None:
    from backend.explain.faithfulness import write_faithfulness

    path = write_faithfulness(load_run(run), [])
    assert write_faithfulness(load_run(run), []) == path
    path.write_text("[1, 2]")
    with pytest.raises(ThumbprintError, match="is there already, and no figures of `faithfulness`"):
        write_faithfulness(load_run(run), [])
    assert path.read_text() == "[1, 2]"


# --- Folders and --force -----------------------------------------------------------------------------------------


def made_run(root: Path) -> Path:
    root.mkdir()
    (root / "run.json").write_bytes(pack_json(described(["one"], {})))
    return root


def made_model(root: Path) -> Path:
    root.mkdir()
    for name in ("metadata.json", "model.json", "group1-shard1of1.bin"):
        (root / name).write_text("{}")
    return root


def held(out: Path) -> None:
    with Checkpoint(out, force=True).open():
        pass


def add_file(name: str) -> Callable[[Path], Path]:
    def add(root: Path) -> Path:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine")
        return root / name

    return add


def add_link(root: Path) -> Path:
    (root / "zz").symlink_to(root.parent, target_is_directory=True)
    return root / "zz"


FOREIGN = [
    *(add_file(name) for name in ("notes.txt", "report.html", "inner/run.json", "images/mine.jpg", "extra/notes.json")),
    *(add_file(name) for name in (".git/config", "run.json.bak")),
    add_link,
]


@pytest.mark.parametrize("add", FOREIGN)
def test_force_replaces_no_run_with_something_else_in_it(tmp_path: Path, add: Callable[[Path], Path]) -> None:
    root = made_run(tmp_path / "run")
    held(root)
    foreign = add(root)
    before = contents(root)
    with pytest.raises(
        RunError, match=f"^{foreign}: is no part of the run {root}, so --force will not replace that; move"
    ):
        held(root)
    assert contents(root) == before


@pytest.mark.parametrize("add", FOREIGN)
def test_force_replaces_no_model_with_something_else_in_it(
    run: Path, tmp_path: Path, add: Callable[[Path], Path]
) -> None:
    root = made_model(tmp_path / "model")
    foreign = add(root)
    before = contents(root)
    assert_refused(CliRunner().invoke(convert_main, ["-q", str(run), "--out", str(root), "--force"]), foreign)
    assert contents(root) == before


@pytest.mark.parametrize("what", ["import", "demo-data"])
@pytest.mark.parametrize("add", FOREIGN)
def test_force_replaces_no_dataset_with_something_else_in_it(
    dataset: Path, tmp_path: Path, add: Callable[[Path], Path], what: str
) -> None:
    foreign = add(dataset)
    before = contents(dataset)
    (tmp_path / "folder").mkdir()
    given = [tmp_path / "folder"] if what == "import" else []
    assert_refused(command(what, *given, "--out", dataset, "--force"), foreign)
    assert contents(dataset) == before


def test_force_replaces_a_dataset_that_is_as_it_was_written(dataset: Path, tmp_path: Path) -> None:
    (dataset / ".DS_Store").write_text("of the system")
    source = write_source(tmp_path / "folder")
    shutil.rmtree(source / "moss")
    (source / "channels.toml").unlink()
    result = command("import", source, "--out", dataset, "--force")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (dataset / "images").iterdir()) == ["carnival", "ember", "fjord", "street"]


def test_a_train_that_would_delete_its_own_dataset_is_refused(dataset: Path, tmp_path: Path) -> None:
    root = made_run(tmp_path / "outer")
    dataset.rename(root / "data")
    before = contents(root)
    assert_refused(command("train", root / "data", "--out", root, "--force"), root / "data")
    assert contents(root) == before


# --- evaluate --corruptions --------------------------------------------------------------------------------------


def test_figures_are_added_whole_whenever_it_is_stopped(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of the two writes there is a run that can be read, also where figures were there before."""
    before = load_run(run).metrics()

    def stopped(path: Path, content: bytes) -> None:
        if path.name != METRICS:
            write_atomically(path, content)

    for number in (1, 2):
        monkeypatch.setattr("backend.models.run.write_atomically", stopped)
        load_run(run).add_to_metrics("stress", {"number": number})
        assert load_run(run).metrics() == before
        monkeypatch.setattr("backend.models.run.write_atomically", write_atomically)
        load_run(run).add_to_metrics("stress", {"number": number})
        before = load_run(run).metrics()
        assert before["stress"] == {"number": number}


def test_an_earlier_version_that_was_stopped_while_it_added_figures_left_a_whole_run(run: Path) -> None:
    """It wrote metrics.json first, and its checksum after that."""
    before = load_run(run).metrics()
    (run / METRICS).write_bytes(pack_json({**before, "stress": {"views": {}}}))
    assert load_run(run).metrics() == before
    (run / METRICS).write_bytes(pack_json({**before, "recipe": "other", "stress": {"views": {}}}))
    with pytest.raises(RunError, match="its checksum is off"):
        load_run(run).metrics()


def test_figures_are_not_added_to_a_run_that_was_trained_anew_meanwhile(run: Path) -> None:
    loaded = load_run(run)
    description = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**description, "created": "2030-01-01T00:00:00+00:00"}))
    before = contents(run)
    with pytest.raises(RunError, match="was changed meanwhile"):
        loaded.add_to_metrics("stress", {})
    assert contents(run) == before
