"""Which video a thumbnail is of, as far as file names tell: folds part videos, and never two pictures of one.

Where an id can be told apart with certainty, it is the key, whatever programs and people have put around it. Where it
cannot, the whole name is, without the names of sizes; endings of copies are only taken off where the name without them
is there too. Names that are joined wrongly cost pictures, and names that are parted wrongly flatter a model.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import PurePosixPath

VIDEO_ID = r"[A-Za-z0-9_-]{11}"
WHOLE = re.compile(rf"({VIDEO_ID})")
BRACKETED = re.compile(rf".*[\[({{]({VIDEO_ID})[\])}}]", re.DOTALL)  # as yt-dlp does, and 4K Downloader
FIRST = re.compile(rf"({VIDEO_ID})[ .,~_({{\[-].*", re.DOTALL)
LAST = re.compile(rf".*[ ._-]({VIDEO_ID})", re.DOTALL)  # as youtube-dl and gallery-dl do
PLACES = (BRACKETED, LAST, FIRST)
# The last of an id's 64 bits are in its tenth letter: after it, two more are always 0.
LAST_LETTERS = "AEIMQUYcgkosw048"
RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
MIXED = 5  # runs of letters or digits: 88 in 100 ids have as many, and hardly any words or dates of 11 letters

# What YouTube calls the sizes of one video's thumbnail.
SIZE = (
    r"(?:maxres(?:default|[123])|(?:sd|hq|mq)(?:default|[123])|hq720|oar(?:default|\d)|frame0|default)"
    r"(?:_live)?(?:_custom)?(?:_\d{1,2})?"
)
OWN = rf"(?:{SIZE}|[0-3]|thumb(?:nail|s)?|cover|poster|folder|image|img|picture|preview|download|unnamed)"
COPY = (
    "copy|copie|copia|cópia|còpia|kopie|kopia|kópia|kopi|kopio|kopya|kopija|másolat|αντίγραφο|копия|копія|копие"
    "|コピー|副本|拷贝|複製|복사본|salinan|bản sao"
)


def _ending(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<rest>{VIDEO_ID}|.+?)(?:{pattern})", re.IGNORECASE | re.DOTALL)


SIZES = (
    _ending(r"\.(?:jpe?g|jpe|jfif|png|webp|avif|gif|bmp)"),  # `ID.webp.jpg`
    _ending(rf"[ _.-]+{SIZE}"),
    _ending(r"[ _.-]+[(\[]?\d{2,5}x\d{2,5}[)\]]?"),
    _ending(r"[ _.-]+[(\[]?\d{3,4}p[)\]]?"),
)
# Windows, macOS, GNOME, browsers, wget and yt-dlp.
COPIES = (
    _ending(rf"[ _.\u2013\u2014-]+(?:{COPY})(?:[ _-]*\(?\d{{1,3}}\)?)?"),
    _ending(r"(?:の|之|的)?(?:コピー|副本|拷贝|複製|복사본)(?:[ _-]*\(?\d{1,3}\)?)?"),
    _ending(rf"[ _]*\((?:[^()]*\W)?(?:{COPY})(?:\W[^()]*)?\)"),
    re.compile(
        rf"(?:{COPY})(?: \(\d{{1,3}}\))? (?:of|von|de|di|da|van|av|af|z|от) (?P<rest>.+)", re.IGNORECASE | re.DOTALL
    ),
    _ending(r"[ _]*\(\d{1,3}\)|[ _]*\[\d{1,3}\]"),
    _ending(r"~\d{0,3}|[-_.#]\d{1,3}|\.(?:bak|orig|old|backup)"),
    _ending(r"[ _.-]+(?:thumb(?:nail)?|cover|poster)"),
)
NUMBER = _ending(r" \d{1,3}")  # a copy on macOS, and any series: it counts after an id alone
MOST_COPIES = 5  # of one picture: more are a series
MOST_FILES = 20  # of one video
MANY, SOME = 5, 3  # different ids that show that files are named by them; fewer do where they look mixed
MOST_OF = 0.8  # share of a channel's files
MOST_MIXED = 0.6  # share of what stands in one place in names


def video_key(path: PurePosixPath) -> str:
    """Tell which video a thumbnail shows by its path `CHANNEL/.../NAME` alone."""
    return video_keys([path])[0]


def video_keys(paths: Sequence[PurePosixPath]) -> list[str]:
    """Tell which videos thumbnails show by their paths `CHANNEL/.../NAME`: the same keys in a channel for one video.

    A key is the video's id, or else its name without case.
    """
    channels: dict[str, list[PurePosixPath]] = defaultdict(list)
    for path in paths:
        channels[path.parts[0]].append(path)
    keys = {path: key for files in channels.values() for path, key in _Channel(files).videos()}
    return [keys[path] for path in paths]


def assumption(keys: Iterable[tuple[str, str]]) -> str:
    """Say how many videos there are taken to be where names hold no id, by (channel, key) of each file; else ""."""
    files = Counter(key for key in keys if not WHOLE.fullmatch(key[1]))
    if not files:
        return ""
    taken = f"{files.total()} files are taken for {len(files)} videos" if files.total() > 1 else "1 file is a video"
    return f"{taken}, as their names hold no video id: files of one video should begin with its id"


class _Channel:
    """The files of a channel: what their names and folders tell together."""

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self.paths = paths
        self.ids = _ids(path.name for path in paths) | _ids({part for path in paths for part in path.parts[1:-1]})
        self.stems: dict[PurePosixPath, set[str]] = defaultdict(set)  # by folder, without sizes
        for path in paths:
            self.stems[path.parent].add(_without_size(path.name).casefold())
        self.copies = Counter(
            (path.parent, rest.casefold()) for path in paths for rest in {*_shorter(_without_size(path.name))}
        )

    def videos(self) -> Iterator[tuple[PurePosixPath, str]]:
        """Yield each file with its key."""
        for path in self.paths:
            yield path, self._id(path) or self._in_folder(path) or self._name(path)

    def _id(self, path: PurePosixPath) -> str:
        """Return the id in a file's name, or in the name of a folder that it is in; else ""."""
        folders = (_id(part, self.ids) for part in reversed(path.parts[1:-1]))
        return _id(path.name, self.ids) or next(filter(None, folders), "")

    def _in_folder(self, path: PurePosixPath) -> str:
        """Return the name of a folder that is a video's, as in `TITLE/thumbnail.jpg`; else ""."""
        stem, beside = _without_size(path.name).casefold(), self.stems[path.parent]
        if len(path.parts) < 3 or not (stem.isdecimal() or any(_is_own(name) for name in [stem, *_shorter(stem)])):
            return ""
        alone = all(_is_own(name) for name in beside) and ("0" in beside or not all(map(str.isdecimal, beside)))
        whole = alone if stem.isdecimal() else _is_own(stem) or len(beside) <= MOST_FILES // 2
        folder = path.parent.name.casefold()
        return folder if whole else f"{folder}/{stem}"

    def _name(self, path: PurePosixPath) -> str:
        """Return a file's name without its size, and without the endings of a copy where the original is there."""
        stem = _without_size(path.name)
        for rest in _shorter(stem):
            name = rest.casefold()
            # A browser calls everybody's thumbnails `maxresdefault (1).jpg`.
            if name in self.stems[path.parent] and not _is_own(name):
                stem = rest if self.copies[path.parent, name] < MOST_COPIES else stem
        return stem if WHOLE.fullmatch(stem) else stem.casefold()


