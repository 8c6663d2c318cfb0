"""Features and their cache: what is pooled, what is computed again, and what survives a kill or a damaged file."""

from __future__ import annotations

import hashlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from helpers import draw, encode, exactly
from numpy.typing import NDArray

from backend.data.augment.views import view
from backend.data.images import preprocess
from backend.data.pixels import InputSpec, Pixels
from backend.data.sources import Source
from backend.models import features as module
from backend.models.features import BATCH, Extractor, colours, extract, fingerprint, normalise, pooled
from backend.models.mobilenet_v2 import forward, layer_names
from backend.models.weights import Weights
from backend.utils.array_cache import FeatureCache, Features, Table
from backend.utils.errors import DataError, ImageError

SPEC = InputSpec(12, 16)
ROOT = Path(__file__).resolve().parents[3]


class Recording:
    """Stands in for the network: the mean of each colour; writes down how many pictures each batch had."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.built = 0
        self.batches: list[int] = []
        self._fail_after = fail_after

    def build(self) -> Extractor:
        self.built += 1
        return cast(Extractor, self._run)

    def _run(self, pixels: Pixels) -> Features:
        if len(self.batches) == self._fail_after:
            raise KeyboardInterrupt
        self.batches.append(len(pixels))
        return means(pixels)


def means(pixels: Pixels) -> Features:
    """(pictures, 3): the mean of each colour."""
    found: Features = pixels.mean(axis=(1, 2)).astype(np.float32)
    return found


def write_pictures(folder: Path, count: int) -> list[Source]:
    folder.mkdir(exist_ok=True)
    sources = []
    for number in range(count):
        data = encode(draw("ember", number, (32, 18)))
        (folder / f"{number}.png").write_bytes(data)
        sources.append(Source(folder / f"{number}.png", hashlib.sha256(data).hexdigest()))
    return sources


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    return write_pictures(tmp_path / "pictures", 10)


def wanted(sources: list[Source]) -> Features:
    return means(np.stack([preprocess(source.path, SPEC) for source in sources]))


def run(folder: Path, sources: list[Source], network: Recording, name: str = "test") -> Features:
    cache = FeatureCache(folder, name)
    try:
        return np.asarray(extract(sources, SPEC, cache, network.build))
    finally:
        cache.close()


# --- What a feature is -------------------------------------------------------------------------------------------


def test_pooled_is_the_mean_and_standard_deviation_of_each_channel() -> None:
    rng = np.random.default_rng(0)
    taps = {"one": rng.uniform(0, 6, (3, 16, 28, 5)), "two": rng.normal(2, 3, (3, 8, 14, 7))}
    found = pooled({name: tap.astype(np.float32) for name, tap in taps.items()}).numpy()
    parts = [statistic for tap in taps.values() for statistic in (tap.mean(axis=(1, 2)), tap.std(axis=(1, 2)))]
    assert found.shape == (3, 24)
    assert found == pytest.approx(np.concatenate(parts, axis=1), abs=1e-4)


def test_a_constant_channel_has_no_deviation_and_a_finite_gradient() -> None:
    import tensorflow as tf

    activation = tf.constant(np.full((1, 4, 4, 1), 5.0, np.float32))
    with tf.GradientTape() as tape:
        tape.watch(activation)
        found = pooled({"tap": activation})
    assert found.numpy()[0] == pytest.approx([5.0, 0.0], abs=2e-3)
    assert np.isfinite(tape.gradient(found, activation)).all()


def test_pixels_are_mapped_to_plus_minus_one() -> None:
    pixels = np.array([0, 51, 255], np.uint8)
    assert normalise(pixels).numpy() == pytest.approx([-1, -0.6, 1], abs=1e-6)


def histogram(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count colours one by one: (64,), shares of each of four levels of red, green and blue together."""
    found = np.zeros((4, 4, 4))
    for colour in pixels.reshape(-1, 3):
        shares = np.maximum(0, 1 - np.abs(3 * colour[:, None] - np.arange(4)))  # (3, 4): of the two nearest levels
        found += np.einsum("r,g,b->rgb", *shares)
    shares_of_all: NDArray[np.float64] = found.ravel() / found.sum()
    return shares_of_all


