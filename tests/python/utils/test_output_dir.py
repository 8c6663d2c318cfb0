"""A folder that is put in its place: by one process at a time, at once refused or waited for, and never half."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from helpers import exactly, write_source

from backend.cli.main import main
from backend.models.run import Run
from backend.utils import cache
from backend.utils.errors import DataError, RunError
from backend.utils.output_dir import lock_output_dir
from converter.__main__ import main as convert

REPOSITORY = Path(__file__).resolve().parents[3]
HOLDING = """
import sys, time
from pathlib import Path
from backend.utils.errors import RunError
from backend.utils.output_dir import lock_output_dir
with lock_output_dir(Path(sys.argv[1]), RunError, "training") as output:
    (output.new_folder() / "half").touch()
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another(out: Path) -> Iterator[None]:
    """Let another process write `out`; it is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(out)], cwd=REPOSITORY, text=True, stdout=subprocess.PIPE
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield
        finally:
            process.send_signal(signal.SIGKILL)


def put(out: Path, content: str) -> None:
    with lock_output_dir(out, RunError, "training") as output:
        (output.new_folder() / "file").write_text(content)
        output.publish()


def test_only_what_was_put_there_is_left(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "out"
    put(out, "one")
    put(out, "two")
    assert (out / "file").read_text() == "two"
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_folders_that_were_made_for_nothing_go_again(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        lock_output_dir(tmp_path / "a" / "b" / "out", RunError, "training") as output,
    ):
        output.new_folder()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_importing_demo_data_training_and_converting_are_refused_while_another_writes(
    tmp_path: Path, style_run: Run
) -> None:
    source, out = write_source(tmp_path / "source"), tmp_path / "out"
    message = f"Error: {out}: another {{}} is writing it; wait for it or name another --out\n"
    commands = {
        "import": (main, ["-q", "import", str(source), "--out", str(out)]),
        "import demo": (main, ["-q", "demo-data", "--out", str(out)]),
        "training": (main, ["-q", "train", style_run.description["dataset"]["path"], "--out", str(out)]),
        "conversion": (convert, ["-q", str(style_run.root), "--out", str(out)]),
    }
    with another(out):
        for what, (command, arguments) in commands.items():
            result = CliRunner().invoke(command, arguments)
            expected = message.format(what.partition(" ")[0])
            assert (result.exit_code, result.stdout, result.stderr) == (2, "", expected), what
        assert (tmp_path / ".out.partial" / "new" / "half").exists(), "what the other one writes is left alone"
    # It was killed, and blocks nobody.
    command, arguments = commands["import"]
    assert CliRunner().invoke(command, arguments).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "source"]


def test_whoever_waits_comes_next(tmp_path: Path) -> None:
    out, order = tmp_path / "out", []

    def waiting() -> None:
        with lock_output_dir(out, DataError, "training", wait=True) as output:
            order.append("second")
            (output.new_folder() / "file").write_text("second")
            output.publish()

    with another(out):
        thread = threading.Thread(target=waiting)
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    assert (out / "file").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_stands_in_the_way_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / ".out.partial").write_text("somebody's own")
    message = f"{tmp_path / 'out'}: cannot be written (File exists); name another --out"
    with pytest.raises(RunError, match=exactly(message)):
        put(tmp_path / "out", "one")
    assert (tmp_path / ".out.partial").read_text() == "somebody's own"


# --- The cache ----------------------------------------------------------------------------------------------------


def test_what_was_kept_is_read_and_what_is_damaged_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file"
    assert cache.read(file) is None
    cache.keep(file, b"content")
    whole = file.read_bytes()
    assert cache.read(file) == b"content"
    assert [path.name for path in file.parent.iterdir()] == ["file"]
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert cache.read(file) is None
        file.write_bytes(whole[:place])
        assert cache.read(file) is None
    cache.keep(file, b"content")
    assert cache.read(file) == b"content"
