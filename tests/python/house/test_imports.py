"""The rooms of Python: imports run down the list of rooms and never up, there is no circle, and no long chain."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

Graph = Mapping[str, Set[str]]  # module: what it imports

# A room may import those behind it; those of one line stand beside each other.
ROOMS: tuple[tuple[str, ...], ...] = (
    ("converter",),
    ("cli",),
    ("server",),
    ("report",),
    ("training",),
    ("explain",),
    ("evaluation",),
    ("collect", "photo"),
    ("models",),
    ("data",),
    ("utils",),
)
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
# Beside evaluation: what evaluates, serves and is typed asks them, and nothing else does.
ASKED_BY = {room: {room, "evaluation", "server", "cli", "converter"} for room in ("collect", "photo")}
OUTSIDE = ("tests", "bench")  # nobody imports them but they themselves

LONGEST = 10  # modules in a chain of imports as a module is loaded
DEEPEST = {"utils": 3, "data": 6, "models": 7, "evaluation": 8, "training": 9}  # of the chains that begin in a room


def modules(root: Path, packages: tuple[str, ...] = ("backend", "converter")) -> dict[str, Path]:
    """Name the modules below a folder."""
    paths = [path for package in packages for path in (root / package).rglob("*.py")]
    names = {path: ".".join(path.relative_to(root).with_suffix("").parts) for path in paths}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def imports(root: Path, *, everywhere: bool) -> dict[str, set[str]]:
    """Say what each module imports of backend and converter, of tests and bench.

    everywhere: also what functions import, and what is imported for types alone; else what loading a module loads.
    """
    known = modules(root)
    graph = {}
    for name, path in known.items():
        statements = _statements(ast.parse(path.read_text(encoding="utf-8")), everywhere)
        graph[name] = {target for statement in statements for target in _targets(statement, known)} - {name}
    return graph


def _statements(node: ast.AST, everywhere: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif everywhere or not (isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or _is_for_types(child)):
            yield from _statements(child, everywhere)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _targets(node: ast.Import | ast.ImportFrom, known: Mapping[str, Path]) -> Iterator[str]:
    """Name the modules that a statement imports: of `from package import name`, the module where it is one."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        assert node.level == 0, "relative imports would pass unseen"
        inner = [f"{node.module}.{alias.name}" for alias in node.names]
        names = [name if name in known else str(node.module) for name in inner]
    yield from (name for name in names if name.partition(".")[0] in ("backend", "converter", *OUTSIDE))


def room_of(module: str) -> str:
    """Name the room of a module; the package itself, which has but a version in it, is in none."""
    package, _, inner = module.partition(".")
    if package != "backend":
        return package
    return {"": "", "__main__": "cli"}.get(inner, inner.partition(".")[0])


def climbs(graph: Graph) -> list[str]:
    """Name every import that does not run down the list of rooms."""
    return [
        f"{module} imports {target}"
        for module, targets in graph.items()
        for target in sorted(targets)
        if not _runs_down(room_of(module), room_of(target))
    ]


def _runs_down(room: str, target: str) -> bool:
    if target in OUTSIDE:
        return False
    if room == target or not target:
        return True
    return bool(room) and FLOOR[room] < FLOOR[target] and room in ASKED_BY.get(target, {room})


def depths(graph: Graph) -> dict[str, int]:
    """Return the length of the longest chain of imports from each module on, itself included. Raises CycleError."""
    found: dict[str, int] = {}
    for module in TopologicalSorter(graph).static_order():
        found[module] = 1 + max((found[target] for target in graph.get(module, ())), default=0)
    return found


# --- This repository ---------------------------------------------------------------------------------------------


def test_every_module_is_in_a_room() -> None:
    assert {room_of(module) for module in modules(ROOT)} == {"", *FLOOR}


def test_imports_run_down_the_list_of_rooms() -> None:
    assert climbs(imports(ROOT, everywhere=True)) == []


def test_no_chain_of_modules_is_long() -> None:
    """As modules are loaded: what a function imports only when it runs, and types alone, are not counted."""
    found = depths(imports(ROOT, everywhere=False))
    assert max(found.values()) <= LONGEST
    deepest = {room: max(depth for module, depth in found.items() if room_of(module) == room) for room in DEEPEST}
    assert not {room: depth for room, depth in deepest.items() if depth > DEEPEST[room]}


# --- What the test sees ------------------------------------------------------------------------------------------


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write modules of `backend`, by their paths in it."""
    for name, text in files.items():
        path = root / "backend" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("data/images", "from backend.models.style import Style"),
        ("data/images", "from backend.models import style"),
        ("data/images", "import backend.models.style as recipe"),
        ("data/images", "def read() -> None:\n    from backend.models import style"),
        ("data/images", "class Reader:\n    def read(self) -> None:\n        import backend.models.style"),
        ("data/images", "if TYPE_CHECKING:\n    from backend.models.style import Style"),
        ("models/run", "from backend.photo import find"),
        ("training/train", "from backend.photo import find"),
        ("photo/pose", "from backend.collect import sqlite"),
        ("photo/pose", "from backend.evaluation import metrics"),
        ("cli/main", "from converter.export import save"),
        ("cli/main", "from tests.python.support import helpers"),
        ("server/app", "import bench.document"),
    ],
)
def test_an_import_that_climbs_is_seen(tmp_path: Path, module: str, line: str) -> None:
    there = {"models/style": "", "photo/find": "", "collect/sqlite": "", "evaluation/metrics": ""}
    root = write(tmp_path, {**there, module: f"{line}\n"})
    (climb,) = climbs(imports(root, everywhere=True))
    assert climb.startswith(f"backend.{module.replace('/', '.')} imports ")


def test_what_runs_down_is_not(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "__init__": "__version__ = '1'",
            "__main__": "from backend.cli.main import main",
            "cli/main": "from backend import __version__\nfrom backend.server import app",
            "server/app": "import numpy\nfrom backend.photo.find import find\nfrom backend.server import api",
            "server/api": "",
            "photo/find": "from backend.models.style import Style",
            "models/style": "from backend.utils import files",
            "utils/files": "",
        },
    )
    graph = imports(root, everywhere=True)
    assert climbs(graph) == []
    assert depths(graph)["backend.__main__"] == 6


def test_chains_are_of_what_is_loaded(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "data/a": "from backend.data.b import B\n",
            "data/b": "try:\n    from backend.data import c\nexcept ImportError:\n    pass\n",
            "data/c": "def later() -> None:\n    from backend.data import d\n",
            "data/d": "",
        },
    )
    found = depths(imports(root, everywhere=False))
    assert (found["backend.data.a"], found["backend.data.c"]) == (3, 1)
    assert depths(imports(root, everywhere=True))["backend.data.a"] == 4


def test_a_circle_is_seen(tmp_path: Path) -> None:
    root = write(tmp_path, {"data/a": "from backend.data import b\n", "data/b": "import backend.data.a\n"})
    with pytest.raises(CycleError):
        depths(imports(root, everywhere=False))
