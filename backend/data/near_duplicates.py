"""Near-duplicates: pictures that are copies of each other, whatever their size, JPEG quality, brightness or bars.

A copy in training and test at once flatters every figure; one in two channels contradicts itself. Two steps find them:
a 256-bit perceptual hash is compared for every pair, and the few pairs that come close are compared window by window,
because the thumbnails of one template share everything but a few words.

Measured on 644 real thumbnails and three made copies of each (94 to 1280 pixels wide, JPEG quality 40 to 95, brightness
changed by up to 12 %, with bars or without): copies differ in at most 44 bits (median 2) and are at least 0.74 similar
(median 0.99), at least 0.84 where both are 160 pixels wide or more. The closest two different thumbnails, of one
template with one other word, differ in 18 bits and are 0.33 similar; the next two are 0.17 similar. One word painted
over another on the same photograph is told from a copy in 19 of 20 cases where it is a fifth of the height, and in half
of them where it is an eighth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from backend.data.images import DECODING, decode
from backend.data.pixels import Pixels
from backend.utils import progress
from backend.utils.array_cache import FeatureCache
from backend.utils.cache import cache_dir

Thumbnail = NDArray[np.uint8]  # (36, 64), luminance
Values = NDArray[np.float64]

HEIGHT, WIDTH = 36, 64
SAME_SHAPE = 0.02  # 168x94 and the like are 16:9, rounded
COEFFICIENTS = 16  # lowest frequencies each way, 256 with the constant
MAX_BITS = 56  # of 255 that may differ
MIN_SIMILARITY = 0.7
WINDOW = 5  # pixels; a window of 25 pixels holds a letter or two
STABILITY = 0.3  # keeps noise in plain windows from counting, in variances of the whole picture
BLANK = 4.0  # grey levels; a standard deviation below it is no picture to recognise

BLOCK = 256  # rows of the table of bit differences at a time: 40 MB for 20,000 pictures
PAIRS = 512  # pairs compared window by window at a time
BATCH = 256  # pictures between two writes to the cache
WORKERS = 2
CACHE = f"near-duplicates-1.{DECODING}"  # a new first number where `luminance` gives other values


@dataclass(frozen=True)
class Fingerprints:
    """What pictures are compared by: thumbnails (n, 36, 64) of luminance and their hashes, (n, 4) of 64 bits."""

    thumbnails: NDArray[np.uint8]
    hashes: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.thumbnails)


class Pair(NamedTuple):
    """Two near-duplicates by their positions, and how alike their least similar windows are, 0.7 to 1."""

    first: int
    second: int
    similarity: float


def luminance(pixels: Pixels) -> Thumbnail:
    """Reduce a picture to 36x64 grey levels, of its 16:9 part in the middle.

    The bars are cut off by shape alone: whether they are dark enough is a decision that JPEG can turn between copies.
    """
    height, width = pixels.shape[:2]
    top, left = 0.0, 0.0
    if abs(9 * width / (16 * height) - 1) > SAME_SHAPE:
        top, left = max(0.0, (height - width * 9 / 16) / 2), max(0.0, (width - height * 16 / 9) / 2)
    grey = Image.fromarray(pixels).convert("L")
    # Not BOX: it takes or leaves whole pixels, and shifts edges by half of one where little is reduced.
    return np.asarray(grey.resize((WIDTH, HEIGHT), Image.Resampling.HAMMING, (left, top, width - left, height - top)))


def fingerprints(paths: Sequence[Path]) -> Fingerprints:
    """Read pictures, or what is cached of them by the checksum of their bytes. Raises ImageError."""
    cache = FeatureCache(cache_dir(), CACHE)
    thumbnails = np.zeros((len(paths), HEIGHT, WIDTH), np.uint8)
    try:
        with progress.bar("Near-duplicates", "picture", len(paths)) as bar, ThreadPoolExecutor(WORKERS) as pool:
            for start in range(0, len(paths), BATCH):
                batch = paths[start : start + BATCH]
                for position, thumbnail in _cached(batch, cache, pool):
                    thumbnails[start + position] = thumbnail
                bar.update(len(batch))
    finally:
        cache.close()
    return fingerprints_of(thumbnails)


def _cached(paths: Sequence[Path], cache: FeatureCache, pool: ThreadPoolExecutor) -> Iterator[tuple[int, Thumbnail]]:
    """Yield the thumbnails of a batch, with their positions, and keep those that are new."""
    checksums = list(pool.map(_checksum, paths))
    missing = []
    for position, checksum in enumerate(checksums):
        row = cache.get(checksum)
        if row is None:
            missing.append(position)
        else:
            yield position, row.view(np.uint8).reshape(HEIGHT, WIDTH)
    new = list(pool.map(lambda position: luminance(decode(paths[position])), missing))
    # The cache keeps bytes as float32, four to a number; nothing ever reads them as numbers.
    rows = (thumbnail.reshape(-1).view(np.float32) for thumbnail in new)
    cache.put(zip((checksums[position] for position in missing), rows, strict=True))
    yield from zip(missing, new, strict=True)


def _checksum(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""  # not in the cache, so that `decode` reads the file next, and says what is wrong with it


def fingerprints_of(thumbnails: NDArray[np.uint8]) -> Fingerprints:
    """Hash thumbnails (n, 36, 64): which of the low frequencies of their cosine transform are above the median."""
    bits = np.zeros((len(thumbnails), COEFFICIENTS * COEFFICIENTS), np.bool_)
    down, across = _cosines(HEIGHT), _cosines(WIDTH)
    for start in range(0, len(thumbnails), BATCH):
        waves = down @ thumbnails[start : start + BATCH].astype(np.float64) @ across.T  # (b, 16, 16)
        waves = waves.reshape(len(waves), -1)[:, 1:]  # without the constant, which is brightness
        bits[start : start + BATCH, 1:] = waves > np.median(waves, axis=1, keepdims=True)
    return Fingerprints(thumbnails, np.packbits(bits, axis=1).view(np.uint64))


def _cosines(length: int) -> Values:
    """The first rows of the discrete cosine transform (DCT-II), (16, length)."""
    cosines: Values = np.cos(np.pi / length * np.outer(np.arange(COEFFICIENTS), np.arange(length) + 0.5))
    return cosines


def near_duplicates(prints: Fingerprints, others: Fingerprints | None = None) -> list[Pair]:
    """Find the near-duplicates among pictures, or between them and others, in the order of their positions.

    Among pictures, those that look exactly the same are paired with the first of them alone, and so is what is all but
    the same as they: a thumbnail that is there a hundred times makes a hundred pairs, and not five thousand.
    """
    if others is not None:
        return list(_compared(prints, others, same=False))
    first = _first_alike(prints)
    alone = np.flatnonzero(first == np.arange(len(first)))
    some = Fingerprints(prints.thumbnails[alone], prints.hashes[alone])
    pairs = [Pair(int(alone[i]), int(alone[j]), alike) for i, j, alike in _compared(some, some, same=True)]
    copies = [i for i in np.flatnonzero(first != np.arange(len(first))) if prints.thumbnails[i].std() >= BLANK]
    return sorted([*pairs, *(Pair(int(first[i]), int(i), 1.0) for i in copies)])


def _first_alike(prints: Fingerprints) -> NDArray[np.int64]:
    """Return for each picture the first one that looks exactly the same, (n,)."""
    rows = np.ascontiguousarray(prints.thumbnails.reshape(-1, HEIGHT * WIDTH))
    _, first, place = np.unique(rows.view(f"V{HEIGHT * WIDTH}"), return_index=True, return_inverse=True)
    first_alike: NDArray[np.int64] = first[place.reshape(-1)]
    return first_alike


def _compared(prints: Fingerprints, others: Fingerprints, same: bool) -> Iterator[Pair]:
    for first, second in _candidates(prints, others, same):
        for start in range(0, len(first), PAIRS):
            i, j = first[start : start + PAIRS], second[start : start + PAIRS]
            alike = similarity(prints.thumbnails[i], others.thumbnails[j])
            for k in np.flatnonzero(alike >= MIN_SIMILARITY):
                yield Pair(int(i[k]), int(j[k]), float(alike[k]))


def _candidates(
    prints: Fingerprints, others: Fingerprints, same: bool
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield positions of pairs whose hashes are close, a block of rows at a time; once each if `same`."""
    for start in range(0, len(prints), BLOCK):
        offset = start if same else 0
        # One of the 256 bits is never set, so that the number of different ones fits 8 bits.
        bits = np.zeros((len(prints.hashes[start : start + BLOCK]), len(others) - offset), np.uint8)
        for word in range(prints.hashes.shape[1]):
            column = prints.hashes[start : start + BLOCK, word, None]
            bits += np.bitwise_count(column ^ others.hashes[None, offset:, word])
        rows, columns = np.nonzero(bits <= MAX_BITS)
        once = columns > rows if same else np.ones(len(rows), np.bool_)
        yield rows[once] + start, columns[once] + offset