def _is_own(name: str) -> bool:
    """Tell the names that every video's thumbnail may have."""
    return re.fullmatch(OWN, name, re.IGNORECASE) is not None


@lru_cache(maxsize=4096)
def _without_size(name: str) -> str:
    """Take suffixes and the names of sizes off, and nothing else: `Part 1.5` has none."""
    for pattern in SIZES:
        if match := pattern.fullmatch(name):
            return _without_size(match["rest"])
    return name


def _shorter(name: str, patterns: Sequence[re.Pattern[str]] = COPIES) -> Iterator[str]:
    """Yield a name without the last ending of a copy, without the last two, and so on."""
    match: re.Match[str] | None
    for pattern in patterns:
        if match := pattern.fullmatch(name):
            rest = _without_size(match["rest"])
            yield rest
            yield from _shorter(rest, patterns)
            return


def _forms(name: str) -> Iterator[str]:
    """Yield a name without suffix and size, and also without all that may follow an id."""
    stem = _without_size(name)
    yield from chain([stem], _shorter(stem, (*COPIES, NUMBER)))


def _id(name: str, known: Mapping[str, tuple[int, int]]) -> str:
    """Return the id in a name where it is certain: among those that are known, or mixed as ids are; else ""."""
    stem, *shorter = _forms(name)
    whole = [form for form in shorter if WHOLE.fullmatch(form)]
    placed = [match[1] for form in (stem, *shorter) for pattern in PLACES if (match := pattern.fullmatch(form))]
    ids = sorted((token for token in [*whole, *placed] if token in known), key=known.__getitem__, reverse=True)
    if WHOLE.fullmatch(stem):
        ids.insert(0, stem)
    return next(chain(ids, filter(_is_mixed, whole), filter(_is_certain, placed)), "")


def _is_mixed(text: str) -> bool:
    return len(RUNS.findall(text)) >= MIXED


def _is_certain(text: str) -> bool:
    """Tell an id amid other words."""
    return _is_mixed(text) and text[-1] in LAST_LETTERS


def _ids(names: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return the ids that some names have in one place, as programs name files: there they need not look mixed.

    Each has how many names have it, and how many have an id in the same place: what is more is more certain.
    """
    stems = [list(_forms(name)) for name in names]
    places = [
        [next((match[1] for match in map(pattern.fullmatch, forms) if match), "") for forms in stems]
        for pattern in (WHOLE, *PLACES)
    ]
    count = Counter(token for tokens in zip(*places, strict=True) for token in {*tokens} - {""})
    whole, *placed = [Counter(filter(None, tokens)) for tokens in places]
    all_whole = len(whole) >= MANY and MOST_OF * len(stems) <= whole.total() <= MOST_COPIES * len(whole)
    found = {token: (count[token], whole.total()) for token in (whole if all_whole else {*whole} & {*placed[0]})}
    for tokens in (whole, *placed):
        if len(tokens) >= SOME and sum(map(_is_mixed, tokens)) >= MOST_MIXED * len(tokens):
            found |= {token: max(found.get(token, (0, 0)), (count[token], tokens.total())) for token in tokens}
    # No words, and no series.
    return {token: found[token] for token in found if len(RUNS.findall(token)) > 1 and count[token] <= MOST_FILES}
