"""Lint, types and tests side by side; each one's output in one piece, when it ends.

usage: python tools/check.py quick|lint|all    (`make check`, `make lint`, and the first part of `make test`)

What takes longest comes first: the Python tests use all cores, but wait a lot, and what else there is runs beside them,
one after the other. What has to be there is what `make setup-tests` installs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 2
MORE_THAN_CORES = str((os.cpu_count() or 1) + 1)  # slow tests wait for half of their time
BUILDING = threading.Lock()


@dataclass(frozen=True)
class Step:
    """One check. folder: where it runs, below the checkout; builds: it builds the extension in its place, as only one
    may at a time; counts: its last line says how much it checked.
    """

    name: str
    command: Sequence[str]
    folder: str = "."
    builds: bool = False
    counts: bool = False


@dataclass(frozen=True)
class Ended:
    """What a check came to."""

    step: Step
    code: int
    output: str
    seconds: float


def types(project: str) -> Sequence[str]:
    """Check TypeScript's types; what has not changed since the last time is remembered, which alters no result."""
    info = f"../build/check/{project}.tsbuildinfo"
    return ("node_modules/.bin/tsc", "--noEmit", "--project", project, "--incremental", "--tsBuildInfoFile", info)


def python_tests(name: str, workers: str, *options: str) -> Step:
    command = (sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder")
    return Step(name, (*command, *options), counts=True)


def preparation() -> Step:
    """Prepare what `make e2e` runs in the browsers. SEED in the environment draws and trains another demo."""
    seed = ("--seed", os.environ["SEED"]) if os.environ.get("SEED") else ()
    command = (sys.executable, "tests/e2e/prepare.py", "--out", "build/e2e", *seed)
    return Step("Pictures, models and extensions for the browsers", command, builds=True)


ESLINT = Step("eslint", ("npm", "run", "--silent", "lint"), "extension")
# A file that is as it was is not looked at again, even where a type that it takes from elsewhere has changed.
CACHE = ("--cache", "--cache-strategy", "content", "--cache-location", "build/check/eslint")
CHANGED = Step("eslint, of what has changed", (*ESLINT.command, "--", *CACHE), "extension")
OTHER_LINT = (
    Step("mypy", (sys.executable, "-m", "mypy")),
    Step("tsc, of the tests and tools", types("tsconfig.node.json"), "extension"),
    Step("tsc", types("tsconfig.json"), "extension"),
    Step("ruff check", (sys.executable, "-m", "ruff", "check", ".")),
    Step("ruff format --check", (sys.executable, "-m", "ruff", "format", "--check", ".")),
)
WEB_EXT = Step("web-ext lint", ("npm", "run", "--silent", "lint:webext"), "extension", builds=True)
EXTENSION_TESTS = Step("Extension unit tests", ("npm", "test", "--silent"), "extension", builds=True)
PLANS = {
    "quick": (
        python_tests("Python tests but slow ones", "auto", "-m", "not slow"),
        CHANGED,
        *OTHER_LINT,
        EXTENSION_TESTS,
    ),
    "lint": (ESLINT, *OTHER_LINT, WEB_EXT),
    "all": (
        python_tests("Python tests", MORE_THAN_CORES),
        preparation(),
        EXTENSION_TESTS,
        WEB_EXT,
        ESLINT,
        *OTHER_LINT,
    ),
}


def ended(step: Step) -> Ended:
    """Run a check to its end, when no other builds what it builds too."""
    with BUILDING if step.builds else nullcontext():
        return run(step)


def run(step: Step) -> Ended:
    """Run a check to its end now. Compiled modules are kept for the next time, whatever the environment says."""
    started = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        step.command,
        cwd=ROOT / step.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Ended(step, done.returncode, done.stdout, time.monotonic() - started)


def line(result: Ended) -> str:
    status = "FAILED" if result.code else "ok"
    *_, count = result.output.splitlines() or [""]
    return f"{status:<7} {result.step.name} ({result.seconds:.0f} s){f': {count}' if result.step.counts else ''}"


def check(steps: Sequence[Step]) -> bool:
    """Run all checks, also after one has failed, and show what failed in whole; tells whether all passed."""
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in as_completed([pool.submit(ended, step) for step in steps]):
            result = done.result()
            if result.code:
                failed.append(result.step.name)
                print(f"\n== {result.step.name}\n{result.output}", flush=True)
            print(line(result), flush=True)
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nAll checks passed.", flush=True)
    return not failed


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PLANS:
        sys.exit(f"usage: python tools/check.py {'|'.join(PLANS)}")
    sys.exit(0 if check(PLANS[sys.argv[1]]) else 1)
