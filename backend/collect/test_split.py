"""Which videos of a channel are trained on, and which are kept for the test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backend.data.dataset import Split

SplitKind = Literal["lab", "newest", "random"]
KINDS: tuple[SplitKind, ...] = ("lab", "newest", "random")
HELD_OUT = 0.15  # share, of `newest` and `random`


@dataclass(frozen=True)
class SplitRule:
    """How videos are split.

    lab: the newest ones are trained on and the ones after them tested, as in the laboratory; newest: the newest 15 %
    are tested, which asks how well tomorrow's are classified; random: 15 % drawn by their ids. newest, test_next:
    how many videos a channel `lab` trains on and tests.
    """

    kind: SplitKind = "lab"
    newest: int = 200
    test_next: int = 30

    @property
    def total(self) -> int:
        """How many videos of a channel are wanted, where it does not say."""
        return self.newest + self.test_next


def split(videos: Sequence[str], rule: SplitRule, wanted: int) -> dict[str, Split]:
    """Split a channel's videos, newest first; `wanted`: how many were asked for.

    A channel that has fewer than wanted is split in the same proportion. What `lab` has too many of is "spare".
    """
    if rule.kind == "lab":
        count = min(wanted, len(videos))
        train = count - round(count * rule.test_next / rule.total)
        return {v: "train" if i < train else "test" if i < count else "spare" for i, v in enumerate(videos)}
    held = max(1, round(HELD_OUT * len(videos))) if len(videos) > 1 else 0
    order = videos if rule.kind == "newest" else sorted(videos, key=_draw)
    tested = set(order[:held])
    return {video: "test" if video in tested else "train" for video in videos}


def _draw(video: str) -> str:
    """Order videos at random, in the same way every time, whatever others there are."""
    return hashlib.sha256(video.encode()).hexdigest()
