"""The engines that our network is compared on, each run the usual way, with two threads: LiteRT and onnxruntime.

Both are given the very network of a run, from pixels to logits, in batches of 1 and of 32. LiteRT runs a float32 model
with XNNPACK, its default; its batch size is compiled in.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.images import Pixels
from backend.models.predictor import Model
from backend.utils.tf_quiet import held_stderr, import_tensorflow

from .command import PEERS, ROOT, say
from .onnx_graph import LOGITS, PIXELS, onnx_model

THREADS = 2
BATCHES = (1, 32)
REQUIREMENTS = ROOT / "bench/requirements.txt"
Engine = Callable[[Pixels], Any]


@dataclass(frozen=True)
class Contender:
    """An engine with a batch size and its file of the network."""

    engine: str
    batch: int
    file: Path

    @property
    def name(self) -> str:
        return f"{self.engine}-{self.batch}"

    def load(self) -> Engine:
        """Return what turns pixels (n, height, width, 3) into logits (n, classes), batch by batch."""
        return {"litert": load_litert, "onnxruntime": load_onnxruntime}[self.engine](self.file, self.batch)


def install_peers() -> dict[str, str]:
    """Install what requirements.txt pins into build/bench/python, unless it is there; return versions by name."""
    wanted = dict(line.split("==") for line in REQUIREMENTS.read_text().split() if "==" in line)
    if any(installed().get(name) != version for name, version in wanted.items()):
        say("Installing what the bench compares with (bench/requirements.txt).")
        options = ["--quiet", "--no-deps", "--upgrade", "--disable-pip-version-check", "--target", str(PEERS)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, "-r", str(REQUIREMENTS)], check=True)
    if str(PEERS) not in sys.path:
        sys.path.append(str(PEERS))
    return wanted


def installed() -> dict[str, str]:
    """Return the versions of what is in build/bench/python, by name."""
    return {found.metadata["Name"]: found.version for found in distributions(path=[str(PEERS)])}


def write_networks(model: Model, folder: Path) -> list[Contender]:
    """Write a run's network for every engine and batch size."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx = folder / "network.onnx"
    onnx.write_bytes(onnx_model(model.run.layers, model.recipe.taps, model.recipe.spec, model.run.head))
    found = []
    for batch in BATCHES:
        lite = folder / f"network-{batch}.tflite"
        lite.write_bytes(_compiled(model, batch))
        found += [Contender("litert", batch, lite), Contender("onnxruntime", batch, onnx)]
    return sorted(found, key=lambda one: one.name)


def _compiled(model: Model, batch: int) -> bytes:
    import_tensorflow()
    import tensorflow as tf

    spec = model.recipe.spec
    shape = tf.TensorSpec((batch, spec.height, spec.width, 3), tf.uint8)
    graph = tf.function(model.logits, input_signature=[shape]).get_concrete_function()
    with held_stderr():
        content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([graph]).convert()
    return content


def load_litert(file: Path, batch: int) -> Engine:
    """Load a network of which `batch` is the batch size; the last batch is filled up."""
    from ai_edge_litert.interpreter import Interpreter

    with held_stderr():
        lite = Interpreter(model_path=str(file), num_threads=THREADS)
        lite.allocate_tensors()
    taken, given = lite.get_input_details()[0]["index"], lite.get_output_details()[0]["index"]

    def run(pixels: Pixels) -> Any:
        lite.set_tensor(taken, np.resize(pixels, (batch, *pixels.shape[1:])))
        lite.invoke()
        return lite.get_tensor(given)[: len(pixels)]

    return _batched(run, batch)


def load_onnxruntime(file: Path, batch: int) -> Engine:
    """Load a network of any batch size."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return _batched(lambda pixels: session.run([LOGITS], {PIXELS: pixels})[0], batch)


def _batched(run: Engine, batch: int) -> Engine:
    def whole(pixels: Pixels) -> Any:
        return np.concatenate([run(pixels[start : start + batch]) for start in range(0, len(pixels), batch)])

    return whole


def main() -> None:
    """Classify the pictures below a folder as a plain script with this engine would: `ENGINE BATCH FILE FOLDER MARKS`.

    Writes to MARKS when the first picture was about to be read, and when the last answer was there.
    """
    import time

    from backend.data.picture_files import find_pictures

    from .reading import read_ahead

    engine, batch, file, folder, marks = sys.argv[1:]
    sys.path.append(str(PEERS))
    run, paths = Contender(engine, int(batch), Path(file)).load(), find_pictures([Path(folder)])
    began, answers = time.time(), []
    for pixels in read_ahead(paths, max(BATCHES), THREADS):
        answers += run(pixels).argmax(axis=1).tolist()
    Path(marks).write_text(json.dumps({"predict_begin": began, "predict_end": time.time()}))
    print(json.dumps([{"file": str(path), "channel": found} for path, found in zip(paths, answers, strict=True)]))


if __name__ == "__main__":
    main()
