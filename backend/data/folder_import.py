"""From folders of thumbnails, one a channel, to a dataset: what is a picture, what is left out, and what it is called.

Files are judged by their content and copied byte by byte. One that cannot be used is left out with a reason, and never
stops the import; only a folder with too few usable pictures does, because a channel cannot be learnt from them.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from backend.data import picture_files
from backend.data.dataset import DESCRIPTION, MANIFEST, Channel, Dataset, LeftOut, Picture, channel_from
from backend.data.dataset_writer import dataset_output, fill
from backend.data.filenames import free_file, portable, readable
from backend.data.images import decode, suffix_of
from backend.data.video_keys import video_keys
from backend.utils.errors import DataError, ImageError
from backend.utils.progress import track
from backend.utils.toml import quoted, read_toml

CHANNELS_TOML = "channels.toml"
MIN_PICTURES = 8
# YouTube's smallest thumbnail, `default.jpg`, has 120x90 pixels; 100x56 is as small as 16:9 still shows a style.
MIN_WIDTH, MIN_HEIGHT = 100, 56
WORKERS = 4  # threads that decode; Pillow lets go of the interpreter while it does


@dataclass(frozen=True)
class ImportSummary:
    """What an import made, and what it left out."""

    dataset: Dataset
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class _File:
    """A file in a channel's folder; `source` is its path in the source, `problem` why it cannot even be opened."""

    channel: str
    path: Path
    source: str
    problem: str = ""

    def left_out(self, reason: str) -> LeftOut:
        return LeftOut(self.channel, self.source, reason)


@dataclass(frozen=True)
class _Usable:
    """A file that can be a picture, with what its content says; width and height in pixels."""

    file: _File
    suffix: str
    sha256: str
    width: int
    height: int


def import_folder(source: Path, out: Path, *, force: bool = False) -> ImportSummary:
    """Make a dataset in `out` of the thumbnails in `source`: a folder a channel, subfolders included.

    `channels.toml` beside the folders may say more about the channels. Progress goes to stderr. Raises DataError when
    `source` is not laid out like that, when a folder has fewer than 8 usable pictures, and when `out` cannot be used.
    """
    _check_places(source, out)
    with dataset_output(out, force=force) as output:
        folders, strays = _channel_folders(source)
        channels = _read_channels(source, list(folders))
        files = [file for name, folder in folders.items() for file in _walk(source, name, folder)]
        usable, left_out = _without_duplicates(_inspect_all(files))
        _check_enough(source, list(folders), usable, left_out)
        all_left_out = (*strays, *left_out)
        dataset = fill(output, out, channels, _contents(usable), left_out=all_left_out)
    return ImportSummary(dataset, all_left_out)


def _check_places(source: Path, out: Path) -> None:
    if not source.is_dir():
        raise DataError(f"{source}: no such folder: name the folder that holds a folder of thumbnails a channel")
    inner, outer = Path(os.path.realpath(out)), Path(os.path.realpath(source))
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise DataError(f"{out}: one of --out and the source {source} is inside the other: choose another --out")
    if (source / DESCRIPTION).is_file() and (source / MANIFEST).is_file():
        raise DataError(f"{source}: is a dataset already: train on it as it is")


def _channel_folders(source: Path) -> tuple[dict[str, Path], list[LeftOut]]:
    """Find the channels' folders by name, in order, and what else lies beside them."""
    folders: dict[str, Path] = {}
    strays: list[LeftOut] = []
    same: dict[str, str] = {}
    for path in _visible(source):
        name = readable(path.name)
        reason = _not_a_channel(source, path, folders.values())
        if not reason:
            other = same.setdefault(portable(name).casefold(), name)
            if other in folders:
                raise DataError(
                    f"{source}: some systems cannot tell the folders {other!r} and {name!r} apart: rename one"
                )
            folders[name] = path
        elif path.name != CHANNELS_TOML:
            strays.append(LeftOut("", name, reason))
    if not folders:
        raise DataError(
            f"{source}: no folders in it ({len(strays)} other files): put each channel's thumbnails in a folder of "
            f"its own, as in {source / 'CHANNEL' / 'picture.jpg'}"
        )
    return folders, strays


def _not_a_channel(source: Path, path: Path, folders: Iterable[Path]) -> str:
    """Say why what lies beside the channels' folders is none; empty for a folder, and for a link to one elsewhere."""
    if not path.is_dir():
        return "not in a channel's folder"
    target = path.resolve()
    if path.is_symlink() and (target.is_relative_to(source.resolve()) or source.resolve().is_relative_to(target)):
        return "link to a folder that is here already: not followed"
    twice = next((folder.name for folder in folders if folder.resolve() == target), "")
    return f"link to the same folder as {readable(twice)}: not followed" if twice else ""


def _visible(folder: Path) -> list[Path]:
    """List a folder without hidden files, in an order that is the same everywhere."""
    try:
        paths = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "__MACOSX"]
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror}): change its permissions") from None
    return sorted(paths, key=lambda path: (readable(path.name).casefold(), path.name))


