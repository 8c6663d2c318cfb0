"""The command that fetches thumbnails."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend.collecting.manners import Manners
from backend.collecting.splits import KINDS, SplitKind, SplitRule
from backend.commands.shared import FOLDER, show_errors
from backend.errors import DataError

if TYPE_CHECKING:
    from backend.collect import Settings, Summary
    from backend.collecting.wanted import Wanted

RULE, MANNERS = SplitRule(), Manners()
SHORT = 3  # exit code: there is less than what is wanted
REASONS = 6  # shown of a channel


@click.command("collect")
@click.argument("channels", type=FOLDER)
@click.option("--out", type=FOLDER, help="The dataset to make, to go on with, or to bring up to date.")
@click.option("--newest", type=click.IntRange(min=1), default=RULE.newest, show_default=True, help="To train on.")
@click.option("--test-next", type=click.IntRange(min=0), default=RULE.test_next, show_default=True, help="To test on.")
@click.option("--split", type=click.Choice(KINDS), default=RULE.kind, show_default=True, help="Which ones are tested.")
@click.option("--variants", default="", help="Sizes to store beside the largest: sd, hq, mq, webp; with commas.")
@click.option("--from", "videos", type=FOLDER, help="A file of videos, instead of what the channels list.")
@click.option("--shorts", is_flag=True, help="List shorts too.")
@click.option("--streams", is_flag=True, help="List streams too.")
@click.option("--refresh", is_flag=True, help="Look at every known thumbnail again for changes, and not once a day.")
@click.option(
    "--rate", type=click.FloatRange(min=0), default=MANNERS.rate, show_default=True, help="Requests a second."
)
@click.option("--concurrency", type=click.IntRange(1, 64), default=MANNERS.concurrency, show_default=True)
@click.option("--proxy", default="", help="As http://HOST:PORT; the environment's HTTPS_PROXY by default.")
@click.option("--cookies", type=FOLDER, help="A file of cookies for yt-dlp.")
@click.option("--cookies-from-browser", default="", help="A browser to take cookies from, for yt-dlp.")
@click.option("--dry-run", is_flag=True, help="List what would be fetched, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@show_errors
def collect_command(
    channels: Path,
    out: Path | None,
    newest: int,
    test_next: int,
    split: SplitKind,
    variants: str,
    videos: Path | None,
    shorts: bool,
    streams: bool,
    refresh: bool,
    rate: float,
    concurrency: int,
    proxy: str,
    cookies: Path | None,
    cookies_from_browser: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fetch the thumbnails of the channels that the file CHANNELS names. Exit code 3 if there are too few of one."""
    from backend.collect import Settings, collect
    from backend.collecting.listing import Access

    if cookies is not None and not cookies.is_file():
        raise DataError(f"--cookies {cookies}: no such file; export it from your browser in Netscape's format")
    settings = Settings(
        SplitRule(split, newest, test_next),
        _variants(variants),
        ("videos", *["shorts"] * shorts, *["streams"] * streams),
        refresh,
        Access(proxy, str(cookies or ""), cookies_from_browser),
        Manners(rate=rate, concurrency=concurrency),
    )
    wanted = _wanted(channels, videos)
    if dry_run:
        _show_preview(wanted, settings, as_json)
        return
    if out is None:
        raise DataError("--out is missing: name the folder to collect into, or add --dry-run")
    summary = collect(wanted, out, settings)
    click.echo(json.dumps(_to_json(summary), indent=2, ensure_ascii=False) if as_json else _text(summary, out))
    if summary.put_off:
        click.echo(f"Error: {summary.put_off}", err=True)
    if summary.short:
        sys.exit(SHORT)


def _variants(text: str) -> tuple[str, ...]:
    from backend.collecting.thumbnails import VARIANTS

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in VARIANTS:
            raise DataError(f"--variants {name}: use some of {', '.join(VARIANTS)}, with commas between")
    return names


def _wanted(channels: Path, videos: Path | None) -> Sequence[Wanted]:
    from backend.collecting.wanted import read_channels, read_videos
    from backend.toml import read_toml

    listed = read_videos(videos, list(read_toml(channels))) if videos else {}
    wanted = read_channels(channels, listed)
    return [one for one in wanted if not listed or one.videos]


def _show_preview(wanted: Sequence[Wanted], settings: Settings, as_json: bool) -> None:
    from backend.collect import preview

    found: dict[str, list[dict[str, Any]]] = {}
    for one, listed in preview(wanted, settings):
        found[one.channel.name] = [asdict(video) for video in listed]
        if not as_json:
            unwanted = Counter(video.unwanted for video in listed if video.unwanted)
            named = "".join(f"; {count} not: {reason}" for reason, count in unwanted.most_common())
            click.echo(f"{one.channel.name}: {len(listed) - unwanted.total()} videos would be fetched{named}")
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _to_json(summary: Summary) -> dict[str, Any]:
    channels = [{**vars(one), "short": one.short} for one in summary.channels]
    return {"channels": channels, "put_off": summary.put_off, "short": summary.short}


def _text(summary: Summary, out: Path) -> str:
    lines = []
    for one in summary.channels:
        news = ", ".join(f"{count} {word}" for count, word in ((one.fetched, "new"), (one.changed, "changed")) if count)
        lines.append(f"{one.name}: {one.images} of {one.wanted} thumbnails" + (f" ({news})" if news else ""))
        lines += [f"  {count} not: {reason}" for reason, count in one.left_out.most_common(REASONS)]
        lines += [f"  {one.problem}"] * bool(one.problem)
    total = sum(one.images for one in summary.channels)
    more = "; what was left out is in left-out.csv" if any(one.left_out for one in summary.channels) else ""
    return "\n".join([*lines, f"{total} thumbnails in {out}{more}"])
