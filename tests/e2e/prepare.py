"""Prepare what the end-to-end tests need.

From the repository's root: `python tests/e2e/prepare.py --out build/e2e [--seed 0]`. It leaves

- in OUT a packaged extension whose answers are known by construction (`constructed.py`), thumbnails as YouTube would
  serve them, what `backend predict` says of exactly those bytes (`expected.json`), a photo of a screen, and the
  pictures of the pixel contract;
- in OUT/released the extension of a release: the packaged network and prior, no channels;
- in OUT/demo what `make demo` makes with that seed, of fewer pictures: data, run, model and extension, and a number of
  its thumbnails with what `backend predict` says of them. Nobody knows that beforehand.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # for `backend`

from constructed import HOVERED, TOLERANCE, Made, construct, paint, sure  # noqa: E402
from photos import write_photo  # noqa: E402
from pictures import write_pictures  # noqa: E402
from product import (  # noqa: E402
    Place,
    PrepareError,
    Thumbnail,
    build,
    by_channel,
    convert,
    predict,
    python,
    spread,
    write_expected,
    write_thumbnails,
)

from backend.data.synthetic.demo_dataset import make_demo_data  # noqa: E402

DRAWN = 20  # pictures of every channel of the demo
PER_DEMO_CHANNEL = 2  # hovered thumbnails
PHOTOGRAPHED = sure("ember")


def prepare_constructed(place: Place) -> None:
    """Prepare the model whose answers are known, and the thumbnails that it is asked about."""
    construct(place.folder)
    convert(place)
    drawn = place.folder / "drawn"
    drawn.mkdir(exist_ok=True)
    pictures = [drawn / f"{number:02}-{made.state}-{made.channel}.png" for number, made in enumerate(HOVERED)]
    for number, (made, picture) in enumerate(zip(HOVERED, pictures, strict=True)):
        paint(made, number).save(picture)
    answered = predict(write_thumbnails(pictures, place, "made"), place)
    names = [channel["name"] for channel in place.metadata()["channels"]]
    thumbnails = [agreed(one, made, names) for one, made in zip(answered, HOVERED, strict=True)]
    write_expected(thumbnails, place, photo=photograph(place))


def agreed(thumbnail: Thumbnail, made: Made, names: list[str]) -> Thumbnail:
    """Check that the backend says of a thumbnail what it was made to be."""
    found = dict(zip(names, thumbnail.probabilities, strict=True))
    off = max(abs(found[name] - chance) for name, chance in made.probabilities.items())
    if (thumbnail.channel, thumbnail.known) != (made.channel, made.known) or off > TOLERANCE:
        raise PrepareError(
            f"{thumbnail.source}: made to be {made.state} of {made.channel} with {made.probabilities}, but `backend "
            f"predict` says {thumbnail.channel}, known: {thumbnail.known}, with {found}"
        )
    return replace(thumbnail, state=made.state)


def photograph(place: Place) -> dict[str, Any]:
    """Write the photo of a screen that shows a thumbnail which is surely a channel's: whose it is, and where."""
    picture, photo = place.folder / "drawn" / "photographed.png", place.folder / "photo.jpg"
    paint(PHOTOGRAPHED, len(HOVERED), framed=True).save(picture)
    return {"file": photo.name, "channel": PHOTOGRAPHED.channel, "quad": write_photo(picture, photo)}


def train_demo(place: Place, seed: int) -> None:
    """Do what `make demo` does to get a run, with fewer pictures, and the weights that the product finds."""
    make_demo_data(place.data, seed=seed, per_channel=DRAWN, force=True)
    recipe = ("--recipe", "style", "--seed", str(seed))
    python("-m", "backend", "train", place.data, *recipe, "--out", place.run, "--force")


def ask_demo(place: Place) -> None:
    """Ask for some pictures of every channel of the demo, background too; whatever is said, is expected."""
    convert(place)
    pictures = [picture for files in by_channel(place.data).values() for picture in spread(files, PER_DEMO_CHANNEL)]
    write_expected(predict(write_thumbnails(pictures, place, "demo"), place), place)


def prepare(out: Path, seed: int) -> None:
    constructed, demo = Place(out, out), Place(out, out / "demo")
    for place in (constructed, demo):
        place.folder.mkdir(parents=True, exist_ok=True)
        place.expected.unlink(missing_ok=True)  # half a preparation is none
    build()  # the page to try pictures, and what the packages are made of
    with ThreadPoolExecutor(1) as pool:  # a training leaves a part of two cores alone
        training = pool.submit(train_demo, demo, seed)
        prepare_constructed(constructed)
        write_pictures(out / "pixels")
        training.result()
    ask_demo(demo)
    prepare_released(out / "released")


def prepare_released(folder: Path) -> None:
    """Make the model that a release brings, and the extension with it."""
    place = Place(folder, folder)
    folder.mkdir(parents=True, exist_ok=True)
    convert(place, "--no-channels")


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare the end-to-end tests.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "e2e", help="default: build/e2e")
    parser.add_argument("--seed", type=int, default=0, help="of the demo's data and training; default: 0")
    options = parser.parse_args()
    out: Path = options.out.resolve()
    begun = time.monotonic()
    try:
        prepare(out, options.seed)
    except PrepareError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"{time.monotonic() - begun:5.1f} s in all: {out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
