"""Draw a thumbnail of each demo channel that a model knows, and two of others: pictures for `make site` to try."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `backend`

from backend.data.synthetic.channels import CHANNELS
from backend.data.synthetic.demo_dataset import drawn_picture

SEED, NUMBER = 0, 1000  # no picture of the demo dataset, which has far fewer of each channel
OTHERS = 2


def main() -> None:
    """Write CHANNEL.jpg for each into a folder that is made anew."""
    parser = argparse.ArgumentParser(description="Draw samples of the demo channels.")
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    known = [index for index, demo in enumerate(CHANNELS) if demo.channel.role == "known"]
    others = [index for index in range(len(CHANNELS)) if index not in known]
    for index in [*known, *others[:OTHERS]]:
        picture, content = drawn_picture(SEED, index, NUMBER)
        (out / f"{picture.channel}.jpg").write_bytes(content)


if __name__ == "__main__":
    main()
