"""From `channels/world.toml` to a prior of one's own in two commands, on an internet that is played here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import PALETTES, draw, encode
from youtube import Internet, image
from youtube_pages import entries, video_id

from backend.collect.channel_file import read_channels
from backend.models.prior import load_prior
from backend.utils.toml import read_toml

ROOT = Path(__file__).resolve().parents[3]
WORLD = ROOT / "channels" / "world.toml"
VIDEOS = 8
COLLECTED = 12  # of its channels


def test_it_names_many_channels_of_many_subjects_and_languages() -> None:
    requests = read_channels(WORLD)
    assert len(requests) >= 120
    assert len({request.address.casefold() for request in requests}) == len(requests)
    subjects = [line for line in WORLD.read_text(encoding="utf-8").split("\n\n") if line.startswith("# ")]
    assert len(subjects) >= 20
    for script in ("日本語", "한국어", "中文", "हिन्दी", "العربية", "Русский", "ไทย"):
        assert any(script in subject for subject in subjects), script


@pytest.mark.slow
def test_two_commands_make_a_prior(tmp_path: Path) -> None:
    tables = dict(list(read_toml(WORLD).items())[:COLLECTED])
    handles = [str(table["handle"]).removeprefix("@") for table in tables.values() if isinstance(table, dict)]
    text = "".join(f'["{name}"]\nhandle = "@{handle}"\n' for name, handle in zip(tables, handles, strict=True))
    (tmp_path / "world.toml").write_text(text + '[gone]\nhandle = "@there-is-none"\n', encoding="utf-8")
    net = Internet(tmp_path / "ca.pem")
    styles = tuple(PALETTES)
    for number, handle in enumerate(handles):
        net.add(handle, entries(handle, VIDEOS))
        for video in range(VIDEOS):
            drawn = draw(styles[number % len(styles)], number * VIDEOS + video, (320, 180))
            net.always(video_id(handle, video), image(encode(drawn, "JPEG", quality=90)), "maxres")
    env = {**os.environ, "HTTPS_PROXY": net.proxy, "https_proxy": net.proxy, "SSL_CERT_FILE": str(net.ca)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "backend", "-q", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, timeout=150, check=False)

    data, out = tmp_path / "data", tmp_path / "prior.npz"
    with net.running():
        collected = run("collect", str(tmp_path / "world.toml"), "--out", str(data), "--rate", "0")
    assert "there is no such channel" in collected.stdout + collected.stderr
    fitted = run("prior", "fit", str(data / "images"), "--out", str(out))
    assert fitted.returncode == 0, fitted.stderr
    prior = load_prior(out)
    assert len(prior.real) == COLLECTED - COLLECTED // 3
    assert prior.random.count == len(prior.random.held) == COLLECTED // 6 * VIDEOS
