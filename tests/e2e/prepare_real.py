"""Check the product on real thumbnails, and prepare what the browsers are asked about them: `make test-real`.

From the repository's root: `python tests/e2e/prepare_real.py --real FOLDER --out build/real [--weights PATH]`. FOLDER
has `thumbnails/CHANNEL/*` to know and, optionally, `background/CHANNEL/*`, more channels in a folder `channels`, and
thumbnails of nobody's in a folder `strangers`. It trains `style`, and ends with exit code 1 where its figures are below
what only a broken product stays below; has the audit find wrong labels that were planted; converts, which compares the
model in TensorFlow.js with the trained one; and leaves in OUT the extension, thumbnails with what `predict` says
of them, and a sample of the files as they are with the pixels that Python makes of them. In OUT/learning it leaves
channels that the browsers learn, with what `backend learn` finds of the same pictures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # for `backend`

from pictures import write_tensors  # noqa: E402
from product import (  # noqa: E402
    Place,
    PrepareError,
    by_channel,
    convert,
    predict,
    python,
    spread,
    write_expected,
    write_thumbnails,
)

# What a working `style` exceeds by far on any thumbnails that people can tell apart: no figures to be tuned to.
LEAST_F1, LEAST_AUROC = 0.95, 0.88
HOVERED, STRANGE = 5, 2  # thumbnails of each channel, and of each background channel
SAMPLED = 4  # files of each channel whose pixels are compared
LABELLED, PLANTED, FIRST = 40, 10, 20  # files of each channel, wrong labels among all, how far down the list they count
LEAST_NAMED = 6  # by chance it would be one or two
WEIGHTS = "THUMBPRINT_WEIGHTS"
# Channels that a browser learns: how many, from how many thumbnails each, and how many others it is asked about.
LEARN, LEARNT, TESTED, LEAST_TESTED, STRANGERS = 5, 20, 60, 20, 400


class FigureError(Exception):
    """The product does worse on real thumbnails than it may."""


def check_folder(real: Path) -> None:
    """Raise PrepareError where there are no channels to know."""
    channels = [path for path in real.glob("thumbnails/*") if path.is_dir()]
    if len(channels) < 2:
        raise PrepareError(
            f"{real}: no real thumbnails; REAL names a folder with thumbnails/CHANNEL/* of 2 channels or more"
        )


def use_weights(real: Path, weights: Path | None) -> None:
    """Say which weights to train on: those named, else those beside REAL, else what the product finds."""
    beside = sorted((real.parent / "weights").glob("*.h5"))
    if weights is not None:
        os.environ[WEIGHTS] = str(weights)
    elif beside:
        os.environ.setdefault(WEIGHTS, str(beside[0]))


def train(real: Path, place: Place) -> list[Path]:
    """Import and train; returns the datasets, the known channels' first."""
    datasets = {"thumbnails": place.data, "background": place.folder / "background"}
    there = [name for name in datasets if (real / name).is_dir()]
    for name in there:
        python("-m", "backend", "import", real / name, "--out", datasets[name], "--force")
    background = ("--background", datasets["background"]) if "background" in there else ()
    python("-m", "backend", "train", place.data, *background, "--folds", "5", "--out", place.run, "--force")
    return [datasets[name] for name in there]


def check_figures(place: Place, has_background: bool) -> None:
    """Raise FigureError where a figure is below its floor."""
    metrics = json.loads((place.run / "metrics.json").read_text(encoding="utf-8"))
    figures = [("macro F1", metrics["cv"]["macro_f1"]["mean"], LEAST_F1)]
    if has_background:
        figures.append(("AUROC of unknown", metrics["unknown"]["auroc"], LEAST_AUROC))
    for name, figure, least in figures:
        print(f"{name} {figure:.3f}, at least {least}", file=sys.stderr)
    if low := [name for name, figure, least in figures if not figure >= least]:
        raise FigureError(f"{' and '.join(low)}: below the floor, see above")


def ask(datasets: list[Path], place: Place) -> None:
    """Write thumbnails of all channels with what the backend says, and files as they are with their pixels."""
    channels = [by_channel(data) for data in datasets]
    counts = [HOVERED, *[STRANGE] * len(channels[1:])]
    hovered = [
        one
        for found, count in zip(channels, counts, strict=True)
        for files in found.values()
        for one in spread(files, count)
    ]
    sampled = [file for files in channels[0].values() for file in spread(files, SAMPLED)]
    write_tensors(
        {f"{n:02}{file.suffix}": file.read_bytes() for n, file in enumerate(sampled)}, place.folder / "pixels"
    )
    write_expected(predict(write_thumbnails(hovered, place, "real"), place), place)


