"""Whether heatmaps tell the truth: an answer must go where the heat goes, and heat where the network goes.

Deletion and insertion (`backend.explain.deletion_insertion`) ask the first, beside a random order and one from the
centre outwards. The second is the sanity check of Adebayo et al., 2018, which redraws the head, and the
last layers of the backbone, and compares the order of the cells before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.data.dataset import Dataset, Picture, load_dataset
from backend.data.image_sizes import learnt
from backend.data.images import DARK_LEVEL, Pixels, decode, fit, without_bars
from backend.evaluation.bootstrap import Floats, bootstrap, interval
from backend.explain.deletion_insertion import (
    BASELINES,
    COLUMNS,
    MEASURES,
    ROWS,
    Prepared,
    baselines,
    cell_means,
    curves_of,
    hottest_first,
)
from backend.explain.gradcam import Explainer
from backend.explain.heatmap import Maps, picture_area
from backend.models.head import Head
from backend.models.mobilenet_v2 import Folded, Layers, layer_names
from backend.models.run import FAITHFULNESS, Run
from backend.utils import progress
from backend.utils.errors import DataError, RunError, ThumbprintError, cannot_write
from backend.utils.files import check_out_file, has_keys, pack_json, write_atomically

METHOD, SEED = "gradcam", 0
LAST_LAYERS = 3  # of the backbone, that are redrawn
BORDER = 0.08  # of the width and of the height, on each side


@dataclass(frozen=True)
class Figure:
    """A mean over pictures and its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Faithfulness:
    """How faithful the heat of a run is.

    curves: {measure: {order: mean probability at each step}}, from the whole picture, or a blurred one, on; areas:
    their means over the steps; gains: {measure: {baseline: by how much heat is better}}, where more is better for both
    measures; randomised: rank correlation of heat before and after redrawing; bars, border: shares of heat in black
    bars and in the outermost 8 %, beside the shares of the input and of the picture that these are.
    """

    run: str
    recipe: str
    method: str
    pictures: int
    curves: dict[str, dict[str, list[float]]]
    areas: dict[str, dict[str, Figure]]
    gains: dict[str, dict[str, Figure]]
    randomised: dict[str, Figure]
    bars: Figure
    bars_area: float
    border: Figure
    border_area: float

    def lines(self) -> list[str]:
        """Say it in a few lines."""
        said = [f"{self.run} ({self.recipe}, {self.method}): {self.pictures} pictures"]
        for measure in MEASURES:
            areas = ", ".join(f"{order} {figure.mean:.3f}" for order, figure in self.areas[measure].items())
            gains = "; ".join(f"{_say(figure, '+.3f')} over {name}" for name, figure in self.gains[measure].items())
            said.append(f"  {measure}: {areas}; heat is better by {gains}")
        redrawn = "; ".join(f"{_say(figure, '.2f')} with another {name}" for name, figure in self.randomised.items())
        said.append(f"  rank correlation of heat: {redrawn} (near 0: heat depends on what was learned)")
        bars = f"{_say(self.bars, '.1%')} in black bars, {self.bars_area:.1%} of the input"
        border = f"{_say(self.border, '.1%')} in the outer {BORDER:.0%}, {self.border_area:.1%} of the picture"
        return [*said, f"  heat: {bars}; {border}"]


def _say(figure: Figure, form: str) -> str:
    return f"{figure.mean:{form}} ({figure.low:{form}} to {figure.high:{form}})"


def faithfulness(runs: Sequence[Run], pictures: int) -> list[Faithfulness]:
    """Judge the heat of runs on the same pictures, those of the first run's dataset.

    Raises DataError where that dataset is gone, and ThumbprintError where the runs' channels differ.
    """
    names = [channel.name for channel in runs[0].channels]
    for run in runs[1:]:
        if (others := [channel.name for channel in run.channels]) != names:
            raise ThumbprintError(f"{run.root}: knows {', '.join(others)}, not {', '.join(names)}; compare alike runs")
    data = _dataset(runs[0])
    sample = draw_sample(data, names, pictures, SEED)
    return [_judge(run, data, sample) for run in runs]


