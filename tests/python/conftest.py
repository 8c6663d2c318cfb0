"""What the tests share: a network with random weights, tiny datasets, a trained run, and no way out of this machine."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from collected import few_shrinkages, write_collected
from helpers import BACKGROUND, KNOWN, Interrupted, lend_backbone, without, write_source
from once import once
from threadpoolctl import threadpool_limits

from backend.data import negatives
from backend.data.dataset import Dataset, load_dataset
from backend.data.folder_import import import_folder
from backend.data.settings import TrainSettings
from backend.models.run import Run, load_run
from backend.models.weights import Weights
from backend.utils import progress

BLANKS = 12  # six greys, and two gradients, noises and colours
CLOSED = "http://127.0.0.1:1"  # nobody listens there


# The files that take longest, first: a worker that began one of them last would keep the others waiting.
LONGEST = (
    *("tools/package", "tools/demo_channels", "converter/converter", "training/train", "collect/resume", "faults/kill"),
    *("photo/photo", "explain/faithfulness", "collect/command", "evaluation/robustness", "faults/disk"),
    *("converter/heat", "cli/collected_dataset", "server/openapi", "models/weights", "explain/gradcam"),
    *("cli/without_tensorflow", "collect/refresh", "report/report", "cli/cli", "models/litert", "server/limits"),
    *("bench/ranking", "server/server", "faults/names", "collect/listing", "data/image_sizes", "training/augment"),
    *("server/fuzz", "collect/thumbnails", "data/synthetic", "evaluation/audit", "server/lan", "evaluation/test_set"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="try thousands of cases, not a sample of them")


@pytest.fixture(scope="session")
def cases(pytestconfig: pytest.Config) -> Callable[[int, int], range]:
    """Return the seeds of cases to try: a sample of them, or with --soak all."""
    return lambda sample, every: range(every if pytestconfig.getoption("--soak") else sample)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, for `--dist loadfile --no-loadscope-reorder`."""
    places = {name.replace("/", "/test_"): place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(f"{item.path.parent.name}/{item.path.stem}", len(places)))


