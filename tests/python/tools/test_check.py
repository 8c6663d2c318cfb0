"""The checks behind `make`: all run to their end, and what one of them says is shown where it fails."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

check = import_module("tools.check")


def python(name: str, code: str) -> Any:
    return check.Step(name, (sys.executable, "-c", code))


def test_all_that_pass_take_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.check([python("one", "print('what nobody asked for')"), python("other", "pass")])
    said = capsys.readouterr().out
    assert "nobody asked for" not in said
    assert {line.split(" (")[0] for line in said.splitlines()[:2]} == {"ok      one", "ok      other"}
    assert "All checks passed." in said


def test_what_a_failing_one_said_is_shown_and_the_others_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "import sys; print('badge.ts(3,1)'); print('and this', file=sys.stderr); sys.exit(3)"
    assert not check.check([python("bad", bad), python("worse", "1 / 0"), python("good", "pass")])
    said = capsys.readouterr().out
    for words in ("== bad\n", "badge.ts(3,1)", "and this", "FAILED  bad", "ZeroDivisionError", "ok      good"):
        assert words in said
    assert sorted(said.splitlines()[-1].removeprefix("Failed: ").rstrip(".").split(", ")) == ["bad", "worse"]


def test_what_a_count_says_is_shown_too(capsys: pytest.CaptureFixture[str]) -> None:
    step = replace(python("tests", "print('..'); print('2 passed')"), counts=True)
    assert check.check([step])
    assert re.search(r"^ok      tests \(\d+ s\): 2 passed$", capsys.readouterr().out, re.MULTILINE)


def test_what_builds_in_the_same_place_does_so_in_turn(tmp_path: Path) -> None:
    place = repr(str(tmp_path / "built"))
    code = f"import os, time; os.mkdir({place}); time.sleep(0.2); os.rmdir({place})"
    assert check.check([replace(python(name, code), builds=True) for name in ("one", "other")])


def commands(plan: str) -> list[str]:
    return [" ".join(step.command) for step in check.PLANS[plan]]


LINT = ("-m ruff check .", "-m ruff format --check .", "-m mypy", "npm run --silent lint", "tsconfig.json", "node.json")


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        ("quick", (*LINT, "-m pytest", "npm test")),
        ("lint", (*LINT, "npm run --silent lint:webext")),
        ("all", (*LINT, "npm run --silent lint:webext", "-m pytest", "npm test", "prepare.py --out build/e2e")),
    ],
)
def test_a_plan_has_all_that_its_target_promises(plan: str, wanted: tuple[str, ...]) -> None:
    """A check that cannot be started would fail; one that is not there, or looks at nothing, would not."""
    assert len(commands(plan)) == len(wanted)
    for words in wanted:
        assert any(words in command for command in commands(plan)), words


def test_slow_tests_and_unchanged_files_are_left_out_of_the_quick_plan_alone() -> None:
    assert ["not slow" in commands(plan)[0] for plan in ("quick", "all")] == [True, False]
    cached = {plan for plan in check.PLANS for command in commands(plan) if "--cache" in command}
    assert cached == {"quick"}


def test_a_seed_is_handed_to_the_preparation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--seed" not in check.preparation().command
    monkeypatch.setenv("SEED", "3")
    assert check.preparation().command[-2:] == ("--seed", "3")


def test_the_npm_scripts_that_it_runs_exist() -> None:
    scripts = json.loads((check.ROOT / "extension" / "package.json").read_text())["scripts"]
    steps = {step for plan in check.PLANS.values() for step in plan if step.command[0] == "npm"}
    assert {step.command[3] for step in steps if "run" in step.command} == {"lint", "lint:webext"} <= set(scripts)
    assert scripts["typecheck"] == "tsc --noEmit && tsc --noEmit --project tsconfig.node.json"  # for who types it