def check_audit(place: Place) -> None:
    """Raise FigureError where the audit does not name wrong labels among real thumbnails before all others."""
    source, data = place.folder / "mislabelled", place.folder / "mislabelled-data"
    wrong = plant_wrong_labels(by_channel(place.data), source)
    python("-m", "backend", "import", source, "--out", data, "--force")
    findings = json.loads(python("-m", "backend", "audit", data, "--json"))["checks"]["labels"]["findings"]
    named = {Path(item["file"]).name for item in findings[:FIRST]} & wrong
    print(f"wrong labels named {len(named)} of {len(wrong)}, at least {LEAST_NAMED}", file=sys.stderr)
    if len(named) < LEAST_NAMED:
        raise FigureError("wrong labels: too few are named, see above")


def plant_wrong_labels(channels: dict[str, list[Path]], source: Path) -> set[str]:
    """Copy some files of each channel, a few of them into the folder of the next one; returns those files' names."""
    shutil.rmtree(source, ignore_errors=True)
    names, wrong = list(channels), set()
    for name in names:
        (source / name).mkdir(parents=True)
    for number, name in enumerate(names):
        count = PLANTED * (number + 1) // len(names) - PLANTED * number // len(names)
        for file in (files := spread(channels[name], LABELLED)):
            is_wrong = file in files[:count]
            shutil.copy(file, source / names[(number + is_wrong) % len(names)])
            wrong |= {file.name} if is_wrong else set()
    return wrong


def prepare(real: Path, out: Path, weights: Path | None) -> None:
    check_folder(real)
    use_weights(real, weights)
    place = Place(out, out)
    out.mkdir(parents=True, exist_ok=True)
    place.expected.unlink(missing_ok=True)  # half a preparation is none
    datasets = train(real, place)
    check_figures(place, len(datasets) > 1)
    check_audit(place)
    convert(place)
    ask(datasets, place)
    prepare_learning(real, Place(out, out / "learning"))


def prepare_learning(real: Path, place: Place) -> None:
    """Write channels to learn in a browser: thumbnails to learn from and to ask about, strangers, and Python's figures.

    Which pictures are learnt from is left to the checksums of their files.
    """
    channels = channels_to_learn(real)
    strangers = [path for path in by_checksum(real / "strangers")[:STRANGERS]]
    shutil.rmtree(place.folder, ignore_errors=True)
    folder = place.folder / "thumbnails"
    folder.mkdir(parents=True)
    learning: dict[str, Any] = {"channels": [], "strangers": serve(strangers, "stranger", folder)}
    for number, (name, paths) in enumerate(channels.items()):
        ids = serve(paths[: LEARNT + TESTED], f"c{number}", folder / name)
        learning["channels"].append({"name": name, "learnt": ids[:LEARNT], "tested": ids[LEARNT:]})
    apart = place.folder / "strangers"
    apart.mkdir()
    for path in folder.glob("*.jpg"):
        path.rename(apart / path.name)
    figures = python("-m", "backend", "learn", folder, "--each", str(LEARNT), "--strangers", apart, "--json")
    learning["figures"] = json.loads(figures)
    place.expected.write_text(json.dumps(learning, indent=1), encoding="utf-8")
    convert(place, "--no-channels")


def channels_to_learn(real: Path) -> dict[str, list[Path]]:
    """Choose the known channels and, in the order of their names, others with enough thumbnails, LEARN in all."""
    folders = [path for kind in ("thumbnails", "channels") for path in sorted(real.glob(f"{kind}/*")) if path.is_dir()]
    found = {path.name: by_checksum(path) for path in folders}
    return dict([item for item in found.items() if len(item[1]) >= LEARNT + LEAST_TESTED][:LEARN])


def by_checksum(folder: Path) -> list[Path]:
    """List the JPEG files below a folder in the order of their checksums."""
    return sorted(folder.rglob("*.jpg"), key=lambda path: hashlib.sha256(path.read_bytes()).hexdigest())


def serve(paths: list[Path], prefix: str, folder: Path) -> list[str]:
    """Copy thumbnails under ids as long as a video's, in their order; returns the ids."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"{prefix:_<8}{number:03}" for number in range(len(paths))]
    for identity, path in zip(ids, paths, strict=True):
        shutil.copy(path, folder / f"{identity}.jpg")
    return ids


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the product on real thumbnails.")
    parser.add_argument("--real", type=Path, required=True, help="a folder with thumbnails/CHANNEL/*")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "real", help="default: build/real")
    parser.add_argument("--weights", type=Path, help="Keras weights of MobileNetV2; default: what lies beside REAL")
    options = parser.parse_args()
    begun = time.monotonic()
    try:
        prepare(options.real.resolve(), options.out.resolve(), options.weights)
    except (PrepareError, FigureError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1 if isinstance(error, FigureError) else 2
    print(f"{time.monotonic() - begun:5.1f} s in all: {options.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
