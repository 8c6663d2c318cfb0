"""The demo's dataset: made up, the same every time, and legible."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageChops

from backend.cli.main import main
from backend.data.dataset import Dataset, load_dataset
from backend.data.images import decode
from backend.data.synthetic.channels import CHANNELS
from backend.data.synthetic.demo_dataset import make_demo_data
from backend.data.synthetic.drawing import SIZE
from backend.data.synthetic.layouts import Look, Video
from backend.data.synthetic.lettering import write
from backend.data.synthetic.titles import Title, invent
from backend.utils.errors import DataError

LOOKS = [(demo.channel.name, look) for demo in CHANNELS for look in (demo.first, demo.second)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return make_demo_data(tmp_path_factory.mktemp("demo") / "data", per_channel=3)


def test_the_demo_is_a_dataset_of_made_up_channels(demo: Dataset) -> None:
    assert load_dataset(demo.root) == demo
    assert demo.demo
    assert len(demo.known) >= 4
    assert len(demo.background) >= 3
    for channel in demo.channels:
        assert channel.display_name.startswith("Demo: ")
        assert channel.handle.startswith("@demo-")
        assert channel.url == ""


def test_every_picture_is_what_the_manifest_says(demo: Dataset) -> None:
    assert Counter(picture.channel for picture in demo.pictures) == {channel.name: 3 for channel in demo.channels}
    for picture in demo.pictures:
        height, width = decode(demo.path(picture)).shape[:2]
        assert (width, height) == (picture.width, picture.height)
        assert (width, height) in {(1280, 720), (640, 360)}
    keys = {(picture.channel, picture.key) for picture in demo.pictures}
    assert len(keys) == len({picture.sha256 for picture in demo.pictures}) == len(demo.pictures)


@pytest.mark.slow
def test_a_seed_gives_the_same_bytes_however_many_are_drawn(demo: Dataset, tmp_path: Path) -> None:
    fewer = make_demo_data(tmp_path / "fewer", per_channel=1)
    assert set(fewer.pictures) <= set(demo.pictures)
    assert all(fewer.path(p).read_bytes() == demo.path(p).read_bytes() for p in fewer.pictures)
    other = make_demo_data(tmp_path / "other", seed=1, per_channel=1)
    assert not {p.sha256 for p in other.pictures} & {p.sha256 for p in demo.pictures}


def test_an_existing_dataset_is_refused_before_anything_is_drawn(
    demo: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.data.synthetic.demo_dataset.draw", lambda *_: pytest.fail("drew a picture"))
    with pytest.raises(DataError, match="exists already: add --force"):
        make_demo_data(demo.root)


def test_the_command_draws_what_the_function_draws(
    demo: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = partial(make_demo_data, per_channel=1)
    monkeypatch.setattr("backend.data.synthetic.demo_dataset.make_demo_data", few)
    done = CliRunner().invoke(main, ["-q", "demo-data", "--out", str(tmp_path / "data"), "--seed", "0"])
    assert done.exit_code == 0, done.output
    drawn = {picture.sha256 for picture in load_dataset(tmp_path / "data").pictures}
    assert len(drawn) == len(CHANNELS) and drawn < {picture.sha256 for picture in demo.pictures}


def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("backend.data.synthetic.demo_dataset.draw", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_demo_data(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_progress_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_demo_data(tmp_path / "data", per_channel=1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{len(CHANNELS)}/{len(CHANNELS)}" in captured.err


@pytest.mark.parametrize(
    "words", ["7%", "Is it slow?", "Why lasers fail", "The Forgotten Keyboard Nobody Wants", "W" * 12]
)
def test_words_stay_in_their_box_in_every_lettering(words: str) -> None:
    box = (300, 150, 900, 500)
    room = 60  # for descenders, outlines, boxes and light
    for lettering in {look.lettering for _, look in LOOKS}:
        canvas = Image.new("RGB", SIZE)
        write(canvas, words, box, lettering, [(255, 255, 255)], (90, 90, 90))
        bright = canvas.getchannel("R").point([0] * 200 + [255] * 56).getbbox()
        assert bright is not None
        assert bright[0] >= box[0] - 5
        assert bright[2] <= box[2] + 5
        assert bright[1] >= box[1] - room
        assert bright[3] <= box[3] + room
        assert (bright[2] - bright[0] > 400) or (bright[3] - bright[1] > 230), "far smaller than its box"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "look"), LOOKS, ids=[f"{name}-{look.layout.__name__}" for name, look in LOOKS])
def test_a_looks_words_can_be_seen_in_every_colourway(name: str, look: Look) -> None:
    for number, colours in enumerate(look.colourways):
        title = invent(np.random.default_rng(number))
        same = [
            look.layout(Video(np.random.default_rng(number), look, colours, title)),
            look.layout(Video(np.random.default_rng(number), look, colours, Title(" ", " ", title.number))),
        ]
        changed = np.asarray(ImageChops.difference(*same)).max(axis=2) > 60
        assert changed.mean() > 0.01, f"{name}: words do not stand out on {colours}"
