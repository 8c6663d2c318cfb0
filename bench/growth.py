"""How it grows with the channels: training, memory, the model's size, and how long an answer takes."""

from __future__ import annotations

import gzip
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any
from unittest import mock

from backend.models.predictor import Model
from backend.models.run import load_run

from .command import python, say
from .made_up import replicate
from .ours import Bench, copy_cache
from .reading import read
from .setting import Setting
from .spread import spread, take_turns
from .table import markdown

ROUNDS = 60
PICTURES = 8


def measure(setting: Setting, channels: Sequence[int], each: int) -> dict[str, Any]:
    """Train on 3, 30, 300 channels: real ones, and the same in other hues."""
    bench = Bench(setting.work, setting.data)
    rows = []
    for count in channels:
        say(f"Growth: {count} channels of {each} pictures")
        rows.append(_trained(bench, setting, count, each))
    pixels = read(sorted(setting.folder(PICTURES).iterdir()))
    models = {str(count): Model(load_run(setting.work / f"grown-{count}-run")) for count in channels}
    asked = {name: partial(model.predict_proba, pixels[:1]) for name, model in models.items()}
    seconds = take_turns(asked, ROUNDS)
    for row in rows:
        row["answer_ms"] = asdict(spread([1000 * taken for taken in seconds[str(row["channels"])]], 3))
    return {"each": each, "rows": rows, "ratios": _ratios(rows)}


def _trained(bench: Bench, setting: Setting, count: int, each: int) -> dict[str, Any]:
    work = bench.work
    data = replicate(setting.dataset, work / f"grown-{count}", count, each)
    cache = copy_cache(bench.with_negatives(), work / f"grown-{count}-cache")
    trained = replace(bench, data=data)
    cold, warm = trained.train(cache), trained.train(cache)
    run, model = work / f"grown-{count}-run", work / f"grown-{count}-model"
    os.replace(work / "run", run)
    with mock.patch.dict(os.environ, THUMBPRINT_CACHE=str(cache)):
        python("-m", "converter", "-q", run, "--out", model, cache=cache)
    files = [path.read_bytes() for path in sorted(model.iterdir())]
    return {
        "channels": count,
        "pictures": count * each,
        "seconds": round(cold.whole, 2),
        "cached_seconds": round(warm.whole, 2),
        "folds_seconds": round(warm.folds, 2),
        "peak_mb": round(cold.peak_mb),
        "model_bytes": sum(map(len, files)),
        "model_gzip_bytes": sum(len(gzip.compress(content, 9)) for content in files),
    }


def _ratios(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The most channels by the fewest."""
    few, most = rows[0], rows[-1]
    names = ("peak_mb", "model_bytes")
    ratios = {name: round(most[name] / few[name], 3) for name in names}
    return {**ratios, "answer_ms": round(most["answer_ms"]["median"] / few["answer_ms"]["median"], 3)}


def table(found: Mapping[str, Any]) -> str:
    """Lay out the figures as Markdown."""
    header = ["channels", "pictures", "training, s", "again, cached, s", "memory, MB", "model, MB", "an answer, ms"]
    rows = []
    for row in found["rows"]:
        seconds = [f"{row['seconds']:.1f}", f"{row['cached_seconds']:.1f}"]
        size = f"{row['model_bytes'] / 1e6:.2f}"
        counts = [f"{row['channels']}", f"{row['pictures']:,}"]
        rows.append([*counts, *seconds, f"{row['peak_mb']}", size, f"{row['answer_ms']['median']:.2f}"])
    return markdown(header, rows)
