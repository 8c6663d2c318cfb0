"""What a report of a run shows beside its figures, computed once: by the training, which puts it into the run.

audit.json     what is wrong with the pictures, by the out-of-fold predictions
samples.json   pictures whose way into the model is shown, and how training views are made of them
heatmaps.npz   Grad-CAM of mistakes, and of pictures that were classified correctly

None of them holds a thumbnail: pictures are read from the dataset when a report is made. What a run lacks because an
earlier Thumbprint trained it is computed for its first report, and kept in the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from backend.data.augment.samples import (
    CHANNELS,
    AugmentationPictures,
    AugmentationSample,
    choose_sample,
    random_views,
    read_sample,
)
from backend.data.dataset import load_dataset
from backend.data.selection import Sample, samples_of
from backend.data.sources import Source
from backend.evaluation.audit.findings import Check, checks_from_json, checks_to_json
from backend.evaluation.audit.run_audit import audit_run
from backend.evaluation.compare import Comparison, compare
from backend.evaluation.learning_curve import learning_curve_of_run
from backend.evaluation.predictions import Library, read_rows
from backend.explain.gradcam import Explainer
from backend.explain.heatmap import Heatmap
from backend.explain.samples import (
    Heatmaps,
    Key,
    compute_heatmaps,
    pack_heatmaps,
    shown_keys,
    unpack_heatmaps,
)
from backend.models.registry import get_recipe
from backend.models.run import AUDIT, DESCRIPTION, HEATMAPS, MODEL, PREDICTIONS, SAMPLES, Run, load_run
from backend.utils import cache
from backend.utils.errors import DataError, RunError
from backend.utils.files import pack_arrays, pack_json, unpack_arrays
from backend.utils.reading import DAMAGED, reason_of

LEARNING_CURVE = "learning-curve.json"  # never in a run: measuring it takes longer than the training
COMPUTED_AGAIN = "delete it, and the next report computes it again"
SCHEMA = 1  # of samples.json
VERSION = 1  # of all that is kept in the cache

# Returns what was kept under a name, or else makes it and keeps it.
Keep = Callable[[str, Callable[[], bytes]], bytes]


@dataclass(frozen=True)
class ReportInputs:
    """What a report is rendered from, beside the run's own tables.

    files: the pictures that are still there, by checksum; sizes: width and height in pixels of what the datasets list,
    by checksum; checks: of the audit; samples: by the channel's name; comparisons: with other runs; curve: the run's
    learning curve, where it can be measured.
    """

    files: Mapping[str, Path]
    sizes: Mapping[str, tuple[int, int]]
    checks: tuple[Check, ...]
    samples: Mapping[str, AugmentationPictures]
    heatmaps: Heatmaps
    comparisons: Sequence[Comparison] = ()
    curve: Mapping[str, Any] | None = None

    def heatmap(self, sha256: str, channel: str) -> Heatmap | None:
        """Return what speaks for a channel in a picture; None where its picture is gone."""
        return self.heatmaps.get(Key(sha256, channel))


def add_report_data(
    files: Mapping[str, bytes], draft: Callable[[Mapping[str, bytes]], Path], keep: Keep
) -> dict[str, bytes]:
    """Return the files of a new run with those of its report. draft: writes a run's files to a folder; keep: holds on
    to what is finished, so that a killed training goes on where it was.
    """
    computing = _Computing(load_run(draft(files)))
    added = {name: keep(name, make) for name, make in computing.files_to_make.items()}
    description = json.loads(files[DESCRIPTION])
    description["files"].update({name: hashlib.sha256(content).hexdigest() for name, content in added.items()})
    return {**files, **added, DESCRIPTION: pack_json(description)}


def complete(run: Run, others: Sequence[Run] = ()) -> ReportInputs:
    """Return all that the report of a run is rendered from, its comparison with other runs too.

    What the run lacks is computed and kept in the cache, anew where other pictures of it are there. Raises RunError for
    damaged files, and for runs that cannot be compared.
    """
    comparisons = compare([run, *others]) if others else ()
    computing = _Computing(run)
    keep = _kept(run, computing.identity())
    audit, chosen, packed = (keep(name, make) for name, make in computing.files_to_make.items())
    with _reading(run.root / AUDIT):
        checks = checks_from_json(json.loads(audit))
    with _reading(run.root / SAMPLES):
        kept = {name: AugmentationSample.from_json(one) for name, one in json.loads(chosen)["samples"].items()}
    with _reading(run.root / HEATMAPS):
        heatmaps = unpack_heatmaps(packed)
    # Of pictures that are shown in the place of those that are gone.
    if lacking := [key for key in computing.heatmap_keys() if key not in heatmaps]:
        heatmaps |= unpack_heatmaps(keep(f"more-{HEATMAPS}", lambda: computing.heatmaps(lacking)))
    samples = computing.choose_samples(kept)
    drawn = {name: computing.draw(sample, keep) for name, sample in samples.items()}
    with _reading(run.root / LEARNING_CURVE):
        curve = json.loads(keep(LEARNING_CURVE, computing.learning_curve))["curve"]
    return ReportInputs(computing.files, computing.sizes, checks, drawn, heatmaps, comparisons, curve)


class _Computing:
    """A run with its predictions and what is left of its pictures."""

    def __init__(self, run: Run) -> None:
        self.run, self.rows = run, read_rows(run)
        self.recipe = get_recipe(run.recipe, augment=run.augment)
        self.names = [channel.name for channel in run.channels]
        library = Library(run)
        self._roots = library.roots
        paths = {row.sha256: library.find(row.image, row.sha256) for row in self.rows}
        self.files = {sha256: path for sha256, path in paths.items() if path is not None}
        self._listed = _listed(library)
        self.sizes = {sha256: (one.picture.width, one.picture.height) for sha256, one in self._listed.items()}
        self.files_to_make = {AUDIT: self.audit, SAMPLES: self.samples, HEATMAPS: self.heatmaps}

    def identity(self) -> str:
        """Name everything that decides what is computed: the run, and which of its pictures are there."""
        digest = hashlib.sha256(self.run.read(PREDICTIONS))
        known = [VERSION, self.run.description["files"][MODEL], self.names, self.run.augment, sorted(self.files)]
        digest.update(json.dumps(known).encode())
        return digest.hexdigest()[:32]

    def learning_curve(self) -> bytes:
        curve = learning_curve_of_run(self.run, self._roots)
        return pack_json({"curve": curve and curve.to_json()})

    def audit(self) -> bytes:
        return pack_json(checks_to_json(audit_run(self.rows, self.names, self.files)))

    def samples(self) -> bytes:
        chosen = {name: asdict(sample) for name, sample in self.choose_samples({}).items()}
        return pack_json({"schema": SCHEMA, "samples": chosen})

    def choose_samples(self, kept: Mapping[str, AugmentationSample]) -> dict[str, AugmentationSample]:
        """Return a sample of each of the first channels that has pictures: the kept one, if its picture is there."""
        chosen = {}
        for name in self.names[:CHANNELS]:
            own = [row.sha256 for row in self.rows if row.channel == name and row.sha256 in self.files]
            if name in kept and kept[name].sha256 in self.files:
                chosen[name] = kept[name]
            elif own:
                chosen[name] = choose_sample([self._source(sha256) for sha256 in own], self.recipe.views[1:])
        return chosen

    def draw(self, sample: AugmentationSample, keep: Keep) -> AugmentationPictures:
        """Make the pictures of a sample that is there; views that Keras draws are kept, as it takes long to load."""
        drawn = read_sample(sample, self._source(sample.sha256), self.recipe.spec)
        if not self.recipe.uses_epochs:
            return drawn
        from backend.models.lab import ROTATION, ZOOM

        packed = keep(
            f"views-{sample.sha256[:16]}", lambda: pack_arrays({"v": random_views(drawn.fed, ROTATION, ZOOM)})
        )
        return replace(drawn, views=tuple(unpack_arrays(packed)["v"]))

    def _source(self, sha256: str) -> Source:
        listed = self._listed.get(sha256)
        return listed.source if listed else Source(self.files[sha256], sha256)

    def heatmap_keys(self) -> list[Key]:
        """Say which heatmaps the report shows."""
        return shown_keys(self.rows, self.names, self.files)

    def heatmaps(self, keys: Sequence[Key] | None = None) -> bytes:
        keys = self.heatmap_keys() if keys is None else keys
        return pack_heatmaps(compute_heatmaps(Explainer(self.run), keys, self.files) if keys else {})


def _listed(library: Library) -> dict[str, Sample]:
    """Return all pictures that the datasets still list, by checksum."""
    listed: dict[str, Sample] = {}
    for root in library.roots:
        try:
            dataset = load_dataset(root)
        except DataError:
            continue  # a dataset that has lost a file: the report says how many are gone, and has no sizes
        listed.update({sample.picture.sha256: sample for sample in samples_of(dataset)})
    return listed


def _kept(run: Run, identity: str) -> Keep:
    """Read a file from the run, or else from the cache; make it where neither has it."""

    def keep(name: str, make: Callable[[], bytes]) -> bytes:
        if name in run.description["files"] and os.path.isfile(run.root / name):
            return run.read(name, COMPUTED_AGAIN)
        file = cache.cache_dir() / "reports" / f"{identity}-{name}"
        kept = cache.read(file)
        if kept is None:
            cache.keep(file, kept := make())
        return kept

    return keep


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise RunError(f"{path}: damaged ({reason_of(error)}); {COMPUTED_AGAIN}") from None
