"""The results in words and tables: what is printed, and docs/bench.md with its drawing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.models.style import Style

from . import browser_part, estimate, growth, training
from .chart import chart
from .command import ROOT
from .ratios import TARGETS, figures
from .table import markdown

PAGE, DRAWING = ROOT / "docs" / "bench.md", ROOT / "docs" / "bench.svg"
ENGINES = {"ours": "ours", "litert": "LiteRT", "onnxruntime": "onnxruntime"}


def summary(results: Mapping[str, Any]) -> str:
    """Lay out everything that was measured, as Markdown."""
    lines = [f"Measured in {results['seconds'] / 60:.1f} minutes: {machine(results)}. {versions(results)}."]
    tables = [targets(results)]
    tables += browser_part.tables(results["browser"]) if "browser" in results else []
    tables += training.tables(results["training"]) if "training" in results else []
    tables += batch(results)
    tables += [growth.table(results["growth"])] if "growth" in results else []
    return "\n\n".join([*lines, *tables])


def targets(results: Mapping[str, Any]) -> str:
    """Lay out what is promised, as far as it was measured."""
    found, rows = figures(results), []
    for target in TARGETS:
        if target.name in found:
            value = found[target.name]
            bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g}{target.unit}"
            rows.append([target.words, bound, f"{value:.3g}{target.unit}", "yes" if target.met(value) else "**no**"])
    return markdown(["promised", "bound", "measured", "kept"], rows)


def batch(results: Mapping[str, Any]) -> list[str]:
    """Lay out pictures a second of the network alone, and of `predict`."""
    parts = {}
    if "network" in results:
        parts["the network alone, on decoded pictures"] = results["network"]
    if "predict" in results:
        count = f"a folder of {results['predict']['pictures']} pictures"
        parts[f"{count}, without the process' start"] = results["predict"]["without_start"]
        parts[f"{count}, the whole process"] = results["predict"]["with_start"]
    return [_speeds(words, found) for words, found in parts.items()]


def _speeds(words: str, found: Mapping[str, Any]) -> str:
    rates, rows = found["pictures_a_second"], []
    for engine, name in {"ours": "ours", **found["best"]}.items():
        batches = "" if engine == "ours" else f", batches of {name.split('-')[1]}"
        one = rates[name]
        spread = f"{one['p5']:.0f} to {one['p95']:.0f}"
        ratio = f"{rates['ours']['median'] / one['median']:.2f}"
        rows.append([f"{ENGINES[engine]}{batches}", f"{one['median']:.0f}", spread, ratio])
    return markdown([words, "pictures a second", "5 to 95 %", "ours / it"], rows)


def machine(results: Mapping[str, Any]) -> str:
    """Describe the machine."""
    found = results["machine"]
    return f"{found['processor']}, {found['cores']} cores, {found['memory_gb']} GB, {found['system']}"


def versions(results: Mapping[str, Any]) -> str:
    """Tell all versions, the browsers' part included."""
    browser = results.get("browser", {})
    all_of = {**results["versions"], **browser.get("versions", {})}
    told = [f"{name} {version}" for name, version in all_of.items()]
    return ", ".join([*told, *(one["version"] for one in browser.get("browsers", {}).values())])


def page(results: Mapping[str, Any]) -> str:
    """Fill in the page of the documentation. Every part must have been measured."""
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    template = Environment(loader=folder, undefined=StrictUndefined, keep_trailing_newline=True).get_template(
        "bench.md"
    )
    found = estimate.constants(results, _features())
    rows = estimate.lines(found)
    return template.render(
        results=results,
        minutes=f"{results['seconds'] / 60:.0f}",
        machine=machine(results),
        versions=versions(results),
        targets=targets(results),
        browser=browser_part.tables(results["browser"]),
        training=training.tables(results["training"]),
        batch=batch(results),
        growth=growth.table(results["growth"]),
        estimate=markdown(["what", "from what was measured", "it takes"], rows),
        memory=next(result for what, _, result in rows if what == "memory"),
    )


def _features() -> int:
    """Count the numbers that `style` keeps of a picture."""
    from backend.models.mobilenet_v2 import blocks

    expanded = {f"{block.prefix}_expand_relu": block.inputs * block.expansion for block in blocks()}
    height, width = Style.spec.height // 4, Style.spec.width // 4
    grid = max(1, round(height / 8)) * max(1, round(width / 8)) * 3
    return 2 * sum(expanded[tap] for tap in Style.taps) + grid + 64


def write_documents(results: Mapping[str, Any]) -> None:
    """Write the page and its drawing."""
    PAGE.write_text(page(results), encoding="utf-8")
    DRAWING.write_text(chart(results), encoding="utf-8")
