"""The report: its figures are those of the predictions, it says nothing twice, fetches nothing, and runs no names."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from helpers import KNOWN, PICTURES, Interrupted, exactly, rewrite
from reporting import report_of
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from backend.cli.main import main
from backend.evaluation.predictions import Library
from backend.models.run import Run, load_run
from backend.models.style import VIEWS
from backend.report import wording
from backend.report.charts.figures import FIGURES, draw, figure
from backend.report.charts.results import wilson
from backend.report.charts.svg import ticks
from backend.report.dataset_summary import MOST_CHANNELS
from backend.report.images import Album
from backend.report.model import ReportData, to_json
from backend.report.numbers import percent
from backend.report.page import TEMPLATES, to_html
from backend.report.robustness import corruption_tables
from backend.report.tables import TABLES
from backend.utils.errors import RunError, ThumbprintError
from backend.utils.files import pack_csv

ORDER = [
    "verdict",
    "dataset",
    "preprocessing",
    "model",
    "training",
    "folds",
    "confusion",
    "channels",
    "mistakes",
    "saliency",
    "calibration",
    "unknown",
    "stress",
    "learning-curve",
    "faithfulness",
    "comparison",
    "cost",
    "reproducibility",
]
OPTIONAL = {"stress", "learning-curve", "faithfulness", "comparison"}
EVIL = "</title><script>alert('x')</script>"
EPOCHS = 4
CURVE: dict[str, Any] = {
    "points": [
        {
            "count": count,
            "images": {name: 5.0 for name in KNOWN},
            "macro_f1": {
                "mean": mean,
                "sd": 0.02,
                "min": mean - 0.1,
                "max": mean + 0.1,
                "draws": [mean - 0.1, mean + 0.1],
            },
        }
        for count, mean in ((5, 0.6), (10, 0.7), ("all", 0.8))
    ],
    "left_out": [{"count": 40, "reason": "channel 'moss' has 8 videos; 48 are needed"}],
}


def interval(mean: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - 0.05, "high": mean + 0.05}


FAITHFULNESS = {
    "runs": [
        {
            "recipe": recipe,
            "pictures": 12,
            "curves": {
                measure: {order: [0.9, 0.5, 0.1] for order in ("heat", "random", "centre")}
                for measure in ("deletion", "insertion")
            },
            "gains": {
                measure: {name: interval(0.2) for name in ("random", "centre")} for measure in ("deletion", "insertion")
            },
            "randomised": {"head": interval(0.1)},
            "bars": interval(bars),
            "bars_area": 0.25,
            "border": interval(0.2),
            "border_area": 0.3,
        }
        for recipe, bars in (("style", 0.1), ("lab", 0.4))
    ]
}


JUDGED = {"macro_f1": 0.9, "unknown_auroc": 0.8, "kept": 0.95, "false_known": 0.3}
ROBUSTNESS = {
    "seed": 0,
    "pictures": 50,
    "sample": 20,
    "strengths": ["mild", "strong"],
    "views": {
        name: {**JUDGED, "macro_f1": score, "macro_f1_low": score - 0.05, "macro_f1_high": score + 0.05}
        for name, score in (("clean", 0.9), ("page", 0.885), ("camera", 0.7))
    },
    "sample_clean": JUDGED,
    "disturbances": [
        {
            "name": "glare",
            "family": "camera",
            "what": "a lamp",
            "strengths": {"mild": {"amount": 0.3, **JUDGED}, "strong": {"amount": 0.8, **JUDGED, "macro_f1": 0.8}},
        }
    ],
}


class Page(HTMLParser):
    """What a page is made of: elements with attributes, section ids in order, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def sections(self) -> list[str | None]:
        return [attributes["id"] for tag, attributes in self.elements if tag == "section"]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@dataclass(frozen=True)
