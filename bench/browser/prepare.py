"""Prepare what the bench in the browsers needs beside a model, by the product's own commands.

From the repository's root: `python bench/browser/prepare.py --out build/bench/browser`. It leaves in OUT

pictures/  thumbnails as YouTube lists them, `hqdefault.jpg` of 480x360 with black bars
full/      the laboratory's network, MobileNetV2 1.0/224 whole, converted for TensorFlow.js. It is trained for one epoch
           on a few pictures: speed does not depend on what was learnt. Without --weights its weights are random.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SIZE, BARRED, QUALITY = (480, 270), (480, 360), 88
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
TAUGHT = 12  # pictures of each of two channels: an import wants 8 that are no copies


def python(*arguments: str | Path) -> None:
    """Run a command of ours; its progress goes to our stderr."""
    subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def find_pictures(folder: Path, count: int) -> list[Path]:
    """Find picture files below a folder, spread evenly over all of them."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise SystemExit(f"Error: {folder}: no pictures; name a folder with some, or leave out --data")
    return [found[i * len(found) // count] for i in range(min(count, len(found)))]


def listed(picture: Path) -> bytes:
    """Encode a picture as YouTube's `hqdefault.jpg`: 16:9 between black bars that belong to the file."""
    with Image.open(picture) as opened:
        image = opened.convert("RGB").resize(SIZE)
    canvas = Image.new("RGB", BARRED)
    canvas.paste(image, (0, (BARRED[1] - SIZE[1]) // 2))
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def write_pictures(pictures: list[Path], out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        (out / f"{number:04d}.jpg").write_bytes(listed(picture))


def write_full(pictures: list[Path], weights: Path | None, out: Path) -> None:
    """Train the laboratory's recipe on a few of the pictures, and convert it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for number, picture in enumerate(pictures[: 2 * TAUGHT]):
            channel = folder / "files" / ("one", "other")[number % 2]
            channel.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, channel / f"video{number:06d}{picture.suffix.lower()}")
        python("-m", "backend", "-q", "import", folder / "files", "--out", folder / "data")
        settings = ("--recipe", "lab", "--folds", "2", "--epochs", "1", "--weights", weights or random_weights(folder))
        python("-m", "backend", "-q", "train", folder / "data", *settings, "--out", folder / "run")
        python("-m", "converter", "-q", folder / "run", "--out", out, "--force")


def random_weights(folder: Path) -> Path:
    """Write a network that has learnt nothing, for machines that have no weights."""
    path = folder / "random.weights.h5"
    code = (
        "import keras, sys; keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(224, 224, 3))"
    )
    python("-c", f"{code}.save_weights(sys.argv[1])", path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Prepare the bench in the browsers.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench" / "browser")
    parser.add_argument("--data", type=Path, help="a folder with pictures; without it they are drawn, as for the demo")
    parser.add_argument("--pictures", type=int, default=200, help="how many different ones at most; default: 200")
    parser.add_argument("--weights", type=Path, help="of the whole MobileNetV2  [env: THUMBPRINT_WEIGHTS]")
    options = parser.parse_args()
    weights = options.weights or os.environ.get("THUMBPRINT_WEIGHTS")
    data = options.data or ROOT / "build" / "demo" / "data"
    if not data.exists():
        python("-m", "backend", "-q", "demo-data", "--out", data)
    pictures = find_pictures(data, options.pictures)
    write_pictures(pictures, options.out / "pictures")
    if not (options.out / "full" / "metadata.json").exists():
        write_full(pictures, Path(weights).absolute() if weights else None, options.out / "full")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:  # the command has said why
        sys.exit(error.returncode)
