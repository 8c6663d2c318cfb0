"""The package that `pip install .` makes: all of it, its commands, and what it says of its dependencies."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from helpers import write_source

from backend import __version__
from backend.models.run import Run
from converter.slim import INSTALL

ROOT = Path(__file__).resolve().parents[3]
toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
PROJECT: dict[str, Any] = toml.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: setuptools leaves its own folders beside the sources."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("backend", "converter"):
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(folder / "source")]
    subprocess.run(command, check=True)
    (built,) = folder.glob("thumbprint-*.whl")
    return built


@pytest.mark.slow
def test_every_file_of_the_backend_and_the_converter_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in ("backend", "converter")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == files
    assert {"backend/report/templates/report.css", "backend/server/openapi.yaml"} <= packed


@pytest.mark.slow
def test_its_commands_run_from_another_folder(wheel: Path, style_run: Run, tmp_path: Path) -> None:
    """Installed beside the packages of this environment, and far from the checkout."""
    site = tmp_path / "site"
    options = ["--no-deps", "--quiet", "--disable-pip-version-check", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)

    def run(command: str, *arguments: str) -> str:
        module, _, name = PROJECT["scripts"][command].partition(":")
        before = f"import sys; sys.path.insert(0, {str(site)!r}); sys.argv[0] = {command!r}"
        code = f"{before}; import {module}; {module}.{name}()"
        words = [sys.executable, "-I", "-c", code, *arguments]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert set(PROJECT["scripts"]) == {"thumbprint", "thumbprint-convert"}
    assert run("thumbprint", "--version") == f"thumbprint, version {__version__}\n"
    assert run("thumbprint-convert", "--help").startswith("Usage: thumbprint-convert [OPTIONS] [RUN]")
    run("thumbprint", "-q", "import", str(write_source(tmp_path / "source")), "--out", "data")
    run("thumbprint", "-q", "report", str(style_run.root), "--out", "report.html")
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")
    script = site / "bin" / "thumbprint"
    assert script.read_text(encoding="utf-8").startswith("#!")


def pinned() -> dict[str, str]:
    """The versions of requirements.txt by name."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([\w-]+)==([\w.]+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def test_what_it_asks_for_is_what_it_was_tried_with() -> None:
    """Each dependency begins at the version that requirements.txt pins; TensorFlow is of the same minor version."""
    pins = pinned()
    for requirement in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["tensorflow"]):
        asked = re.match(r"([\w-]+)([>=]=)([\w.]+)", requirement)
        assert asked, requirement
        name, operator, version = asked.groups()
        expected = pins[name] if operator == ">=" else f"{pins[name].rpartition('.')[0]}."
        assert version == expected, requirement


def test_what_the_converter_needs_beside_it_is_told_as_it_is_pinned() -> None:
    told = dict(re.findall(r"([\w-]+)==([\w.]+)", INSTALL))
    assert told == {name: pinned()[name] for name in ("tensorflowjs", "tf-keras", "tensorflow-hub")}
    assert INSTALL in (ROOT / "docs/training.md").read_text(encoding="utf-8")


def test_all_of_it_has_one_version() -> None:
    """The tag of a release is compared with Python's; the zips are named by the manifest's."""
    files = ("extension/package.json", "extension/manifest.json")
    assert {json.loads((ROOT / name).read_text(encoding="utf-8"))["version"] for name in files} == {__version__}
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
