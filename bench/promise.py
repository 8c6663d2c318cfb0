"""Whether what a report promises of strangers comes true: its interval, against strangers that nothing had seen.

    python -m bench.promise --known FOLDER --hard FOLDER --other FOLDER --random FOLDER [--draws 100]

Folders are those of `bench.strangers`, and so is a draw: half of the pictures of five channels are learnt from, a prior
is fitted anew without what is asked about, which is half of the random thumbnails and a third of the channels of --hard
and --other. A training then does what it always does: its cross-validation gives the interval of false alarms that
metrics.json would state, its final fit a model with a threshold. That model is asked about the strangers left out.

Two figures say whether the interval holds. "Within" counts the draws where the measured share itself lies in it: that
is strict, as the measured share is off by chance too, which the interval says nothing of. "Agree" allows for that: the
95 % interval of the difference of both shares holds 0, computed from both intervals as Newcombe does ("Interval
estimation for the difference between independent proportions", 1998, method 10), the measured share's being Wilson's.

Random thumbnails are what is promised. A channel's pictures go together, so that a few channels left out may well lie
beside an interval that was drawn from pictures of others: their figures are shown for comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import hypot
from pathlib import Path, PurePosixPath

import numpy as np

from backend.data.dataset import Channel, Dataset, Picture
from backend.data.settings import TrainSettings
from backend.data.sources import Source
from backend.data.training_set import build_training_set
from backend.data.video_keys import video_key
from backend.evaluation.bootstrap import LEVEL
from backend.evaluation.cross_validation import all_of, cross_validate
from backend.models.style import Style
from backend.models.weights import Weights, load_shipped
from backend.training.strangers import figures, rejection_threshold
from backend.utils import progress

from .command import write_figures
from .strangers import TURNS, Folders, deal, parser_of, read

ASKED = {"random": ("random",), "other": ("hard", "other")}  # kinds in metrics.json, and what each is compared with


@dataclass(frozen=True)
class Promise:
    """A share of strangers with its interval, as a report states it, and how many of others really passed."""

    kind: str
    share: float
    low: float
    high: float
    passed: int
    asked: int

    @property
    def measured(self) -> float:
        return self.passed / self.asked

    @property
    def within(self) -> bool:
        return self.low <= self.measured <= self.high

    @property
    def agrees(self) -> bool:
        from scipy.stats import binomtest

        found = binomtest(self.passed, self.asked).proportion_ci(LEVEL, method="wilson")
        difference = self.measured - self.share
        below = hypot(self.measured - found.low, self.high - self.share)
        above = hypot(found.high - self.measured, self.share - self.low)
        return difference - below <= 0 <= difference + above


def dataset_of(channels: Mapping[str, Sequence[Source]]) -> Dataset:
    """Take pictures where they are for a dataset."""
    pictures = [
        Picture(name, str(source.path), video_key(PurePosixPath(name, source.path.name)), source.sha256, 1, 1, "")
        for name, sources in channels.items()
        for source in sources
    ]
    return Dataset(Path("/"), tuple(Channel(name, name) for name in channels), tuple(pictures))


def draw(folders: Folders, number: int, weights: Weights) -> list[Promise]:
    """Train once, and compare what is promised with what strangers get."""
    dealt, turn, settings = deal(folders, number), number % TURNS, TrainSettings(seed=number)
    training_set = build_training_set(dataset_of(dealt.learnt), None, settings, True, draw=False)
    style = Style(prior=dealt.prior(turn, weights))
    x = style.features(training_set.sources, weights)
    everything, channels = all_of(x, training_set), len(training_set.channels)
    own = style.without_own(everything)
    validated = cross_validate(own, training_set, x, weights.layers, settings)
    final = own.fit(everything, channels, settings.seed, None, "Final fit")
    keys = np.array([f"{picture.channel}/{picture.key}" for picture in training_set.pictures])
    promised = figures(training_set, validated, final, settings, keys)["kinds"]
    threshold, strangers = rejection_threshold(final, settings), dealt.strangers(turn)
    found = []
    for kind, parts in ASKED.items():
        asked = [source for part in parts for source in strangers[part]]
        features = own.features(asked, weights, learn=False)
        unknown = own.predict_proba(weights.layers, final.head, features, channels)[:, -1]
        share, low, high = (promised[kind][f"false_known{end}"] for end in ("", "_low", "_high"))
        found.append(Promise(kind, share, low, high, int((unknown <= threshold).sum()), len(asked)))
    return found


def lines(promises: Sequence[Promise]) -> list[str]:
    """Write a table in Markdown."""
    rows = [
        "| strangers | promised, mean | interval, mean | measured, mean | within, of draws | agree |",
        "|---" * 6 + "|",
    ]
    for kind in ASKED:
        own = [promise for promise in promises if promise.kind == kind]
        share, low, high, measured = (
            float(np.mean([getattr(promise, name) for promise in own])) for name in ("share", "low", "high", "measured")
        )
        within, agree = (sum(getattr(promise, name) for promise in own) for name in ("within", "agrees"))
        cells = f"{share:.4f}", f"{low:.4f} to {high:.4f}", f"{measured:.4f}", f"{within} of {len(own)}", f"{agree}"
        rows.append(f"| {kind} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    parser = parser_of(__doc__, 100)
    parser.add_argument("--out", type=Path, help="a file for every draw's figures, as JSON")
    given = parser.parse_args()
    folders, weights = read(given.known, given.hard, given.other, given.random), load_shipped()
    progress.set_quiet(True)
    promises = [promise for number in range(given.draws) for promise in draw(folders, number, weights)]
    print("\n".join(lines(promises)))
    if given.out:
        write_figures(given.out, [asdict(promise) for promise in promises])


if __name__ == "__main__":
    main()
