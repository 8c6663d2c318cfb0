"""Which files of a folder are pictures, and what is read of files that never end."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest
from helpers import draw, encode

from backend.data.folder_import import import_folder
from backend.data.images import decode
from backend.data.picture_files import MAX_BYTES, find_pictures
from backend.utils.errors import ImageError

JPEG = encode(draw("ember", 1), "JPEG")


def sparse(path: Path, start: bytes, size: int = 4 * 2**30) -> Path:
    """Make a file of which nearly nothing is on the disk."""
    path.write_bytes(start)
    os.truncate(path, size)
    return path


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """A pipe, a socket, a link to a device, and a file of 4 GB that begins as a picture."""
    paths = {name: tmp_path / name for name in ("pipe.jpg", "socket.jpg", "device.jpg")}
    os.mkfifo(paths["pipe.jpg"])
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)  # the name of a socket must be short
        listener.bind("socket.jpg")
    paths["device.jpg"].symlink_to("/dev/zero")
    return paths | {"large.jpg": sparse(tmp_path / "large.jpg", JPEG)}


def test_what_never_ends_is_refused(odd: dict[str, Path]) -> None:
    for name, path in odd.items():
        reason = "over the 100 MB allowed" if name == "large.jpg" else "not a file but a pipe, a socket or a device"
        with pytest.raises(ImageError, match=re.escape(f"{path}: {reason}")):
            decode(path)


def test_of_a_file_that_is_no_picture_nothing_more_is_read(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="not a JPEG, PNG or WebP picture"):
        decode(sparse(tmp_path / "zeros.jpg", b""))


def test_a_file_as_large_as_is_allowed_is_read(tmp_path: Path) -> None:
    assert decode(sparse(tmp_path / "a.jpg", JPEG, MAX_BYTES)).shape == (90, 160, 3)


def test_contents_say_what_a_picture_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pictures"
    pictures = [folder / name for name in ("noextension", "sub/wrong.txt", "x.gif", "y.png")]
    hidden = [folder / name for name in (".hidden.jpg", ".trash/a.jpg", "__MACOSX/a.jpg", "sub/._a.jpg")]
    for path in [*pictures, *hidden]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(JPEG)
    others = {"text.jpg": b"no picture", "Thumbs.db": b"\xd0\xcf\x11\xe0" * 99, "empty.jpg": b"", "b.jpg": b"GIF89a"}
    for name, data in others.items():
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "broken.jpg").symlink_to(tmp_path / "gone")
    (folder / "elsewhere").symlink_to(folder / "sub")
    assert find_pictures([folder]) == sorted(pictures)
    said = capsys.readouterr().err.splitlines()
    reasons = {line.split(": ")[0].removeprefix(f"Left out {folder}/"): line.split(": ", 1)[1] for line in said}
    assert reasons == dict.fromkeys(others, "not a picture (JPEG, PNG or WebP)") | {
        "pipe.jpg": "not a file but a pipe, a socket or a device; save the picture to a file",
        "broken.jpg": "cannot be read (No such file or directory)",
        "elsewhere": "link to a folder: not followed",
    }


def test_an_import_leaves_out_what_never_ends(tmp_path: Path, odd: dict[str, Path]) -> None:
    channel = tmp_path / "source" / "ember"
    channel.mkdir(parents=True)
    for number in range(8):
        (channel / f"video{number:06}.jpg").write_bytes(encode(draw("ember", number), "JPEG"))
    for name, path in odd.items():
        path.rename(channel / name)
    summary = import_folder(tmp_path / "source", tmp_path / "data")
    reasons = {Path(left.source).name: left.reason for left in summary.left_out}
    assert len(summary.dataset.pictures) == 8
    assert reasons.pop("large.jpg") == "over the 100 MB allowed"
    assert reasons == dict.fromkeys(("pipe.jpg", "socket.jpg", "device.jpg"), "not a file, or a broken link")