def test_colours_are_a_coarse_picture_and_the_shares_of_64_colours() -> None:
    pixels = np.stack([np.asarray(draw(name, 0, (96, 64))) for name in ("moss", "ember")])  # (2, 64, 96, 3)
    found = colours(pixels).numpy()
    unit = pixels / 255.0
    assert found.shape == (2, 2 * 3 * 3 + 64)
    assert found[:, :18] == pytest.approx(unit.reshape(2, 2, 32, 3, 32, 3).mean(axis=(2, 4)).reshape(2, 18), abs=1e-5)
    small = unit.reshape(2, 16, 4, 24, 4, 3).mean(axis=(2, 4))
    assert found[:, 18:] ** 2 == pytest.approx(np.stack([histogram(picture) for picture in small]), abs=1e-5)


def test_a_small_change_of_colour_is_a_small_change_of_its_shares() -> None:
    """A histogram with edges would put 127 and 128 apart as far as black and white."""
    grey = np.stack([np.full((64, 96, 3), level, np.uint8) for level in (126, 127, 128, 129)])
    shares = colours(grey).numpy()[:, 18:] ** 2
    assert np.abs(np.diff(shares, axis=0)).max() < 0.02
    assert shares.sum(axis=1) == pytest.approx(1, abs=1e-3)


def test_the_extractor_pools_the_taps_of_the_network_and_adds_colours(weights: Weights) -> None:
    taps = ("block_1_expand_relu", "block_3_expand_relu")
    layers = {name: weights.layers[name] for name in layer_names(taps[-1])}
    pixels = np.stack([np.asarray(draw("moss", number, (32, 32))) for number in range(3)])
    found = Extractor(layers, taps, InputSpec(32, 32))(pixels)
    seen = forward(pixels.astype(np.float32) / 127.5 - 1, layers, taps)
    activations = [seen[tap].numpy() for tap in taps]  # (3, 16, 16, 96) and (3, 8, 8, 144)
    parts = [part for tap in activations for part in (tap.mean(axis=(1, 2)), tap.std(axis=(1, 2)))]
    assert found.dtype == np.float32
    assert found == pytest.approx(np.concatenate([*parts, colours(pixels).numpy()], axis=1), abs=2e-3)
    assert np.ptp(found, axis=0).max() > 0.01, "the pictures must differ for this to say anything"


def test_everything_that_decides_a_feature_is_in_the_fingerprint() -> None:
    different = {
        fingerprint("a", ("one", "two"), InputSpec(128, 224)),
        fingerprint("b", ("one", "two"), InputSpec(128, 224)),
        fingerprint("a", ("two", "one"), InputSpec(128, 224)),
        fingerprint("a", ("one",), InputSpec(128, 224)),
        fingerprint("a", ("one", "two"), InputSpec(96, 224)),
        fingerprint("a", ("one", "two"), InputSpec(128, 160)),
        fingerprint("a", ("one", "two"), InputSpec(128, 224, "pad")),
    }
    assert len(different) == 7
    assert fingerprint("a", ("one",), SPEC) == fingerprint("a", ["one"], SPEC)


# --- What is computed --------------------------------------------------------------------------------------------


def test_features_come_in_the_order_of_the_pictures(tmp_path: Path, sources: list[Source]) -> None:
    mixed = [sources[i] for i in (7, 2, 9, 0)]
    assert np.array_equal(run(tmp_path, mixed, Recording()), wanted(mixed))


def test_the_second_time_the_network_is_not_even_built(tmp_path: Path, sources: list[Source]) -> None:
    first = run(tmp_path, sources, Recording())
    again = Recording()
    assert np.array_equal(run(tmp_path, sources, again), first)
    assert again.built == 0


def test_only_missing_pictures_are_computed(tmp_path: Path, sources: list[Source]) -> None:
    run(tmp_path, sources[:7], Recording())
    second = Recording()
    assert np.array_equal(run(tmp_path, sources, second), wanted(sources))
    assert second.batches == [3]


def test_a_picture_that_is_there_twice_is_computed_once(tmp_path: Path, sources: list[Source]) -> None:
    network = Recording()
    found = run(tmp_path, [*sources[:3], sources[0], sources[0]], network)
    assert network.batches == [3]
    assert np.array_equal(found[3], found[0])


def test_views_of_a_picture_are_kept_apart(tmp_path: Path, sources: list[Source]) -> None:
    """Number 0 is kept under the picture's own checksum, as it was before there were views."""
    run(tmp_path, sources, Recording())
    network = Recording()
    seen = [replace(sources[3], view=number) for number in range(3)]
    found = run(tmp_path, seen, network)
    assert network.batches == [2], "the picture as it is was there"
    assert np.array_equal(found, means(np.stack([view(s.path, s.sha256, s.view, SPEC) for s in seen])))
    assert len({row.tobytes() for row in found}) == 3
    assert [source.key for source in seen] == [sources[3].sha256, *(f"{sources[3].sha256}/{i}" for i in (1, 2))]


