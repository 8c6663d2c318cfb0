"""A dataset written to disk: whole or not at all, and never over what is somebody's own."""

from __future__ import annotations

import csv
import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from backend.dataset import (
    COLLECTION,
    DESCRIPTION,
    LEFT_OUT,
    MANIFEST,
    SCHEMA,
    Channel,
    Dataset,
    LeftOut,
    Picture,
)
from backend.errors import DataError


def write_dataset(
    root: Path,
    channels: Sequence[Channel],
    contents: Iterable[tuple[Picture, bytes]],
    *,
    left_out: Sequence[LeftOut] = (),
    demo: bool = False,
    force: bool = False,
) -> Dataset:
    """Write a dataset: built in a temporary folder beside `root`, then renamed, so that no half of one is ever seen.

    `contents` gives each picture with the bytes of its file, and may be a generator. An older dataset in `root` is
    replaced only with `force`, and only once the new one is complete. Raises DataError as `prepare_out` does.
    """
    prepare_out(root, force=force)
    pictures: list[Picture] = []
    with _replacing(root) as folder:
        for picture, data in contents:
            path = folder / picture.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            pictures.append(picture)
        _write_csv(folder / MANIFEST, Picture, pictures)
        _write_csv(folder / LEFT_OUT, LeftOut, left_out)
        description = {"schema": SCHEMA, "demo": demo, "channels": [asdict(channel) for channel in channels]}
        text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
        (folder / DESCRIPTION).write_text(text, encoding="utf-8", newline="\n")
    return Dataset(root, tuple(channels), tuple(pictures), demo)


def _write_csv(path: Path, kind: type[Picture | LeftOut], rows: Iterable[Picture | LeftOut]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def prepare_out(out: Path, *, force: bool) -> None:
    """Make sure that a dataset may be written to `out`, and clear away what a killed run left beside it.

    An empty folder may be used. Raises DataError for a file, for a dataset without `force`, and for any other folder
    with or without it, so that nobody's pictures are deleted.
    """
    try:
        _clear_leftovers(out.resolve())
        if not out.exists() or (out.is_dir() and not any(out.iterdir())):
            return
    except OSError as error:
        raise DataError(f"{out}: cannot be used ({error}): choose another --out") from None
    if not out.is_dir():
        raise DataError(f"{out}: is a file: choose another --out")
    if (out / COLLECTION).exists():
        raise DataError(f"{out}: was collected, so not even --force replaces it: choose another --out")
    if not (out / DESCRIPTION).is_file():
        raise DataError(
            f"{out}: exists and is not a dataset (no {DESCRIPTION}), so not even --force replaces it: "
            "choose another --out"
        )
    if not force:
        raise DataError(f"{out}: exists already: add --force to replace it, or choose another --out")


def _clear_leftovers(out: Path) -> None:
    if not out.parent.is_dir():
        return
    pattern = re.compile(re.escape(f".{out.name}.") + r"[0-9a-f]{8}\.(new|old)")
    for path in sorted(out.parent.iterdir()):
        match = pattern.fullmatch(path.name)
        if match and match[1] == "old" and not out.exists():
            path.rename(out)  # killed between the two renames: the old dataset is all there is
        elif match:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Yield an empty temporary folder beside `out` that takes its place if the block succeeds, and goes if it fails."""
    out = out.resolve()  # a link to a folder stays a link: its target is replaced
    token = secrets.token_hex(4)
    new, old = (out.with_name(f".{out.name}.{token}.{state}") for state in ("new", "old"))
    try:
        new.mkdir(parents=True)
        yield new
        if out.exists():
            out.rename(old)
        new.rename(out)
    except OSError as error:
        raise DataError(f"{out}: cannot be written ({error}): free some space, or choose another --out") from error
    finally:
        if old.exists() and not out.exists():
            old.rename(out)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)  # what stays, the next run clears
