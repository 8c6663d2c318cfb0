"""The command that fetches thumbnails."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend.cli.common import FOLDER, ThumbprintCommand, renamed_option, show, show_errors, show_json
from backend.collect.rate_limit import RateLimit
from backend.collect.test_split import KINDS, SplitKind, SplitRule
from backend.utils.errors import DataError

if TYPE_CHECKING:
    from backend.collect.channel_file import ChannelRequest
    from backend.collect.listing import Listed
    from backend.collect.settings import Settings, Summary

RULE, RATE_LIMIT = SplitRule(), RateLimit()
SHORT = 3  # exit code: fewer thumbnails than asked for
STOPPED = 130  # exit code: Ctrl-C, as shells have it
REASONS = 6  # shown of a channel
COUNT, SOME = click.IntRange(min=1), click.IntRange(min=0)


@renamed_option("--test-next", "--test-size")
@renamed_option("--newest", "--train-size")
@renamed_option("--from", "--videos")
@click.command("collect", cls=ThumbprintCommand, epilog="channels/mine.toml --out data/mine")
@click.argument("channels", type=FOLDER)
@click.option("--out", type=FOLDER, help="The dataset to make, to go on with, or to bring up to date.")
@click.option("--train-size", type=COUNT, default=RULE.newest, help="Videos of each channel to train on: the newest.")
@click.option("--test-size", type=SOME, default=RULE.test_next, help="Videos after them, to test on.")
@click.option(
    "--split",
    type=click.Choice(KINDS),
    default=RULE.kind,
    help="The test set: lab: the videos after the newest ones; newest: the newest 15 %; random: any 15 %.",
)
@click.option("--variants", help="Sizes to store beside the largest, with commas: sd, hq, mq, webp.")
@click.option("--videos", type=FOLDER, help="A file of videos to take, instead of what the channels list.")
@click.option("--shorts", is_flag=True, help="List shorts too.")
@click.option("--streams", is_flag=True, help="List past live streams too.")
@click.option("--refresh", is_flag=True, help="Look now whether known thumbnails were changed, and not once a day.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=RATE_LIMIT.rate,
    help="Most thumbnails to ask for in a second; 0: no limit.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=RATE_LIMIT.concurrency,
    help="Most thumbnails to ask for at the same time.",
)
@click.option("--proxy", help="http://HOST:PORT; by default the one that HTTPS_PROXY names.")
@click.option("--cookies", type=FOLDER, help="A file of cookies for yt-dlp, in Netscape's format; it is only read.")
@click.option("--cookies-from-browser", help="The browser that yt-dlp takes cookies from, as in firefox.")
@click.option("--dry-run", is_flag=True, help="List what would be fetched, fetch nothing, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@show_errors
def collect_command(
    channels: Path,
    out: Path | None,
    train_size: int,
    test_size: int,
    split: SplitKind,
    variants: str | None,
    videos: Path | None,
    shorts: bool,
    streams: bool,
    refresh: bool,
    rate: float,
    concurrency: int,
    proxy: str | None,
    cookies: Path | None,
    cookies_from_browser: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fetch the thumbnails of the channels that the file CHANNELS names.

    What was fetched is never fetched again: the same command goes on after a stop, and later brings the dataset up to
    date.

    \b
    Exit codes:
      0    every channel has as many thumbnails as asked for
      2    nothing could be done; the error says why
      3    some channel has fewer, or has fewer so far; go on with the same command
      130  stopped with Ctrl-C
    """
    from backend.collect.listing import Access
    from backend.collect.preflight import check_access
    from backend.collect.settings import Settings

    settings = Settings(
        SplitRule(split, train_size, test_size),
        _variants(variants or ""),
        ("videos", *["shorts"] * shorts, *["streams"] * streams),
        refresh,
        Access(proxy or "", str(cookies or ""), cookies_from_browser or ""),
        RateLimit(rate=rate, concurrency=concurrency),
    )
    requests = _requests(channels, videos)
    if out is None and not dry_run:
        raise DataError("--out is missing: name the folder to collect into, or add --dry-run")
    check_access(settings.access)
    try:
        short = (
            _preview(requests, settings, as_json)
            if dry_run or out is None
            else _collect(requests, out, settings, as_json)
        )
    except KeyboardInterrupt:
        kept = "" if dry_run else " What was fetched is kept: the same command goes on from there."
        click.echo(f"Stopped.{kept}", err=True)
        sys.exit(STOPPED)
    if short:
        sys.exit(SHORT)


