"""How long a training takes: the laboratory's way, ours, the parts of ours, and how its memory grows.

    python -m tests.bench.training --data DATA [--background DATA] [--weights PATH] [--lab-epochs 2] [--images 2000]

measures everything in one run, on one dataset and one machine, prints tables, and writes the figures with --out.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from backend import progress
from backend.dataset import Dataset, load_dataset
from backend.errors import ThumbprintError
from backend.quiet import import_tensorflow
from backend.recipes.lab import EPOCHS
from backend.recipes.style import Style
from backend.weights import load_weights

from .laboratory import FOLDS, LabTiming, laboratory
from .litert import THREADS, Speeds, speeds
from .ours import Bench, Timing, memory, trainings
from .table import machine, markdown, versions, write_json

COLD, NOTHING, WARM = "strangers cached", "nothing cached", "all cached"


@dataclass(frozen=True)
class Figures:
    """Everything that was measured; `images`: of the trial of memory, which is None where it was left out."""

    lab: LabTiming
    ours: Mapping[str, Timing]
    features: Speeds
    images: int
    many: Timing | None

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as long the laboratory's way takes, and how many times as fast as LiteRT features are."""
        ratios = {f"lab / ours, {name}": self.lab.whole / timing.whole for name, timing in self.ours.items()}
        return {**ratios, "features / LiteRT": self.features.ours / self.features.litert}


def measure(arguments: argparse.Namespace, work: Path) -> Figures:
    """Measure one part after the other, so that none disturbs another."""
    weights = load_weights(arguments.weights, Style.taps[-1])
    dataset: Dataset = load_dataset(arguments.data)
    bench = Bench(work, arguments.data, weights, arguments.background)
    _say(f"Ours: {2 * arguments.repeats + 1} trainings in fresh processes")
    ours = trainings(bench, arguments.repeats)
    _say("Features: ours and LiteRT in turns")
    features = speeds(dataset, weights, arguments.rounds)
    many = None
    if arguments.images:
        _say(f"Memory: a training on {arguments.images} pictures")
        many = memory(bench, arguments.images)
    _say(f"The laboratory's way: {arguments.lab_epochs} epochs")
    return Figures(laboratory(dataset, weights, arguments.lab_epochs), ours, features, arguments.images, many)


def tables(figures: Figures) -> str:
    """Lay out the figures as Markdown."""
    return "\n\n".join([_whole(figures), _phases(figures), _features(figures), _memory(figures)])


def _whole(figures: Figures) -> str:
    lab = figures.lab
    how = f"extrapolated from epochs of {lab.epoch:.2f} s" if lab.extrapolated else "measured whole"
    rows = [[f"lab: {EPOCHS} epochs x {FOLDS} folds, no final fit ({how})", f"{lab.whole:.1f}", "1"]]
    for name, timing in figures.ours.items():
        ratio = f"{lab.whole / timing.whole:.1f}"
        rows.append([f"ours: 5 folds and the final fit, {name}", f"{timing.whole:.1f}", ratio])
    return markdown([f"training, {lab.images} known pictures", "seconds", "times as fast"], rows)


def _phases(figures: Figures) -> str:
    names = ("whole", "start", "features", "folds", "record")
    rows = [[name, *(f"{getattr(t, phase):.2f}" for phase in names)] for name, t in figures.ours.items()]
    return markdown(["ours, seconds by phase", *names], rows)


def _features(figures: Figures) -> str:
    found = figures.features
    title = f"LiteRT, float32, {THREADS} threads, XNNPACK, batches of {found.litert_batch}"
    rows = [["ours", f"{found.ours:.0f}", f"{found.ours / found.litert:.2f}"], [title, f"{found.litert:.0f}", "1"]]
    table = markdown(["features of decoded pictures", "pictures a second", "ratio"], rows)
    return f"{table}\n\nLargest difference of a feature between the two: {found.difference:.1e}."


def _memory(figures: Figures) -> str:
    rows = [[name, f"{t.features_mb:.0f}", f"{t.peak_mb:.0f}"] for name, t in figures.ours.items()]
    if figures.many:
        many = figures.many
        rows.append([f"{figures.images} pictures", f"{many.features_mb:.0f}", f"{many.peak_mb:.0f}"])
    return markdown(["peak memory of a training, MB", "until the features' end", "until the folds' end"], rows)


def as_json(figures: Figures) -> dict[str, Any]:
    """Return the figures with the machine and the versions they were measured on."""
    return {"machine": machine(), "versions": versions(), "ratios": figures.ratios, **asdict(figures)}


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """Describe the options."""
    options = argparse.ArgumentParser(prog="python -m tests.bench.training", description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="A dataset.")
    options.add_argument("--background", type=Path, help="A dataset whose channels are all 'none of these'.")
    options.add_argument("--weights", type=Path, help="Keras weights of MobileNetV2.")
    options.add_argument("--lab-epochs", type=int, default=2, help=f"Epochs to time of the lab's {EPOCHS} x {FOLDS}.")
    options.add_argument("--images", type=int, default=2000, help="Pictures of the trial of memory; 0 leaves it out.")
    options.add_argument("--repeats", type=int, default=3, help="Trainings of ours, of which medians are taken.")
    options.add_argument("--rounds", type=int, default=9, help="Rounds of features against LiteRT.")
    options.add_argument("--out", type=Path, help="Write all figures to this JSON file.")
    return options


def main() -> None:
    """Print the tables, or one line of what is wrong."""
    arguments = parser().parse_args()
    progress.set_quiet(True)
    import_tensorflow()
    try:
        with tempfile.TemporaryDirectory(prefix="thumbprint-bench-") as folder:
            figures = measure(arguments, Path(folder))
    except ThumbprintError as error:
        sys.exit(f"Error: {error}")
    except subprocess.CalledProcessError:
        sys.exit("Error: a training failed; its message is above")
    print(tables(figures))
    if arguments.out:
        write_json(arguments.out, as_json(figures))


if __name__ == "__main__":
    main()
