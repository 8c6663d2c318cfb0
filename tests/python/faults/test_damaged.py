"""Runs, datasets and models of which a file is damaged: one line that names it, or an answer; never a traceback, and
nothing is lost or written.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from damage import DAMAGES, Damage, copy, deep, huge, pipe, state
from helpers import write_source
from serving import quick_app, write_model
from time_limit import within

from backend.cli.main import main
from backend.data.dataset import Dataset
from backend.data.training_set import build_training_set
from backend.explain.deletion_insertion import MEASURES
from backend.explain.faithfulness import Faithfulness, Figure
from backend.explain.gradcam import Explainer
from backend.models.registry import Backbone
from backend.models.run import DESCRIPTION, FAITHFULNESS, FILES, METRICS, Run, load_run
from backend.utils.errors import RunError
from backend.utils.files import pack_json
from converter.__main__ import main as convert_main

ROOT = Path(__file__).resolve().parents[3]
PARTS = 4  # of the cases, for as many workers
SECONDS = 60  # that a command may take; one that reads a pipe would take for ever
Cases = Callable[[int, int], range]

FIGURE = Figure(0.5, 0.4, 0.6)
JUDGED = Faithfulness(
    run="run",
    recipe="style",
    method="gradcam",
    pictures=2,
    curves={measure: {order: [0.5, 0.25] for order in ("heat", "random", "centre")} for measure in MEASURES},
    areas={measure: {order: FIGURE for order in ("heat", "random", "centre")} for measure in MEASURES},
    gains={measure: {order: FIGURE for order in ("random", "centre")} for measure in MEASURES},
    randomised={"head": FIGURE, "backbone": FIGURE},
    bars=FIGURE,
    bars_area=0.5,
    border=FIGURE,
    border_area=0.5,
)


@pytest.fixture(scope="module")
def whole_run(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every file that may be in one."""
    root = copy(style_run.root, tmp_path_factory.mktemp("whole") / "run")
    (root / FAITHFULNESS).parent.mkdir()
    (root / FAITHFULNESS).write_bytes(pack_json({"runs": [asdict(JUDGED)]}))
    assert {path.relative_to(root).as_posix() for path in root.rglob("*.*")} == {*FILES} - {"judged.csv"}
    return root


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands read all that they read, and then do not take minutes: what they compute is not what is tried here."""

    def measured(run: Run, roots: Sequence[Path], pictures: int, seed: int) -> dict[str, Any]:
        from backend.evaluation import robustness
        from backend.evaluation.predictions import read_rows

        run.folds()
        robustness._files(run, read_rows(run), roots)
        return {"metrics": len(run.metrics())}

    def judged(run: Run, *_: object) -> Faithfulness:
        Explainer(run)
        return JUDGED

    def trained(
        dataset: Dataset, out: Path, settings: Any, weights: object, background: Dataset | None, *_: object
    ) -> Run:
        build_training_set(dataset, background, settings, True)
        sys.exit(0)

    monkeypatch.setattr("backend.evaluation.robustness.measure_robustness", measured)
    monkeypatch.setattr("backend.explain.faithfulness._judge", judged)
    monkeypatch.setattr("backend.training.train.train", trained)
    monkeypatch.setattr("backend.evaluation.audit.audit.load_backbone", lambda *_: Backbone(None, None))  # type: ignore[arg-type]
    monkeypatch.setattr("backend.evaluation.audit.audit._suspect_labels", lambda *_: iter(()))
    for name in ("find_node", "import_tensorflow", "export_graph_model", "verify"):
        monkeypatch.setattr(f"converter.__main__.{name}", lambda *_: sys.exit(0) if len(_) > 6 else None)


def invoke(arguments: Sequence[object], program: Any = main) -> Result:
    with within(SECONDS):
        return CliRunner().invoke(program, ["-q", *map(str, arguments)])


def problem_of(result: Result, root: Path, name: str, exact: bool) -> str:
    """Say what is wrong with how a command ended; empty where nothing is. exact: it must name the very file."""
    if result.exit_code not in (0, 2) or not isinstance(result.exception, (SystemExit, type(None))):
        return f"ended with {result.exit_code}: {result.exception!r}"
    if result.exit_code == 0:
        return ""
    lines = result.stderr.splitlines()
    if len(lines) != 1 or not lines[0].startswith("Error: ") or len(lines[0]) > 2000:
        return f"said {result.stderr[:2000]!r}"
    named = Path(name).name in lines[0] if exact else str(root) in lines[0]
    return "" if named and (";" in lines[0] or ":" in lines[0][7:]) else f"did not name it: {lines[0]}"


def tried(cases: range, root: Path, names: Sequence[str]) -> Iterator[tuple[str, random.Random, str, Damage]]:
    """Yield each case: its description, its draws, the file, and the damage to do to it."""
    for seed in cases:
        rng = random.Random(seed)
        name, damage = names[seed % len(names)], rng.choice(DAMAGES)
        yield f"case {seed}, {damage.__name__} {name}", rng, name, damage


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_run_is_named_in_one_line_and_left_as_it_is(
    part: int, cases: Cases, whole_run: Path, data: Dataset, tmp_path: Path, _quick: None
) -> None:
    picture, names = data.path(data.pictures[0]), sorted({*FILES} - {"judged.csv"})
    problems = []
    for case, rng, name, damage in tried(cases(20, 700)[part::PARTS], whole_run, names):
        root = copy(whole_run, tmp_path / "run")
        damage(root / name, rng)
        before, out = state(root), tmp_path / "out"
        commands: list[list[object]] = [
            ["predict", root, picture],
            ["explain", root, picture, "--out", tmp_path / "heat.png"],
            ["report", root, "--out", tmp_path / "report.html"],
            ["report", whole_run, root, "--out", tmp_path / "report.html"],
            ["compare", root, whole_run],
            ["compare", whole_run, root],
            ["evaluate", root, "--data", data.root],
            ["evaluate", root, "--corruptions", "--json"],
            ["faithfulness", root, "--json"],
            ["convert", root, "--out", out],
        ]
        chosen = rng.choice(commands)
        program = convert_main if chosen[0] == "convert" else main
        result = invoke(chosen[1:] if program is convert_main else chosen, program)
        problem = problem_of(result, root, name, exact=name != DESCRIPTION)
        written = {METRICS, DESCRIPTION} if "--corruptions" in chosen else {FAITHFULNESS, "extra"}
        after = state(root)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        if changed - (written if result.exit_code == 0 and chosen[0] in ("evaluate", "faithfulness") else set()):
            problem += f"changed {changed}"
        if problem:
            problems.append(f"{case}, {chosen[0]}: {problem}")
    assert not problems, "\n".join(problems)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_dataset_is_named_in_one_line_and_left_as_it_is(
    part: int, cases: Cases, data: Dataset, whole_run: Path, tmp_path: Path, _quick: None
) -> None:
    names = ["dataset.json", "manifest.csv", *(picture.file for picture in data.pictures[::7]), "left-out.csv"]
    problems = []
    for case, rng, name, damage in tried(cases(16, 300)[part::PARTS], data.root, names):
        root = copy(data.root, tmp_path / "data")
        damage(root / name, rng)
        before = state(root)
        commands: list[list[object]] = [
            ["train", root, "--out", tmp_path / "run"],
            ["train", data.root, "--background", root, "--out", tmp_path / "run"],
            ["audit", root, "--json"],
            ["audit", data.root, "--against", root, "--json"],
            ["evaluate", whole_run, "--data", root],
            ["learning-curve", root, "--train-sizes", "900", "--no-prior"],
            ["import", root, "--out", tmp_path / "again"],
            ["demo-data", "--out", root],
        ]
        chosen = rng.choice(commands)
        result = invoke(chosen)
        problem = problem_of(result, root, name, exact=False)
        if state(root) != before:
            problem += "changed"
        if problem:
            problems.append(f"{case}, {chosen[0]}: {problem}")
    assert not problems, "\n".join(problems)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_the_server_answers_for_damaged_files_with_503_at_most(
    part: int, cases: Cases, whole_run: Path, data: Dataset, tmp_path: Path
) -> None:
    """The run, its converted model, and its dataset, damaged before or after it was started."""
    run_files = sorted({*FILES} - {"judged.csv"})
    names = [*run_files, "model/metadata.json", "model/model.json", "model/group1-shard1of1.bin"]
    (tmp_path / "source").mkdir()
    whole_model = write_model(tmp_path / "source")
    picture = data.pictures[0].sha256[:16]
    problems = []
    for case, rng, name, damage in tried(cases(8, 200)[part::PARTS], whole_run, names):
        root, late = copy(whole_run, tmp_path / "run"), rng.random() < 0.5
        copy(whole_model, root / "model")
        try:
            loaded = load_run(root) if late else None
            damage(root / name, rng)
            client = quick_app(loaded or load_run(root), model_folder=root / "model").test_client()
        except RunError as error:
            assert not late and Path(name).name in str(error), error
            continue
        before = state(root)
        with within(SECONDS):
            for address in (
                "/health",
                "/report",
                "/report.json",
                f"/images/{picture}",
                "/figures/folds.svg",
                f"/{name}",
            ):
                response = client.get(f"/{address}")
                ok = response.status_code < 500 or (response.status_code == 503 and response.is_json)
                if not ok or b"Traceback" in response.data:
                    problems.append(f"{case}, {address}: {response.status_code} {response.data[:300]!r}")
        if state(root) != before:
            problems.append(f"{case}: changed")
    assert not problems, "\n".join(problems)


@pytest.mark.slow
@pytest.mark.parametrize("damage", [deep, pipe, huge])
def test_a_process_ends_with_one_line(damage: Damage, whole_run: Path, tmp_path: Path) -> None:
    root = copy(whole_run, tmp_path / "run")
    damage(root / METRICS, random.Random(0))
    command = [sys.executable, "-m", "backend", "report", str(root), "--out", str(tmp_path / "report.html")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {root / METRICS}: damaged or missing (") and done.stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


def test_a_damaged_channels_toml_is_named(tmp_path: Path) -> None:
    path = write_source(tmp_path / "source") / "channels.toml"
    for content in (b"\xff", b"[ember", b"ember = 1\n", b'[ember]\nrole = "other"\n', b"[ember]\ndisplay_name = nan\n"):
        path.write_bytes(content)
        result = invoke(["import", path.parent, "--out", tmp_path / "data"])
        assert problem_of(result, path.parent, path.name, exact=True) == "" and result.exit_code == 2, result.output
        assert not (tmp_path / "data").exists()