def _variants(text: str) -> tuple[str, ...]:
    from backend.collect.thumbnails import VARIANTS

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in VARIANTS:
            raise DataError(f"--variants {name}: use some of {', '.join(VARIANTS)}, with commas between")
    return names


def _requests(channels: Path, videos: Path | None) -> Sequence[ChannelRequest]:
    from backend.collect.channel_file import read_channels, read_videos
    from backend.utils.toml import read_toml

    if not channels.is_file():
        raise DataError(f"{channels}: no such file; copy channels/example.toml, and name your channels in it")
    listed = read_videos(videos, list(read_toml(channels))) if videos else {}
    requests = read_channels(channels, listed)
    return [request for request in requests if not listed or request.videos]


# --- Looking only ------------------------------------------------------------------------------------------------


def _preview(requests: Sequence[ChannelRequest], settings: Settings, as_json: bool) -> bool:
    """Show what would be fetched; tells whether it would be too little."""
    from backend.collect.settings import total_of

    previews = []
    for request in requests:
        name, (listed, problem) = request.channel.name, _listed(request, settings)
        short = sum(not video.unwanted for video in listed) < total_of(request, settings.rule)
        previews.append({"name": name, "short": short, "problem": problem, "videos": [asdict(v) for v in listed]})
        if not as_json:
            click.echo(_preview_text(name, listed, problem))
    short = any(preview["short"] for preview in previews)
    if as_json:
        show_json({"channels": previews, "short": short})
    return short


def _listed(request: ChannelRequest, settings: Settings) -> tuple[list[Listed], str]:
    """List a channel's videos; returns them, and why there are none."""
    from backend.collect.collect import preview
    from backend.collect.listing import ListingError

    try:
        return preview(request, settings), ""
    except ListingError as error:
        if error.unreachable:
            raise
        return [], str(error)


def _preview_text(name: str, listed: Sequence[Listed], problem: str) -> str:
    if problem:
        return f"{name}: {problem}"
    unwanted = Counter(video.unwanted for video in listed if video.unwanted)
    named = "".join(f"; {count} not: {reason}" for reason, count in unwanted.most_common())
    return f"{name}: {len(listed) - unwanted.total()} videos would be fetched{named}"


# --- Collecting --------------------------------------------------------------------------------------------------


def _collect(requests: Sequence[ChannelRequest], out: Path, settings: Settings, as_json: bool) -> bool:
    """Collect, and show what came of it; tells whether it is too little."""
    from backend.collect.collect import collect

    summary = collect(requests, out, settings)
    show(as_json, _to_json(summary, out), _lines(summary, out))
    if summary.put_off:
        click.echo(f"Error: {summary.put_off}", err=True)
    return summary.short


def _to_json(summary: Summary, out: Path) -> dict[str, Any]:
    channels = [{**vars(channel), "short": channel.short} for channel in summary.channels]
    images = sum(channel.images for channel in summary.channels)
    ended = {"short": summary.short, "put_off": summary.put_off}
    return {"out": str(out), "images": images, **ended, "channels": channels}


def _lines(summary: Summary, out: Path) -> Iterator[str]:
    for channel in summary.channels:
        news = ", ".join(
            f"{count} {word}" for count, word in ((channel.fetched, "new"), (channel.changed, "changed")) if count
        )
        yield f"{channel.name}: {channel.images} of {channel.wanted} thumbnails" + (f" ({news})" if news else "")
        yield from (f"  {count} not: {reason}" for reason, count in channel.left_out.most_common(REASONS))
        if channel.problem:
            yield f"  {channel.problem}"
    total = sum(channel.images for channel in summary.channels)
    more = "; what was left out is in left-out.csv" if any(channel.left_out for channel in summary.channels) else ""
    yield f"{total} thumbnails in {out}{more}"
