"""The heat that a browser computes with a converted model is Grad-CAM's here."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import KNOWN, draw, encode, exactly, with_bars
from numpy.typing import NDArray
from planted import gated

from backend.data.dataset import Channel
from backend.explain.gradcam import Explainer
from backend.models.predictor import Model
from backend.models.run import Run
from backend.models.style import Style
from backend.models.weights import load_shipped
from backend.utils.errors import ConversionError
from backend.utils.files import pack_json
from converter.export import export_graph_model, export_without_channels
from converter.heat import describe_heat
from converter.learning import PRIOR, learning_of
from converter.metadata import describe, describe_without_channels
from converter.verify import EXTENSION

pytestmark = pytest.mark.slow

CLOSE = 1e-3
SCRIPT = EXTENSION.parent / "tests" / "extension" / "support" / "heat-main.ts"
PICTURES = (draw("ember", 90), draw("moss", 91), with_bars(draw("fjord", 92)), draw("fjord", 93, (320, 200)))

Explained = tuple[tuple[int, ...], NDArray[np.float32]]  # a box, and the cells of the grid


def in_the_browser(folder: Path, targets: Sequence[dict[str, Any]]) -> list[Explained]:
    """Return what the extension computes of every picture for every target."""
    pictures = [
        {
            "width": image.width,
            "height": image.height,
            "data": base64.b64encode(image.convert("RGBA").tobytes()).decode(),
        }
        for image in PICTURES
    ]
    done = subprocess.run(
        ["node", "--import", "tsx", str(SCRIPT), str(folder)],
        cwd=EXTENSION,
        input=json.dumps({"pictures": pictures, "targets": targets}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    return [(tuple(answer["box"]), np.frombuffer(base64.b64decode(answer["cells"]), np.float32)) for answer in answers]


def assert_pythons(explainer: Explainer, found: Sequence[Explained], targets: int) -> None:
    names = explainer.names[:targets]
    heats = [explainer.explain(encode(image), channel=name) for image in PICTURES for name in names]
    assert [box for box, _ in found] == [heat.box for heat in heats]
    for (_, cells), heat in zip(found, heats, strict=True):
        np.testing.assert_allclose(cells.reshape(heat.grid.shape), heat.grid, atol=CLOSE)
    assert len({cells.tobytes() for _, cells in found}) == len(found), "each has its own heat"
    assert sum(heat.grid.max() == 1 for heat in heats) > len(heats) / 2


@pytest.mark.parametrize("gate", [False, True], ids=["one head", "a head for photos too"])
def test_heat_in_the_browser_is_pythons(style_run: Run, gate: bool, tmp_path: Path) -> None:
    run = gated(style_run) if gate else style_run
    heat = export_graph_model(Model(run), tmp_path, "int8")
    (tmp_path / "metadata.json").write_bytes(pack_json(describe(run, tmp_path, "int8", heat=heat)))
    found = in_the_browser(tmp_path, [{"channel": number} for number in range(len(KNOWN))])
    assert_pythons(Explainer(run), found, len(KNOWN))


class Learnt(Run):
    """A run without pictures: a mean of features that the test gives is what is typical."""

    def check_pixels(self) -> NDArray[np.uint8]:
        return np.zeros((1, 120, 208, 3), np.uint8)


def test_so_is_that_of_a_channel_that_was_learnt_there(tmp_path: Path) -> None:
    learning = learning_of(Style(), load_shipped().layers)
    assert learning is not None
    heat = export_without_channels(learning, tmp_path)
    (tmp_path / PRIOR).write_bytes(learning.packed)
    (tmp_path / "metadata.json").write_bytes(pack_json(describe_without_channels(learning, tmp_path, "int8", heat)))
    prior = learning.prior()
    kernels = np.random.default_rng(3).normal(size=(2, len(prior.step)))
    kernel = (prior.basis * prior.basis_step @ kernels.T) / prior.scale[:, None]
    head = {"kernel": kernel.astype(np.float32), "bias": np.zeros(2, np.float32)}
    names = tuple(Channel(name, name) for name in ("one", "other"))
    description = {"settings": {"recipe": "style"}, "unknown": None}
    explainer = Explainer(Learnt(tmp_path, description, names, learning.layers, head))
    explainer._typical = Style().tap_logits(head, lambda: prior.mean[None].astype(np.float32))
    assert_pythons(explainer, in_the_browser(tmp_path, [{"kernel": row.tolist()} for row in kernels]), 2)


def test_a_head_that_is_not_in_the_graph_is_noticed(style_run: Run) -> None:
    others = [("a", style_run.head["kernel"] + 1), ("b", style_run.head["bias"])]
    with pytest.raises(ConversionError, match=exactly("the graph has no array of the head's kernel; convert it again")):
        describe_heat(Model(style_run), others)