def write_faithfulness(run: Run, results: Sequence[Faithfulness]) -> Path:
    """Write the figures beside the run's own files, which stay as they are. Raises RunError."""
    path = run.root / FAITHFULNESS
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise RunError(cannot_write(path, error, "judge a copy of the run")) from None
    check_out_file(
        path, path.name, "figures of `faithfulness`", lambda old: has_keys(old, "runs"), option="in the run,"
    )
    write_atomically(path, pack_json({"runs": [asdict(result) for result in results]}))
    return path


def _dataset(run: Run) -> Dataset:
    path = Path(run.description["dataset"]["path"])
    if not path.is_dir():
        raise DataError(f"{path}: the dataset of {run.root} is gone; put it back there, or train the run again")
    return load_dataset(path)


def draw_sample(data: Dataset, names: Sequence[str], count: int, seed: int) -> list[Picture]:
    """Draw `count` pictures in turn from every channel, one a video. Raises DataError where there are none."""
    rng = np.random.default_rng(seed)
    pictures = learnt(data)
    turns: list[tuple[int, int, Picture]] = []
    for number, name in enumerate(names):
        videos = {picture.key: picture for picture in pictures if picture.channel == name}
        drawn = rng.permutation(np.array(list(videos), np.str_))
        turns += [(turn, number, videos[key]) for turn, key in enumerate(drawn.tolist())]
    chosen = [picture for _, _, picture in sorted(turns, key=lambda turn: turn[:2])[:count]]
    if not chosen:
        raise DataError(f"{data.root}: has no pictures of {', '.join(names)}; put the run's dataset back")
    return chosen


def _judge(run: Run, data: Dataset, sample: Sequence[Picture]) -> Faithfulness:
    explainer = Explainer(run)
    prepared = _prepared(data, sample, explainer)
    keys = np.array([picture.key for picture in sample], np.str_)
    pixels, targets = prepared.pixels, prepared.targets
    heat = explainer.heatmaps(pixels, targets, METHOD)[0]
    orders = {"heat": hottest_first(heat, prepared.cells), **baselines(len(pixels), SEED)}
    with progress.bar("Deletion and insertion", "picture", len(pixels)) as bar:
        curves = curves_of(explainer, prepared, orders, lambda: bar.update(1))

    def figure(values: NDArray[Any]) -> Figure:
        return _figure(values, keys, targets, SEED)

    areas = {m: {order: curve.mean(axis=1) for order, curve in curves[m].items()} for m in MEASURES}
    better = {"deletion": -1, "insertion": 1}
    bars, border = _bars(pixels), _border(prepared.cells)
    return Faithfulness(
        run=run.root.name,
        recipe=run.recipe,
        method=METHOD,
        pictures=len(pixels),
        curves={m: {order: c.mean(axis=0).round(5).tolist() for order, c in curves[m].items()} for m in MEASURES},
        areas={m: {order: figure(area) for order, area in areas[m].items()} for m in MEASURES},
        gains={m: {b: figure(better[m] * (areas[m]["heat"] - areas[m][b])) for b in BASELINES} for m in MEASURES},
        randomised={
            name: figure(
                _rank_correlations(heat, Explainer(other).heatmaps(pixels, targets, METHOD)[0], prepared.cells)
            )
            for name, other in (("head", with_other_head(run, SEED)), ("backbone", with_other_layers(run, SEED)))
        },
        bars=figure(_shares(heat, bars)),
        bars_area=float(bars.mean()),
        border=figure(_shares(np.where(prepared.cells < 0, 0, heat), border)),
        border_area=float(border.sum() / (prepared.cells >= 0).sum()),
    )


