"""Channels that were learnt in the browser become a list that can be collected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend.cli.main import main
from backend.collect.channel_file import read_channels

ID = "UCsBjURrPoezykLs9EqgamOA"


def channel(**changes: Any) -> dict[str, Any]:
    return {"key": ID, "id": ID, "handle": "Fireship", "name": "Fireship", "examples": [], **changes}


def exported(folder: Path, *channels: Any, **changes: Any) -> Path:
    path = folder / "my-channels.json"
    file = {"schema": 1, "kind": "thumbprint-channels", "channels": list(channels), **changes}
    path.write_text(json.dumps(file), encoding="utf-8")
    return path


def run(source: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["import", str(source), "--out", str(out), *options])


def test_a_list_that_can_be_collected(tmp_path: Path) -> None:
    source = exported(
        tmp_path,
        channel(),
        channel(id="", handle="été.x", name='Ein "Kanal" \\ [1]'),
        channel(id="UC" + "b" * 22, handle="", name="FIRESHIP"),
        channel(id="", handle="long", name="a" * 200),
    )
    out = tmp_path / "channels.toml"
    result = run(source, out)
    assert result.exit_code == 0, result.output
    assert "Fireship" in result.stdout and str(out) in result.stdout
    requests = read_channels(out)
    assert [request.address for request in requests] == [
        f"https://www.youtube.com/channel/{ID}",
        "https://www.youtube.com/@été.x",
        f"https://www.youtube.com/channel/UC{'b' * 22}",
        "https://www.youtube.com/@long",
    ]
    assert [request.channel.display_name for request in requests] == [
        "Fireship",
        'Ein "Kanal" \\ [1]',
        "FIRESHIP",
        "a" * 200,
    ]
    assert requests[0].channel.handle == "@Fireship"


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    source, out = exported(tmp_path, channel()), tmp_path / "channels.toml"
    out.write_text("mine", encoding="utf-8")
    result = run(source, out)
    assert result.exit_code == 2 and "--force" in result.output
    assert out.read_text(encoding="utf-8") == "mine"
    assert run(source, out, "--force").exit_code == 0
    assert len(read_channels(out)) == 1


WRONG: dict[str, tuple[list[Any], dict[str, Any], str]] = {
    "no channels": ([], {}, "learn a channel"),
    "another kind": ([channel()], {"kind": "settings"}, "'settings'"),
    "a newer schema": ([channel()], {"schema": 2}, "schema 2"),
    "no list": ([], {"channels": {}}, "channels is no list"),
    "too many": ([channel()] * 501, {}, "500"),
    "no object": ([7], {}, "channel 1: name is None"),
    "no address": ([channel(id="", handle="")], {}, "no id and no handle"),
    "a wrong id": ([channel(id="UC1")], {}, "'UC1'"),
    "a handle with a path": ([channel(handle="a/../b")], {}, "'a/../b'"),
    "a name in two lines": ([channel(name="a\nb")], {}, "channel 1: name"),
    "a name that breaks out": ([channel(name="\u202ea")], {}, "channel 1: name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, name: str) -> None:
    channels, changes, said = WRONG[name]
    out = tmp_path / "channels.toml"
    result = run(exported(tmp_path, *channels, **changes), out)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert not out.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"[" * 100_000, b"\xff\xfe"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "my-channels.json"
    source.write_bytes(content)
    result = run(source, tmp_path / "channels.toml")
    assert result.exit_code == 2 and "my-channels.json" in result.output


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = run(tmp_path / "none.json", tmp_path / "channels.toml")
    assert result.exit_code == 2 and "none.json" in result.output