def similarity(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Values:
    """Compare thumbnails (n, 36, 64) pair by pair: the least structural similarity of any window, (n,), 1 for the same.

    Wang et al. 2004, equation 13 without the term for brightness, after brightness and contrast of the whole picture
    are made equal. Copies agree in every window; another word shows in its own window only, which a mean would hide.
    """
    (a, spread_a), (b, spread_b) = _standardised(first), _standardised(second)
    mean_a, mean_b = _windows(a), _windows(b)
    variances = _windows(a * a) - mean_a**2 + _windows(b * b) - mean_b**2
    covariance = _windows(a * b) - mean_a * mean_b
    least: Values = ((2 * covariance + STABILITY) / (variances + STABILITY)).min(axis=(1, 2))
    return np.where(np.minimum(spread_a, spread_b) < BLANK, 0.0, least)


def _standardised(thumbnails: NDArray[np.uint8]) -> tuple[Values, Values]:
    values = thumbnails.astype(np.float64)
    values -= values.mean(axis=(1, 2), keepdims=True)
    spread = values.std(axis=(1, 2))
    return values / np.maximum(spread, BLANK)[:, None, None], spread


def _windows(values: Values) -> Values:
    """Mean over every 5x5 window: (n, 36, 64) to (n, 32, 60)."""
    sums = np.pad(values, ((0, 0), (1, 0), (1, 0))).cumsum(axis=1).cumsum(axis=2)
    inner = sums[:, WINDOW:, WINDOW:] - sums[:, :-WINDOW, WINDOW:] - sums[:, WINDOW:, :-WINDOW]
    means: Values = (inner + sums[:, :-WINDOW, :-WINDOW]) / WINDOW**2
    return means
