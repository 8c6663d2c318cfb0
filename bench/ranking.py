"""Fit what ranks the proposals of the finder (`backend/photo/ranking.json`) to simulated photos of made-up thumbnails.

    python -m bench.ranking [--scenes 1000] [--seed 0] [--out backend/photo/ranking.json]

No thumbnail of anyone is looked at: pictures are drawn as `demo-data` draws them, and many are changed, so that their
ground is a page's, half of them is empty, or windows lie on them. One photo in ten shows none. The network is fitted
twice, as rectangles near the best proposals are proposals too, and which are best, the first fit says.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from backend.data.augment.corruptions import Generator
from backend.data.images import Pixels, decode, resize
from backend.data.synthetic.demo_dataset import drawn_picture
from backend.photo import ranking
from backend.photo.find import LARGE, SMALL, levels, propose, scaled, stretched
from backend.utils import progress
from backend.utils.files import check_out_file, has_keys, write_atomically

from .photos import overlap
from .scene import disturbed, make_scene, room

HARSH = (0.2, 0.9)  # of the camera's disturbances
LEAST_SHARE = 0.25  # of a photo's width that a thumbnail fills
OTHERS = 8  # thumbnails that a page may show
NONE = 0.1  # of the photos show none
GROUNDS = ((255, 255, 255), (250, 250, 250), (15, 15, 15), (0, 0, 0), (24, 24, 24), (40, 42, 54), (30, 30, 30))
SHARE = 0.75  # of changed pictures have such a ground
HIDDEN = 32
ENOUGH, BEST = 0.8, 0.95  # overlap with the true corners: a proposal is worth something from here on, all from there
EPOCHS, BATCH, RATE, DECAY = 80, 32, 3e-3, 7e-4

Seen = tuple[NDArray[np.float32], NDArray[np.float64]]  # of the proposals of a photo (n, k), and their overlaps (n,)


@dataclass(frozen=True)
class Photo:
    """A photo, as large as sides are fitted in, and the true corners of the thumbnail in it, where it shows one."""

    pixels: Pixels
    quad: NDArray[np.float64] | None


def take(seed: tuple[int, int]) -> Photo:
    """Take a photo of a page of made-up thumbnails, or of none."""
    rng = np.random.default_rng([*seed, 1])
    if rng.random() < NONE:
        return Photo(scaled(_of_none(rng), LARGE), None)
    pictures = [_changed(rng, _picture(rng)) for _ in range(1 + OTHERS)]
    scene = make_scene(seed, pictures[0], pictures[1:], rng.uniform(*HARSH), LEAST_SHARE)
    pixels = scaled(scene.photo, LARGE)
    return Photo(pixels, scene.quad * (np.array(pixels.shape[1::-1]) / np.array(scene.photo.shape[1::-1])))


def _picture(rng: Generator) -> Pixels:
    channel, number = int(rng.integers(10)), int(rng.integers(60))
    return resize(decode(drawn_picture(int(rng.integers(10**6)), channel, number)[1]), 360, 640)


def _of_none(rng: Generator) -> Pixels:
    """A room, or what lies within a thumbnail that fills more than the photo."""
    size = (1200, 900) if rng.random() < 0.5 else (900, 1200)
    if rng.random() < 0.5:
        photo = np.clip(room(rng, size), 0, 255).astype(np.uint8)
    else:
        picture, middle = _picture(rng), (rng.uniform(250, 390), rng.uniform(140, 220))
        larger = max(size) / rng.uniform(180, 320)
        turn = np.asarray(cv2.getRotationMatrix2D(middle, rng.uniform(-20, 20), larger), float)
        turn[:, 2] += np.array(size) / 2 - middle
        photo = np.asarray(cv2.warpAffine(picture, turn, size, borderMode=cv2.BORDER_REFLECT))
    return disturbed(rng, photo, rng.uniform(*HARSH))


def _changed(rng: Generator, picture: Pixels) -> Pixels:
    """Change two pictures in three so that some of their sides are hard to see on a page."""
    ground = np.array(GROUNDS[int(rng.integers(len(GROUNDS)))] if rng.random() < SHARE else rng.integers(0, 256, 3))
    kind = rng.choice(6, p=[0.35, 0.15, 0.15, 0.15, 0.1, 0.1])
    changed: NDArray[np.float64] = (
        lambda: picture.astype(float),
        lambda: _on_ground(picture, ground),
        lambda: _half(rng, picture, ground),
        lambda: _windows(rng, picture, ground),
        lambda: picture * rng.uniform(0.1, 0.6),
        lambda: 255 - (255.0 - picture) * rng.uniform(0.15, 0.6),
    )[kind]()
    return np.clip(changed, 0, 255).astype(np.uint8)


def _on_ground(picture: Pixels, ground: NDArray[Any]) -> NDArray[np.float64]:
    """Another ground where the picture has about the colour of its left edge."""
    grey = picture.mean(axis=2)
    shown = np.clip((np.abs(grey - np.median(grey[:, :8])) - 25) / 20, 0, 1)[..., None]
    return np.asarray(picture * shown + ground * (1 - shown))


def _half(rng: Generator, picture: Pixels, ground: NDArray[Any]) -> NDArray[np.float64]:
    """One side of the picture is empty, or shows the whole small."""
    half, at = picture.astype(float), int(rng.uniform(0.3, 0.7) * picture.shape[1])
    side = slice(0, at) if rng.random() < 0.5 else slice(at, picture.shape[1])
    half[:, side] = ground
    if rng.random() < 0.5:
        small = cv2.resize(picture, ((side.stop - side.start) * 6 // 10, picture.shape[0] * 6 // 10))
        top, left = picture.shape[0] // 5, side.start + 10
        half[top : top + small.shape[0], left : left + small.shape[1]] = small
    return half


def _windows(rng: Generator, picture: Pixels, ground: NDArray[Any]) -> NDArray[np.float64]:
    """Parts of the picture, or plain ones, on a ground; and lines of signs, as of a program."""
    height, width = picture.shape[:2]
    shown = np.zeros_like(picture)
    shown[:] = ground
    for _ in range(int(rng.integers(1, 4))):
        across, down = int(width * rng.uniform(0.15, 0.6)), int(height * rng.uniform(0.2, 0.8))
        (x, u), (y, v) = rng.integers(0, width - across, 2), rng.integers(0, height - down, 2)
        part = picture[v : v + down, u : u + across] if rng.random() < 0.6 else rng.integers(0, 256, 3)
        shown[y : y + down, x : x + across] = part
    for _ in range(int(rng.integers(0, 12))):
        signs = "".join(chr(sign) for sign in rng.integers(33, 120, int(rng.integers(4, 40))))
        place = (int(rng.integers(0, width // 2)), int(rng.integers(10, height - 10)))
        paint = [int(level) for level in rng.integers(60, 256, 3)]
        cv2.putText(shown, signs, place, 0, float(rng.uniform(0.3, 2.2)), paint, int(rng.integers(1, 4)))
    return shown.astype(float)


def look(photo: Photo, weights: ranking.Weights) -> Seen:
    """Look at the proposals in a photo, those near the best by some weights too."""
    small = scaled(photo.pixels, SMALL)
    size = (small.shape[1], small.shape[0])
    scale = np.array(photo.pixels.shape[1::-1]) / np.array(size)
    seen, overlaps = [np.zeros((0, ranking.SEEN), np.float32)], []
    for page in propose(stretched(small, *levels(small)), weights):
        seen.append(page.seen.astype(np.float32))
        overlaps += [0.0 if photo.quad is None else overlap(quad * scale, photo.quad) for quad in page.quads()]
    return np.concatenate(seen), np.array(overlaps)


def fit(seen: Sequence[Seen], seed: int) -> dict[str, Any]:
    """Fit the network: of all proposals of a photo, and of there being none, it makes a good one likely."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(seed)
    longest = max(len(overlaps) for _, overlaps in seen)
    numbers = np.zeros((len(seen), longest, seen[0][0].shape[1]), np.float32)
    worth, given = np.zeros((len(seen), longest), np.float32), np.zeros((len(seen), longest), np.bool_)
    for row, (one, overlaps) in enumerate(seen):
        numbers[row, : len(one)], given[row, : len(one)] = one, True
        worth[row, : len(one)] = np.clip((overlaps - ENOUGH) / (BEST - ENOUGH), 0, 1)
    mean, spread = numbers[given].mean(axis=0), numbers[given].std(axis=0) + 1e-3
    numbers = (numbers - mean) / spread
    decay = tf.keras.regularizers.l2(DECAY)
    network = tf.keras.Sequential(
        [
            tf.keras.layers.Input((numbers.shape[2],)),
            tf.keras.layers.Dense(HIDDEN, activation="tanh", kernel_regularizer=decay),
            tf.keras.layers.Dense(1, kernel_regularizer=decay),
        ]
    )
    optimizer = tf.keras.optimizers.Adam(RATE)

    @tf.function  # type: ignore[untyped-decorator]
    def step(x: Any, value: Any, mask: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = tf.reshape(network(tf.reshape(x, (-1, x.shape[2]))), tf.shape(value))
            logits = tf.concat([tf.where(mask, logits, -30.0), tf.zeros((tf.shape(value)[0], 1))], axis=1)
            chances, best = tf.nn.log_softmax(logits), tf.reduce_max(value, axis=1)
            good = tf.reduce_sum(tf.exp(chances[:, :-1]) * value, axis=1) / tf.maximum(best, 1e-6)
            lost = tf.where(best > 0.05, -tf.math.log(good + 1e-4), -chances[:, -1])
            total = tf.reduce_mean(lost) + tf.add_n(network.losses)
        gradients = tape.gradient(total, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return tf.reduce_mean(lost)

    rng = np.random.default_rng(seed)
    for epoch in progress.track(range(EPOCHS), "Fitting", "epoch", EPOCHS):
        optimizer.learning_rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = rng.permutation(len(seen))
        losses = [step(numbers[k], worth[k], given[k]) for k in np.array_split(order, max(1, len(order) // BATCH))]
    progress.say(f"Loss {float(np.mean(losses)):.3f}")
    hidden, bias, out, shift = (variable.numpy().astype(float) for variable in network.trainable_variables)
    hidden = hidden / spread[:, None]
    return {
        "hidden": hidden.round(5).tolist(),
        "hidden_bias": (bias - mean @ hidden).round(5).tolist(),
        "out": out[:, 0].round(5).tolist(),
        "out_bias": round(float(shift[0]), 5),
    }


def first_weights() -> dict[str, Any]:
    """Rank by how much edge is along a rectangle."""
    by_edge = [[float(k == ranking.EDGE)] for k in range(ranking.SEEN)]
    return {"hidden": by_edge, "hidden_bias": [0.0], "out": [1.0], "out_bias": 0.0}


def check_weights_out(out: Path) -> None:
    """Raise ThumbprintError where no weights can be written."""
    check_out_file(out, "ranking.json", "weights of the ranking", lambda old: has_keys(old, *first_weights()))


def main() -> None:
    """Read the options, take photos, fit, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__.split("\n")[0])
    parser.add_argument("--scenes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=ranking.WEIGHTS)
    options = parser.parse_args()
    check_weights_out(options.out)
    weights = first_weights()
    seeds = [(options.seed, number) for number in range(options.scenes)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        photos = list(progress.track(pool.map(take, seeds, chunksize=4), "Photos", "photo", len(seeds)))
        for turn in (1, 2):
            looked = pool.map(_look_with, photos, [weights] * len(photos), chunksize=4)
            seen = list(progress.track(looked, f"Looking, {turn} of 2", "photo", len(seeds)))
            weights = fit(seen, options.seed)
    check_weights_out(options.out)
    write_atomically(options.out, (json.dumps(weights) + "\n").encode())
    progress.say(f"Wrote {options.out}")


def _look_with(photo: Photo, weights: dict[str, Any]) -> Seen:
    return look(photo, ranking.weights_from(weights))


if __name__ == "__main__":
    main()
