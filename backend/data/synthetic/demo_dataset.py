"""A made-up dataset, drawn on the spot: enough to try the whole system with, and nobody's pictures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from backend.data.dataset import Dataset, Picture
from backend.data.dataset_writer import dataset_output, fill
from backend.data.images import encode
from backend.data.synthetic.channels import CHANNELS, DemoChannel
from backend.data.synthetic.drawing import HEIGHT, WIDTH, Rng, graded
from backend.data.synthetic.layouts import Video
from backend.data.synthetic.titles import Title, invent
from backend.utils.progress import track

PER_CHANNEL = 60


def make_demo_data(out: Path, *, seed: int = 0, per_channel: int = PER_CHANNEL, force: bool = False) -> Dataset:
    """Draw a dataset of made-up channels in `out`: four known ones and six of the background.

    The same seed gives the same bytes, on the same version of Pillow. Raises DataError as `dataset_output` does.
    """
    jobs = [(channel, number) for channel in range(len(CHANNELS)) for number in range(per_channel)]
    with dataset_output(out, force=force) as output:
        drawn = track(drawn_pictures(seed, jobs), "Drawing", "picture", len(jobs))
        return fill(output, out, [demo.channel for demo in CHANNELS], drawn, demo=True)


def drawn_pictures(seed: int, jobs: Sequence[tuple[int, int]]) -> Iterator[tuple[Picture, bytes]]:
    """Draw a picture for each channel and number, in order, on all cores: Pillow lets other threads run."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            yield from pool.map(lambda job: drawn_picture(seed, *job), jobs)
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for hundreds of pictures


def drawn_picture(seed: int, channel: int, number: int) -> tuple[Picture, bytes]:
    """Draw picture `number` of demo channel `channel`; returns its line of the manifest, and its bytes."""
    # A generator of its own for every picture: none depends on how many were drawn before.
    rng = np.random.default_rng([seed, channel, number])
    demo, title = CHANNELS[channel], invent(rng)
    large = rng.random() < 0.3
    data = draw(rng, demo, title, large)
    name = demo.channel.name
    key = f"{number + 1:03d}-{title.slug}"
    width, height = (WIDTH, HEIGHT) if large else (WIDTH // 2, HEIGHT // 2)
    checksum = hashlib.sha256(data).hexdigest()
    return Picture(name, f"images/{name}/{key}.jpg", key, checksum, width, height, f"drawn with seed {seed}"), data


def draw(rng: Rng, demo: DemoChannel, title: Title, large: bool) -> bytes:
    """Draw one thumbnail of a channel; returns a JPEG of 1280x720 pixels, or of half that."""
    look = demo.second if rng.random() < demo.share else demo.first
    colours = look.colourways[int(rng.integers(len(look.colourways)))]
    picture = graded(look.layout(Video(rng, look, colours, title)), rng)
    return encode(picture if large else picture.reduce(2), "JPEG", quality=int(rng.integers(68, 93)))
