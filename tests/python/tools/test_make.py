"""The Makefile's targets, and `make demo` with stand-ins for the backend, the converter and npm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# Writes down how it was called, and leaves what `make demo` reads of the real backend's and converter's results.
STAND_IN = """
import json, pathlib, sys
arguments = [pathlib.Path(__file__).parent.name, *sys.argv[1:]]
with open("calls", "a") as log:
    log.write(json.dumps(arguments) + "\\n")
print("a result that nobody asked for")
if pathlib.Path("fails").exists() and pathlib.Path("fails").read_text() in arguments:
    print("Error: pictures/a.jpg is empty", file=sys.stderr)
    sys.exit(2)
if "--out" in arguments:
    out = pathlib.Path(arguments[arguments.index("--out") + 1])
    out.mkdir(parents=True, exist_ok=True)
    metrics = {"cv": {"macro_f1": {"mean": 0.9712}, "accuracy": {"mean": 0.96}}}
    (out / "metrics.json").write_text(json.dumps(metrics))
    demo = "demo-data" in pathlib.Path("calls").read_text()
    (out / "metadata.json").write_text(json.dumps({"demo": demo, "channels": [{}, {}, {}]}))
"""


@dataclass(frozen=True)
class Checkout:
    root: Path

    def demo(self, data: str = "", weights: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "tools/demo.py", "--data", data, "--weights", weights]
        path = {**os.environ, "PATH": f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(command, cwd=self.root, env=path, capture_output=True, text=True, timeout=60)

    @property
    def calls(self) -> list[list[str]]:
        log = self.root / "calls"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "check out"
    for package in ("backend", "converter"):
        (root / package).mkdir(parents=True)
        (root / package / "__main__.py").write_text(STAND_IN)
    for folder in ("tools", "extension", "bin", "my pictures/someone"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "demo.py", root / "tools")
    npm = root / "bin" / "npm"
    npm.write_text('#!/bin/sh\nprintf \'["npm", "%s"]\\n\' "$*" >>../calls\n')
    npm.chmod(0o755)
    return Checkout(root)


TRAIN = ["--recipe", "style", "--out", "build/demo/run", "--force"]
CONVERT = ["converter", "build/demo/run", "--out", "extension/model", "--force"]
BUILD = ["npm", "run --silent build"]


def test_the_demo_goes_from_made_up_pictures_to_the_extension(checkout: Checkout) -> None:
    result = checkout.demo()
    assert (result.returncode, result.stderr) == (0, "")
    assert checkout.calls == [
        ["backend", "demo-data", "--out", "build/demo/data", "--force"],
        ["backend", "train", "build/demo/data", *TRAIN],
        CONVERT,
        BUILD,
    ]
    assert "4/4 Building the extension" in result.stdout
    assert "nobody asked for" not in result.stdout


def test_the_demo_ends_with_the_score_and_how_to_load_the_extension(checkout: Checkout) -> None:
    output = checkout.demo().stdout
    assert "tells 3 demo channels apart" in output
    assert "macro-F1 0.971, accuracy 0.960" in output
    assert "Took     " in output
    assert f"Load unpacked, and choose\n           {checkout.root}/extension\n" in output
    assert (
        f"about:debugging#/runtime/this-firefox, click Load Temporary Add-on, and choose\n           {checkout.root}"
        in output
    )
    assert "channels are made up" in output
    assert "make demo DATA=folder" in output


def test_own_pictures_are_imported_and_named(checkout: Checkout) -> None:
    result = checkout.demo("my pictures")
    assert checkout.calls[:2] == [
        ["backend", "import", "my pictures", "--out", "build/demo/data", "--force"],
        ["backend", "train", "build/demo/data", *TRAIN],
    ]
    assert "tells 3 channels of my pictures apart" in result.stdout
    assert "made up" not in result.stdout


def test_a_dataset_is_used_as_it_is(checkout: Checkout) -> None:
    (checkout.root / "my pictures" / "dataset.json").write_text("{}")
    assert "1/3 Training" in checkout.demo("my pictures").stdout
    assert checkout.calls[0] == ["backend", "train", "my pictures", *TRAIN]


def test_weights_are_handed_to_the_training(checkout: Checkout) -> None:
    checkout.demo(weights="my weights.h5")
    assert checkout.calls[1][-2:] == ["--weights", "my weights.h5"]


def test_a_data_folder_that_is_not_there_is_named(checkout: Checkout) -> None:
    result = checkout.demo("nowhere")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: DATA=nowhere is not a folder. Name one that holds a folder of thumbnails")
    assert checkout.calls == []


@pytest.mark.parametrize(("failing", "done"), [("demo-data", 1), ("train", 2), ("converter", 3)])
def test_a_failing_step_stops_with_its_own_message(checkout: Checkout, failing: str, done: int) -> None:
    (checkout.root / "fails").write_text(failing)
    result = checkout.demo()
    assert result.returncode == 1
    assert "Error: pictures/a.jpg is empty\n" in result.stderr
    assert "failed: the reason is above." in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert len(checkout.calls) == done


def test_a_failing_build_shows_what_it_said_on_stdout(checkout: Checkout) -> None:
    (checkout.root / "bin" / "npm").write_text("#!/bin/sh\necho 'badge.ts(3,1): error TS1005'\nexit 1\n")
    result = checkout.demo()
    assert result.returncode == 1
    assert "badge.ts(3,1): error TS1005" in result.stderr


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=60)


def helped_targets() -> list[str]:
    return [line.split()[1] for line in make("help").stdout.splitlines()]


def test_help_lists_every_target() -> None:
    (phony,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY:")]
    assert helped_targets() == phony.split()[1:]
    assert {"demo", "test"} <= set(helped_targets())


def test_every_target_in_help_exists() -> None:
    for target in helped_targets():
        result = make("--dry-run", target)
        assert result.returncode == 0, result.stderr
        assert result.stdout


def test_make_test_checks_everything_after_the_setup() -> None:
    plan = make("--dry-run", "test").stdout
    checks = [
        "setup.sh check python node",
        "setup.sh tests",
        "browsers.sh",
        "tools/check.py all",  # test_check.py says what that is
        "npm run --silent e2e",
    ]
    places = [plan.index(check) for check in checks]
    assert places == sorted(places)


def test_the_npm_scripts_that_make_runs_exist() -> None:
    words = (ROOT / "Makefile").read_text().split()
    called = {words[place + 2] for place, word in enumerate(words) if words[place - 1 : place + 1] == ["npm", "run"]}
    assert called == {"build", "e2e", "gallery", "hostile-models", "real", "soak"}
    assert called <= set(json.loads((ROOT / "extension" / "package.json").read_text())["scripts"])
