"""Commands whose output goes nowhere, breaks off, or cannot take every letter: no traceback, and never silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import write_channel

REPOSITORY = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow

NAME = "Ñandú 🎨"
ESCAPED = r"Ñandú \N{ARTIST PALETTE}"
PROGRAMS = {"backend": "import FOLDER --out OUT", "converter": "RUN"}


def run(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a shell, `$PYTHON -m ...`."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        encoding="latin-1" if "latin-1" in environment.get("PYTHONIOENCODING", "") else "utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two channels, one of which not every terminal can write, and a file that is left out."""
    for channel, name in (("ember", "ember"), ("fjord", NAME)):
        write_channel(tmp_path / "source" / name, channel, versions=0)
    (tmp_path / "source" / NAME / "odd 🎨.txt").write_text("no picture")
    return tmp_path / "source"


def sound(done: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stdout + done.stderr
    assert "Exception ignored" not in done.stdout + done.stderr


def test_closed_stdout(tmp_path: Path, source: Path) -> None:
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data" >&-')
    sound(done)
    assert done.returncode == 0
    assert "Note: stdout is closed, so that results are shown here" in done.stderr
    assert "ember: 8 images (known)" in done.stderr


def test_closed_stderr(tmp_path: Path, source: Path) -> None:
    """Results are results, and nothing else; an error is said where results would be."""
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data" 2>&-')
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:-1]] == ["ember", NAME]
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data" 2>&-')
    assert done.returncode == 2
    assert done.stdout.startswith(f"Error: {tmp_path}/data: exists already")


def test_all_closed(tmp_path: Path, source: Path) -> None:
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data" <&- >&- 2>&-; echo $?')
    assert done.stdout == "0\n"
    assert (tmp_path / "data/manifest.csv").is_file()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_an_error_with_closed_streams(program: str, closed: str) -> None:
    done = run(f"$PYTHON -m {program} nothing {'--out x' if program == 'converter' else ''} {closed}")
    sound(done)
    assert done.returncode == 2
    if closed != ">&- 2>&-":
        assert "nothing" in done.stdout + done.stderr


def test_a_reader_that_leaves_early(tmp_path: Path, source: Path) -> None:
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data" | head -c 1')
    sound(done)
    assert done.stdout == "e"
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data" --force | true; echo ${{PIPESTATUS[0]}}')
    sound(done)


def test_a_reader_of_progress_that_leaves_early(tmp_path: Path, source: Path) -> None:
    """Nobody who watches is no reason to stop."""
    # The reader has left before the first word is written, or python's own start would decide whether it has.
    wait = "sleep 0.5; exec"
    done = run(f'({wait} $PYTHON -m backend import "{source}" --out "{tmp_path}/data") 2> >(exec true)')
    assert done.returncode == 0
    assert f"Wrote 16 images to {tmp_path}/data" in done.stdout


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, ESCAPED),
        ({"PYTHONIOENCODING": "ascii"}, NAME),
        ({"LC_ALL": "C"}, NAME),
    ],
    ids=["latin-1", "ascii", "C"],
)
def test_letters_that_a_terminal_cannot_write(
    tmp_path: Path, source: Path, environment: dict[str, str], shown: str
) -> None:
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data"', **environment)
    sound(done)
    assert done.returncode == 0, done.stderr
    assert f"{shown}: 8 images (known)" in done.stdout
    assert "Left out" in done.stderr


def test_a_locale_that_can_name_no_such_file(tmp_path: Path, source: Path) -> None:
    done = run(f'$PYTHON -m backend import "{source}" --out "{tmp_path}/data"', LC_ALL="C", PYTHONUTF8="0")
    sound(done)
    if done.returncode:
        assert done.returncode == 2
        assert "this locale can name no such file; set PYTHONUTF8=1, or LC_ALL=C.UTF-8" in done.stderr
        assert not (tmp_path / "data").exists()


def test_json_stays_json(tmp_path: Path, source: Path) -> None:
    """Where a terminal cannot write a letter, it is escaped as JSON has it."""
    code = (
        "import sys; from backend.utils.streams import prepare_streams; from backend.cli.common import show_json;"
        f"prepare_streams(); show_json([{NAME!r}, 'caf\\udce9'])"
    )
    for encoding in ("latin-1", "utf-8", "ascii"):
        done = run(f'$PYTHON -c "{code}"', PYTHONIOENCODING=encoding)
        sound(done)
        assert json.loads(done.stdout) == [NAME, "caf\udce9"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    (tmp_path / name).write_bytes(b"no picture")
    done = run(f'$PYTHON -m backend import "$(printf "{tmp_path}/caf\\xe9.jpg")" --out "{tmp_path}/data"')
    sound(done)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
