"""The product's commands, and thumbnails as YouTube serves them with what `backend predict` says of their bytes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = "placeholder.jpg"  # what YouTube sends for a video that does not exist
FORMS = ("hqdefault.jpg", "mqdefault.jpg", "mqdefault.webp")


class PrepareError(Exception):
    """Something the preparation needs is not there."""


@dataclass(frozen=True)
class Thumbnail:
    """A thumbnail as the test server serves it, and what the backend says of its bytes.

    state: what it was made to be; empty where nobody knows but the model.
    """

    id: str  # as long as a video's: 11 characters
    path: str  # what follows https://i.ytimg.com
    file: str  # below OUT
    type: str
    source: str
    state: str = ""
    channel: str = ""
    display_name: str = ""
    known: bool = False
    probability: float = 0.0
    probabilities: tuple[float, ...] = ()  # in the order of the model's channels
    unknown: float | None = None


@dataclass(frozen=True)
class Place:
    """Where a run, its converted model and its extension lie; thumbnails lie below `out`, which the tests know."""

    out: Path
    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def extension(self) -> Path:
        return self.folder / "extension"

    @property
    def shipped(self) -> Path:
        """The same as people get it: nothing, and so no test either, can look into its badge."""
        return self.folder / "shipped"

    @property
    def expected(self) -> Path:
        return self.folder / "expected.json"

    def metadata(self) -> dict[str, Any]:
        """Read what the converter wrote of the model."""
        read: dict[str, Any] = json.loads((self.model / "metadata.json").read_text(encoding="utf-8"))
        return read


def run(*arguments: str | Path, cwd: Path = ROOT) -> str:
    """Run a command and return its standard output; its progress goes to our stderr."""
    words = [str(argument) for argument in arguments]
    begun = time.monotonic()
    result = subprocess.run(words, cwd=cwd, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise PrepareError(f"`{' '.join(words)}` ended with exit code {result.returncode}\n{result.stdout}")
    print(f"{time.monotonic() - begun:5.1f} s  {' '.join(words[1:5])}", file=sys.stderr)
    return result.stdout


def python(*arguments: str | Path) -> str:
    """Run a module of this repository."""
    return run(sys.executable, *arguments)


def convert(place: Place, what: str = "") -> None:
    """Convert the run, or what else the converter is told to, and package the extension with it."""
    python("-m", "converter", what or place.run, "--out", place.model, "--force")
    build("--package", place.extension, "--model", place.model, "--test-door")
    build("--package", place.shipped, "--model", place.model)


def build(*options: str | Path) -> None:
    """Build the extension in its place, with the page to try pictures; with options, a package of it."""
    node = shutil.which("node")
    if node is None:
        raise PrepareError("node is not on the PATH: install Node.js 20 or later")
    run(node, "build.mjs", *options, cwd=ROOT / "extension")


def encode(picture: Path, form: str) -> bytes:
    """Encode a thumbnail as YouTube serves it under that name: baked bars, 320x180, or WebP."""
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    buffer = io.BytesIO()
    if form == "hqdefault.jpg":
        barred(image.resize((480, 270)), 480, 360).save(buffer, "JPEG", quality=88)
    elif form == "mqdefault.jpg":
        image.resize((320, 180)).save(buffer, "JPEG", quality=90)
    else:
        image.resize((320, 180)).save(buffer, "WEBP", quality=85)
    return buffer.getvalue()


def barred(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Centre a picture on black, as YouTube's `hqdefault.jpg` does."""
    canvas = Image.new("RGB", (width, height))
    canvas.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
    return canvas


def write_thumbnails(pictures: Sequence[Path], place: Place, name: str) -> list[Thumbnail]:
    """Write pictures anew into the place's `thumbnails`, in YouTube's forms by turns; ids begin with `name`."""
    folder = place.folder / "thumbnails"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    Image.new("RGB", (120, 90), (128, 128, 128)).save(folder / PLACEHOLDER)
    return [_write(picture, f"{name}_-{number:05d}", folder, place.out) for number, picture in enumerate(pictures)]


def _write(picture: Path, identity: str, folder: Path, out: Path) -> Thumbnail:
    form = FORMS[int(identity[-5:]) % len(FORMS)]
    file = folder / f"{identity}{Path(form).suffix}"
    file.write_bytes(encode(picture, form))
    kind = "webp" if form.endswith(".webp") else "jpeg"
    path = f"/{'vi_webp' if kind == 'webp' else 'vi'}/{identity}/{form}"
    return Thumbnail(identity, path, file.relative_to(out).as_posix(), f"image/{kind}", picture.name)


def predict(thumbnails: Sequence[Thumbnail], place: Place) -> list[Thumbnail]:
    """Ask `backend predict` for exactly the bytes that will be served."""
    files = [place.out / thumbnail.file for thumbnail in thumbnails]
    answers = json.loads(python("-m", "backend", "predict", place.run, *files))
    names = {channel["name"]: channel["display_name"] for channel in place.metadata()["channels"]}
    return [_answered(thumbnail, answer, names) for thumbnail, answer in zip(thumbnails, answers, strict=True)]


def _answered(thumbnail: Thumbnail, answer: dict[str, Any], names: dict[str, str]) -> Thumbnail:
    return replace(
        thumbnail,
        channel=answer["channel"],
        display_name=names[answer["channel"]],
        known=answer["known"],
        probability=answer["probability"],
        probabilities=tuple(answer["probabilities"][name] for name in names),
        unknown=answer["unknown"],
    )


def write_expected(thumbnails: Sequence[Thumbnail], place: Place, **more: Any) -> None:
    """Write what the tests read; last of all, so that half a preparation is none."""
    metadata = place.metadata()
    expected = {
        "channels": metadata["channels"],
        "threshold": (metadata["unknown"] or {}).get("threshold"),
        "thumbnails": [asdict(thumbnail) for thumbnail in thumbnails],
        **more,
    }
    place.expected.write_text(json.dumps(expected, indent=1), encoding="utf-8")


def by_channel(data: Path) -> dict[str, list[Path]]:
    """Return the pictures of every channel of a dataset."""
    found: dict[str, list[Path]] = {}
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["channel"], []).append(data / row["file"])
    return found


def spread(files: Sequence[Path], count: int) -> list[Path]:
    """Take so many files from all over a list, or all of fewer."""
    step = max(1, len(files) // count)
    return sorted(files)[::step][:count]
