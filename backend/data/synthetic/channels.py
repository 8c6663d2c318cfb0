"""The made-up channels: who they are and the looks that they use.

They are meant to be told apart by style, not by one colour: they share colourways, and each has a second look, as after
a change of brand, that comes close to a look of another.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.data.dataset import Channel, Role
from backend.data.synthetic import emblems, layouts, motifs
from backend.data.synthetic.drawing import Colours
from backend.data.synthetic.layouts import Look
from backend.data.synthetic.lettering import Lettering

WHITE, CREAM, INK = (255, 255, 255), (255, 244, 214), (24, 26, 38)
RUST = Colours((176, 92, 44), (54, 26, 18), (255, 196, 46), WHITE)
STEEL = Colours((84, 106, 126), (22, 30, 40), (255, 140, 40), WHITE)
TEAL = Colours((24, 128, 130), (8, 42, 54), (250, 206, 72), WHITE)
NAVY = Colours((40, 58, 138), (12, 16, 48), (96, 220, 180), WHITE)
PLUM = Colours((112, 48, 140), (36, 12, 56), (255, 96, 146), WHITE)
FOREST = Colours((44, 122, 70), (12, 44, 30), (236, 210, 80), WHITE)
SKY = Colours((64, 150, 226), (16, 50, 110), (255, 216, 60), WHITE)
CORAL = Colours((234, 92, 78), (96, 22, 40), (255, 226, 110), WHITE)
SAND = Colours((206, 172, 120), (70, 50, 38), (214, 78, 52), CREAM)
LEMON = Colours((246, 206, 58), (122, 72, 10), (206, 44, 52), INK)


@dataclass(frozen=True)
class DemoChannel:
    """A channel, its two looks, and the share of videos that use the second."""

    channel: Channel
    first: Look
    second: Look
    share: float


def _channel(title: str, role: Role = "known") -> Channel:
    words = title.lower().split()
    return Channel("_".join(words), f"Demo: {title}", f"@demo-{'-'.join(words)}", role=role)


NARROW = Lettering(weight=0.04, stretch=0.66, spacing=0.07, outline=0.035, leading=0.98)
CLEAN = Lettering(weight=0.022, upper=False, spacing=0.03, leading=1.06)
WIDE = Lettering(weight=0.004, spacing=0.26, leading=1.35)
SLANTED = Lettering(weight=0.045, shear=0.22, spacing=0.08, outline=0.04, leading=1.02)
BOXED = Lettering(weight=0.02, spacing=0.05, leading=1.3, backing="box")
HEAVY = Lettering(weight=0.06, stretch=1.08, spacing=0.12, leading=1.0, backing="shadow")
ROUND = Lettering(weight=0.055, upper=False, spacing=0.09, outline=0.03, leading=1.1)
BLOCK = Lettering(weight=0.03, stretch=0.8, shear=0.12, spacing=0.06, leading=1.28, backing="box")
THIN = Lettering(weight=0.0, stretch=0.72, spacing=0.04, leading=1.02, backing="shadow")
NEON = Lettering(weight=0.008, shear=0.16, spacing=0.1, leading=1.15, backing="glow")

PHYSICS = (emblems.atom, emblems.pendulum)

CHANNELS = (
    DemoChannel(
        _channel("Northern Lathe"),
        Look(layouts.poster, NARROW, (RUST, STEEL, TEAL), (motifs.gear, motifs.saw)),
        Look(layouts.paper, NARROW, (SAND, STEEL, RUST), (motifs.gear, motifs.saw)),
        0.3,
    ),
    DemoChannel(
        _channel("Byte Orchard"),
        Look(layouts.stage, CLEAN, (NAVY, PLUM, FOREST, TEAL), (motifs.tile, motifs.window)),
        Look(layouts.poster, CLEAN, (NAVY, TEAL, STEEL), (motifs.tile, motifs.window)),
        0.3,
    ),
    DemoChannel(
        _channel("Quiet Atlas"),
        Look(layouts.frame, WIDE, (TEAL, SAND, STEEL, FOREST), (emblems.globe, emblems.peaks)),
        Look(layouts.paper, WIDE, (SAND, TEAL, FOREST), (emblems.globe, emblems.peaks)),
        0.4,
    ),
    DemoChannel(
        _channel("Pocket Physics"),
        Look(layouts.burst, SLANTED, (SKY, CORAL, TEAL, PLUM), (motifs.host(2, 0, True), *PHYSICS)),
        Look(layouts.stage, SLANTED, (NAVY, PLUM, SKY), PHYSICS),
        0.35,
    ),
    DemoChannel(
        _channel("Saturday Solder", "background"),
        Look(layouts.split, BOXED, (FOREST, TEAL, STEEL), (emblems.chip, motifs.gear)),
        Look(layouts.poster, BOXED, (STEEL, FOREST, RUST), (emblems.chip,)),
        0.25,
    ),
    DemoChannel(
        _channel("Lemon Ledger", "background"),
        Look(layouts.board, HEAVY, (LEMON, NAVY, CORAL, FOREST), (emblems.chart, emblems.coins)),
        Look(layouts.burst, HEAVY, (SKY, CORAL, FOREST), (motifs.host(0, 3, False), emblems.coins, emblems.chart)),
        0.25,
    ),
    DemoChannel(
        _channel("Midnight Mixtape", "background"),
        Look(layouts.horizon, NEON, (PLUM, NAVY, CORAL), (emblems.sun, emblems.record)),
        Look(layouts.frame, NEON, (PLUM, STEEL, NAVY, RUST), (emblems.record,)),
        0.35,
    ),
    DemoChannel(
        _channel("Paper Kitchen", "background"),
        Look(layouts.split, ROUND, (CORAL, SAND, SKY, FOREST), (emblems.pot,)),
        Look(layouts.paper, ROUND, (SAND, CORAL), (emblems.pot,)),
        0.3,
    ),
    DemoChannel(
        _channel("Sunday Spokes", "background"),
        Look(layouts.frame, BLOCK, (SKY, FOREST, STEEL, RUST), (emblems.wheel,)),
        Look(layouts.stage, BLOCK, (STEEL, TEAL, CORAL), (emblems.wheel, motifs.gear)),
        0.4,
    ),
    DemoChannel(
        _channel("Velvet Gambit", "background"),
        Look(layouts.stage, THIN, (FOREST, PLUM, RUST, NAVY), (emblems.pawn,)),
        Look(layouts.board, THIN, (STEEL, SAND, TEAL), (emblems.pawn,)),
        0.4,
    ),
)