def _figure(values: NDArray[Any], keys: NDArray[np.str_], strata: NDArray[np.int64], seed: int) -> Figure:
    def means(weights: Floats) -> Floats:
        weighted: Floats = (weights @ values)[:, None] / weights.sum(axis=1, keepdims=True)
        return weighted

    low, high = interval(bootstrap(means, keys, strata, seed))
    return Figure(float(values.mean()), float(low[0]), float(high[0]))


def _prepared(data: Dataset, sample: Sequence[Picture], explainer: Explainer) -> Prepared:
    spec = explainer.recipe.spec
    pixels, cells = [], []
    for picture in sample:
        shown = without_bars(decode(data.path(picture)))
        pixels.append(fit(shown, spec))
        cells.append(np.full((spec.height, spec.width), -1))
        inside = cells[-1][picture_area((shown.shape[0], shown.shape[1]), spec)]
        rows, columns = (np.arange(side) * n // side for side, n in zip(inside.shape, (ROWS, COLUMNS), strict=True))
        inside[:] = rows[:, None] * COLUMNS + columns
    targets = np.array([explainer.names.index(picture.channel) for picture in sample])
    return Prepared(np.stack(pixels), targets, np.stack(cells))


# --- Other networks ----------------------------------------------------------------------------------------------


def with_other_head(run: Run, seed: int) -> Run:
    """Redraw the head's kernels, each with as much spread as it had."""
    rng = np.random.default_rng(seed)
    head: Head = {name: _redrawn(array, rng) if name.endswith("kernel") else array for name, array in run.head.items()}
    return replace(run, head=head)


def with_other_layers(run: Run, seed: int) -> Run:
    """Redraw the kernels of the last layers of the backbone, each with as much spread as it had."""
    from backend.models.registry import get_recipe

    rng = np.random.default_rng(seed)
    last = layer_names(get_recipe(run.recipe).taps[-1])[-LAST_LAYERS:]
    layers: Layers = {
        name: Folded(_redrawn(folded.kernel, rng), folded.bias) if name in last else folded
        for name, folded in run.layers.items()
    }
    return replace(run, layers=layers)


def _redrawn(array: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    drawn: NDArray[np.float32] = rng.standard_normal(array.shape, np.float32) * array.std()
    return drawn


def _rank_correlations(before: Maps, after: Maps, cells: NDArray[np.int64]) -> Floats:
    """Return Spearman's rank correlation of the cells' heat for each picture, 0 where one has no heat at all."""
    from scipy.stats import rankdata

    ranks = [rankdata(cell_means(maps, cells), axis=1) for maps in (before, after)]
    one, other = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    norms = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    correlations: Floats = (one * other).sum(axis=1) / np.maximum(norms, 1e-12)
    return correlations


# --- Where heat should not be ------------------------------------------------------------------------------------


def _bars(pixels: Pixels) -> NDArray[np.bool_]:
    """Find black bars in what the network sees, padding included: rows and columns from the edge on, (n, H, W)."""
    bright = pixels.max(axis=3) > DARK_LEVEL
    bars = np.zeros(bright.shape, np.bool_)
    for axis in (1, 2):
        dark = bright.mean(axis=3 - axis) <= 0.02  # (n, rows or columns)
        ends = np.logical_and.accumulate(dark, axis=1) | np.logical_and.accumulate(dark[:, ::-1], axis=1)[:, ::-1]
        bars |= np.expand_dims(ends, 3 - axis)
    return bars


def _border(cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Find the outermost 8 % of pictures, (n, H, W)."""
    border = cells >= 0
    for picture in border:
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        high, wide = round(BORDER * len(rows)), round(BORDER * len(columns))
        picture[rows[0] + high : rows[-1] + 1 - high, columns[0] + wide : columns[-1] + 1 - wide] = False
    return border


def _shares(heat: Maps, places: NDArray[np.bool_]) -> Floats:
    """Return the share of each map's heat that lies in some places, 0 where there is none."""
    sums = heat.sum(axis=(1, 2), dtype=np.float64)
    shares: Floats = (heat * places).sum(axis=(1, 2), dtype=np.float64) / np.maximum(sums, 1e-12)
    return shares
