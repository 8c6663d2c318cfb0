"""How well channels are recognised that were learnt from a few thumbnails each, as the extension learns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.picture_folders import channel_folders, read_pictures
from backend.data.sources import Source
from backend.models.calibration import Probabilities
from backend.models.channel_fit import FEWEST, GOOD, SOLID, ChannelFit, LearntClass, like_classes
from backend.models.learning_prior import LearningPrior, Places, learning_prior
from backend.models.prior import load_prior
from backend.models.style import Style
from backend.models.weights import load_shipped
from backend.utils.errors import DataError

MOST = 200  # examples of a channel, as the extension keeps


@dataclass(frozen=True)
class Channels:
    """Pictures of each channel by its name, in the order of their files' names: what is learnt from, and the others."""

    learnt: Mapping[str, Sequence[Source]]
    others: Mapping[str, Sequence[Source]]


def read_channels(folder: Path, each: int | None) -> Channels:
    """Find the pictures of channels, FOLDER/CHANNEL/*; each: how many to learn from at most. Raises DataError."""
    most = each or MOST
    learnt, others = {}, {}
    for path in channel_folders(folder):
        sources = list(read_pictures(path))
        if len(sources) < FEWEST:
            raise DataError(f"{path}: {len(sources)} pictures, and {FEWEST} are needed; add some, or move it away")
        learnt[path.name], others[path.name] = sources[:most], sources[most:]
    return Channels(learnt, others)


@dataclass(frozen=True)
class Learnt:
    """Channels that were learnt, and how well: names in the order of the fit's classes.

    tested, strangers: probabilities (n, channels + 1) of pictures that nothing was learnt from; labels: (n,) of the
    first.
    """

    names: tuple[str, ...]
    places: tuple[Places, ...]
    fit: ChannelFit
    labels: NDArray[np.int64]
    tested: Probabilities
    strangers: Probabilities

    def figures(self) -> dict[str, Any]:
        """Return what is measured, of examples left out one by one and of pictures that nothing was learnt from."""
        labels, left_out = self.fit.left_out()
        channels = {
            name: {
                "examples": len(self.places[label]),
                "quality": quality(len(self.places[label])),
                **_scores(labels[labels == label], left_out[labels == label], self.fit.threshold),
            }
            for label, name in enumerate(self.names)
        }
        random = self.fit.predict_proba(self.fit.prior.held)
        return {
            "threshold": self.fit.threshold,
            "channels": channels,
            "left_out": _scores(labels, left_out, self.fit.threshold),
            "tested": _scores(self.labels, self.tested, self.fit.threshold),
            "strangers": _named(self.strangers, self.fit.threshold),
            "random": _named(random, self.fit.threshold),
        }


def learn(channels: Channels, strangers: Sequence[Source]) -> Learnt:
    """Learn channels, and ask about their other pictures and about strangers."""
    prior, weights, style = learning_prior(load_prior()), load_shipped(), Style()
    groups = [*channels.learnt.values(), *channels.others.values(), strangers]
    everything = [source for group in groups for source in group]
    x = np.asarray(style.features(everything, weights, learn=False)[np.arange(len(everything))])[:, 0]
    bounds = np.cumsum([len(group) for group in groups])[:-1]
    places = np.split(prior.places(x), bounds)
    count = len(channels.learnt)
    learnt = tuple(places[:count])
    fit = fit_channels(prior, learnt)
    labels = np.repeat(np.arange(count), [len(group) for group in channels.others.values()])
    asked = np.concatenate(places[count:-1])
    return Learnt(tuple(channels.learnt), learnt, fit, labels, fit.predict_proba(asked), fit.predict_proba(places[-1]))


def fit_channels(prior: LearningPrior, places: Sequence[Places]) -> ChannelFit:
    """Fit a head to channels by the places of their pictures."""
    return ChannelFit(prior, [LearntClass(own, like=like_classes(prior, own)) for own in places])


def quality(examples: int) -> str:
    """Say how far a channel of so many examples can be relied on."""
    return "rough" if examples < GOOD else "good" if examples < SOLID else "solid"


def _scores(labels: NDArray[np.int64], chances: Probabilities, threshold: float) -> dict[str, Any]:
    """Count pictures (n,) of channels: how many go to their own one, and how many are named and rightly so."""
    if not len(labels):
        return {"pictures": 0, "right": 0, "recognised": 0, "accuracy": None}
    right = chances[:, :-1].argmax(axis=1) == labels
    recognised = right & (chances[:, -1] <= threshold)
    counts = {"pictures": len(labels), "right": int(right.sum()), "recognised": int(recognised.sum())}
    return {**counts, "accuracy": float(right.mean())}


def _named(chances: Probabilities, threshold: float) -> dict[str, int]:
    return {"pictures": len(chances), "named": int((chances[:, -1] <= threshold).sum())}
