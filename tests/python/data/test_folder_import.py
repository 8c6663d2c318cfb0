"""Folders of thumbnails become a dataset: what is left out and why, and what the rest is called."""

from __future__ import annotations

import csv
import io
import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backend.data.dataset import LeftOut, load_dataset
from backend.data.filenames import free_file, portable, readable
from backend.data.folder_import import import_folder
from backend.data.video_keys import video_key
from backend.utils import progress
from backend.utils.errors import DataError


def picture(
    seed: int, size: tuple[int, int] = (128, 72), kind: str = "JPEG", mode: str = "RGB", **options: Any
) -> bytes:
    """Encode coarse noise, so that no two seeds are alike and files stay small."""
    noise = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def fill(folder: Path, count: int = 8, first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        (folder / f"video {seed:02d}.jpg").write_bytes(picture(seed))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two channels with eight good pictures each."""
    fill(tmp_path / "source" / "alpha", first=0)
    fill(tmp_path / "source" / "beta_two", first=100)
    return tmp_path / "source"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "data"


def reasons(left_out: tuple[LeftOut, ...]) -> dict[str, str]:
    return {item.source: item.reason for item in left_out}


def test_an_import_copies_every_byte_and_fills_the_manifest(source: Path, out: Path) -> None:
    summary = import_folder(source, out)
    assert load_dataset(out) == summary.dataset
    assert summary.left_out == ()
    assert [(c.name, c.display_name, c.role) for c in summary.dataset.channels] == [
        ("alpha", "alpha", "known"),
        ("beta_two", "beta two", "known"),
    ]
    first = summary.dataset.pictures[0]
    assert (first.file, first.key, first.source) == ("images/alpha/video 00.jpg", "video 00", "alpha/video 00.jpg")
    assert (first.width, first.height) == (128, 72)
    for item in summary.dataset.pictures:
        assert (out / item.file).read_bytes() == (source / item.source).read_bytes()


def test_planted_faults_are_left_out_and_never_fatal(source: Path, out: Path) -> None:
    good = picture(50, (640, 360), quality=95)
    planted = {
        "truncated.jpg": good[: len(good) // 2],
        "truncated.png": picture(51, kind="PNG")[:-200],
        "truncated.webp": picture(52, (640, 360), kind="WEBP")[:-200],
        "empty.jpg": b"",
        "text.jpg": b"not a picture at all",
        "notes.txt": b"remember the milk",
        "tiny.jpg": picture(53, (99, 72)),
        "flat.png": picture(54, (400, 20), kind="PNG"),
        "moving.gif": picture(55, kind="GIF"),
        "zz twin.jpg": picture(3),
        ".DS_Store": b"\0",
        "._video 00.jpg": b"\0",
    }
    for name, data in planted.items():
        (source / "alpha" / name).write_bytes(data)
    (source / "beta_two" / "zz.jpg").write_bytes(picture(0))
    (source / "readme.md").write_text("hello")
    (source / ".git").mkdir()
    (source / "__MACOSX").mkdir()
    summary = import_folder(source, out)
    found = reasons(summary.left_out)
    assert len(summary.dataset.pictures) == 16
    for name in ("truncated.jpg", "truncated.png", "truncated.webp"):
        assert found.pop(f"alpha/{name}").startswith("damaged picture (")
    for name in ("empty.jpg", "text.jpg", "notes.txt", "moving.gif"):
        assert found.pop(f"alpha/{name}") == "not a picture (JPEG, PNG or WebP)"
    assert found == {
        "readme.md": "not in a channel's folder",
        "alpha/tiny.jpg": "tiny (99x72, at least 100x56 pixels are needed)",
        "alpha/flat.png": "tiny (400x20, at least 100x56 pixels are needed)",
        "alpha/zz twin.jpg": "exact duplicate of alpha/video 03.jpg",
        "beta_two/zz.jpg": (
            "exact duplicate of alpha/video 00.jpg, which is in the channel alpha: a picture can only be of one"
        ),
    }
    with (out / "left-out.csv").open(encoding="utf-8", newline="") as file:
        assert [LeftOut(**row) for row in csv.DictReader(file)] == list(summary.left_out)


def test_the_content_decides_and_the_copy_is_named_after_it(source: Path, out: Path) -> None:
    for name, data in {
        "really a png.jpg": picture(60, kind="PNG"),
        "no suffix": picture(61, kind="WEBP"),
        "shouting.JPEG": picture(62),
        "Part 1.5": picture(63),
    }.items():
        (source / "alpha" / name).write_bytes(data)
    pictures = {p.source: (p.file, p.key) for p in import_folder(source, out).dataset.pictures}
    assert pictures["alpha/really a png.jpg"] == ("images/alpha/really a png.png", "really a png")
    assert pictures["alpha/no suffix"] == ("images/alpha/no suffix.webp", "no suffix")
    assert pictures["alpha/shouting.JPEG"] == ("images/alpha/shouting.JPEG", "shouting")
    assert pictures["alpha/Part 1.5"] == ("images/alpha/Part 1.5.jpg", "part 1.5")


def test_unusual_pictures_are_pictures(source: Path, out: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    frames = [Image.new("RGB", (128, 72), colour) for colour in ("red", "blue")]
    moving = io.BytesIO()
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    deep = io.BytesIO()
    Image.fromarray(np.arange(128 * 72, dtype=np.uint16).reshape(72, 128) * 7).save(deep, "PNG")
    for name, data in {
        "turned.jpg": picture(70, (320, 180), exif=turned),
        "moving.webp": moving.getvalue(),
        "deep.png": deep.getvalue(),
        "cmyk.jpg": picture(71, mode="CMYK"),
        "palette.png": picture(72, kind="PNG", mode="P", transparency=0),
        "grey.jpg": picture(73, mode="L"),
        "clear.webp": picture(74, kind="WEBP", mode="RGBA"),
        "torn exif.jpg": picture(75, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\0" + b"\x12\x01\x03\0\x01\0\0\0"),
    }.items():
        (source / "alpha" / name).write_bytes(data)
    summary = import_folder(source, out)
    assert summary.left_out == ()
    sizes = {p.source: (p.width, p.height) for p in summary.dataset.pictures}
    assert sizes["alpha/turned.jpg"] == (180, 320)
    assert len(sizes) == 24


def test_youtubes_smallest_thumbnail_is_large_enough(source: Path, out: Path) -> None:
    (source / "alpha" / "default.jpg").write_bytes(picture(80, (120, 90)))
    assert len(import_folder(source, out).dataset.pictures) == 17


def test_too_few_pictures_name_the_folder_the_count_and_the_reasons(source: Path, out: Path) -> None:
    for seed in range(6):
        (source / "alpha" / f"video 0{seed}.jpg").write_bytes(picture(seed, (90, 50)))
    (source / "alpha" / "video 06.jpg").write_bytes(b"?")
    (source / "empty one").mkdir()
    with pytest.raises(DataError) as error:
        import_folder(source, out)
    lines = str(error.value).splitlines()
    assert lines[0].startswith(f"{source / 'alpha'}: 1 usable pictures, at least 8 are needed; left out: ")
    assert "alpha/video 00.jpg (tiny (90x50, at least 100x56 pixels are needed))" in lines[0]
    assert lines[0].endswith("and 2 more")
    assert lines[1] == f"{source / 'empty one'}: 0 usable pictures, at least 8 are needed"
    assert lines[2] == "Add pictures to the folder, or move it away, and import again."
    assert not out.exists()


def test_a_source_without_folders_explains_the_layout(tmp_path: Path, out: Path) -> None:
    fill(tmp_path / "flat", 3)
    message = (
        f"{tmp_path / 'flat'}: no folders in it (3 other files): put each channel's thumbnails in a folder of its own, "
        f"as in {tmp_path / 'flat' / 'CHANNEL' / 'picture.jpg'}"
    )
    with pytest.raises(DataError, match=re.escape(message)):
        import_folder(tmp_path / "flat", out)
    with pytest.raises(DataError, match="no such folder: name the folder that holds"):
        import_folder(tmp_path / "nowhere", out)


def test_source_and_out_may_not_lie_in_one_another(source: Path, out: Path) -> None:
    for place in (source, source / "alpha" / "data", source.parent):
        with pytest.raises(DataError, match=r"one of --out and the source .* is inside the other"):
            import_folder(source, place, force=True)
    import_folder(source, out)
    with pytest.raises(DataError, match="is a dataset already"):
        import_folder(out, out.with_name("again"))


def test_an_existing_dataset_stays_until_the_import_is_complete(source: Path, out: Path) -> None:
    before = import_folder(source, out)
    with pytest.raises(DataError, match="exists already: add --force"):
        import_folder(source, out)
    (source / "alpha" / "video 00.jpg").unlink()
    with pytest.raises(DataError, match="7 usable pictures"):
        import_folder(source, out, force=True)
    assert load_dataset(out) == before.dataset
    fill(source / "alpha", 1, first=90)
    after = import_folder(source, out, force=True)
    assert "images/alpha/video 90.jpg" in {p.file for p in after.dataset.pictures}


def test_a_file_that_changes_during_the_import_stops_it(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"something else")
    with pytest.raises(DataError, match=r"video 00\.jpg: changed during the import: import again"):
        import_folder(source, out)
    assert not out.exists()
    assert [path.name for path in out.parent.iterdir()] == ["source"]


def test_names_in_any_script_and_deep_folders(tmp_path: Path, out: Path) -> None:
    deep = tmp_path / "source" / "Канал 東京 ñ" / ("long " * 20).strip() / "2021" / "зима"
    fill(deep)
    summary = import_folder(tmp_path / "source", out)
    assert {p.channel for p in summary.dataset.pictures} == {"Канал 東京 ñ"}
    assert summary.dataset.pictures[0].file == "images/Канал 東京 ñ/video 00.jpg"
    assert load_dataset(out) == summary.dataset


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_that_are_no_text_and_not_portable(source: Path, out: Path) -> None:
    (source / "alpha" / os.fsdecode(b"caf\xe9.jpg")).write_bytes(picture(90))
    (source / "alpha" / "why? a:b.jpg").write_bytes(picture(91))
    (source / "alpha" / ("x" * 250)).write_bytes(picture(92))
    summary = import_folder(source, out)
    names = {PurePosixPath(p.file).name for p in summary.dataset.pictures}
    assert {"caf\N{REPLACEMENT CHARACTER}.jpg", "why_ a_b.jpg", "x" * 200 + ".jpg"} <= names
    assert load_dataset(out) == summary.dataset


def test_names_that_differ_only_in_case_get_numbers(source: Path, out: Path) -> None:
    if (source / "ALPHA").exists():
        pytest.skip("this file system does not tell cases apart")
    for seed, name in enumerate(("Cover.jpg", "cover.jpg", "deep/cover.jpg", "cover-2.jpg"), 200):
        (source / "alpha" / name).parent.mkdir(exist_ok=True)
        (source / "alpha" / name).write_bytes(picture(seed))
    summary = import_folder(source, out)
    files = [p.file for p in summary.dataset.pictures]
    assert len({file.casefold() for file in files}) == len(files) == 20
    assert {"images/alpha/Cover.jpg", "images/alpha/cover-2.jpg"} <= set(files)
    (source / "Alpha").mkdir()
    with pytest.raises(DataError, match="cannot tell the folders 'Alpha' and 'alpha' apart: rename one"):
        import_folder(source, out, force=True)


def test_links_to_files_and_to_channels_are_read_and_other_links_to_folders_are_not(
    source: Path, out: Path, tmp_path: Path
) -> None:
    fill(tmp_path / "elsewhere", 9, first=300)
    (source / "alpha" / "linked.jpg").symlink_to(tmp_path / "elsewhere" / "video 300.jpg")
    (source / "alpha" / "broken.jpg").symlink_to(tmp_path / "gone.jpg")
    (source / "alpha" / "circle").symlink_to(source, target_is_directory=True)
    (source / "gamma").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (source / "gamma 2").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (source / "delta").symlink_to(source / "alpha", target_is_directory=True)
    (source / "home").symlink_to(tmp_path, target_is_directory=True)
    (source / "loop").symlink_to(source / "loop")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    os.mkfifo(source / "alpha" / "pipe.jpg")
    summary = import_folder(source, out)
    assert reasons(summary.left_out) == {
        "gamma 2": "link to the same folder as gamma: not followed",
        "delta": "link to a folder that is here already: not followed",
        "home": "link to a folder that is here already: not followed",
        "loop": "not in a channel's folder",
        "gamma/back": "link to a folder: not followed",
        "gamma/video 300.jpg": (
            "exact duplicate of alpha/linked.jpg, which is in the channel alpha: a picture can only be of one"
        ),
        "alpha/broken.jpg": "not a file, or a broken link",
        "alpha/circle": "link to a folder: not followed",
        "alpha/pipe.jpg": "not a file, or a broken link",
    }
    (linked,) = [p for p in summary.dataset.pictures if p.source == "alpha/linked.jpg"]
    assert not summary.dataset.path(linked).is_symlink()
    assert sum(p.channel == "gamma" for p in summary.dataset.pictures) == 8


def test_unreadable_files_and_folders_are_left_out(source: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(source / "alpha" / "locked", 2, first=310)
    (source / "alpha" / "secret.jpg").write_bytes(picture(320))
    opened, access = Path.open, os.access

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name == "secret.jpg":
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **kwargs)

    # Permissions mean nothing to root, who may run the tests.
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "locked" and access(path, mode))
    assert reasons(import_folder(source, out).left_out) == {
        "alpha/locked": "folder cannot be read (Permission denied)",
        "alpha/secret.jpg": "cannot be read (Permission denied)",
    }


def test_progress_goes_to_stderr_and_can_be_silenced(
    source: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.set_quiet(True)
    try:
        import_folder(source, out)
    finally:
        progress.set_quiet(False)
    assert capsys.readouterr() == ("", "")
    import_folder(source, out, force=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Importing" in captured.err
    assert "16/16" in captured.err


def test_channels_toml_describes_channels(source: Path, out: Path) -> None:
    (source / "channels.toml").write_text(
        """
        [alpha]
        display_name = "Alpha & Ω"
        handle = "@Alpha"
        url = "https://www.youtube.com/@Alpha"

        [beta_two]
        role = "background"
        """,
        encoding="utf-8",
    )
    dataset = import_folder(source, out).dataset
    (alpha,), (beta,) = dataset.known, dataset.background
    assert (alpha.display_name, alpha.handle, alpha.url) == ("Alpha & Ω", "@Alpha", "https://www.youtube.com/@Alpha")
    assert (beta.name, beta.display_name) == ("beta_two", "beta two")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[alpha]\ncolour = "red"', "[alpha]: unknown key 'colour': use display_name, handle, url, role"),
        ('[alpha]\nname = "a"', "[alpha]: unknown key 'name': rename the folder, or use display_name"),
        ("[gamma]", "[gamma] is not a folder beside it: use alpha, beta_two"),
        ("[Tom Scott]", 'line 1: the name [Tom Scott] needs quotes: write ["Tom Scott"]'),
        (
            '[alpha]\n\n[ veritasium.en ] # a dot\nrole = "known"',
            "line 3: the name [veritasium.en] needs quotes: write",
        ),
        ("[Über]", 'needs quotes: write ["Über"]'),
        ("[🎨]", 'needs quotes: write ["🎨"]'),
        ("[a.b.c]", 'needs quotes: write ["a.b.c"]'),
        ("[alpha.x]", 'needs quotes: write ["alpha.x"]'),
        ('alpha = "A"', "[alpha]: expected a table, not 'A': write [alpha] on a line of its own"),
        ("[alpha]\nhandle = 3", "[alpha]: handle = 3 must be a text in quotes"),
        ('[alpha]\nrole = "star"', '[alpha]: role = \'star\' is neither "known" nor "background"'),
        ('[alpha]\ndisplay_name = " "', "[alpha]: display_name is empty"),
        ('[alpha]\nurl = "javascript:alert(1)"', "[alpha]: url = 'javascript:alert(1)' must begin with https://"),
        ('[alpha]\nrole = "known', "not valid TOML (Illegal character '\\n'"),
        ("[alpha]\n\nrole known", "(at line 3, column 6)"),
    ],
)
def test_a_wrong_channels_toml_is_explained(source: Path, out: Path, text: str, message: str) -> None:
    (source / "channels.toml").write_text(text + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(message)) as error:
        import_folder(source, out)
    assert str(error.value).startswith(str(source / "channels.toml"))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("c/dQw4w9WgXcQ.jpg", "dQw4w9WgXcQ"),
        ("c/-_-_-_-_-_-.webp", "-_-_-_-_-_-"),
        ("c/dQw4w9WgXcQ_hqdefault.jpg", "dQw4w9WgXcQ"),
        ("c/dQw4w9WgXc__maxresdefault.jpg", "dQw4w9WgXc_"),
        ("c/dQw4w9WgXcQ-maxresdefault.jpg", "dQw4w9WgXcQ"),
        ("c/dQw4w9WgXcQ.mqdefault.webp", "dQw4w9WgXcQ"),
        ("c/dQw4w9WgXcQ_hq720_live.jpg", "dQw4w9WgXcQ"),
        ("c/dQw4w9WgXcQ.mqdefault", "dQw4w9WgXcQ"),
        ("c/Never Gonna [Live] [dQw4w9WgXcQ].jpg", "dQw4w9WgXcQ"),
        ("c/Never Gonna [dQw4w9WgXcQ].0.png", "dQw4w9WgXcQ"),
        ("c/Never Gonna [dQw4w9WgXcQ] (1).jpg", "dQw4w9WgXcQ"),
        ("c/[programming] Ten Tips.jpg", "[programming] ten tips"),
        ("c/dQw4w9WgXcQ/hqdefault.jpg", "dQw4w9WgXcQ"),
        ("c/My Video/maxresdefault.jpg", "my video"),
        ("c/hqdefault.jpg", "hqdefault"),
        ("c/My Video_sddefault.jpg", "my video"),
        ("c/MY VIDEO-SDDEFAULT.JPG", "my video"),
        ("c/Straße 2.0.jpg", "strasse 2.0"),
        ("c/setting defaults.jpg", "setting defaults"),
    ],
)
def test_the_key_is_the_videos(path: str, key: str) -> None:
    assert video_key(PurePosixPath(path)) == key


def test_versions_of_one_video_stay_and_share_a_key(source: Path, out: Path) -> None:
    (source / "alpha" / "dQw4w9WgXcQ_hqdefault.jpg").write_bytes(picture(400, (480, 360)))
    (source / "alpha" / "dQw4w9WgXcQ_maxresdefault.jpg").write_bytes(picture(401, (1280, 720)))
    keys = [p.key for p in import_folder(source, out).dataset.pictures]
    assert keys.count("dQw4w9WgXcQ") == 2


def test_names_become_portable() -> None:
    assert portable('a<b>c:"d/e\\f|g?h*i\n. ') == "a_b_c__d_e_f_g_h_i_"
    assert portable("...") == "_"
    assert [portable(name) for name in ("CON", "nul.jpg", "com1", "console", "Lpt9.x")] == [
        *("_CON", "_nul.jpg", "_com1", "console", "_Lpt9.x")
    ]
    assert portable("a" * 199 + " b") == "a" * 199
    assert portable("a" + "я" * 200) == "a" + "я" * 99  # 199 bytes: no half of a letter
    assert readable("n\u0303") == "ñ"
    taken: set[str] = set()
    names = [free_file("images/c", name, ".jpg", taken) for name in ("A.jpg", "a.JPG", "a-2.jpg", "a.png")]
    assert names == ["images/c/A.jpg", "images/c/a-2.JPG", "images/c/a-2-2.jpg", "images/c/a-3.jpg"]


@pytest.mark.parametrize(
    "name", ["Tom Scott", "veritasium.en", "Über", "🎨", "=1+1", "CON", " lead", "it's", '"q"', "-x"]
)
def test_a_channel_may_be_called_anything(source: Path, out: Path, name: str) -> None:
    """Its table in channels.toml is written as the message about another one says."""
    (source / "beta_two").rename(source / name)
    (source / "channels.toml").write_text('[other]\nrole = "background"', encoding="utf-8")
    with pytest.raises(DataError, match="is not a folder beside it: use ") as error:
        import_folder(source, out)
    written = str(error.value).partition(": use ")[2].replace("alpha, ", "").replace(", alpha", "")
    (source / "channels.toml").write_text(f'[{written}]\nrole = "background"', encoding="utf-8")
    dataset = import_folder(source, out).dataset
    assert [channel.name for channel in dataset.background] == [name]
    assert load_dataset(out) == dataset


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_channel_whose_name_ends_in_a_space(source: Path, out: Path) -> None:
    (source / "beta_two").rename(source / "beta ")
    dataset = import_folder(source, out).dataset
    assert {picture.file.split("/")[1] for picture in dataset.pictures} == {"alpha", "beta"}
    assert load_dataset(out) == dataset


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_channels_toml_as_any_editor_writes_it(source: Path, out: Path, mark: str, end: str) -> None:
    text = end.join(['[alpha] # "Ω"', 'display_name = "Ω"', "", "[beta_two]", 'role = "background"', ""])
    (source / "channels.toml").write_bytes(f"{mark}{text}".encode())
    dataset = import_folder(source, out).dataset
    assert [channel.display_name for channel in dataset.channels] == ["Ω", "beta two"]
    assert [channel.name for channel in dataset.background] == ["beta_two"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_channels_toml_in_another_encoding(source: Path, out: Path, encoding: str) -> None:
    (source / "channels.toml").write_bytes('[alpha]\ndisplay_name = "Über"\n'.encode(encoding))
    with pytest.raises(DataError, match=r"channels\.toml: not valid TOML \(.*\): save it as UTF-8$"):
        import_folder(source, out)


@pytest.mark.parametrize("text", ["a = " + "[" * 20000, "a = " + "{a=" * 5000], ids=["lists", "tables"])
def test_channels_toml_that_is_nested_too_deeply(source: Path, out: Path, text: str) -> None:
    (source / "channels.toml").write_text(text)
    with pytest.raises(DataError, match=r"channels\.toml: not valid TOML \(nested too deeply\): correct it"):
        import_folder(source, out)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_channels_toml_that_nobody_writes_to(source: Path, out: Path) -> None:
    os.mkfifo(source / "channels.toml")
    with pytest.raises(DataError, match=r"channels\.toml: cannot be read \(not a file\)"):
        import_folder(source, out)
