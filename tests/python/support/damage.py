"""Damage to files: every way in which a disk, a copy or a person leaves them otherwise than they were."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Damage = Callable[[Path, random.Random], None]
HUGE = 4 * 2**30  # bytes, which no disk is asked for: they are a hole
DEEP = 100_000
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e300, 10**400, float("nan"), float("inf")),
    *("", "text", "\0", "x" * 9999, [], {}, [1], {"a": 1}),
)


def truncated(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(max(len(content), 1))])


def flipped(path: Path, rng: random.Random) -> None:
    """Flip a bit."""
    content = bytearray(path.read_bytes())
    if content:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def scribbled(path: Path, rng: random.Random) -> None:
    """Overwrite a block."""
    content = bytearray(path.read_bytes())
    start = rng.randrange(max(len(content), 1))
    content[start : start + 64] = rng.randbytes(len(content[start : start + 64]))
    path.write_bytes(content)


def emptied(path: Path, rng: random.Random) -> None:
    path.write_bytes(b"")


def zeroed(path: Path, rng: random.Random) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def missing(path: Path, rng: random.Random) -> None:
    path.unlink()


def folder(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path, rng: random.Random) -> None:
    """Link to another file, which is there, is not, or is the link itself."""
    others = sorted(other for other in path.parent.iterdir() if other != path)
    target = rng.choice([*others[:3], path.parent / "nowhere", path])
    path.unlink()
    path.symlink_to(target)


def pipe(path: Path, rng: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def huge(path: Path, rng: random.Random) -> None:
    os.truncate(path, HUGE)


def other_text(path: Path, rng: random.Random) -> None:
    texts = "[]", "{}", "null", "7", '"text"', "\ufeff{}", "NaN", "\0" * 64, "a,b\n1,2\n", "\ud800"
    path.write_bytes(rng.choice(texts).encode("utf-8", "surrogatepass"))


def deep(path: Path, rng: random.Random) -> None:
    opening = rng.choice(('{"a":', "["))
    path.write_text(f"{opening * DEEP}1")


def other_value(path: Path, rng: random.Random) -> None:
    """Give one of the values of JSON another type, take it away, or make a number NaN; of other files, scribble."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        return scribbled(path, rng)
    places = list(_places(content))
    if places:
        holder, key = rng.choice(places)
        if rng.random() < 0.2:
            del holder[key]
        else:
            values: list[Any] = [
                None,
                True,
                -1,
                0,
                1e300,
                float("nan"),
                float("inf"),
                "",
                "text",
                [],
                {},
                [1],
                {"a": 1},
            ]
            holder[key] = rng.choice([*values, 10**400])
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return None


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each value of JSON by what holds it, and its key or number there."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in [*items]:
        yield content, key
        yield from _places(value)


DAMAGES: tuple[Damage, ...] = (
    *(truncated, flipped, flipped, scribbled, emptied, zeroed, missing, folder, link, pipe, huge, other_text, deep),
    *(other_value, other_value),
)


def state(root: Path) -> dict[str, object]:
    """What is below a folder: the bytes of files, where links lead, the size of what is huge, the kind of the rest."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = ("link", os.readlink(path))
        elif path.is_file():
            size = path.stat().st_size
            found[name] = ("huge", size) if size >= HUGE else ("file", path.read_bytes())
        else:
            found[name] = ("folder" if path.is_dir() else "pipe", None)
    return found


def copy(source: Path, target: Path) -> Path:
    """Copy a folder to a place where nothing is, or the last copy."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target))
