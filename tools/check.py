"""`make check`: lint, types and the quick tests side by side; each one's output in one piece, when it ends.

The Python tests come first and use all cores; what else there is runs beside them, one after the other. So the cores
are busy to the end, whichever takes longer. What has to be there is what `make setup-tests` installs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = 2


@dataclass(frozen=True)
class Step:
    """One check. folder: where it runs, below the checkout."""

    name: str
    command: Sequence[str]
    folder: str = "."


@dataclass(frozen=True)
class Ended:
    """What a check came to."""

    step: Step
    code: int
    output: str
    seconds: float


def types(project: str) -> list[str]:
    """Check TypeScript's types; what has not changed since the last time is remembered, which alters no result."""
    resume_or_fit = f"../build/check/{project}.tsbuildinfo"
    command = ["node_modules/.bin/tsc", "--noEmit", "--project", project]
    return [*command, "--incremental", "--tsBuildInfoFile", resume_or_fit]


QUICK = "-q -n auto --dist loadfile --no-loadscope-reorder"
STEPS = (
    Step("Python tests but slow ones", (sys.executable, "-m", "pytest", *QUICK.split(), "-m", "not slow")),
    Step("ruff check", (sys.executable, "-m", "ruff", "check", ".")),
    Step("ruff format --check", (sys.executable, "-m", "ruff", "format", "--check", ".")),
    Step("mypy", (sys.executable, "-m", "mypy")),
    Step("tsc", types("tsconfig.json"), "extension"),
    Step("tsc, of the tests and tools", types("tsconfig.node.json"), "extension"),
    Step("eslint", ("npm", "run", "--silent", "lint"), "extension"),
    Step("Extension unit tests", ("npm", "test", "--silent"), "extension"),
)


def ended(step: Step) -> Ended:
    """Run a check to its end. Compiled modules are kept for the next time, whatever the environment says."""
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


def check(steps: Sequence[Step]) -> bool:
    """Run all checks, also after one has failed, and show what failed in whole; tells whether all passed."""
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in as_completed([pool.submit(ended, step) for step in steps]):
            found = done.result()
            if found.code:
                failed.append(found.step.name)
                print(f"\n== {found.step.name}\n{found.output}", flush=True)
            print(f"{'FAILED' if found.code else 'ok':<7} {found.step.name} ({found.seconds:.0f} s)", flush=True)
    print(
        f"\nFailed: {', '.join(failed)}." if failed else "\nAll checks passed. `make test` has the slow ones as well."
    )
    return not failed


if __name__ == "__main__":
    sys.exit(0 if check(STEPS) else 1)
