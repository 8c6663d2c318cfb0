"""Draw a thumbnail of each demo channel that a model knows, and some of others: pictures to try.

`make site` takes them as they are; `extension/samples` has four that were drawn with `--width 320`.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for `backend`

from backend.data.images import encode
from backend.data.synthetic.channels import CHANNELS
from backend.data.synthetic.demo_dataset import drawn_picture

SEED, NUMBER = 0, 1000  # no picture of the demo dataset, which has far fewer of each channel
OTHERS = 2
QUALITY = 88


def main() -> None:
    """Write CHANNEL.jpg for each into a folder."""
    parser = argparse.ArgumentParser(description="Draw samples of the demo channels.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--width", type=int, help="in pixels, instead of that of the demo dataset")
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    known = [index for index, demo in enumerate(CHANNELS) if demo.channel.role == "known"]
    others = [index for index in range(len(CHANNELS)) if index not in known]
    for index in [*known, *others[:OTHERS]]:
        picture, content = drawn_picture(SEED, index, NUMBER)
        if options.width is not None:
            content = reduced(content, options.width)
        (out / f"{picture.channel}.jpg").write_bytes(content)


def reduced(content: bytes, width: int) -> bytes:
    """Return the bytes of a JPEG of 16:9 with another width."""
    with Image.open(io.BytesIO(content)) as picture:
        return encode(picture.resize((width, width * 9 // 16), Image.Resampling.LANCZOS), "JPEG", quality=QUALITY)


if __name__ == "__main__":
    main()
