"""`make check`: all checks run to their end, and what one of them says is shown where it fails."""

from __future__ import annotations

import json
import sys
from importlib import import_module
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


def test_it_checks_types_and_style_as_make_lint_does() -> None:
    """A check that cannot be started would fail; one that is not there, or looks at nothing, would not."""
    scripts = json.loads((check.ROOT / "extension" / "package.json").read_text())["scripts"]
    assert scripts["typecheck"] == "tsc --noEmit && tsc --noEmit --project tsconfig.node.json"
    projects = [
        step.command[step.command.index("--project") + 1] for step in check.STEPS if step.name.startswith("tsc")
    ]
    assert projects == ["tsconfig.json", "tsconfig.node.json"]
    run = [" ".join(step.command) for step in check.STEPS]
    for words in ("-m ruff check .", "-m ruff format --check .", "-m mypy", "npm run --silent lint", "npm test"):
        assert any(words in command for command in run), words
