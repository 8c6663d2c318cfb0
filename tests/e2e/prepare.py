"""Prepare what the end-to-end tests need, by the product's own commands only.

From the repository's root: `python tests/e2e/prepare.py --out build/e2e`. It leaves in OUT a packaged extension with a
freshly trained model, thumbnails as YouTube would serve them, what `backend predict` says of exactly those bytes
(`expected.json`), and the pictures of the pixel contract. Real thumbnails are used where `../shared` has them.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # for pictures.py, which compares with backend.images

from photos import write_photo  # noqa: E402
from pictures import barred, write_pictures  # noqa: E402

SHARED = ROOT.parent / "shared"
PER_KNOWN = 2
HOVERED = 9
CANDIDATES = 8  # read a channel; the first that are not near the threshold are kept
MARGIN = 0.03  # a smaller distance to the threshold would test rounding, not the extension


class PrepareError(Exception):
    """Something the preparation needs is not there."""


@dataclass(frozen=True)
class Thumbnail:
    """A thumbnail as the test server serves it, and what the backend says of its bytes."""

    id: str  # as long as a video's: 11 characters
    path: str  # what follows https://i.ytimg.com
    file: str  # below OUT
    type: str
    source: str
    channel: str = ""
    display_name: str = ""
    known: bool = False
    probability: float = 0.0
    probabilities: tuple[float, ...] = ()  # in the order of the model's channels
    unknown: float | None = None


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
    return run(sys.executable, *arguments)


def shared_data() -> bool:
    """Say whether the real thumbnails are there; their absence is an error where they were promised."""
    if (SHARED / "data" / "thumbnails").is_dir():
        return True
    if os.environ.get("CI") == "true" and "GITHUB_ACTIONS" not in os.environ:
        raise PrepareError(f"CI=true, but there are no thumbnails at {SHARED / 'data'}: mount them, or unset CI")
    print("No ../shared: the demonstration data stands in for real thumbnails.", file=sys.stderr)
    return False


def use_shared_weights() -> None:
    weights = sorted((SHARED / "weights").glob("*.h5"))
    if weights:
        os.environ.setdefault("THUMBPRINT_WEIGHTS", str(weights[0]))


def import_data(out: Path) -> list[Path]:
    """Import the data to train on; returns the datasets, the background last where it is one of its own."""
    data, background = out / "data", out / "background"
    if not shared_data():
        python("-m", "backend", "demo-data", "--out", data, "--force")
        return [data]
    python("-m", "backend", "import", SHARED / "data" / "thumbnails", "--out", data, "--force")
    python("-m", "backend", "import", SHARED / "data" / "background", "--out", background, "--force")
    return [data, background]


def train(datasets: list[Path], out: Path) -> None:
    """Train, convert, build and package: OUT/run, OUT/model, OUT/extension, and the server's page in its place."""
    background: list[str | Path] = ["--background", *datasets[1:]] if datasets[1:] else []
    style = ("--recipe", "style", "--folds", "5", "--seed", "0", "--force")
    python("-m", "backend", "train", datasets[0], *background, *style, "--out", out / "run")
    python("-m", "converter", out / "run", "--out", out / "model", "--force")
    node = shutil.which("node")
    if node is None:
        raise PrepareError("node is not on the PATH: install Node.js 20 or later")
    run(node, "build.mjs", cwd=ROOT / "extension")  # the page for phones, too
    package = ("--package", out / "extension", "--model", out / "model")
    run(node, "build.mjs", *package, cwd=ROOT / "extension")