@pytest.fixture(scope="session", autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests away from the person's caches and from the network, also in processes that they start.

    The cache is one for all workers, as it is for several commands of a person.
    """
    home = once(tmp_path_factory, "home", lambda folder: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THUMBPRINT_CACHE", str(home / "thumbprint"))
        patch.setenv("KERAS_HOME", str(home / "keras"))
        patch.delenv("THUMBPRINT_WEIGHTS", raising=False)
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", "")
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        for scheme in ("http", "https"):
            patch.setenv(f"{scheme}_proxy", CLOSED)
            patch.setenv(f"{scheme.upper()}_PROXY", CLOSED)
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            patch.setenv(name, "1")  # the workers share the cores already
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, "127.0.0.1,localhost")
        with threadpool_limits(1):
            yield home


@pytest.fixture(scope="session", autouse=True)
def drawn(isolated: Path) -> Iterator[Dataset]:
    """A few negatives in the place of many, drawn once: the session's, in its cache."""
    blanks = negatives.blanks
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(negatives, "PER_CHANNEL", 2)
        patch.setattr(negatives, "blanks", lambda: blanks()[:BLANKS])
        yield negatives.load_negatives()


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """Let the processes that tests start hear Ctrl-C, which they ignore where these tests run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _talkative() -> Iterator[None]:
    """Undo `--quiet`, which lasts as long as the process."""
    yield
    progress.set_quiet(False)


@pytest.fixture(scope="session")
def keras_backbone() -> Any:
    """MobileNetV2 without top, 224x224, with seeded weights that keep a picture's signal alive down to the last layer,
    and batch normalisation that does something.
    """
    import keras

    model = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(224, 224, 3))
    rng = np.random.default_rng(7)
    for layer in model.layers:
        weights = layer.get_weights()
        if len(weights) == 4:
            (size,) = weights[0].shape
            statistics = rng.uniform(0.5, 1.5, size), rng.normal(0, 0.3, size)  # gamma, beta
            layer.set_weights([*statistics, rng.normal(0, 0.3, size), rng.uniform(0.5, 2, size)])  # mean, variance
        elif weights:
            shape = weights[0].shape
            inputs = 9 if shape[-1] == 1 else int(np.prod(shape[:3]))  # a depthwise kernel sees one channel
            layer.set_weights([rng.normal(0, np.sqrt(2 / inputs), shape)])
    # A last layer as quiet as a trained one's: a head on it must not be certain of everything after one step.
    norm = model.get_layer("Conv_1_bn")
    gamma, beta, *statistics = norm.get_weights()
    norm.set_weights([gamma / 10, beta / 10, *statistics])
    return model


@pytest.fixture(scope="session")
def weights_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That network as a file for `--weights`."""
    name = "random.weights.h5"

    def make(folder: Path) -> None:
        request.getfixturevalue("keras_backbone").save_weights(folder / name)

    return once(tmp_path_factory, "weights", make) / name


@pytest.fixture(scope="session")
def weights(weights_file: Path) -> Weights:
    """That network, whole, folded."""
    from backend.models.weights import load_weights

    return load_weights(weights_file, "out_relu")


@pytest.fixture(scope="session")
def style_weights(weights: Weights) -> Weights:
    """As much of it as `style` runs."""
    from backend.models.mobilenet_v2 import layer_names
    from backend.models.style import Style

    names = layer_names(Style.taps[-1])
    return Weights({name: weights.layers[name] for name in names}, weights.source, weights.location, weights.sha256)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three channels to recognise with 10 pictures of 8 videos each, and two background channels with as many."""

    def make(folder: Path) -> None:
        import_folder(write_source(folder / "source"), folder / "data")

    return load_dataset(once(tmp_path_factory, "data", make) / "data")


@pytest.fixture(scope="session")
def style_run(data: Dataset, weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of `style` in three folds, with background. Not to be written to."""
    from backend.training.train import train

    def make(folder: Path) -> None:
        settings = TrainSettings("style", folds=3, seed=0)
        train(data, folder / "style", settings, weights_file, command=["backend", "train"])

    return load_run(once(tmp_path_factory, "style-run", make) / "style")


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The same channels as a collection writes them: in several sizes, and some videos kept for a test."""
    return load_dataset(once(tmp_path_factory, "collected", lambda folder: write_collected(folder / "data")) / "data")


@pytest.fixture(scope="module")
def one_shrinkage() -> Iterator[None]:
    """Train as `collected_run` was."""
    with few_shrinkages():
        yield


@pytest.fixture(scope="session")
def collected_run(collected: Dataset, weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of `style` on it, in three folds, its shrinkage not chosen. Not to be written to."""
    from backend.training.train import train

    def make(folder: Path) -> None:
        settings = TrainSettings("style", folds=3, seed=0)
        with few_shrinkages():
            train(collected, folder / "collected", settings, weights_file, command=["backend", "train"])

    return load_run(once(tmp_path_factory, "collected-run", make) / "collected")


@pytest.fixture(scope="session")
def lonely_run(data: Dataset, style_weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of `style` without background of its own: judged on drawn negatives. Not to be written to."""
    from backend.training.train import train

    settings = TrainSettings("style", folds=3, seed=0)
    with pytest.MonkeyPatch.context() as patch:
        lend_backbone(patch, style_weights)
        return train(without(data, *BACKGROUND), tmp_path_factory.mktemp("runs") / "lonely", settings)


@pytest.fixture(scope="session")
def lab_training(data: Dataset, weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    """One epoch of `lab` in two folds, on five pictures a channel. Not to be written to."""
    from backend.models.head import Fitted
    from backend.models.lab import Lab
    from backend.training.train import train

    build, fit = Lab.build, Lab.fit
    fitted: list[str] = []
    stop_at = ""

    def watched(self: Lab, *args: Any) -> Fitted:
        label = args[-1]
        if label == stop_at:
            raise KeyboardInterrupt
        fitted.append(label)
        return fit(self, *args)

    def built(self: Lab, backbone: Any, classes: int) -> Any:
        model = build(self, backbone, classes)
        # Without tracing a graph, a single step takes half the time; the final fit is as it always is.
        model.run_eagerly = fitted[-1] != "Final fit"
        return model

    few = [picture for name in KNOWN for picture in data.pictures if picture.channel == name][::2]
    part = replace(data, pictures=tuple(few))
    settings = TrainSettings("lab", folds=2, seed=0, epochs=1)

    def make(folder: Path) -> None:
        nonlocal stop_at
        out, stop_at = folder / "lab", "Fold 2/2"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Lab, "fit", watched)
            patch.setattr(Lab, "build", built)
            with pytest.raises(KeyboardInterrupt):
                train(part, out, settings, weights_file)
            assert not out.exists()
            before, stop_at = [*fitted], ""
            fitted.clear()
            train(part, out, settings, weights_file)
        (folder / "fitted.json").write_text(json.dumps([before, fitted]))

    folder = once(tmp_path_factory, "lab-run", make)
    before, after = json.loads((folder / "fitted.json").read_text())
    return Interrupted(load_run(folder / "lab"), before, after)
