"""Features of pictures: what the taps of the backbone see, pooled over positions, computed once a picture and kept on
disk.

Reading a picture, running the backbone and writing the cache go batch by batch, and the features stay on disk until
somebody asks for some of them: memory does not grow with the number of pictures, and a killed run finds everything that
was finished before.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.augment.views import drawn_file, view, view_key
from backend.data.images import InputSpec, Pixels
from backend.models.litert import network
from backend.models.mobilenet_v2 import Layers, forward
from backend.utils import progress
from backend.utils.errors import DataError

Features = NDArray[np.float32]  # (pictures, features)

BATCH = 32  # pictures between two writes to the cache
READERS = 2  # threads that read pictures
LEVELS = np.arange(4, dtype=np.float32)  # of a colour in the histogram, thirds of the whole range
EPSILON = 1e-6  # keeps the gradient of the square root finite where a channel is constant
TO_UNIT = (1 / 127.5, -1.0)  # pixels 0..255 to [-1, 1]: scale, offset
VERSION = 5  # of everything below that decides a feature's value


@dataclass(frozen=True)
class Source:
    """A picture to compute features of: its file, the checksum of the file's bytes, which view of it (0: as it is),
    and its other sizes, which views may be made of.
    """

    path: Path
    sha256: str
    view: int = 0
    variants: tuple[Source, ...] = ()

    @property
    def key(self) -> str:
        """Name the picture and the view in the cache."""
        return f"{self.sha256}/{view_key(self.view)}" if self.view else self.sha256

    def seen(self, number: int) -> Source:
        """Return a view: number 0 is of this file, others are of this or of another size, drawn by the checksum."""
        files = (self, *self.variants)
        drawn = drawn_file(self.sha256, number, len(files)) if number and self.variants else 0
        return replace(files[drawn], view=number, variants=())


def normalise(pixels: Any) -> Any:
    """Map pixels 0..255 to [-1, 1], as MobileNetV2 was trained."""
    import tensorflow as tf

    scale, offset = TO_UNIT
    return tf.cast(pixels, tf.float32) * scale + offset


def pooled(activations: dict[str, Any]) -> Any:
    """Pool each tap to the mean and standard deviation of its channels over positions.

    activations: {tap: (B, h, w, c)}. Returns (B, sum of 2 * c). Two passes of average pooling: as exact as moments, and
    faster in TensorFlow.js.
    """
    import tensorflow as tf

    parts = []
    for activation in activations.values():
        window = activation.shape[1:3]
        mean = tf.nn.avg_pool2d(activation, window, 1, "VALID")  # (B, 1, 1, c)
        variance = tf.nn.avg_pool2d(tf.square(activation - mean), window, 1, "VALID")
        parts += [mean, tf.sqrt(variance + EPSILON)]
    return tf.squeeze(tf.concat(parts, axis=3), [1, 2])


def colours(pixels: Any) -> Any:
    """Describe the colours of pictures: a coarse picture, and a joint histogram.

    pixels: (B, H, W, 3), 0 to 255. Returns (B, rows * columns * 3 + 64), with a place of the coarse picture for about
    32x32 pixels. A pixel counts towards the nearest of four levels of each of red, green and blue by its distance, so
    that the histogram has no edges to fall over.
    """
    import tensorflow as tf

    small = tf.nn.avg_pool2d(tf.cast(pixels, tf.float32), 4, 4, "VALID")  # (B, H/4, W/4, 3)
    window = [size // max(1, round(size / 8)) for size in small.shape[1:3]]  # no more than a few pixels are left over
    grid = tf.nn.avg_pool2d(small, window, window, "VALID") * (1 / 255)  # (B, rows, columns, 3)
    count = small.shape[1] * small.shape[2]
    reds, greens = _near(small, 0, LEVELS.repeat(4)), _near(small, 1, np.tile(LEVELS, 4))  # (B, H/4, W/4, 16)
    pairs = tf.reshape(reds * greens, [-1, count, 16])
    blues = tf.reshape(_near(small, 2, LEVELS), [-1, count, 4])
    histogram = tf.matmul(pairs, blues, transpose_a=True) * (1 / count)  # (B, 16, 4)
    # Square roots of shares: differences of rare colours count as those of common ones.
    flat = tf.sqrt(tf.reshape(histogram, [-1, 64]) + EPSILON)
    return tf.concat([tf.reshape(grid, [-1, grid.shape[1] * grid.shape[2] * 3]), flat], axis=1)


def _near(pixels: Any, colour: int, levels: NDArray[np.float32]) -> Any:
    """Say how near one colour of pixels (B, h, w, 3) is to levels, (B, h, w, levels): 1 at a level, 0 at the next.

    By a convolution, which also lays the levels out: TensorFlow.js is slow at taking colours apart.
    """
    import tensorflow as tf

    steps = 3 / 255  # a level is a third of the whole range away from the next
    kernel = np.zeros((1, 1, 3, len(levels)), np.float32)
    kernel[0, 0, colour] = steps
    away = tf.nn.bias_add(tf.nn.conv2d(pixels, tf.constant(kernel), 1, "VALID"), tf.constant(-levels))
    return tf.nn.relu(1 - tf.abs(away))


def describe(pixels: Any, layers: Layers, taps: tuple[str, ...]) -> Any:
    """Compute all features of pictures: (B, H, W, 3), 0 to 255, to (B, features)."""
    import tensorflow as tf

    return tf.concat([pooled(forward(normalise(pixels), layers, taps)), colours(pixels)], axis=1)


class Extractor:
    """Computes all features of preprocessed pictures with a folded backbone."""

    def __init__(self, layers: Layers, taps: tuple[str, ...], spec: InputSpec) -> None:
        name = "|".join(["features", str(VERSION), *taps])
        self._network = network(lambda pixels: describe(pixels, layers, taps), layers, spec, name)

    def __call__(self, pixels: Pixels) -> Features:
        """Return (B, features) float32 for (B, H, W, 3) uint8."""
        return self._network(pixels)


def fingerprint(backbone_sha256: str, taps: Sequence[str], spec: InputSpec) -> str:
    """Name everything but the picture that decides a feature's value."""
    text = "|".join([str(VERSION), backbone_sha256, *taps, f"{spec.height}x{spec.width}", spec.fit])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class FeatureCache:
    """Features on disk, one row a picture, keyed by the picture's checksum and the recipe's fingerprint.

    SQLite gives what is needed here: a batch is kept whole or not at all, also through a kill, and several trainings
    may share the file. A row whose checksum is off counts as missing and is computed again.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.file = folder / f"features-{fingerprint}.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._open()
        except sqlite3.DatabaseError:
            # Not a database any more: a cache may be thrown away.
            progress.say(f"{self.file}: damaged feature cache, starting it anew.")
            for name in (self.file.name, f"{self.file.name}-journal"):
                (folder / name).unlink(missing_ok=True)
            self._open()
        except OSError as error:
            raise DataError(
                f"{folder}: cannot keep features ({error.strerror}); set THUMBPRINT_CACHE elsewhere"
            ) from None

    def _open(self) -> None:
        try:
            self._db = _connected(self.file)
        except sqlite3.OperationalError as error:
            raise self._cannot_keep(error) from None
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        try:
            if self._db.execute("PRAGMA integrity_check(1)").fetchone() != (b"ok",):
                raise sqlite3.DatabaseError("damaged pages")  # else found out only when a row on them is read
            self._db.execute("CREATE TABLE IF NOT EXISTS features (sha256 TEXT PRIMARY KEY, crc INTEGER, data BLOB)")
            self._db.execute("SELECT sha256, crc, data FROM features LIMIT 0")
        except sqlite3.OperationalError as error:
            if "no such column" in str(error):  # where the description of the table is damaged
                raise sqlite3.DatabaseError(str(error)) from None
            raise self._cannot_keep(error) from None

    def _cannot_keep(self, error: sqlite3.OperationalError) -> DataError:
        advice = "free some space or set" if "full" in str(error) else "set"
        return DataError(f"{self.file}: cannot keep features ({error}); {advice} THUMBPRINT_CACHE elsewhere")

    def get(self, key: str) -> Features | None:
        """Return one picture's features (float32), or None where they are missing or damaged."""
        return _row(self._db, key)

    def put(self, rows: Iterator[tuple[str, Features]]) -> None:
        """Keep a batch of (sha256, features), all or nothing. Raises DataError where the disk is full."""
        try:
            with self._db:
                self._db.executemany(
                    "INSERT OR REPLACE INTO features VALUES (?, ?, ?)",
                    ((sha256, zlib.crc32(data.tobytes()), data.tobytes()) for sha256, data in rows),
                )
        except sqlite3.OperationalError as error:
            raise self._cannot_keep(error) from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _connected(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, timeout=60)
    database.text_factory = bytes  # a damaged row may hold what is no text
    return database


