"""Writes `golden_pixels.json`: what `backend/images.py`, and so Pillow, makes of synthetic pictures.

`python -m tests.extension.golden_pixels` from the root of the repository. `pixels.test.ts` draws the same pictures and
must get the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from backend.images import InputSpec, Pixels, baked_bars, prepare

OUTPUT = Path(__file__).with_suffix(".json")
SMALL = 1200  # bytes; larger results are kept as a checksum


@dataclass(frozen=True)
class Case:
    """A picture of noise, perhaps between dark bars with some bright pixels in them, and the input it is made for."""

    name: str
    width: int
    height: int
    spec: InputSpec
    bar_rows: int = 0
    bar_columns: int = 0
    bar_level: int = 0
    first_bar_bright: int = 0
    last_bar_bright: int = 0


STRETCH = InputSpec(9, 16)
PAD = InputSpec(9, 16, "pad")

CASES = (
    Case("down, even", 64, 36, STRETCH),
    Case("down, odd sizes", 53, 31, InputSpec(7, 11)),
    Case("down across, up below", 61, 5, InputSpec(13, 9)),
    Case("up", 5, 3, InputSpec(11, 17)),
    Case("up from one pixel", 1, 1, InputSpec(3, 5)),
    Case("same size", 16, 9, STRETCH),
    Case("same width", 16, 20, STRETCH),
    Case("same height", 40, 9, STRETCH),
    Case("to one pixel", 33, 19, InputSpec(1, 1)),
    Case("pad, wide", 40, 10, PAD),
    Case("pad, tall", 10, 40, PAD),
    Case("pad, half rounds up", 32, 5, InputSpec(20, 16, "pad")),
    Case("pad, never below one pixel", 200, 1, InputSpec(4, 8, "pad")),
    Case("pad, odd margins", 7, 7, InputSpec(10, 15, "pad")),
    Case("bars of hqdefault", 48, 36, STRETCH, bar_rows=5),
    Case("bars of hqdefault, padded", 48, 36, PAD, bar_rows=5),
    Case("bars left and right", 41, 18, STRETCH, bar_columns=5),
    Case("bars at the dark level", 48, 36, STRETCH, bar_rows=5, bar_level=40),
    Case("bars above the dark level", 48, 36, STRETCH, bar_rows=5, bar_level=41),
    Case("bars with 2 % bright", 100, 76, STRETCH, bar_rows=10, first_bar_bright=4, last_bar_bright=4),
    Case("first bar too bright", 100, 76, STRETCH, bar_rows=10, first_bar_bright=5, last_bar_bright=4),
    Case("last bar too bright", 100, 76, STRETCH, bar_rows=10, first_bar_bright=4, last_bar_bright=5),
    Case("bars smeared by the picture", 100, 76, STRETCH, bar_rows=4),
    Case("bar of one row stays", 32, 19, STRETCH, bar_rows=1),
    Case("bar of two rows goes", 32, 21, STRETCH, bar_rows=2),
    Case("hqdefault", 480, 360, InputSpec(128, 224), bar_rows=45, bar_level=12),
    Case("maxresdefault", 1280, 720, InputSpec(128, 224)),
    Case("mqdefault, padded to a square", 320, 180, InputSpec(160, 160, "pad")),
)


def draw(case: Case) -> Pixels:
    """Draw a case: (height, width, 3). The noise is the high byte of a linear congruential generator."""
    state = np.uint32(case.width * 1000 + case.height)
    noise = np.empty(case.height * case.width * 3, np.uint8)
    with np.errstate(over="ignore"):
        for i in range(noise.size):
            state = np.uint32(state * np.uint32(1664525) + np.uint32(1013904223))
            noise[i] = state >> np.uint32(24)
    pixels = noise.reshape(case.height, case.width, 3)
    rows, columns = case.bar_rows, case.bar_columns
    ends = (
        (pixels[:rows], pixels[case.height - rows :])
        if rows
        else (pixels[:, :columns], pixels[:, case.width - columns :])
    )
    for end, bright in zip(ends, (case.first_bar_bright, case.last_bar_bright), strict=True):
        end[:] = case.bar_level
        end[0, :bright] = 255
    return pixels


def answer(case: Case) -> dict[str, object]:
    """Give a case with its box and its bytes, as they stand in the file."""
    pixels = draw(case)
    made = prepare(pixels, case.spec).tobytes()
    small = {"hex": made.hex()} if len(made) <= SMALL else {"sha256": hashlib.sha256(made).hexdigest()}
    return {**asdict(case), "box": baked_bars(pixels), **small}


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(answer(case)) for case in CASES)
    OUTPUT.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
