"""The files of a folder that is served: those that lie in it themselves, and are no larger than they may be.

Whoever made the folder may have put links into it, which lead anywhere, or pipes, which never end.
"""

from __future__ import annotations

import errno
import os
import stat
from io import FileIO
from pathlib import Path

FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class OwnFile(FileIO):
    """A file in a folder itself, open to be read; closed at the latest when nobody needs it any more.

    size: its bytes. Raises OSError for anything else, and for one of more than `most` bytes.
    """

    def __init__(self, folder: Path, name: str, most: int) -> None:
        path = folder / name
        _check(path.lstat(), most)
        # Where it became a link or a pipe meanwhile, that is not followed nor waited for.
        super().__init__(path, "rb", opener=lambda path, _: os.open(path, FLAGS))
        found = os.fstat(self.fileno())
        _check(found, most)
        self.size = found.st_size

    def __del__(self) -> None:
        self.close()


def is_own_file(folder: Path, name: str, most: int) -> bool:
    """Say whether `name` is a file in the folder itself, of at most so many bytes."""
    try:
        _check((folder / name).lstat(), most)
    except OSError:
        return False
    return True


def read_own_file(folder: Path, name: str, most: int) -> bytes:
    """Read a file as OwnFile opens it. Raises OSError."""
    with OwnFile(folder, name, most) as file:
        return file.read(file.size)


def _check(found: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is a link, a folder or a device")
    if found.st_size > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
