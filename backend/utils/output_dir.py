"""A folder that appears in its place whole: built in a hidden folder beside it, by one process at a time.

`.NAME.partial` beside `NAME` holds a lock, what is being built, and, for as long as two renames take, what it replaces.
The lock ends with its process. What a killed one leaves, the next one puts back or clears away.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from backend.utils.errors import ThumbprintError, cannot_write

LOCK, NEW, OLD, GONE = "lock", "new", "old", "gone"
# Seconds. Who held a lock before may just be clearing it away, after which it is no lock any more: a moment later it is
# made anew.
PATIENCE, POLL = 0.2, 0.01


@dataclass(frozen=True)
class Place:
    """A place that this process holds. target: the folder, links resolved; hidden: the folder beside it."""

    target: Path
    hidden: Path

    def fresh(self) -> Path:
        """Return an empty folder to build in."""
        new = self.hidden / NEW
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        return new

    def put(self) -> None:
        """Put what was built in its place. What was there is back again where that fails, or is killed."""
        if self.target.exists():
            self.target.rename(self.hidden / OLD)
        (self.hidden / NEW).rename(self.target)
        self.settle()

    def settle(self) -> None:
        """Put back what was replaced by nothing, and clear away what was half built, or replaced."""
        if (self.hidden / OLD).exists():
            # Under another name before it is deleted, so that a part of it is never put back.
            (self.hidden / OLD).rename(self.hidden / GONE if self.target.exists() else self.target)
        for name in (NEW, GONE):
            shutil.rmtree(self.hidden / name, ignore_errors=True)


@contextmanager
def held(
    out: Path, error: type[ThumbprintError], writer: str, *, wait: bool = False, instead: str = "name another --out"
) -> Iterator[Place]:
    """Hold the place of `out` for this process; folders above it are made, and go again where nothing comes of it.

    Raises `error` where it cannot be written, also in the block, and where another process, a `writer`, holds it; with
    `wait`, waits for that one. instead: what a person can do about it.
    """
    target = out.resolve()
    place = Place(target, target.with_name(f".{target.name}.partial"))
    made = [folder for folder in place.hidden.parents if not folder.exists()]
    try:
        with _locked(place.hidden, wait):
            try:
                place.settle()
                yield place
            finally:
                with suppress(OSError):
                    place.settle()
                _clear(place.hidden)
    except Timeout:
        raise error(f"{out}: another {writer} is writing it; wait for it or {instead}") from None
    except OSError as failure:
        named = Path(failure.filename or target)
        if not named.is_relative_to(target.parent) and not target.is_relative_to(named):
            raise  # it is not about this place
        raise error(cannot_write(out, failure, instead)) from None
    finally:
        for folder in made:
            with suppress(OSError):  # something is in it
                folder.rmdir()


@contextmanager
def _locked(hidden: Path, wait: bool) -> Iterator[None]:
    """Hold the lock in a folder, which is made. Raises filelock.Timeout where another process does."""
    lock = FileLock(hidden / LOCK, timeout=-1 if wait else PATIENCE, poll_interval=POLL)
    while not lock.is_locked:
        hidden.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the folder went in between, with the process that held it
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _clear(hidden: Path) -> None:
    """Remove the folder where nothing is in it but the lock, which goes last: whoever takes it finds nothing else."""
    with suppress(OSError):
        if [path.name for path in hidden.iterdir()] == [LOCK]:
            (hidden / LOCK).unlink()
            hidden.rmdir()