class Copied:
    """A copy of a run, to be changed."""

    root: Path

    def edit(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        content = json.loads((self.root / name).read_text(encoding="utf-8"))
        change(content)
        if name == "run.json":
            (self.root / name).write_text(json.dumps(content), encoding="utf-8")
        else:
            rewrite(self.root, name, json.dumps(content).encode())

    def load(self) -> Run:
        return load_run(self.root)


@pytest.fixture
def copied(style_run: Run, tmp_path: Path) -> Copied:
    shutil.copytree(style_run.root, tmp_path / "run")
    return Copied(tmp_path / "run")


@pytest.fixture(scope="session")
def told(style_run: Run) -> ReportData:
    return report_of(style_run)


@pytest.fixture(scope="session")
def page(told: ReportData) -> Page:
    return Page(to_html(told))


@pytest.fixture(scope="session")
def full(style_run: Run, tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    """With everything that may be given, of a run whose training took epochs."""
    root = tmp_path_factory.mktemp("runs") / "epochs"
    shutil.copytree(style_run.root, root)
    load_run(root).add_to_metrics("stress", ROBUSTNESS)
    rows = [
        [
            fold,
            epoch,
            f"{2 / epoch + place / 10}",
            f"{0.5 + epoch / 10}",
            *(["1.5", "0.5"] if fold != "final" else ["", ""]),
        ]
        for place, fold in enumerate(("0", "1", "2", "final"))
        for epoch in range(1, EPOCHS + 1)
    ]
    header = ["fold", "epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    rewrite(root, "history.csv", pack_csv(header, rows))
    return report_of(load_run(root), [style_run], learning_curve=CURVE, faithfulness=FAITHFULNESS)


def gone(copy: Copied) -> Run:
    """The run, its dataset moved away."""
    copy.edit("run.json", lambda content: content["dataset"].update(path=str(copy.root / "nowhere")))
    return copy.load()


# --- Figures ---


def predictions(run: Run) -> tuple[list[str], list[str]]:
    """True and predicted names of known pictures, read from predictions.csv alone."""
    with (run.root / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["channel"] in KNOWN]
    return [row["channel"] for row in rows], [max(KNOWN, key=lambda name: float(row[name])) for row in rows]


def test_the_confusion_matrix_is_scikit_learns(style_run: Run, told: ReportData, page: Page) -> None:
    truth, predicted = predictions(style_run)
    names = [channel.name for channel in style_run.channels]
    expected = confusion_matrix(truth, predicted, labels=names)
    counts = {(cell.true, cell.predicted): cell.count for cell in told.cells}
    assert [[counts.get((i, j), 0) for j in range(3)] for i in range(3)] == expected.tolist()
    links = {a["href"]: a["aria-label"] for a in page.all("a") if (a.get("href") or "").startswith("#cell-")}
    shown = {channel.name: channel.display_name for channel in style_run.channels}
    for (i, j), count in counts.items():
        label = f"{shown[names[i]]} taken for {shown[names[j]]}: {count}, {percent(count / expected[i].sum())}"
        assert links[f"#cell-{i}-{j}"] == label
    assert len(links) == np.count_nonzero(expected)


def test_every_cell_opens_its_own_pictures(told: ReportData, page: Page) -> None:
    panels = [str(attributes["id"]) for attributes in page.all("details") if "id" in attributes]
    assert sorted(panels) == sorted(f"cell-{cell.true}-{cell.predicted}" for cell in told.cells)
    for cell in told.cells:
        assert cell.shots and all((shot.true, shot.predicted) == (cell.true, cell.predicted) for shot in cell.shots)
        assert all(shot.uri.startswith("data:image/jpeg;base64,") for shot in cell.shots)


def test_channels_figures_are_scikit_learns_with_the_runs_intervals(
    style_run: Run, page: Page, told: ReportData
) -> None:
    truth, predicted = predictions(style_run)
    names = [channel.name for channel in style_run.channels]
    found = precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)
    rows = style_run.metrics()["cv"]["per_channel"]
    for place, channel in enumerate(style_run.channels):
        cells = []
        for kind, values in zip(("precision", "recall", "f1"), found, strict=False):
            low, high = rows[channel.name][f"{kind}_low"], rows[channel.name][f"{kind}_high"]
            cells.append(f"{percent(values[place])} ({percent(low)} to {percent(high)})")
        assert normal(" ".join([channel.display_name, *cells, str(found[3][place])])) in page.text
    assert to_json(told)["metrics"]["cv"]["per_channel"] == rows


def normal(words: str) -> str:
    """Text as `Page.text` has it: every space is a plain one."""
    return " ".join(words.split())


def test_mistakes_come_worst_first_and_none_is_missing(style_run: Run, told: ReportData) -> None:
    truth, predicted = predictions(style_run)
    assert told.wrong == sum(one != other for one, other in zip(truth, predicted, strict=True)) > 0
    assert len(told.mistakes) == min(24, told.wrong)
    ahead = [m.shot.probability_predicted - (m.shot.probability_true or 0) for m in told.mistakes]
    assert ahead == sorted(ahead, reverse=True) and min(ahead) > 0


def test_a_mistake_has_two_heatmaps_and_right_ones_beside(told: ReportData) -> None:
    for mistake in told.mistakes:
        assert mistake.shot.true != mistake.shot.predicted
        uris = {mistake.shot.uri, mistake.heat_true, mistake.heat_predicted}
        assert len(uris) == 3 and all(uri.startswith("data:image/jpeg") for uri in uris)
        for beside, label in (
            (mistake.right_true, mistake.shot.true),
            (mistake.right_predicted, mistake.shot.predicted),
        ):
            assert beside is None or (beside.true == beside.predicted == label)


def test_labels_are_in_the_runs_order(copied: Copied) -> None:
    """A run that lists its channels the other way round has its matrix the other way round."""
    before = report_of(gone(copied))
    copied.edit("run.json", lambda content: content["channels"].reverse())
    after = report_of(copied.load())
    counts = {(cell.true, cell.predicted): cell.count for cell in before.cells}
    assert {(2 - cell.true, 2 - cell.predicted): cell.count for cell in after.cells} == counts


def test_the_json_has_everything_but_pictures(full: ReportData) -> None:
    text = json.dumps(to_json(full))
    assert "data:image" not in text
    content = json.loads(text)
    assert len(content["rows"]) == len(full.rows)
    assert content["run"]["channels"][0]["name"] == "ember"
    assert content["comparisons"][0]["macro_f1"]["difference"] == 0
    assert content["curve"] == CURVE and content["faithfulness"] == FAITHFULNESS


# --- The page ---


def test_sections_are_in_order(page: Page, full: ReportData) -> None:
    assert page.sections == [name for name in ORDER if name not in OPTIONAL]
    assert Page(to_html(full)).sections == ORDER


def test_contents_lead_to_sections_that_there_are(full: ReportData) -> None:
    found = Page(to_html(full))
    ids = {attributes.get("id") for _, attributes in found.elements}
    targets = [(a["href"] or "").removeprefix("#") for a in found.all("a")]
    assert set(targets) <= ids and set(ORDER[1:]) <= set(targets)


def test_nothing_is_fetched(full: ReportData) -> None:
    html = to_html(full)
    found = Page(html)
    for _, attributes in found.elements:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/jpeg;base64,"))
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert not found.all("link")
    assert "url(" not in html and "@import" not in html


def test_the_policy_allows_exactly_the_pages_own_style_and_script(page: Page, told: ReportData) -> None:
    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    html = to_html(told)
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(policy)
    assert str(policy).startswith("default-src 'none'") and "unsafe" not in str(policy)


def test_names_are_escaped_everywhere(full: ReportData) -> None:
    evil = tuple(replace(channel, display_name=EVIL) for channel in full.channels)
    contents = tuple(replace(channel, display_name=EVIL) for channel in full.contents.channels)
    named = replace(full, run=replace(full.run, channels=evil), contents=replace(full.contents, channels=contents))
    html = to_html(named)
    assert EVIL not in html and html.count("<script") == 1 and "alert(&#" in html
    for name in FIGURES:
        ElementTree.fromstring(figure(named, name))


def test_a_run_without_its_dataset_is_reported_without_pictures(copied: Copied, page: Page) -> None:
    found = report_of(gone(copied))
    html = to_html(found)
    bare = Page(html)
    assert "data:image" not in html and page.all("img")
    assert "The dataset is no longer at" in bare.text and "no longer at" not in page.text
    assert bare.sections == page.sections
    assert f"{found.wrong} mistakes" in bare.text


def test_a_changed_picture_is_not_shown_as_the_one_judged(style_run: Run, copied: Copied) -> None:
    source = Path(style_run.description["dataset"]["path"])
    moved = copied.root.parent / "data"
    shutil.copytree(source, moved)
    copied.edit("run.json", lambda content: content["dataset"].update(path=str(moved)))
    files = sorted((moved / "images" / "ember").iterdir())
    files[0].write_bytes(files[1].read_bytes())
    found = report_of(copied.load())
    assert found.contents.images - found.contents.present == 1
    assert "1 of 50 images are gone or changed since the training" in Page(to_html(found)).text


def test_a_run_names_no_files_outside_its_dataset(style_run: Run, tmp_path: Path) -> None:
    root = Path(style_run.description["dataset"]["path"])
    secret = root.parent / "secret.jpg"
    secret.write_bytes(b"secret")
    try:
        assert Library(style_run).find("../secret.jpg", hashlib.sha256(b"secret").hexdigest()) is None
    finally:
        secret.unlink()


def test_one_step_is_said_in_words_and_epochs_are_drawn(told: ReportData, page: Page, full: ReportData) -> None:
    assert "there is no curve to draw" in page.text
    with pytest.raises(ThumbprintError, match="trained in one step"):
        figure(told, "history")
    drawn = ElementTree.fromstring(figure(full, "history"))
    lines = [e for e in drawn.iter() if e.tag.endswith("polyline")]
    for kind, count in (("fold", 12), ("mean", 4)):  # 3 folds, 4 figures; the final fit has no held-out pictures
        found = [e for e in lines if kind in e.attrib["class"].split()]
        assert len(found) == count and all(len(e.attrib["points"].split()) == EPOCHS for e in found)
    assert sum(e.tag.endswith("polygon") for e in drawn.iter()) == 4
    losses = [e.attrib["points"] for e in lines if "fold" in e.attrib["class"] and "second" in e.attrib["class"]][3:]
    first = [float(points.split()[0].split(",")[1]) for points in losses]
    assert first[0] - first[1] == pytest.approx(first[1] - first[2], abs=0.2) and first[0] > first[1] > first[2]
    assert f"After {EPOCHS} epochs" in Page(to_html(full)).text


@pytest.mark.parametrize("name", FIGURES)
def test_figures_stand_alone_in_light_and_dark(name: str, full: ReportData) -> None:
    drawn = figure(full, name)
    tree = ElementTree.fromstring(drawn)
    assert tree.attrib["aria-label"] and "prefers-color-scheme: dark" in drawn
    numbers = [
        value for e in tree.iter() for key, value in e.attrib.items() if key in ("x", "y", "cx", "cy", "x1", "y2")
    ]
    assert numbers and all(math.isfinite(float(number)) for number in numbers)
    assert all(-1 <= float(e.attrib["cx"]) <= 361 for e in tree.iter() if "cx" in e.attrib)


def test_an_unknown_figure_is_refused(told: ReportData) -> None:
    with pytest.raises(ThumbprintError, match=exactly(f"figure 'x' is unknown; there are {', '.join(FIGURES)}")):
        figure(told, "x")


@pytest.mark.slow
def test_a_lab_run_is_reported_with_its_own_views(lab_training: Interrupted) -> None:
    """It knows no 'none of these', pads its pictures, and turns and zooms them."""
    found = report_of(lab_training.run)
    page = Page(to_html(found))
    assert "does not know “none of these”" in page.text and "padded with black to 224 by 224" in page.text
    assert "single epoch" in page.text
    assert page.sections == [name for name in ORDER if name not in OPTIONAL]
    assert [step.channel for step in found.steps] == [channel.display_name for channel in found.channels]
    for step in found.steps:
        assert step.fed_size == (224, 224) and len({step.fed, *step.views}) == 3
    assert all(one.heat.startswith("data:image/jpeg") for one in found.gallery) and found.gallery
    for name in ("unknown", "threshold"):
        with pytest.raises(ThumbprintError, match="recipe 'lab' does not know 'none of these'"):
            figure(found, name)


def test_preprocessing_shows_the_bars_that_are_cut_off(told: ReportData) -> None:
    """Some pictures of every channel have bars baked in: one of those is the example."""
    for step in told.steps:
        assert step.is_cropped and step.size == (160, 120) and len(step.views) == VIEWS
        left, top, right, bottom = step.box
        assert (left, right) == (0, 160) and abs((bottom - top) - 90) <= 4


def test_the_page_stays_small() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    album = Album(budget=30_000)
    shown = [album.pixels(pixels) for _ in range(20)]
    assert 0 < album.shown < 20 and album.left_out == 20 - album.shown
    assert sum(map(len, shown)) <= 30_000
    assert not any(shown[album.shown :])
    assert album.pixels(pixels[:8, :8]) == "", "a smaller one that would fit comes after the end, too"


def test_many_channels_are_all_drawn(told: ReportData) -> None:
    """Long lists keep every channel in chart and table; only samples are fewer."""
    one = told.contents.channels[0]
    many = tuple(replace(one, name=f"c{i}", display_name=f"Channel {i}") for i in range(MOST_CHANNELS + 5))
    drawn = figure(replace(told, contents=replace(told.contents, channels=many)), "images")
    assert drawn.count("Channel ") >= len(many)


def test_shares_are_written_as_people_read_them() -> None:
    shares = (0, 0.0002, 0.004, 0.5, 0.954, 0.996, 0.9998, 1)
    expected = ["0 %", "< 0.1 %", "0.4 %", "50 %", "95 %", "99.6 %", "> 99.9 %", "100 %"]
    assert [normal(percent(share)) for share in shares] == expected


def test_ticks_are_round_and_within() -> None:
    assert ticks(0, 1, 5) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(0.95, 1, 4) == [0.96, 0.98, 1]
    assert ticks(-0.011, 0.011, 4) == [-0.01, 0, 0.01]


def test_wilsons_interval_is_the_one_of_the_books() -> None:
    assert wilson(0.9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)  # Agresti and Coull, 1998
    assert wilson(1.0, 5)[1] == 1.0 and wilson(0.0, 5)[0] == 0.0


def test_robustness_is_a_table_of_views_and_one_of_what_every_corruption_loses(full: ReportData) -> None:
    (name,) = full.stress
    assert TABLES["stress"](full).rows[1:] == (
        (
            f"{name}: page",
            "88.5\u00a0% (84\u00a0%\u00a0to\u00a094\u00a0%)",
            "\u22121.5",
            "80.0\u00a0%",
            "95.0\u00a0%",
            "30.0\u00a0%",
        ),
        (
            f"{name}: camera",
            "70.0\u00a0% (65\u00a0%\u00a0to\u00a075\u00a0%)",
            "\u221220.0",
            "80.0\u00a0%",
            "95.0\u00a0%",
            "30.0\u00a0%",
        ),
    )
    (table,) = corruption_tables(full.stress)
    ((row, what, cells),) = table.rows
    assert (row, what, [cell.shade for cell in cells]) == ("glare", "a lamp", [0, 4])
    assert cells[1].words == "glare, strong (0.8): macro F1 80.0\u00a0%"
    assert "On a page it loses 1.5 points of macro F1, in a photo of a screen 20.0 points" in to_html(full)


def test_a_report_is_rendered_without_what_computes() -> None:
    """Neither its modules nor theirs train, explain or audit."""
    loaded = "import sys, backend.report.build, backend.report.page; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert "backend.report.build" in modules
    computing = ("explain.gradcam", "explain.samples", "training.report_data")
    audits = ("audit.audit", "audit.run_audit", "audit.label_issues", "compare", "cross_validation")
    names = {f"backend.{name}" for name in computing} | {f"backend.evaluation.{name}" for name in audits}
    assert not names & set(modules)
    assert not {"tensorflow", "sklearn", "scipy", "ai_edge_litert"} & set(modules)


# --- The command ---


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["-q", "report", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_writes_the_page_and_its_json(copied: Copied, tmp_path: Path) -> None:
    curve, faithful = tmp_path / "curve.json", tmp_path / "f.json"
    curve.write_text(json.dumps(CURVE))
    faithful.write_text(json.dumps(FAITHFULNESS))
    gone(copied)
    load_run(copied.root).add_to_metrics("stress", ROBUSTNESS)
    out = tmp_path / "page.html"
    options = "--out", out, "--learning-curve", curve, "--faithfulness", faithful
    assert run(copied.root, copied.root, *options) == (0, f"Wrote {out}\nWrote {out.with_suffix('.json')}\n", "")
    assert Page(out.read_text(encoding="utf-8")).sections == ORDER
    assert json.loads(out.with_suffix(".json").read_text())["metrics"]["channels"] == list(KNOWN)


def test_a_learning_curve_with_and_without_the_prior_has_two_lines(full: ReportData) -> None:
    points = [{**point, "without_prior": {**point["macro_f1"], "mean": 0.5}} for point in CURVE["points"]]
    both = replace(full, curve={**CURVE, "points": points})
    one, two = (draw(data, "learning-curve") for data in (full, both))
    assert [drawing.count("mean known") for drawing in (one, two)] == [1, 1]
    assert [drawing.count("mean second") for drawing in (one, two)] == [0, 1]
    assert "with the prior" in two and "without it" in two and "the prior" not in one
    table = TABLES["learning-curve"](both)
    assert table.head[2:] == ("Macro F1 with the prior, mean (lowest to highest)", "Without it")
    first = "60\u00a0% (50\u00a0% to 70\u00a0%)", "50\u00a0% (50\u00a0% to 70\u00a0%)"
    assert table.rows[0] == ("5", "5", *first)
    assert wording.curve_title(both.curve or {}) == (
        "From 5 videos a channel, macro F1 is 60\u00a0% with the prior and 50\u00a0% without it"
    )
    page = Page(to_html(both)).text
    assert "what Thumbprint knows of thumbnails before a training" in page
    assert "what Thumbprint knows of thumbnails before a training" not in Page(to_html(full)).text


def test_faithfulness_is_shown_of_every_run_beside_each_other(full: ReportData) -> None:
    figures, places = TABLES["heat-figures"](full), TABLES["heat-places"](full)
    assert figures.head[1:] == ("style", "lab")
    assert figures.rows[0] == ("deletion: better than random", *["0.200 (0.150 to 0.250)"] * 2)
    assert [row[:2] for row in places.rows] == [
        ("style", "10.0 % (5.0 % to 15.0 %); 25.0 % of what it sees".replace(" %", "\u00a0%")),
        ("lab", "40.0 % (35.0 % to 45.0 %); 25.0 % of what it sees".replace(" %", "\u00a0%")),
    ]
    assert TABLES["faithfulness"](full).rows[1] == (percent(0.5), *["0.500"] * 6)
    text = Page(to_html(full)).text
    assert all(" ".join(cell.split()) in text for row in (*figures.rows, *places.rows) for cell in row)


def test_runs_of_one_recipe_are_named_by_their_folders(full: ReportData) -> None:
    runs = [{**run, "recipe": "style", "run": name} for run, name in zip(FAITHFULNESS["runs"], ("a", "b"), strict=True)]
    twice = replace(full, faithfulness={"runs": runs})
    assert TABLES["heat-figures"](twice).head[1:] == ("a", "b")
    assert [row[0] for row in TABLES["heat-places"](twice).rows] == ["a", "b"]


def test_faithfulness_in_the_run_is_found(copied: Copied) -> None:
    (copied.root / "extra").mkdir()
    (copied.root / "extra" / "faithfulness.json").write_text(json.dumps(FAITHFULNESS))
    assert report_of(gone(copied)).faithfulness == FAITHFULNESS


def test_what_cannot_be_written_or_read_is_said(copied: Copied, tmp_path: Path) -> None:
    gone(copied)
    assert run(copied.root, "--out", tmp_path)[::2] == (
        2,
        f"Error: --out {tmp_path}: is a folder; name a file in it, such as {tmp_path / 'report.html'}\n",
    )
    there = tmp_path / "no" / "r.html"
    assert run(copied.root, "--out", there)[::2] == (
        2,
        f"Error: --out {there}: there is no folder {there.parent}; make it, or name another file\n",
    )
    bad = tmp_path / "bad.json"
    bad.write_text("[1")
    code, _, error = run(copied.root, "--learning-curve", bad, "--out", tmp_path / "r.html")
    assert code == 2 and error.startswith(f"Error: {bad}: cannot be read")
    assert not (tmp_path / "r.html").exists()


def test_damaged_predictions_are_named(copied: Copied) -> None:
    (copied.root / "predictions.csv").write_text("image,key\nx,y\n")
    with pytest.raises(RunError, match=r"predictions.csv: damaged or missing"):
        report_of(gone(copied))


def test_templates_have_no_style_attributes() -> None:
    """The page's own policy would drop them."""
    for template in TEMPLATES.glob("*.j2"):
        assert not re.search(r"\sstyle=|\son[a-z]+=", template.read_text(encoding="utf-8")), template


def test_every_known_picture_is_counted(told: ReportData) -> None:
    counts = {channel.name: channel.images for channel in told.contents.channels if channel.role == "known"}
    assert counts == {name: PICTURES for name in KNOWN}