def _read_channels(source: Path, names: Sequence[str]) -> list[Channel]:
    """Describe the channels by their folders' names, and by `channels.toml` where there is one."""
    path = source / CHANNELS_TOML
    tables = {readable(name): table for name, table in read_toml(path).items()} if path.exists() else {}
    if unknown := [name for name in tables if name not in names]:
        raise DataError(f"{path}: [{unknown[0]}] is not a folder beside it: use {', '.join(map(quoted, names))}")
    channels = []
    for name in names:
        where, table = f"{path}: [{name}]", tables.get(name, {})
        if not isinstance(table, dict):
            raise DataError(f"{where}: expected a table, not {table!r}: write [{quoted(name)}] on a line of its own")
        if "name" in table:
            raise DataError(f"{where}: unknown key 'name': rename the folder, or use display_name")
        channels.append(channel_from({"name": name, "display_name": name.replace("_", " "), **table}, where))
    return channels


def _walk(source: Path, channel: str, folder: Path) -> Iterator[_File]:
    """Go through a channel's folder and its subfolders, in order; links to folders are not followed."""
    for path in _visible(folder):
        name = readable(path.relative_to(source).as_posix())
        if not path.is_dir():
            yield _File(channel, path, name, "" if path.is_file() else "not a file, or a broken link")
        elif path.is_symlink():
            yield _File(channel, path, name, "link to a folder: not followed")
        elif not os.access(path, os.R_OK | os.X_OK):
            yield _File(channel, path, name, "folder cannot be read (Permission denied)")
        else:
            yield from _walk(source, channel, path)


def _inspect_all(files: Sequence[_File]) -> list[_Usable | LeftOut]:
    # Warnings are switched here, around all threads: they are global, and threads that each restored them would race.
    with warnings.catch_warnings(), ThreadPoolExecutor(WORKERS) as pool:
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # damaged metadata; pixels decide
        results = pool.map(_inspect, files)  # in order, whichever thread is first
        try:
            return list(track(results, "Importing", "file", len(files)))
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for thousands of pictures


def _inspect(file: _File) -> _Usable | LeftOut:
    if file.problem:
        return file.left_out(file.problem)
    try:
        if not suffix_of(picture_files.read_file(file.path, picture_files.START)):
            return file.left_out(picture_files.NO_PICTURE)
        data = picture_files.read_picture(file.path)
        height, width = decode(data).shape[:2]
    except ImageError as error:
        return file.left_out(str(error).removeprefix("picture: ").removeprefix(f"{file.path}: "))
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return file.left_out(f"tiny ({width}x{height}, at least {MIN_WIDTH}x{MIN_HEIGHT} pixels are needed)")
    return _Usable(file, suffix_of(data), hashlib.sha256(data).hexdigest(), width, height)


def _without_duplicates(inspected: Sequence[_Usable | LeftOut]) -> tuple[list[_Usable], list[LeftOut]]:
    """Keep the first of files with the same bytes: a second one weighs double, or belongs to two channels."""
    first: dict[str, _Usable] = {}
    left_out: list[LeftOut] = []
    for item in inspected:
        if isinstance(item, LeftOut):
            left_out.append(item)
            continue
        kept = first.setdefault(item.sha256, item)
        if kept is item:
            continue
        reason = f"exact duplicate of {kept.file.source}"
        if kept.file.channel != item.file.channel:
            reason += f", which is in the channel {kept.file.channel}: a picture can only be of one"
        left_out.append(item.file.left_out(reason))
    return list(first.values()), left_out


def _check_enough(source: Path, names: Sequence[str], usable: Sequence[_Usable], left_out: Sequence[LeftOut]) -> None:
    problems = []
    for name in names:
        count = sum(item.file.channel == name for item in usable)
        if count < MIN_PICTURES:
            reasons = [f"{item.source} ({item.reason})" for item in left_out if item.channel == name]
            more = f", and {len(reasons) - 5} more" if len(reasons) > 5 else ""
            why = f"; left out: {', '.join(reasons[:5])}{more}" if reasons else ""
            problems.append(f"{source / name}: {count} usable pictures, at least {MIN_PICTURES} are needed{why}")
    if problems:
        raise DataError("\n".join([*problems, "Add pictures to the folder, or move it away, and import again."]))


def _contents(usable: Sequence[_Usable]) -> Iterator[tuple[Picture, bytes]]:
    taken: set[str] = set()
    keys = video_keys([PurePosixPath(item.file.source) for item in usable])
    for item, key in zip(usable, keys, strict=True):
        file, path = item.file, PurePosixPath(item.file.source)
        data = _read_again(item)
        name = free_file(f"images/{portable(file.channel)}", path.name, item.suffix, taken)
        yield Picture(file.channel, name, key, item.sha256, item.width, item.height, file.source), data


def _read_again(item: _Usable) -> bytes:
    try:
        data = item.file.path.read_bytes()
    except OSError as error:
        raise DataError(f"{item.file.path}: gone during the import ({error.strerror}): import again") from None
    if hashlib.sha256(data).hexdigest() != item.sha256:
        raise DataError(f"{item.file.path}: changed during the import: import again")
    return data
