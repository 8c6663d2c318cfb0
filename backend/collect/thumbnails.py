"""YouTube's thumbnails of a video: which sizes there are, which is the largest to be had, and what is no picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.collect.http_client import THUMBNAILS, Client, FetchError, Reply
from backend.data.images import decode, suffix_of
from backend.data.pixels import Pixels
from backend.utils.errors import ImageError

DOMAINS = ("ytimg.com", "img.youtube.com")
PATHS = {
    "maxres": "vi/{}/maxresdefault.jpg",
    "sd": "vi/{}/sddefault.jpg",
    "hq": "vi/{}/hqdefault.jpg",
    "mq": "vi/{}/mqdefault.jpg",
    "webp": "vi_webp/{}/hqdefault.webp",
}
LARGEST_FIRST = ("maxres", "sd", "hq", "mq")
VARIANTS = ("sd", "hq", "mq", "webp")  # that may be stored beside the largest
PLACEHOLDER = (90, 120)  # height and width
GREY_SPREAD = 12  # JPEG leaves a little colour in grey
MISSING = "missing"


@dataclass(frozen=True)
class Thumbnail:
    """A picture of a video that was fetched, decoded and found good; width and height in pixels."""

    variant: str
    url: str
    body: bytes
    suffix: str
    sha256: str
    width: int
    height: int
    etag: str
    modified: str


@dataclass(frozen=True)
class Outcome:
    """What came of asking for a video: a picture, or why there is none.

    refused: {variant: reason} of what will be no better next time; passing: whether asking another time may help.
    """

    thumbnail: Thumbnail | None = None
    refused: dict[str, str] = field(default_factory=dict)
    passing: str = ""

    @property
    def reason(self) -> str:
        """Say in a few words why there is no picture."""
        if self.passing:
            return self.passing
        named = sorted(set(self.refused.values()))
        return "no thumbnail" if named == [MISSING] else "; ".join(r for r in named if r != MISSING) or "no thumbnail"


def address(video: str, variant: str) -> str:
    """Return where a thumbnail is."""
    return f"https://{THUMBNAILS}/{PATHS[variant].format(video)}"


def fetch_largest(client: Client, video: str, refused: dict[str, str] | None = None) -> Outcome:
    """Fetch the largest thumbnail to be had, leaving out variants that were refused before. Raises PutOff, Stopped.

    What is refused now is added to `refused`, also where this raises.
    """
    return fetch_first(client, video, LARGEST_FIRST, refused)


def fetch_first(client: Client, video: str, variants: Sequence[str], refused: dict[str, str] | None = None) -> Outcome:
    """Fetch the first of some sizes that is to be had, as `fetch_largest` does."""
    known = {} if refused is None else refused
    for variant in variants:
        if variant in known:
            continue
        outcome = fetch_variant(client, video, variant)
        if outcome.thumbnail or outcome.passing:
            return Outcome(outcome.thumbnail, known, outcome.passing)
        known.update(outcome.refused)
    return Outcome(refused=known)


def fetch_variant(client: Client, video: str, variant: str) -> Outcome:
    """Fetch one size of a thumbnail. Raises PutOff, Stopped."""
    url = address(video, variant)
    try:
        reply = client.get(url)
        return Outcome(read(reply, variant, url))
    except FetchError as error:
        if error.status in (404, 410):
            return Outcome(refused={variant: MISSING})
        # Half a picture that comes every time is how that picture is there. A server that is down, or lets nobody in,
        # says nothing of it.
        if error.status in (401, 403, 407) or (error.passing and not error.reason.startswith("ended early")):
            return Outcome(passing=error.reason)
        return Outcome(refused={variant: error.reason})


def read(reply: Reply, variant: str, url: str) -> Thumbnail:
    """Decode what was sent. Raises FetchError for what is no picture, or YouTube's stand-in for a missing one."""
    body = reply.body or b""
    if not reply.kind.lower().startswith("image/"):
        raise FetchError(f"not a picture but {reply.kind.split(';')[0] or 'of no type'}")
    try:
        pixels = decode(body)
    except ImageError as error:
        raise FetchError(str(error).removeprefix("picture: ")) from None
    if is_placeholder(pixels):
        raise FetchError("placeholder", status=404)
    height, width = pixels.shape[:2]
    sha256 = hashlib.sha256(body).hexdigest()
    return Thumbnail(variant, url, body, suffix_of(body), sha256, width, height, reply.etag, reply.modified)


def is_placeholder(pixels: Pixels) -> bool:
    """Tell YouTube's stand-in for a thumbnail that does not exist: 120x90 and grey; every size asked for is larger."""
    if pixels.shape[:2] != PLACEHOLDER:
        return False
    spread = pixels.max(axis=2).astype(np.int64) - pixels.min(axis=2)
    return bool(spread.max() <= GREY_SPREAD)
