"""Arrays that are computed once, kept in SQLite, and read a row at a time."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.utils import progress
from backend.utils.errors import DataError

Features = NDArray[np.float32]  # (pictures, features)


class FeatureCache:
    """Features on disk, one row a picture, keyed by the picture's checksum and the recipe's fingerprint.

    SQLite gives what is needed here: a batch is kept whole or not at all, also through a kill, and several trainings
    may share the file. A row whose checksum is off counts as missing and is computed again.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.file = folder / f"features-{fingerprint}.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open()
        except sqlite3.DatabaseError:
            # Not a database any more: a cache may be thrown away.
            progress.say(f"{self.file}: damaged feature cache, starting it anew.")
            for name in (self.file.name, f"{self.file.name}-journal"):
                (folder / name).unlink(missing_ok=True)
            self._open()
        except OSError as error:
            raise DataError(
                f"{folder}: cannot keep features ({error.strerror}); set THUMBPRINT_CACHE elsewhere"
            ) from None

    def _open(self) -> None:
        try:
            self._db = _connected(self.file)
        except sqlite3.OperationalError as error:
            raise self._cannot_keep(error) from None
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        try:
            if self._db.execute("PRAGMA integrity_check(1)").fetchone() != (b"ok",):
                raise sqlite3.DatabaseError("damaged pages")  # else found out only when a row on them is read
            self._db.execute("CREATE TABLE IF NOT EXISTS features (sha256 TEXT PRIMARY KEY, crc INTEGER, data BLOB)")
            self._db.execute("SELECT sha256, crc, data FROM features LIMIT 0")
        except sqlite3.OperationalError as error:
            if "no such column" in str(error):  # where the description of the table is damaged
                raise sqlite3.DatabaseError(str(error)) from None
            raise self._cannot_keep(error) from None

    def _cannot_keep(self, error: sqlite3.OperationalError) -> DataError:
        advice = "free some space or set" if "full" in str(error) else "set"
        return DataError(f"{self.file}: cannot keep features ({error}); {advice} THUMBPRINT_CACHE elsewhere")

    def get(self, key: str) -> Features | None:
        """Return one picture's features (float32), or None where they are missing or damaged."""
        return _row(self._db, key)

    def put(self, rows: Iterator[tuple[str, Features]]) -> None:
        """Keep a batch of (sha256, features), all or nothing. Raises DataError where the disk is full."""
        try:
            with self._db:
                self._db.executemany(
                    "INSERT OR REPLACE INTO features VALUES (?, ?, ?)",
                    ((sha256, zlib.crc32(data.tobytes()), data.tobytes()) for sha256, data in rows),
                )
        except sqlite3.OperationalError as error:
            raise self._cannot_keep(error) from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _connected(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=60)
    database.text_factory = bytes  # a damaged row may hold what is no text
    return database


def _row(database: sqlite3.Connection, key: str) -> Features | None:
    row = database.execute("SELECT crc, data FROM features WHERE sha256 = ?", (key,)).fetchone()
    if row is None or not isinstance(row[1], bytes) or zlib.crc32(row[1]) != row[0]:
        return None
    return np.frombuffer(row[1], np.float32)


class Table:
    """Features in the cache as an array that stays on disk: `table[rows]` is a table of some rows, and nothing is read
    before `numpy.asarray(table)`.

    keys: of the pictures and views, (n,) or (n, views); the array is (*keys.shape, features). Raises DataError where
    rows have been lost meanwhile. It may be read by several threads.
    """

    def __init__(self, file: Path, keys: NDArray[np.str_]) -> None:
        self.file, self.keys = file, keys

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any) -> Table:
        return Table(self.file, self.keys[rows])

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, for which one row is read."""
        return (*self.keys.shape, self._read(self.keys.reshape(-1)[:1]).shape[1])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        found = self._read(self.keys.reshape(-1))
        return found.reshape(*self.keys.shape, found.shape[1]).astype(dtype or np.float32, copy=False)

    def _read(self, keys: NDArray[np.str_]) -> Features:
        # A connection of its own for each read: they may not be shared by threads, and opening one takes no time.
        with closing(_connected(self.file)) as database:
            found: Features = np.zeros((len(keys), 0), np.float32)
            for number, key in enumerate(keys.tolist()):
                row = _row(database, key)
                if row is None:
                    raise DataError("the feature cache lost rows while it was read; run the command again")
                if number == 0:
                    found = np.empty((len(keys), len(row)), np.float32)
                found[number] = row
            return found
