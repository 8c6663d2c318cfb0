"""What made-up videos are called: words that mean little, so that no channel is told by its vocabulary."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backend.data.synthetic.drawing import Rng

# Noun, adjective, verb, what never to do; in patterns also another noun (m) and a number (d).
WORDS = {
    "n": (
        "Lathe Engine Compiler Harbour Battery River Kernel Gear Signal Volcano Budget Chisel Record Magnet Server "
        "Bridge Lantern Keyboard Market Planet Circuit Border Drill Rocket Island Laser Ledger Pixel Valley Motor Tape"
    ),
    "a": "Tiny Hidden Perfect Broken Silent Cheap Giant Forgotten Strange Honest Secret Simple Slow Wild",
    "v": "Built Bought Fixed Broke Tested Found Copied Sold Rebuilt Measured Lost Painted",
    "x": "Buy Trust Build Copy Ship Mix Cut Sell Skip",
}
PATTERNS = (
    ("I {v} a {a} {n}", "{a} {n}"),
    ("I {v} the {n} Again", "I {v} it"),
    ("Why Every {n} Fails", "Why {n}s fail"),
    ("Why I Quit {n}s", "I quit"),
    ("Stop! Never {x} This {n}", "Never {x} this"),
    ("Do Not {x} a {n} Yet", "Do not {x} it"),
    ("{d} {n} Mistakes", "{d} mistakes"),
    ("{d} {n} Tricks in {m} Time", "{d} tricks"),
    ("{n} vs {m}", "{n} vs {m}"),
    ("The {a} {n} Nobody Wants", "The {a} {n}"),
    ("{d} Days With a {a} {n}", "{d} days"),
    ("Is This the {a} {n}?", "{a}?"),
    ("How I {v} {d} {n}s", "{d} {n}s"),
    ("The Truth About the {n}", "The {n} truth"),
    ("My {a} {n} Setup", "My {n}"),
    ("{n}: Worth It?", "{n}: worth it?"),
    ("What the {n} Does Not Say", "What {n}?"),
    ("From {n} to {m}", "{n} to {m}"),
    ("The Last {n}", "The last {n}"),
    ("{n} in {d} Minutes", "{n} in {d} minutes"),
)


@dataclass(frozen=True)
class Title:
    """The title of a video, its shorter form, and a number for channels that show one."""

    long: str
    short: str
    number: int

    @property
    def slug(self) -> str:
        """The title as a file name."""
        return re.sub(r"[^a-z0-9]+", "-", self.long.lower()).strip("-")


def invent(rng: Rng) -> Title:
    """Make up a title."""
    words = {kind: str(rng.choice(choice.split())) for kind, choice in WORDS.items()}
    words["m"] = str(rng.choice([noun for noun in WORDS["n"].split() if noun != words["n"]]))
    number = int(rng.integers(3, 100))
    long, short = (pattern.format(**words, d=number) for pattern in PATTERNS[int(rng.integers(len(PATTERNS)))])
    return Title(long, short, number)
