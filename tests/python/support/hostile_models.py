"""Folders with converted models that want to hurt whoever serves them, drawn from a seed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from serving import write_model

SECRET = b"nobody's business"
SHARD = "group1-shard1of1.bin"
FILES = ("metadata.json", "model.json", SHARD)
SPARSE = 1 << 30
JUNK: tuple[Any, ...] = (
    *(None, True, 7, -1, 1e308, float("nan"), float("inf"), 10**400, "", "x", [], {}, [[]], [{}], {"": {}}),
    *("x" * 300, "a" * 1_000_000, "\ud800", "\0", "../secret", "/etc/passwd", "way/secret", ".", ".."),
    *([None], [7], [SHARD] * 2, [SHARD, 7], [[SHARD]], {SHARD: None}, {f"f{n}": "x" for n in range(30_000)}),
)
TEXTS = (
    *(b"", b"\0", b"null", b"7", b'"x"', b"[]", b"{}", b"NaN", b'{"files": NaN}', b"9" * 5000, b"\xff\xfe\x00", b"{"),
    *(b"[" * 1_000_000, b"[" * 100_000 + b"]" * 100_000, b'{"files":' * 100_000, b'{"weightsManifest":[' * 50_000),
    *(
        b"\xef\xbb\xbf{}",
        b'{"files": {"\\ud800": "x"}}',
        b" " * 9_000_000,
        b'{"files": 1, "files": {"../secret": "x"}}',
    ),
)
Draw = np.random.Generator


def hostile_model(place: Path, seed: int) -> Path:
    """Write the folder `model` in an empty one, spoilt in one to three ways, beside a secret that it may lead to."""
    draw, folder = np.random.default_rng(seed), place / "model"
    folder.mkdir()
    (place / "secret").write_bytes(SECRET)
    write_model(folder)
    for number in (seed, *draw.integers(len(SPOILS), size=int(draw.integers(3)))):
        SPOILS[number % len(SPOILS)](folder, draw)
    return folder


def _file(folder: Path, draw: Draw) -> Path:
    """Return one of the model's files, which is there no longer."""
    path = folder / FILES[draw.integers(len(FILES))]
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    return path


def _link(folder: Path, draw: Draw) -> None:
    (folder / "way").unlink(missing_ok=True)
    (folder / "way").symlink_to(folder.parent)
    path = _file(folder, draw)
    leads = (str(folder.parent / "secret"), "way/secret", "../secret", path.name, "way", "/dev/zero")
    path.symlink_to(leads[draw.integers(len(leads))])


def _folder(folder: Path, draw: Draw) -> None:
    _file(folder, draw).mkdir()


def _pipe(folder: Path, draw: Draw) -> None:
    os.mkfifo(_file(folder, draw))


def _sparse(folder: Path, draw: Draw) -> None:
    with _file(folder, draw).open("wb") as file:
        file.truncate(SPARSE)


def _gone(folder: Path, draw: Draw) -> None:
    _file(folder, draw)


def _unreadable(folder: Path, draw: Draw) -> None:
    path = _file(folder, draw)
    path.write_bytes(b"{}")
    path.chmod(0)


def _text(folder: Path, draw: Draw) -> None:
    _file(folder, draw).write_bytes(TEXTS[draw.integers(len(TEXTS))])


def _bytes(folder: Path, draw: Draw) -> None:
    _file(folder, draw).write_bytes(draw.bytes(int(draw.integers(1, 500))))


def _damage(folder: Path, draw: Draw) -> None:
    path = folder / FILES[draw.integers(2)]
    if _is_plain(path):
        content = bytearray(path.read_bytes())
        for place in draw.integers(0, max(1, len(content)), size=3 if content else 0):
            content[place] ^= 1 << int(draw.integers(8))
        path.write_bytes(content[: int(draw.integers(1, 2 * len(content) + 2))])


def _value(folder: Path, draw: Draw) -> None:
    """Put something of another kind into a description or a graph."""
    path = folder / FILES[draw.integers(2)]
    if not _is_plain(path):
        return
    junk = JUNK[draw.integers(len(JUNK))]
    if path.name == "metadata.json":
        content = {"files": junk if draw.random() < 0.5 else {**_names(junk), "model.json": "x"}}
    else:
        groups = [junk, [junk], [{"paths": junk}], [{"paths": [junk]}], [{"paths": [SHARD, junk]}]]
        content = {"weightsManifest": groups[draw.integers(len(groups))]}
    path.write_text(json.dumps(content), encoding="utf-8")


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size < 100_000


def _names(junk: Any) -> dict[str, str]:
    return {junk: "x"} if isinstance(junk, str) else {SHARD: "x", "secret.json": "x"}


SPOILS: tuple[Callable[[Path, Draw], None], ...] = (
    *(_link, _folder, _pipe, _sparse, _gone, _unreadable, _text, _bytes, _damage, _value),
)
