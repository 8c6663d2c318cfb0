"""Strangers as a person meets them: how many are taken for one of their channels, and what it costs.

    python -m bench.strangers --known FOLDER --hard FOLDER --other FOLDER --random FOLDER [--draws 6] [--each N]
        [--components N] [--few]

Each folder holds a folder a channel, but --random, which holds thumbnails of no channel in particular. In each draw the
channels of --known and two of --other are known, half of their pictures to learn from (or --each of every channel) and
half to be recognised. A prior is fitted anew without everything that is asked about: channels of --hard and --other
take turns to be left out, whole, and half of the random thumbnails are. Then `style` is fitted as a training fits it,
with its own threshold, and asked. With --components, the prior is one of its first N components, rounded to eight bits
as its file has them. With --few, the channels are learnt as the extension learns them, from --each thumbnails alone and
the prior that travels with a model.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from backend.data.sources import Source
from backend.evaluation.calibration_error import calibration_error
from backend.evaluation.learnt_channels import fit_channels
from backend.evaluation.metrics import macro_f1
from backend.evaluation.open_set import precision
from backend.models.calibration import Probabilities, promised_threshold
from backend.models.lda import StandardizedPCA
from backend.models.learning_prior import Places, learning_prior
from backend.models.prior import Prior, load_prior, pack_prior
from backend.models.recipe import LabeledFeatures
from backend.models.style import Style
from backend.models.weights import Weights, load_shipped
from backend.training.prior_fit import fit_prior, read_folders, split_random
from backend.utils import progress

from .command import write_figures

TURNS = 3
SEED = 500
KINDS = ("hard", "other", "random")
FIGURES = ("accuracy", "macro_f1", "recall", "ece", "same_or_different")


@dataclass(frozen=True)
class Folders:
    """The channels of each kind, by name, and the random thumbnails."""

    known: dict[str, Sequence[Source]]
    hard: dict[str, Sequence[Source]]
    other: dict[str, Sequence[Source]]
    random: Sequence[Source]


@dataclass(frozen=True)
class Answers:
    """Probabilities (n, channels + 1) of known pictures and as many strangers, and the truth (n,)."""

    chances: Probabilities
    truths: NDArray[np.int64]


def read(known: Path, hard: Path, other: Path, random: Path) -> Folders:
    everything = read_folders([known, hard, other], random)

    def part(folder: Path) -> dict[str, Sequence[Source]]:
        return {
            name: sources for name, sources in everything.channels.items() if sources[0].path.is_relative_to(folder)
        }

    return Folders(part(known), part(hard), part(other), [*everything.random, *everything.held])


@dataclass(frozen=True)
class Deal:
    """What one draw knows and asks about.

    learnt, tested: pictures of the channels that are known, by name, a half each; hard, other: channels that take turns
    to be left out; asked, kept: random thumbnails that nothing is fitted to, and the others.
    """

    learnt: dict[str, list[Source]]
    tested: dict[str, list[Source]]
    hard: dict[str, Sequence[Source]]
    other: dict[str, Sequence[Source]]
    asked: list[Source]
    kept: list[Source]

    def left_out(self, turn: int) -> dict[str, list[str]]:
        """Name the channels of each kind that are left out in a turn."""
        return {"hard": list(self.hard)[turn::TURNS], "other": list(self.other)[turn::TURNS]}

    def strangers(self, turn: int) -> dict[str, list[Source]]:
        """Return what nothing is fitted to in a turn, of each kind."""
        classes = {**self.hard, **self.other}
        named = self.left_out(turn).items()
        found = {kind: [source for name in names for source in classes[name]] for kind, names in named}
        return {**found, "random": self.asked}

    def prior(self, turn: int, weights: Weights) -> Prior:
        """Fit a prior to all that is not asked about in a turn."""
        gone = {name for names in self.left_out(turn).values() for name in names}
        classes = {name: sources for name, sources in {**self.hard, **self.other}.items() if name not in gone}
        return fit_prior(split_random(classes, self.kept), weights)


def deal(folders: Folders, number: int, each: int | None = None) -> Deal:
    """Draw what is known, learnt from and asked; each: how many pictures of a channel are learnt from at most."""
    rng = np.random.default_rng(SEED + number)
    names = sorted(folders.other)
    pair = [names[place] for place in rng.choice(len(names), 2, replace=False)]
    channels = {**folders.known, **{name: folders.other[name] for name in pair}}
    others = [str(name) for name in rng.permutation([name for name in names if name not in pair])]
    hard = [str(name) for name in rng.permutation(sorted(folders.hard))]
    order = rng.permutation(len(folders.random))
    asked, kept = ([folders.random[place] for place in sorted(order[part::2])] for part in (0, 1))
    learnt, tested = {}, {}
    for name, sources in channels.items():
        shuffled = [sources[place] for place in rng.permutation(len(sources))]
        half = len(shuffled) // 2
        learnt[name], tested[name] = shuffled[: min(half, each or half)], shuffled[half:]
    hard_and_others = {name: folders.hard[name] for name in hard}, {name: folders.other[name] for name in others}
    return Deal(learnt, tested, *hard_and_others, asked, kept)


def first_components(prior: Prior, count: int) -> Prior:
    """Return a prior of the first components alone, as its file in eight bits holds it."""
    random = prior.random
    cut = replace(
        prior,
        pca=StandardizedPCA(prior.pca.mean, prior.pca.scale, prior.pca.basis[:, :count]),
        places=prior.places[:, :count],
        random=replace(
            random, mean=random.mean[:count], squares=random.squares[:count, :count], held=random.held[:, :count]
        ),
    )
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        file.write(pack_prior(cut))
        file.flush()
        return load_prior(Path(file.name))


def draw(
    folders: Folders, number: int, each: int | None, weights: Weights, components: int | None = None, few: bool = False
) -> Iterator[dict[str, Any]]:
    """Measure one draw, turn by turn."""
    dealt = deal(folders, number, each)
    learnt, tested = (
        [(label, source) for label, sources in enumerate(part.values()) for source in sources]
        for part in (dealt.learnt, dealt.tested)
    )
    for turn in range(TURNS):
        prior = dealt.prior(turn, weights)
        style = Style(prior=first_components(prior, components) if components else prior)
        strangers = dealt.strangers(turn)
        gone = {name for names in dealt.left_out(turn).values() for name in names}
        assert style.prior is not None
        gone_places = [
            style.prior.pca.project(_features(style, weights, (folders.hard | folders.other)[name], False)[:, 0])
            for name in sorted(gone)
        ]
        same = same_or_different([style.prior.whitened(places) for places in gone_places])
        yield {
            "same_or_different": same,
            **(measure_few if few else measure)(style, weights, learnt, tested, strangers, len(dealt.learnt)),
            "known": list(dealt.learnt),
        }


def measure(
    style: Style,
    weights: Weights,
    learnt: Sequence[tuple[int, Source]],
    tested: Sequence[tuple[int, Source]],
    strangers: dict[str, list[Source]],
    channels: int,
) -> dict[str, Any]:
    """Fit to what is learnt, and ask about what is not."""
    labels, truth = (np.array([label for label, _ in pictures], np.int64) for pictures in (learnt, tested))

    x = _features(style, weights, [source for _, source in learnt], True)
    train = LabeledFeatures(x, labels, np.arange(len(labels)), np.ones(len(labels), np.bool_))
    own = style.without_own(train)
    fitted = own.fit(train, channels, 0, None, "Draw")

    def ask(sources: Sequence[Source]) -> Probabilities:
        return own.predict_proba(weights.layers, fitted.head, _features(style, weights, sources, False), channels)

    left_out = sorted(set(style.prior.names) - set(own.prior.names)) if style.prior and own.prior else []
    answers = {
        kind: ask(sources) for kind, sources in {"known": [s for _, s in tested], **strangers}.items() if sources
    }
    return {**judge(answers, truth, promised_threshold(fitted.near, fitted.random)), "left_out_as_own": left_out}


def measure_few(
    style: Style,
    weights: Weights,
    learnt: Sequence[tuple[int, Source]],
    tested: Sequence[tuple[int, Source]],
    strangers: dict[str, list[Source]],
    channels: int,
) -> dict[str, Any]:
    """Learn from a few thumbnails as the extension does, and ask about what is not learnt."""
    assert style.prior is not None
    prior = learning_prior(style.prior)

    def places(sources: Sequence[Source]) -> Places:
        return prior.places(_features(style, weights, sources, False)[:, 0])

    labels, truth = (np.array([label for label, _ in pictures], np.int64) for pictures in (learnt, tested))
    seen = places([source for _, source in learnt])
    fit = fit_channels(prior, [seen[labels == label] for label in range(channels)])
    asked = {"known": [source for _, source in tested], **strangers}
    answers = {kind: fit.predict_proba(places(sources)) for kind, sources in asked.items() if sources}
    return {**judge(answers, truth, fit.threshold), "left_out_as_own": []}


def judge(answers: dict[str, Probabilities], truth: NDArray[np.int64], threshold: float) -> dict[str, Any]:
    """Judge answers: (n, channels + 1) of known pictures, whose channels are the truth (n,), and of each kind of
    strangers.
    """
    known, channels = answers["known"], answers["known"].shape[1] - 1
    predicted = known[:, :channels].argmax(axis=1)
    right = predicted == truth
    recall = float(((known[:, -1] <= threshold) & right).mean())
    # As many strangers as known pictures, so that the figure does not hang on how many there are.
    beside = answers["random"][: len(known)]
    chances, truths = np.concatenate([known, beside]), np.r_[truth, np.full(len(beside), channels)]
    numbers: dict[str, Any] = {
        "accuracy": float(right.mean()),
        "macro_f1": macro_f1(truth, predicted, channels),
        "recall": recall,
        "answers": Answers(chances, truths),
        "ece": calibration_error(chances[:, :channels], chances[:, -1], truths)["ece"],
    }
    for kind in answers.keys() & {*KINDS}:
        numbers[kind] = _against(known[:, -1], right, answers[kind][:, -1], threshold, recall)
    return numbers


def _features(style: Style, weights: Weights, sources: Sequence[Source], learn: bool) -> NDArray[np.float32]:
    """Return features (n, views, features)."""
    return np.asarray(style.features(sources, weights, learn)[np.arange(len(sources))])


def same_or_different(channels: Sequence[NDArray[np.float64]]) -> float:
    """Return the chance that two pictures of one channel are more alike than two of different ones, AUROC of pairs.

    channels: whitened places (n, components) of pictures of each channel, to none of which anything was fitted.
    """
    labels = np.repeat(np.arange(len(channels)), [len(places) for places in channels])
    places = np.concatenate(channels)
    directions = places / np.linalg.norm(places, axis=1, keepdims=True)
    first, second = np.triu_indices(len(labels), 1)
    likeness = (directions @ directions.T)[first, second]
    return float(roc_auc_score(labels[first] == labels[second], likeness))


def _against(
    known: NDArray[np.float64],
    right: NDArray[np.bool_],
    strangers: NDArray[np.float64],
    threshold: float,
    recall: float,
) -> dict[str, float]:
    is_stranger = np.r_[np.zeros(len(known)), np.ones(len(strangers))]
    passing = float((strangers <= threshold).mean())

    def at(share: float) -> float:
        return float(((known < np.quantile(strangers, share, method="lower")) & right).mean())

    return {
        "auroc": float(roc_auc_score(is_stranger, np.r_[known, strangers])),
        "recall_at_1": at(0.01),
        "recall_at_5": at(0.05),
        "passing": passing,
        "precision": float(precision(np.array(recall), np.array(passing))),
    }


def summary(turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Average what was measured."""
    found: dict[str, Any] = {name: float(np.mean([t[name] for t in turns])) for name in FIGURES}
    chances, truths = (np.concatenate([getattr(t["answers"], part) for t in turns]) for part in ("chances", "truths"))
    found["ece_of_all"] = calibration_error(chances[:, :-1], chances[:, -1], truths)["ece"]
    for kind in KINDS:
        rows = defaultdict(list)
        for turn in turns:
            for name, value in turn.get(kind, {}).items():
                rows[name].append(value)
        found[kind] = {name: float(np.mean(values)) for name, values in rows.items()}
    return found


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Write a table in Markdown."""
    accuracy, f1, recall = (found[name] for name in ("accuracy", "macro_f1", "recall"))
    yield f"Accuracy {accuracy:.3f}, macro F1 {f1:.3f}, recall at the default {recall:.3f}."
    yield f"ECE of a turn {found['ece']:.3f}, most of which is chance; of all turns together {found['ece_of_all']:.3f}."
    yield f"Same channel or not, of pairs of pictures: AUROC {found['same_or_different']:.3f}."
    yield ""
    yield "| strangers | AUROC | recall at 1 % | at 5 % | pass at the default | right of the named, one in ten theirs |"
    yield "|---|---|---|---|---|---|"
    for kind in KINDS:
        row = found[kind]
        cells = [f"{row[name]:.3f}" for name in ("auroc", "recall_at_1", "recall_at_5", "passing", "precision")]
        yield f"| {kind} | {' | '.join(cells)} |"


def parser_of(description: str | None, draws: int) -> argparse.ArgumentParser:
    """Return a parser of what every measurement of strangers asks for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("known", "hard", "other", "random"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=draws)
    return parser


def main() -> None:
    parser = parser_of(__doc__, 6)
    parser.add_argument("--components", type=int, help="of the prior; all 512 by default, not rounded")
    parser.add_argument("--few", action="store_true", help="learn as the extension does")
    parser.add_argument("--each", type=int, help="pictures of a channel to learn from; half of them by default")
    parser.add_argument("--out", type=Path, help="a file for every turn's figures, as JSON")
    given = parser.parse_args()
    folders, weights = read(given.known, given.hard, given.other, given.random), load_shipped()
    progress.set_quiet(True)
    turns = [
        turn
        for number in range(given.draws)
        for turn in draw(folders, number, given.each, weights, given.components, given.few)
    ]
    found = summary(turns)
    print("\n".join(lines(found)))
    if given.out:
        rows = [{name: value for name, value in turn.items() if name != "answers"} for turn in turns]
        write_figures(given.out, {"summary": found, "turns": rows})


if __name__ == "__main__":
    main()