def test_a_table_reads_what_is_asked_for(tmp_path: Path, sources: list[Source]) -> None:
    found = run(tmp_path, sources, Recording())
    with closing(FeatureCache(tmp_path, "test")) as cache:
        table = extract(sources, SPEC, cache, Recording().build)
    assert np.array_equal(np.asarray(table), found)
    assert table.shape == found.shape
    assert len(table) == 10
    odd = np.arange(10) % 2 == 1
    assert np.array_equal(np.asarray(table[odd][1:3]), found[odd][1:3])
    pairs = Table(table.file, table.keys.reshape(5, 2))
    assert pairs.shape == (5, 2, found.shape[1])
    assert np.array_equal(np.asarray(pairs[[3, 0]]), found.reshape(5, 2, -1)[[3, 0]])
    assert np.asarray(table[:0]).shape[0] == 0


def test_a_table_whose_rows_are_gone_says_so(tmp_path: Path, sources: list[Source]) -> None:
    run(tmp_path, sources, Recording())
    with closing(FeatureCache(tmp_path, "test")) as cache:
        table = extract(sources, SPEC, cache, Recording().build)
    with closing(sqlite3.connect(table.file)) as database, database:
        database.execute("DELETE FROM features WHERE sha256 = ?", (sources[4].key,))
    assert len(np.asarray(table[:4])) == 4
    with pytest.raises(DataError, match="lost rows while it was read; run the command again"):
        np.asarray(table)


def test_a_pictures_features_do_not_depend_on_the_others(weights: Weights) -> None:
    """A training that was killed goes on beside other pictures than it began, and must come to the same numbers."""
    spec = InputSpec(120, 208, "stretch")
    pixels = np.random.default_rng(0).integers(0, 256, (8, 120, 208, 3), np.uint8)
    extractor = Extractor(weights.layers, ("block_6_expand_relu", "block_13_expand_relu"), spec)
    whole = extractor(pixels)
    assert np.array_equal(np.roll(extractor(np.roll(pixels, 3, axis=0)), -3, axis=0), whole)
    assert np.array_equal(extractor(pixels[5:]), whole[5:])


def test_pictures_go_through_the_network_in_batches(tmp_path: Path) -> None:
    network = Recording()
    run(tmp_path, write_pictures(tmp_path / "many", 2 * BATCH + 1), network)
    assert network.batches == [BATCH, BATCH, 1]


def test_another_fingerprint_is_another_file(tmp_path: Path, sources: list[Source]) -> None:
    run(tmp_path, sources, Recording(), "one")
    other = Recording()
    run(tmp_path, sources, other, "two")
    assert other.batches == [10]
    assert sorted(path.name for path in tmp_path.glob("*.sqlite")) == ["features-one.sqlite", "features-two.sqlite"]


def test_an_unreadable_picture_is_named(tmp_path: Path, sources: list[Source]) -> None:
    sources[4].path.write_bytes(b"gone bad")
    with pytest.raises(ImageError, match=f"^{sources[4].path}: not a JPEG"):
        run(tmp_path, sources, Recording())


# --- What survives -----------------------------------------------------------------------------------------------


def test_finished_batches_survive_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    sources = write_pictures(tmp_path / "pictures", 10)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, sources, Recording(fail_after=2))
    again = Recording()
    assert np.array_equal(run(tmp_path, sources, again), wanted(sources))
    assert again.batches == [2]


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from backend.models import features
from backend.data.pixels import InputSpec

sources = [features.Source(Path(line.split()[1]), line.split()[0]) for line in sys.stdin.read().splitlines()]
batches = []

def network(pixels):
    if batches:
        print("first batch done", flush=True)
        time.sleep(60)
    batches.append(len(pixels))
    return pixels.mean(axis=(1, 2)).astype(np.float32)

