"""A dataset written to disk: whole or not at all, and never over what is somebody's own."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

from backend.data.dataset import COLLECTION, DESCRIPTION, LEFT_OUT, MANIFEST, SCHEMA, Channel, Dataset, LeftOut, Picture
from backend.utils.errors import DataError
from backend.utils.files import pack_csv, pack_json
from backend.utils.output_dir import OutputDir, check_nothing_foreign, lock_output_dir
from backend.utils.reading import DAMAGED, read_file
from backend.utils.tables import table_reader


def dataset_output(out: Path, *, force: bool) -> AbstractContextManager[OutputDir]:
    """Let this process alone write a dataset to `out`: an empty folder, or an older dataset with `force`.

    Raises DataError for a file, for a dataset without `force`, for any other folder with or without it and for a
    dataset with something else in it, so that nobody's files are deleted, and where another process is writing there.
    """
    return lock_output_dir(out, DataError, "import", check=partial(_check_out, out, force))


def fill(
    output: OutputDir,
    root: Path,
    channels: Sequence[Channel],
    contents: Iterable[tuple[Picture, bytes]],
    *,
    left_out: Sequence[LeftOut] = (),
    demo: bool = False,
) -> Dataset:
    """Write a dataset to `root`, which this process holds: whole, so that no half of one is ever seen there.

    `contents` gives each picture with the bytes of its file, and may be a generator. What is in `root` is replaced only
    once the new dataset is complete.
    """
    pictures: list[Picture] = []
    folder = output.new_folder()
    for picture, data in contents:
        path = folder / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        pictures.append(picture)
    (folder / MANIFEST).write_bytes(_table(Picture, pictures))
    (folder / LEFT_OUT).write_bytes(_table(LeftOut, left_out))
    description = {"schema": SCHEMA, "demo": demo, "channels": [asdict(channel) for channel in channels]}
    (folder / DESCRIPTION).write_bytes(pack_json(description))
    output.publish()
    return Dataset(root, tuple(channels), tuple(pictures), demo)


def _table(kind: type[Picture | LeftOut], rows: Iterable[Picture | LeftOut]) -> bytes:
    return pack_csv([field.name for field in fields(kind)], [list(vars(row).values()) for row in rows])


def _check_out(out: Path, force: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
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
    check_nothing_foreign(out, DataError, "dataset", _names(out).__contains__)


def _names(root: Path) -> set[str]:
    """Name what an import or a collection wrote into a dataset: its tables, and the pictures that they list."""
    names = {DESCRIPTION, MANIFEST, LEFT_OUT}
    with suppress(*DAMAGED):
        table = io.StringIO(read_file(root / MANIFEST).decode("utf-8-sig"), newline="")
        names.update(row["file"] for row in table_reader(table))
    return names