def _row(database: sqlite3.Connection, key: str) -> Features | None:
    row = database.execute("SELECT crc, data FROM features WHERE sha256 = ?", (key,)).fetchone()
    if row is None or not isinstance(row[1], bytes) or zlib.crc32(row[1]) != row[0]:
        return None
    return np.frombuffer(row[1], np.float32)


class Table:
    """Features in the cache as an array that stays on disk: `table[rows]` is a table of some rows, and nothing is read
    before `numpy.asarray(table)`.

    keys: of the pictures and views, (n,) or (n, views); the array is (*keys.shape, features). Raises DataError where
    rows have been lost meanwhile. It may be read by several threads.
    """

    def __init__(self, file: Path, keys: NDArray[np.str_]) -> None:
        self.file, self.keys = file, keys

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any) -> Table:
        return Table(self.file, self.keys[rows])

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape, for which one row is read."""
        return (*self.keys.shape, self._read(self.keys.reshape(-1)[:1]).shape[1])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        found = self._read(self.keys.reshape(-1))
        return found.reshape(*self.keys.shape, found.shape[1]).astype(dtype or np.float32, copy=False)

    def _read(self, keys: NDArray[np.str_]) -> Features:
        # A connection of its own for each read: they may not be shared by threads, and opening one takes no time.
        with closing(_connected(self.file)) as database:
            found: Features = np.zeros((len(keys), 0), np.float32)
            for number, key in enumerate(keys.tolist()):
                row = _row(database, key)
                if row is None:
                    raise DataError("the feature cache lost rows while it was read; run the command again")
                if number == 0:
                    found = np.empty((len(keys), len(row)), np.float32)
                found[number] = row
            return found


def extract(
    sources: Sequence[Source], spec: InputSpec, cache: FeatureCache, extractor: Callable[[], Extractor]
) -> Table:
    """Return the features of pictures, (len(sources), features), computing only what the cache lacks.

    `extractor` is called only where something is missing. Raises ImageError for a picture that cannot be read.
    """
    missing = list({source.key: source for source in sources if cache.get(source.key) is None}.values())
    if missing:
        with progress.bar("Features", "picture", len(missing)) as bar, ThreadPoolExecutor(READERS) as pool:
            batches = _read_ahead(pool, missing, spec)
            run = extractor()  # while the first pictures are being read
            for batch, pixels in batches:
                cache.put(zip((source.key for source in batch), run(pixels), strict=True))
                bar.update(len(batch))
    return Table(cache.file, np.array([source.key for source in sources], np.str_))


Batch = tuple[list[Source], Pixels]


def _read_ahead(pool: ThreadPoolExecutor, sources: list[Source], spec: InputSpec) -> Iterator[Batch]:
    """Return an iterator of batches of pictures, each of which is read while the one before is used."""

    def begin(start: int) -> list[Future[Pixels]]:
        return [pool.submit(view, s.path, s.sha256, s.view, spec) for s in sources[start : start + BATCH]]

    ahead = begin(0)

    def batches() -> Iterator[Batch]:
        nonlocal ahead
        for start in range(0, len(sources), BATCH):
            now, ahead = ahead, begin(start + BATCH)
            try:
                yield sources[start : start + BATCH], np.stack([future.result() for future in now])
            except BaseException:
                for future in ahead:
                    future.cancel()
                raise

    return batches()
