"""Documents cannot fall behind unnoticed: what they name exists, and what exists is named."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import click
import pytest

from backend.cli.main import main
from backend.server.app import create_app
from converter.__main__ import main as convert

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
PAGES = (*GUIDES, "CHANGELOG.md")
# A group's commands have two words; which group it is, is the first.
BELOW = {
    f"{group.name} {name}": command
    for group in main.commands.values()
    if isinstance(group, click.Group)
    for name, command in group.commands.items()
}
COMMANDS: dict[str, click.Command] = {**main.commands, **BELOW, "": main, "thumbprint-convert": convert}
CODE_ROOMS = ("backend", "bench", "converter", "extension/src", "extension/tools", "tests", "tools", "channels", "docs")
CODE = (".css", ".html", ".j2", ".js", ".md", ".mjs", ".py", ".sh", ".svg", ".toml", ".ts", ".yaml")
# What a command makes, and what is one's own: no checkout has it.
MADE = r"(?:extension/(?:build|build-try|model|node_modules)|bench/node_modules|channels/mine\.toml)(?:/|\Z)"
PATH = re.compile(
    r"(?<![\w./{}$*-])(?:\.\./)?((?:backend|bench|channels|converter|docs|extension|tests|tools)(?:/[\w.*-]+)*/(?:[\w.*-]*\w)?)"
)
MODULE = re.compile(r"(?<![\w./'\"-])((?:backend|converter)(?:\.[a-z]\w*)+(?:\.[A-Z]\w*)?)(?![\w/(-])")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def spans(name: str) -> tuple[str, ...]:
    """What a page sets in code: lines of blocks without their comments, and spans, each in one line."""
    text = read(name)
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE) + re.findall(r"^ {4}\S.*$", text, re.M)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return (*lines, *(" ".join(span.split()) for span in inline))


def options(command: click.Command) -> set[str]:
    """What a command takes; an option's old name is hidden, and no page should name it."""
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    return {name for parameter in shown for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


def typed(span: str) -> tuple[str, list[str]] | None:
    """The command that a span types, '' for all of them, and its options; None for what is no command of ours."""
    words = shlex.split(span.replace("...", ""), comments=True) if span.count("'") % 2 == 0 else span.split()
    line = " ".join(words)
    named = re.match(r"(?:thumbprint(?!-)|(?:\S*python )-m backend)(?: |\Z)(.*)", line)
    if converting := re.match(r"(?:thumbprint-convert|(?:\S*python )-m converter)(?: |\Z)(.*)", line):
        name, rest = "thumbprint-convert", converting[1].split()
    elif named:
        rest = named[1].split()
        names = [word for word in rest if not word.startswith("-")][:2]
        name = " ".join(names) if " ".join(names) in BELOW else next(iter(names), "")
    else:
        name, rest = words[0] if words else "", words[1:]
        if name not in main.commands or not rest:
            return None
    return name if name != "COMMAND" else "", [word.split("=")[0] for word in rest if word.startswith("-")]


# --- The README ---------------------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    text = read("README.md")
    assert len(text.splitlines()) <= 120
    assert len(text.split()) <= 1000


def test_the_readme_leads_to_every_guide() -> None:
    text = read("README.md")
    assert not [page for page in GUIDES[1:] if f"]({page}" not in text]


# --- Commands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", GUIDES)
def test_every_command_and_option_that_is_typed_exists(page: str) -> None:
    for span in spans(page):
        if (found := typed(span)) is not None:
            name, given = found
            assert name in COMMANDS, span
            assert not set(given) - options(COMMANDS[name]), span


@pytest.mark.parametrize("page", GUIDES)
def test_every_option_alone_is_one_of_some_command(page: str) -> None:
    known = {option for command in COMMANDS.values() for option in options(command)} | {"--no-deps"}  # pip's
    named = {word for span in spans(page) if span.startswith("--") for word in re.findall(r"--[a-z][a-z-]*", span)}
    assert not named - known


@pytest.mark.parametrize("page", GUIDES)
def test_every_part_of_the_bench_that_is_called_exists(page: str) -> None:
    for module, rest in (found for span in spans(page) for found in re.findall(r"python -m (bench[.\w]*)(.*)", span)):
        path = ROOT.joinpath(*module.split("."))
        source = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
        assert source.is_file(), module
        given = set(re.findall(r"--[a-z][a-z-]*", rest)) - {"--help"}
        assert not [name for name in given if f'"{name}"' not in source.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_is_in_a_guide_that_somebody_wrote(name: str) -> None:
    assert any(name in span.split() for page in GUIDES if page != "docs/cli.md" for span in spans(page))


@pytest.mark.parametrize("page", GUIDES)
def test_every_target_and_variable_of_make_exists(page: str) -> None:
    makefile = read("Makefile")
    for span in spans(page):
        target = re.match(r"make ([a-z][a-z0-9-]*)", span)
        if target:
            assert re.search(rf"^{target[1]}:", makefile, re.MULTILINE), span
            variables = re.findall(r"\b([A-Z_]+)=", span)
            assert not [name for name in variables if f"${{{name}" not in makefile], span


@pytest.mark.parametrize("page", GUIDES)
def test_every_script_of_npm_exists(page: str) -> None:
    scripts = json.loads(read("extension/package.json"))["scripts"]
    named = [match for span in spans(page) for match in re.findall(r"npm run ([\w:-]+)", span)]
    assert not set(named) - set(scripts)


# --- Paths and modules --------------------------------------------------------------------------------------------


def texts() -> Iterator[tuple[str, str]]:
    """Every file that a person reads, with its name."""
    files = [path for room in CODE_ROOMS for path in (ROOT / room).rglob("*") if path.suffix in CODE]
    files += [ROOT / name for name in ("Makefile", *PAGES, "pyproject.toml", ".ci/run")]
    for path in sorted(set(files)):
        if "node_modules" not in path.parts and path != Path(__file__).resolve():
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def is_named(name: str, path: str) -> bool:
    """Whether a path of a text is meant to be there. In tests, words without an ending are no paths."""
    return not re.match(MADE, path) and not (name.startswith("tests/") and re.fullmatch(r"[\w/-]*\w", path))


def exists(path: str) -> bool:
    """Whether a path leads somewhere, from the checkout's root or the extension's folder; `*` stands for any name."""
    return any(any(root.glob(path.rstrip("/"))) for root in (ROOT, ROOT / "extension"))


def test_every_path_that_documents_and_comments_name_exists() -> None:
    named = [(name, path) for name, text in texts() for path in PATH.findall(text) if is_named(name, path)]
    assert len(named) > 100
    assert not [f"{name}: {path}" for name, path in named if not exists(path)]


def resolves(dotted: str) -> bool:
    """Whether a dotted name is a module, or something at the top of one."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:count])
        source = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        if source.is_file():
            return count == len(parts) or parts[count] in names_in(source)
    return False


@cache
def names_in(source: Path) -> frozenset[str]:
    """What stands at the top of a module, and what it imports there."""
    names: set[str] = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            names |= {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}
    return frozenset(names)


def test_every_module_that_documents_and_comments_name_exists() -> None:
    """Those of tests are not asked: some are made up, and pytest itself says where a replaced name is not there."""
    read_by = [(name, text) for name, text in texts() if not name.startswith("tests/") and not name.endswith(".ts")]
    named = [(name, dotted) for name, text in read_by for dotted in MODULE.findall(text)]
    assert len(named) > 100
    assert not [f"{name}: {dotted}" for name, dotted in named if not resolves(dotted)]


# --- Links --------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", read(page)):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), f"{target}#{anchor}"


# --- Routes, messages and texts -----------------------------------------------------------------------------------


def test_the_guide_to_the_server_names_every_route_and_no_other() -> None:
    unasked = cast(Any, object())  # no route is called here
    app = create_app(unasked, model=unasked, explainer=unasked)
    routes = {
        (method, re.sub(r"<[^>]+>", "*", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    told = re.findall(r"\b(GET|POST) (/[^\s`,?]*)", read("docs/server.md"))
    assert {(method, re.sub(r"\b(?:NAME|ID)\b", "*", route)) for method, route in told} == routes


def test_the_guide_to_the_architecture_names_every_message_and_no_other() -> None:
    table = read("extension/src/shared/messages.ts").partition("const REQUEST_FIELDS = {")[2].partition("}")[0]
    types = set(re.findall(r"^  '?([a-z-]+)'?: ", table, re.MULTILINE))
    assert len(types) > 10
    part = read("docs/architecture.md").partition("**Messages")[2].partition("\n**")[0]
    assert types == set(re.findall(r"`([a-z-]+)`", part))


def test_what_the_guide_to_the_extension_quotes_is_said() -> None:
    """Texts between quotation marks are messages, in which a capital X or Y and a figure stand for what varies."""
    messages = json.loads(read("extension/_locales/en/messages.json"))
    said = [plain(re.sub(r"\$\w+\$", "*", message["message"])) for message in messages.values()]
    quoted = re.findall(r'"([^"]+)"', " ".join(read("docs/extension.md").split()))
    assert len(quoted) > 5
    assert not [text for text in quoted if plain(re.sub(r"\b[XY]\b|\d+%", "*", text)) not in said]


def plain(text: str) -> str:
    return text.replace("\u2019", "'").lower().rstrip(".\u2026")
