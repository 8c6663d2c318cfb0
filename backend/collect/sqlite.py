"""The SQLite file with a collection's state: its tables, and how it is opened and written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.utils.errors import DataError

SCHEMA = 2
TABLES = """
create table if not exists channels (
    channel text primary key, address text not null, listed integer not null default 0,
    ended integer not null default 0, complete integer not null default 0);
create table if not exists videos (
    channel text not null, video text not null, position integer not null, published text not null,
    state text not null, reason text not null, checked real not null default 0,
    primary key (channel, video)) without rowid;
create index if not exists by_place on videos (channel, position);
create table if not exists pictures (
    channel text not null, video text not null, version integer not null, variant text not null,
    file text not null unique, sha256 text not null, width integer not null, height integer not null,
    url text not null, etag text not null, modified text not null, checked real not null,
    largest integer not null, primary key (channel, video, version, variant)) without rowid;
create index if not exists by_sum on pictures (sha256);
create table if not exists refused (
    channel text not null, video text not null, variant text not null, reason text not null,
    primary key (channel, video, variant)) without rowid;
create table if not exists named (
    place integer primary key, described text not null, count integer);
"""


def open_store(path: Path) -> sqlite3.Connection:
    """Open the state of a collection, or make it. Raises DataError where it is damaged, or newer than this program."""
    try:
        db = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise DataError(f"{path}: cannot be opened ({error}); restore it, or choose another --out") from None
    try:
        _prepare(db, path)
    except sqlite3.Error as error:
        db.close()
        raise DataError(f"{path}: cannot be read ({error}); restore it, or choose another --out") from None
    except DataError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("pragma user_version").fetchone()
    if version > SCHEMA:
        raise DataError(f"{path}: schema {version} is newer than {SCHEMA}, the newest known: update Thumbprint")
    (problems,) = db.execute("pragma quick_check(1)").fetchone()
    if problems != "ok":
        raise DataError(f"{path}: is damaged ({problems.splitlines()[-1]}); restore it, or choose another --out")
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.executescript(TABLES)
    if version == 1:  # it did not know when a video was last asked for: long ago
        _add_column(db, "videos", "checked real not null default 0")
    db.execute(f"pragma user_version = {SCHEMA}")


def _add_column(db: sqlite3.Connection, table: str, column: str) -> None:
    """Add a column, unless a run that was killed has added it."""
    if column.split()[0] not in [name for _, name, *_ in db.execute(f"pragma table_info({table})")]:
        db.execute(f"alter table {table} add column {column}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Keep all that is written inside, or nothing of it."""
    db.execute("begin immediate")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # a full disk has ended it already
            db.execute("rollback")
        raise
    db.execute("commit")
