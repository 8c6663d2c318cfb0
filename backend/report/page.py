"""The report as one HTML file: nothing is fetched, and nothing runs that is not in it."""

from __future__ import annotations

import base64
import hashlib
import shlex
from pathlib import Path

from backend.report import robustness, tables
from backend.report import wording as words
from backend.report.charts import figures
from backend.report.model import ReportData, to_json
from backend.report.numbers import chance, p_value, percent
from backend.utils.errors import ThumbprintError
from backend.utils.files import check_out_file, has_keys, pack_json, write_atomically

TEMPLATES = Path(__file__).parent / "templates"
TITLE, HEAD = b": Thumbprint report</title>", 4000  # what tells a page of ours, and in how many of its first bytes


def to_html(data: ReportData) -> str:
    """Return the page. Every name in it is escaped; its policy allows its own style and script, and no others."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    page.trim_blocks = page.lstrip_blocks = True
    page.filters.update(percent=percent, chance=chance, thousands=lambda n: f"{n:,}", p=p_value)
    page.filters["shell"] = shlex.join
    style = figures.chart_css() + (TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    return page.get_template("report.html.j2").render(
        data=data,
        names=words.names(data),
        words=words,
        robustness=robustness,
        cv=data.metrics["cv"],
        cost=data.metrics["cost"],
        unknown=data.metrics.get("unknown"),
        draw=lambda name: Markup(figures.draw(data, name)),
        table=lambda name: tables.TABLES[name](data),
        shade=lambda count, total: 0 if not count else 1 + round(9 * (count / total) ** 0.6),
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src {source_hash(style)}; script-src {source_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def check_out(out: Path) -> Path:
    """Check where the page is written, and its figures beside it; returns the latter. Raises ThumbprintError."""
    beside = out.with_suffix(".json")
    check_out_file(out, "report.html", "report of Thumbprint", lambda content: TITLE in content[:HEAD])
    if beside == out:
        raise ThumbprintError(f"--out {out}: the figures go there; name the page, such as {out.with_suffix('.html')}")
    check_out_file(beside, "report.json", "figures of a report, which go there", _is_figures, option="--out, beside it")
    return beside


def _is_figures(content: bytes) -> bool:
    return has_keys(content, "schema", "run", "wrong", "metrics", "contents")


def write(data: ReportData, out: Path) -> tuple[Path, Path]:
    """Write the page, and beside it the same figures as JSON; returns both. Raises ThumbprintError."""
    beside = check_out(out)
    write_atomically(out, to_html(data).encode())
    write_atomically(beside, pack_json(to_json(data)))
    return out, beside


def source_hash(content: str) -> str:
    """Return what allows a style or script in a policy: its checksum."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
