"""The bench: everything side by side, in one run.

    python -m bench [--data DATA] [--background DATA] [--weights PATH] [--write]

measures all parts, prints tables, and writes build/bench/results.json; with --write also bench/results.json, which is
committed, docs/bench.md and docs/bench.svg. --short is a look at every part; --check compares the ratios that are
quick with the committed ones, and fails where one is more than 30 % worse.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.utils import progress
from backend.utils.errors import ThumbprintError

from . import batch, browser_part, growth, training
from .command import say
from .document import summary, write_documents
from .engines import Contender, install_peers, write_networks
from .plan import CHECK, SHORT, WHOLE, Plan
from .ratios import Change, better_of, compare, ratios
from .reading import read
from .results import COMMITTED, LAST, conditions, load, save
from .setting import Given, Setting, set_up

PARTS = ("browser", "network", "predict", "training", "growth")  # first what most easily lacks something
CHECKED_PARTS = ("network", "predict", "browser")


def measure(given: Given, plan: Plan, parts: tuple[str, ...]) -> dict[str, Any]:
    """Measure the parts one after the other; nothing else runs meanwhile."""
    peers = install_peers()
    with tempfile.TemporaryDirectory(prefix="thumbprint-bench-") as folder, conditions(plan.name, peers) as results:
        setting = set_up(given, Path(folder))
        for name in PARTS:
            if name in parts:
                results[name] = _part(name, setting, plan)
        results["ratios"] = ratios(results)
    return results


def _part(name: str, setting: Setting, plan: Plan) -> Any:
    measured: dict[str, Callable[[], Any]] = {
        "network": lambda: _network(setting, plan),
        "predict": lambda: batch.predict(setting.run, setting.folder(plan.pictures), _engines(setting), plan.predict),
        "training": lambda: training.measure(setting, plan),
        "growth": lambda: growth.measure(setting, plan.channels, plan.each),
        "browser": lambda: browser_part.measure(setting, plan.browser),
    }
    say(f"== {name}")
    return measured[name]()


def _network(setting: Setting, plan: Plan) -> dict[str, Any]:
    pixels = read(batch.sample(setting.dataset, batch.FIRST))
    return batch.network(setting.network(), _engines(setting), pixels, plan.network)


def _engines(setting: Setting) -> list[Contender]:
    return write_networks(setting.network(), setting.work / "networks")


def check(given: Given) -> list[Change]:
    """Compare with what is committed; what is worse is measured once more, as machines are noisy."""
    committed = load(COMMITTED)["ratios"]
    changes = compare(committed, measure(given, CHECK, CHECKED_PARTS)["ratios"])
    failed = [change for change in changes if change.failed]
    if not failed:
        return changes
    say(f"Worse: {', '.join(change.name for change in failed)}. Measuring once more, as machines are noisy.")
    again = compare(committed, measure(given, CHECK, _parts_of(failed))["ratios"] | _found(changes, failed))
    return [better_of(*pair) for pair in zip(changes, again, strict=True)]


def _parts_of(failed: list[Change]) -> tuple[str, ...]:
    """Name the parts that ratios belong to; what is not measured here is the browsers'."""
    named = {change.name.split(".")[0] for change in failed}
    return tuple(part for part in CHECKED_PARTS if part in named or (part == "browser" and named - {*CHECKED_PARTS}))


def _found(changes: list[Change], failed: list[Change]) -> dict[str, float]:
    """Keep what need not be measured again."""
    again = _parts_of(failed)
    return {change.name: change.found for change in changes if not set(_parts_of([change])) & set(again)}


def options() -> argparse.ArgumentParser:
    """Describe the options."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--short", action="store_true", help="A look at every part, in a few minutes.")
    how.add_argument("--check", action="store_true", help="Compare with bench/results.json; exit code 1 if worse.")
    how.add_argument("--render", action="store_true", help="Measure nothing; write the documents anew.")
    parser.add_argument("--write", action="store_true", help="Write bench/results.json and the documents.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="Parts to measure.")
    for name, words in _GIVEN.items():
        parser.add_argument(f"--{name}", type=Path, help=words)
    return parser


_GIVEN = {
    "data": "A dataset.  [default: the demo's]",
    "background": "A dataset whose channels are all 'none of these'.",
    "weights": "Keras weights of MobileNetV2.  [env: THUMBPRINT_WEIGHTS]",
    "run": "A run of recipe style.  [default: one is trained]",
    "model": "That run, converted.  [default: it is converted]",
}


def act(arguments: argparse.Namespace) -> int:
    """Do what the options say, and return the exit code."""
    given = Given(**{name: getattr(arguments, name) for name in _GIVEN})
    if arguments.write and (arguments.short or arguments.check or set(arguments.only) != set(PARTS)):
        raise ThumbprintError("--write: only a whole run is committed; leave out --short, --check and --only")
    if arguments.render:
        write_documents(load(COMMITTED))
        return 0
    if arguments.check:
        changes = check(given)
        print("\n".join(change.line() for change in changes))
        return int(any(change.failed for change in changes))
    results = measure(given, SHORT if arguments.short else WHOLE, tuple(arguments.only))
    save(results, LAST)
    print(summary(results))
    if arguments.write:
        save(results, COMMITTED)
        write_documents(results)
    return 0


def main() -> None:
    """Run the bench, or print one line of what is wrong."""
    progress.set_quiet(True)
    try:
        sys.exit(act(options().parse_args()))
    except ThumbprintError as error:
        sys.exit(f"Error: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"Error: {' '.join(map(str, error.cmd[:6]))} ... ended with {error.returncode}; its message is above")


if __name__ == "__main__":
    main()