def by_channel(datasets: list[Path]) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """Return the pictures of the known channels and those of the background, spread evenly over each channel."""
    known: dict[str, list[Path]] = {}
    background: dict[str, list[Path]] = {}
    for index, data in enumerate(datasets):
        channels = json.loads((data / "dataset.json").read_text(encoding="utf-8"))["channels"]
        roles = {channel["name"]: channel["role"] for channel in channels}
        with (data / "manifest.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                is_known = index == 0 and roles[row["channel"]] == "known"
                (known if is_known else background).setdefault(row["channel"], []).append(data / row["file"])
    spread = [{name: _spread(files) for name, files in group.items()} for group in (known, background)]
    return spread[0], spread[1]


def _spread(files: list[Path]) -> list[Path]:
    step = max(1, len(files) // CANDIDATES)
    return sorted(files)[::step][:CANDIDATES]


def encode(picture: Path, kind: str) -> bytes:
    """Encode a thumbnail as YouTube serves it under that name: baked bars, 320x180, or WebP."""
    with Image.open(picture) as opened:
        image = opened.convert("RGB")
    buffer = io.BytesIO()
    if kind == "hqdefault.jpg":
        barred(image.resize((480, 270)), 480, 360).save(buffer, "JPEG", quality=88)
    elif kind == "mqdefault.jpg":
        image.resize((320, 180)).save(buffer, "JPEG", quality=90)
    else:
        image.resize((320, 180)).save(buffer, "WEBP", quality=85)
    return buffer.getvalue()


def write_thumbnail(picture: Path, number: int, out: Path) -> Thumbnail:
    """Write a picture below OUT/thumbnails in one of the three forms, in turn."""
    kind = ("hqdefault.jpg", "mqdefault.jpg", "mqdefault.webp")[number % 3]
    webp = kind.endswith(".webp")
    identity = f"e2e_-{number:06d}"
    file = Path("thumbnails") / f"{identity}{Path(kind).suffix}"
    (out / file).write_bytes(encode(picture, kind))
    path = f"/{'vi_webp' if webp else 'vi'}/{identity}/{kind}"
    return Thumbnail(identity, path, file.as_posix(), "image/webp" if webp else "image/jpeg", picture.name)


def predict(thumbnails: list[Thumbnail], out: Path) -> list[Thumbnail]:
    """Ask `backend predict` for exactly the bytes that will be served."""
    answers = json.loads(python("-m", "backend", "predict", out / "run", *(out / t.file for t in thumbnails)))
    channels = metadata(out)["channels"]
    names = {channel["name"]: channel["display_name"] for channel in channels}
    return [_answered(thumbnail, answer, names) for thumbnail, answer in zip(thumbnails, answers, strict=True)]


def _answered(thumbnail: Thumbnail, answer: dict[str, Any], names: dict[str, str]) -> Thumbnail:
    return Thumbnail(
        thumbnail.id,
        thumbnail.path,
        thumbnail.file,
        thumbnail.type,
        thumbnail.source,
        channel=answer["channel"],
        display_name=names[answer["channel"]],
        known=answer["known"],
        probability=answer["probability"],
        probabilities=tuple(answer["probabilities"][name] for name in names),
        unknown=answer["unknown"],
    )


def metadata(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / "model" / "metadata.json").read_text(encoding="utf-8"))
    return read


def decided(thumbnail: Thumbnail, threshold: float | None) -> bool:
    """Say whether an answer is far enough from the threshold to be the same after rounding."""
    return threshold is None or thumbnail.unknown is None or abs(thumbnail.unknown - threshold) >= MARGIN


def choose(datasets: list[Path], out: Path) -> list[Thumbnail]:
    """Choose the hovered thumbnails: two a known channel, the rest in turn from the background (or the known ones)."""
    shutil.rmtree(out / "thumbnails", ignore_errors=True)
    (out / "thumbnails").mkdir(parents=True)
    known, background = by_channel(datasets)
    rows = [(name, picture) for group in (known, background) for name in group for picture in group[name]]
    written = [write_thumbnail(picture, number, out) for number, (_, picture) in enumerate(rows)]
    threshold = (metadata(out)["unknown"] or {}).get("threshold")
    usable: dict[str, list[Thumbnail]] = {}
    for (name, _), thumbnail in zip(rows, predict(written, out), strict=True):
        if decided(thumbnail, threshold):
            usable.setdefault(name, []).append(thumbnail)
    chosen = [thumbnail for name in known for thumbnail in usable[name][:PER_KNOWN]]
    rest = [usable[name] for name in background] or [usable[name][PER_KNOWN:] for name in known]
    chosen += [thumbnail for turn in zip(*rest, strict=False) for thumbnail in turn]
    return chosen[:HOVERED]


def check(chosen: list[Thumbnail], out: Path) -> None:
    """Refuse a choice that would leave the tests blind."""
    if len(chosen) < HOVERED:
        raise PrepareError(f"only {len(chosen)} of {HOVERED} thumbnails are clearly on one side of the threshold")
    if len({thumbnail.channel for thumbnail in chosen if thumbnail.known}) < 2:
        raise PrepareError("fewer than two channels are recognised: the model cannot tell an answer from a constant")
    if metadata(out)["unknown"] is not None and all(thumbnail.known for thumbnail in chosen):
        raise PrepareError("no chosen thumbnail is unknown: the badge of 'none of your channels' would not be tested")


def sureness(thumbnail: Thumbnail) -> float:
    """Return how sure the answer is; a photo of a screen leaves less of it."""
    return thumbnail.probability if thumbnail.known else 0.0


def photograph(thumbnail: Thumbnail, data: Path, out: Path) -> dict[str, Any]:
    """Write the photo of a screen that shows a known thumbnail: whose it is, and where."""
    (picture,) = (data / "images").rglob(thumbnail.source)
    return {"file": "photo.jpg", "channel": thumbnail.channel, "quad": write_photo(picture, out / "photo.jpg")}


def prepare(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "expected.json").unlink(missing_ok=True)  # half a preparation is none
    use_shared_weights()
    datasets = import_data(out)
    train(datasets, out)
    chosen = choose(datasets, out)
    check(chosen, out)
    Image.new("RGB", (120, 90), (128, 128, 128)).save(out / "thumbnails" / "placeholder.jpg")
    write_pictures(out / "pixels")
    expected = {
        "channels": metadata(out)["channels"],
        "thumbnails": [asdict(thumbnail) for thumbnail in chosen],
        "photo": photograph(max(chosen, key=sureness), datasets[0], out),
    }
    (out / "expected.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare the end-to-end tests.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "e2e", help="default: build/e2e")
    out: Path = parser.parse_args().out.resolve()
    begun = time.monotonic()
    try:
        prepare(out)
    except PrepareError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"{time.monotonic() - begun:5.1f} s in all: {out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
