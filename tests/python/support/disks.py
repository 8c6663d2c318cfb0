"""Disks that are full or may only be read: a small file system in a mount namespace, and commands that run in it.

As a program it runs in the namespace and does what it is told, a line of JSON at a time; `Disk` tells it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
FILLER = "filler"
# With a user namespace nobody needs to be root; without one, root needs none.
WAYS = (("unshare", "--user", "--map-root-user", "--mount"), ("unshare", "--mount"))
MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"'


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    stdout: str
    stderr: str

    def refusal(self) -> str:
        """Return the one line that says why nothing was done."""
        assert (self.code, self.stdout) == (2, ""), (self.code, self.stdout, self.stderr)
        (line,) = self.stderr.splitlines()
        assert line.startswith("Error: ")
        return line.removeprefix("Error: ")


class Disk:
    """A small disk at `root`, seen by the commands alone that are run here."""

    def __init__(self, root: Path, process: subprocess.Popen[str]) -> None:
        self.root, self._process = root, process

    def run(self, program: str, *arguments: str | Path, **environment: str | Path) -> Ended:
        """Run `python -m PROGRAM`, quietly, in an environment with these changes."""
        told = [str(argument) for argument in arguments]
        return Ended(*self._ask("run", program, told, {name: str(value) for name, value in environment.items()}))

    def fill(self, left: int) -> None:
        """Fill the disk but for some KB."""
        self._ask("fill", left)

    def free(self) -> None:
        """Make space again."""
        self._ask("free")

    def read_only(self, on: bool = True) -> None:
        """Let nobody write to it, or everybody again."""
        self._ask("read_only", on)

    def copy(self, source: Path, name: str) -> Path:
        """Copy a folder to it."""
        self._ask("copy", str(source), name)
        return self.root / name

    def remove(self, name: str) -> None:
        """Remove a folder or a file from it."""
        self._ask("remove", name)

    def files(self) -> dict[str, str]:
        """Return the checksums of all files on it, hidden ones too, by their paths."""
        found: dict[str, str] = self._ask("files")
        return found

    def folders(self) -> list[str]:
        """Return the names of what lies on it, at the top."""
        found: list[str] = self._ask("folders")
        return found

    def _ask(self, *what: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def small_disk(root: Path, size: str) -> Iterator[Disk]:
    """Give a disk of a size such as "2m". Skips the test where this machine lets nobody mount one."""
    root.mkdir(parents=True)
    way = _way(root)
    command = [*way, "sh", "-c", MOUNT, "sh", size, str(root), sys.executable, __file__, str(root)]
    with subprocess.Popen(command, cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Disk(root, process)
        assert process.stdin
        process.stdin.close()


def _way(root: Path) -> tuple[str, ...]:
    for way in WAYS if shutil.which("unshare") else ():
        trial = [*way, "sh", "-c", MOUNT, "sh", "64k", str(root), "true"]
        if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return way
    pytest.skip("no small disk can be mounted here: it takes Linux' unshare, and user namespaces or root")


# --- In the namespace ---------------------------------------------------------------------------------------------


class Inside:
    """What the program does."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, program: str, arguments: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
        """Run a command in a copy of this process, which has read its modules already."""
        streams = [os.memfd_create(name) for name in ("stdout", "stderr")]
        pid = os.fork()
        if not pid:
            for number, stream in enumerate(streams, 1):
                os.dup2(stream, number)
            os.environ.update(environment)
            os._exit(_main(program, arguments))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        said = []
        for stream in streams:
            os.lseek(stream, 0, os.SEEK_SET)
            with os.fdopen(stream, "rb") as file:
                said.append(file.read().decode())
        return code, said[0], said[1]

    def fill(self, left: int) -> None:
        free = os.statvfs(self.root)
        with (self.root / FILLER).open("wb") as file:
            file.write(bytes(max(0, free.f_bavail * free.f_frsize - left * 1024)))

    def free(self) -> None:
        (self.root / FILLER).unlink(missing_ok=True)

    def read_only(self, on: bool) -> None:
        subprocess.run(["mount", "-o", f"remount,{'ro' if on else 'rw'}", str(self.root)], check=True)

    def copy(self, source: str, name: str) -> None:
        shutil.copytree(source, self.root / name)

    def remove(self, name: str) -> None:
        path = self.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def files(self) -> dict[str, str]:
        paths = [path for path in sorted(self.root.rglob("*")) if path.is_file() and path.name != FILLER]
        return {path.relative_to(self.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    def folders(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir() if path.name != FILLER)


def _main(program: str, arguments: list[str]) -> int:
    """Run a program's commands; returns the exit code."""
    import backend.cli.main
    import converter.__main__

    code: Any = 1
    try:
        (backend.cli.main.main if program == "backend" else converter.__main__.main)(["--quiet", *arguments])
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        import traceback

        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    return int(code)


def serve(root: Path) -> None:
    """Do what is asked for on stdin, and answer on stdout."""
    for module in (
        "backend.cli.main",
        "backend.collect.collect",
        "backend.data.folder_import",
        "backend.training.train",
        "converter.__main__",
    ):
        importlib.import_module(module)  # once, and not in every copy of this process
    inside = Inside(root)
    for line in sys.stdin:
        what, *values = json.loads(line)
        print(json.dumps(getattr(inside, what)(*values)), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(REPOSITORY))
    serve(Path(sys.argv[1]))