features.BATCH = 4
features.extract(sources, InputSpec(12, 16), features.FeatureCache(Path(sys.argv[1]), "test"), lambda: network)
"""


def test_finished_batches_survive_a_kill(tmp_path: Path, sources: list[Source]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n".join(f"{source.sha256} {source.path}" for source in sources))
        process.stdin.close()
        assert process.stdout.readline() == "first batch done\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    again = Recording()
    assert np.array_equal(run(tmp_path, sources, again), wanted(sources))
    assert again.batches == [6]


def change_row(folder: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    connection = sqlite3.connect(folder / "features-test.sqlite")
    with connection:
        change(connection)
    connection.close()


def test_a_damaged_row_is_computed_again(tmp_path: Path, sources: list[Source]) -> None:
    run(tmp_path, sources, Recording())
    flipped = np.array([1, 2, 3], np.float32).tobytes()
    victims = (sources[3].sha256, sources[5].sha256)
    change_row(
        tmp_path,
        lambda db: db.execute("UPDATE features SET data = ? WHERE sha256 IN (?, ?)", (flipped, *victims)),
    )
    again = Recording()
    assert np.array_equal(run(tmp_path, sources, again), wanted(sources))
    assert again.batches == [2]
    final = Recording()
    run(tmp_path, sources, final)
    assert final.built == 0, "the damaged rows were mended"


def garbage(content: bytes) -> bytes:
    return b"this is no database at all, it is a text. " * 100


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def scribbled_over(content: bytes) -> bytes:
    return content[:4096] + b"\xa5" * (len(content) - 4096)


@pytest.mark.parametrize("damage", [garbage, cut_short, scribbled_over])
def test_a_damaged_cache_is_started_anew(
    tmp_path: Path, damage: Callable[[bytes], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    sources = write_pictures(tmp_path / "pictures", 100)
    run(tmp_path, sources, Recording())
    file = tmp_path / "features-test.sqlite"
    file.write_bytes(damage(file.read_bytes()))
    assert np.array_equal(run(tmp_path, sources, Recording()), wanted(sources))
    assert f"{file}: damaged feature cache, starting it anew." in capsys.readouterr().err
    final = Recording()
    run(tmp_path, sources, final)
    assert final.built == 0


def test_a_cache_with_a_flipped_byte_gives_the_same_features(tmp_path: Path, sources: list[Source]) -> None:
    """Just before a key, in the table and in its index, where SQLite says how long a row is and which one it is."""
    expected = run(tmp_path, sources, Recording())
    file = tmp_path / "features-test.sqlite"
    whole, key = file.read_bytes(), sources[4].key.encode()
    for found in (whole.find(key), whole.rfind(key)):
        for place in range(found - 10, found):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 3]) + whole[place + 1 :])
            assert np.array_equal(run(tmp_path, sources, Recording()), expected), found - place
    final = Recording()
    run(tmp_path, sources, final)
    assert final.built == 0, "the cache was mended"


def test_the_cache_of_another_version_is_left_alone(
    tmp_path: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer Thumbprint that computes or keeps features in another way keeps them in a file of another name."""
    before = fingerprint("abc", ("Conv1",), SPEC)
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    assert fingerprint("abc", ("Conv1",), SPEC) != before


def test_an_empty_file_is_an_empty_cache(tmp_path: Path, sources: list[Source]) -> None:
    (tmp_path / "features-test.sqlite").touch()
    assert np.array_equal(run(tmp_path, sources, Recording()), wanted(sources))


def test_a_cache_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        message = rf"^{folder}: cannot keep features \(.*\); set THUMBPRINT_CACHE elsewhere$"
        with pytest.raises(DataError, match=message):
            FeatureCache(folder, "test")


def test_a_cache_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "features-test.sqlite").mkdir()
    message = r"features-test\.sqlite: cannot keep features \(.*\); set THUMBPRINT_CACHE elsewhere$"
    with pytest.raises(DataError, match=message):
        FeatureCache(tmp_path, "test")


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, "test")
    cache._db.execute("PRAGMA max_page_count = 3")
    message = f"{tmp_path / 'features-test.sqlite'}: cannot keep features (database or disk is full)"
    with pytest.raises(DataError, match=exactly(f"{message}; free some space or set THUMBPRINT_CACHE elsewhere")):
        cache.put((str(number), np.ones(1536, np.float32)) for number in range(32))
    cache.close()


def test_two_trainings_may_share_the_cache(tmp_path: Path, sources: list[Source]) -> None:
    one, two = FeatureCache(tmp_path, "test"), FeatureCache(tmp_path, "test")
    rows: list[tuple[str, NDArray[np.float32]]] = [(source.sha256, np.ones(3, np.float32)) for source in sources]
    one.put(iter(rows[:5]))
    two.put(iter(rows[5:]))
    assert all(cache.get(source.sha256) is not None for source in sources for cache in (one, two))
    one.close()
    two.close()
