"""How long the local server takes for an answer, on its socket, one question at a time.

    python -m bench.server RUN IMAGE... [--rounds 100]

Prints the machine, the versions, and medians and 95th percentiles in milliseconds, as JSON, beside what they may be;
then what 200 requests, 16 at a time, come to, and the memory in MB after each round of them.
"""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import psutil

from backend.models.run import load_run
from backend.server.app import create_app
from backend.server.wsgi import HOST, listen
from backend.utils.versions import versions

from .table import machine

REQUESTS, AT_ONCE, ROUNDS = 200, 16, 5
# Milliseconds that a median may take.
TARGETS = {"/predict": 60.0, "/saliency": 150.0}


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("images", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--rounds", type=click.IntRange(min=2), default=100, show_default=True)
def main(run: Path, images: tuple[Path, ...], rounds: int) -> None:
    """Time the answers of RUN about IMAGES, which take turns."""
    server = listen(create_app(load_run(run)), 0)
    threading.Thread(target=server.run, daemon=True).start()
    pictures = [image.read_bytes() for image in images]
    measured = {path: _measure(int(server.effective_port), path, pictures, rounds) for path in TARGETS}
    load = _load(int(server.effective_port), pictures)
    click.echo(json.dumps({"machine": machine(), "versions": versions(), **measured, "load": load}, indent=2))


def _measure(port: int, path: str, pictures: list[bytes], rounds: int) -> dict[str, float]:
    connection = http.client.HTTPConnection(HOST, port)
    taken = []
    for number in range(rounds):
        began = time.perf_counter()
        connection.request("POST", path, pictures[number % len(pictures)])
        response = connection.getresponse()
        response.read()
        taken.append(1000 * (time.perf_counter() - began))
        if response.status != 200:
            raise click.ClickException(f"{path}: HTTP {response.status} for {number % len(pictures)}")
    return {
        "median": round(statistics.median(taken), 1),
        "p95": round(statistics.quantiles(taken, n=20)[-1], 1),
        "target": TARGETS[path],
    }


def _load(port: int, pictures: list[bytes]) -> dict[str, Any]:
    """Ask 200 times, 16 at a time, as fast as answers come, five rounds of it."""

    def one(number: int) -> int:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        connection.request("POST", tuple(TARGETS)[number % 2], pictures[number % len(pictures)])
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status

    held, statuses, began = [], Counter[int](), time.perf_counter()
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses += Counter(pool.map(one, range(REQUESTS)))
        held.append(round(psutil.Process().memory_info().rss / 1e6))
    seconds = time.perf_counter() - began
    answered = {str(status): count for status, count in sorted(statuses.items())}
    return {"answers": answered, "answered_a_second": round(statuses[200] / seconds, 1), "memory_mb": held}


if __name__ == "__main__":
    main()
