"""A folder that appears in its place whole: built in a hidden folder beside it, by one process at a time.

`.NAME.partial` beside `NAME` holds what is being built, and, for as long as two renames take, what it replaces;
`.NAME.lock` is locked meanwhile. The lock ends with its process. What a killed one leaves, the next one puts back or
clears away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from backend.utils.errors import ThumbprintError, cannot_write

NEW, OLD, GONE = "new", "old", "gone"
# Seconds for which a lock is tried: whoever held it may just be removing its file, after which it locks nothing.
PATIENCE = 0.2
OF_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")  # what systems leave in folders that somebody looked at


@dataclass(frozen=True)
class OutputDir:
    """A folder that this process alone writes. target: the folder, links resolved; hidden: the one beside it; check:
    raises where what is at the target must not be replaced.
    """

    target: Path
    hidden: Path
    check: Callable[[], None]

    def new_folder(self) -> Path:
        """Return an empty folder to build in."""
        new = self.hidden / NEW
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        return new

    def publish(self) -> None:
        """Put what was built in its place. What was there is back again where that fails, or is killed."""
        self.check()  # again: somebody may have put something there meanwhile
        if self.target.exists():
            self.target.rename(self.hidden / OLD)
        (self.hidden / NEW).rename(self.target)
        self.recover()

    def recover(self) -> None:
        """Put back what was replaced by nothing, and clear away what was half built, or replaced."""
        if (self.hidden / OLD).exists():
            # Under another name before it is deleted, so that a part of it is never put back.
            (self.hidden / OLD).rename(self.hidden / GONE if self.target.exists() else self.target)
        for name in (NEW, GONE):
            shutil.rmtree(self.hidden / name, ignore_errors=True)


@contextmanager
def lock_output_dir(
    out: Path,
    error: type[ThumbprintError],
    writer: str,
    *,
    check: Callable[[], None] = lambda: None,
    wait: bool = False,
    instead: str = "name another --out",
) -> Iterator[OutputDir]:
    """Let this process alone write `out`; folders above it are made, and go again where nothing comes of it.

    Raises `error` where it cannot be written, also in the block, and where another process, a `writer`, is writing it;
    with `wait`, waits for that one. check: raises where what is there must not be replaced. instead: what a person can
    do about it.
    """
    check()
    target = Path(os.path.realpath(out))  # `resolve` ends with an error where a link leads to itself
    output = OutputDir(target, target.with_name(f".{target.name}.partial"), check)
    lock = target.with_name(f".{target.name}.lock")
    made = [folder for folder in target.parents if not folder.exists()]
    try:
        with FileLock(lock, timeout=-1 if wait else PATIENCE):
            try:
                output.hidden.mkdir(exist_ok=True)
                output.recover()
                check()  # again: what a kill had taken away may be back
                yield output
            finally:
                with suppress(OSError):
                    output.recover()
                with suppress(OSError):  # something is kept in it for the next process
                    output.hidden.rmdir()
                with suppress(OSError):
                    lock.unlink()
    except Timeout:
        raise error(f"{out}: another {writer} is writing it; wait for it or {instead}") from None
    except OSError as failure:
        named = Path(failure.filename or target)
        if not named.is_relative_to(target.parent) and not target.is_relative_to(named):
            raise  # it is not about this folder
        raise error(cannot_write(out, failure, instead)) from None
    finally:
        for folder in made:
            with suppress(OSError):  # something is in it
                folder.rmdir()


def check_replaceable(
    out: Path,
    force: bool,
    error: type[ThumbprintError],
    kind: str,
    mark: str,
    is_own: Callable[[str], bool],
) -> None:
    """Raise `error` where something is at `out` that a new `kind`, which a file `mark` tells, may not replace.

    is_own: tells by its path below `out`, with `/`, a file that Thumbprint wrote there; no other is ever deleted.
    """
    if not out.exists():
        return
    if not force:
        raise error(f"{out}: exists already; name another --out, or add --force to replace it")
    if not out.is_dir() or (any(out.iterdir()) and not (out / mark).is_file()):
        raise error(f"{out}: is not a {kind}, so --force will not replace it; name another --out")
    check_nothing_foreign(out, error, kind, is_own)


def check_nothing_foreign(out: Path, error: type[ThumbprintError], kind: str, is_own: Callable[[str], bool]) -> None:
    """Raise `error` where a folder holds something that Thumbprint did not write there, and name the first of it."""
    for folder, folders, names in os.walk(out):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*names, *links]):
            path = Path(folder, name)
            if name not in OF_SYSTEM and not is_own(path.relative_to(out).as_posix()):
                raise error(
                    f"{path}: is no part of the {kind} {out}, so --force will not replace that; move it elsewhere, or "
                    "name another --out"
                )
