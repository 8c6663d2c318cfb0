"""What an audit finds, and how it is said: in lines for people, and in JSON with nothing left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.data.settings import TrainSettings
from backend.evaluation.audit.source_bias import Blur, SourceBias

if TYPE_CHECKING:
    from backend.evaluation.audit.label_issues import LabelIssue

NONE_OF_THESE = "none of these"  # the class of all background channels
SHOWN = 20  # findings of a check in the text; JSON has them all
SCHEMA = 1
FEW_IMAGES = 15
IMBALANCE = 3  # the largest channel may have this many times the images of another

# Of each check: what it looks for, and what to do about what it found.
CHECKS = {
    "files": (
        "Files missing, unreadable or changed",
        "Restore them, or import the pictures again; nothing else here looks at them.",
    ),
    "duplicates_within": (
        "Near-duplicates within a channel",
        "Remove all but one, or give them one key in manifest.csv, so that no split parts them.",
    ),
    "duplicates_across": (
        "Near-duplicates across channels",
        "A picture can only be of one channel: remove it from the others.",
    ),
    "duplicates_test": (
        "Near-duplicates across train and test",
        "Remove them from one of the two: a test on pictures that were trained on flatters the model.",
    ),
    "duplicates_against": (
        "Near-duplicates across the two datasets",
        "Remove them from one of the two: figures on pictures that were trained on flatter the model.",
    ),
    "shapes": (
        "Pictures of unusual size or shape",
        "Look at them: they may be stills, shorts, or from elsewhere. Fetch them in the usual size, or remove them.",
    ),
    "balance": (
        "Channels with few pictures",
        "Add pictures: 15 work, 100 are better, and no channel should have more than 3 times those of another.",
    ),
    "labels": (
        "Doubtful labels, worst first",
        "Look at each: move it to the channel whose it is and import again, or leave it if the label is right.",
    ),
    "sources": (
        "Channels told apart by where their pictures come from",
        "The model may learn this instead of the style, and fail on pictures from elsewhere. Training draws smaller "
        "and recompressed views against it; better, fetch the pictures of all channels in one size, from one source.",
    ),
}


@dataclass(frozen=True)
class BrokenFile:
    """A file of the manifest that cannot be used."""

    file: str
    channel: str
    problem: str

    def line(self) -> str:
        return f"{self.file}: {self.problem}"


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures that are copies of each other; similarity from 0.7 to 1."""

    file: str
    channel: str
    other_file: str
    other_channel: str
    similarity: float

    def line(self) -> str:
        return f"{self.file} ~ {self.other_file} ({self.similarity:.0%} alike)"


@dataclass(frozen=True)
class OddShape:
    """A picture unlike nearly all others of its channel, or else of the dataset; sizes in pixels."""

    file: str
    channel: str
    width: int
    height: int
    usual_width: int
    usual_height: int
    unlike: str

    def line(self) -> str:
        usual = f"{self.usual_width}x{self.usual_height}"
        return f"{self.file}: {self.width}x{self.height}; usual in the {self.unlike} is {usual}"


@dataclass(frozen=True)
class Imbalance:
    """A channel with few pictures, or few beside the largest channel."""

    channel: str
    images: int
    largest: int

    def line(self) -> str:
        return f"{self.channel}: {self.images} images; the largest channel has {self.largest}"


def imbalances(images: Mapping[str, int]) -> Iterator[Imbalance]:
    """Find them by the number of images of each channel to recognise."""
    most = max(images.values(), default=0)
    for channel, count in images.items():
        if count < FEW_IMAGES or IMBALANCE * count < most:
            yield Imbalance(channel, count, most)


@dataclass(frozen=True)
class SuspectLabel:
    """A picture that models which have not seen it take for another channel's.

    given and suggested are classes, and background channels are all one class; margin: p(given) - p(most probable
    other), from -1 to 1; probabilities: of the classes that were compared, all channels or these and 'none of these'.
    """

    file: str
    channel: str
    given: str
    suggested: str
    margin: float
    probabilities: dict[str, float]

    @classmethod
    def of(cls, issue: LabelIssue, file: str, channel: str, given: str, names: Sequence[str]) -> SuspectLabel:
        """Name what was found by numbers; names: of the classes."""
        by_name = dict(zip(names, (round(chance, 4) for chance in issue.probabilities), strict=False))
        return cls(file, channel, given, names[issue.suggested], round(issue.margin, 4), by_name)

    def line(self) -> str:
        own, other = self.probabilities[self.given], self.probabilities[self.suggested]
        return f"{self.file}: {self.channel} ({own:.0%})? looks like {self.suggested} ({other:.0%})"


Finding: TypeAlias = BrokenFile | NearDuplicate | OddShape | Imbalance | SuspectLabel | SourceBias

# Of each check but `sources`, what it finds.
KINDS: dict[str, type[BrokenFile | NearDuplicate | OddShape | Imbalance | SuspectLabel]] = {
    "files": BrokenFile,
    **dict.fromkeys((name for name in CHECKS if name.startswith("duplicates")), NearDuplicate),
    "shapes": OddShape,
    "balance": Imbalance,
    "labels": SuspectLabel,
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked for, and all that was found."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        return CHECKS[self.name][0]

    @property
    def advice(self) -> str:
        return CHECKS[self.name][1]

    def lines(self) -> Iterator[str]:
        """Say what was found, and what to do."""
        if not self.findings:
            yield f"{self.title}: none"
            return
        yield f"{self.title}: {len(self.findings)}"
        yield from (f"  {finding.line()}" for finding in self.findings[:SHOWN])
        if len(self.findings) > SHOWN:
            yield f"  and {len(self.findings) - SHOWN} more; --json names all"
        yield f"  -> {self.advice}"


def checked(name: str, findings: Iterable[Finding]) -> Check:
    """Make a check of what was found."""
    return Check(name, tuple(findings))


def checks_to_json(checks: Sequence[Check]) -> dict[str, Any]:
    """Return checks as JSON types, in their order."""
    return {"schema": SCHEMA, "checks": [asdict(check) for check in checks]}


def checks_from_json(content: Mapping[str, Any]) -> tuple[Check, ...]:
    """Read what `checks_to_json` returned. Raises KeyError and TypeError for anything else."""
    return tuple(
        checked(check["name"], [_finding(check["name"], values) for values in check["findings"]])
        for check in content["checks"]
    )


def _finding(check: str, values: Mapping[str, Any]) -> Finding:
    if check == "sources":
        blur = values["blur"]
        return SourceBias(**{**values, "blur": blur and Blur(**{**blur, "pair": tuple(blur["pair"])})})
    return KINDS[check](**values)


@dataclass(frozen=True)
class Audit:
    """All that was looked for in a dataset. images: sound ones of each channel; not_judged: why labels and sources were
    not, or empty; biases: figures whether or not they are findings.
    """

    data: str
    against: str | None
    images: dict[str, int]
    settings: TrainSettings
    checks: tuple[Check, ...]
    biases: tuple[SourceBias, ...]
    not_judged: str

    @property
    def count(self) -> int:
        """Number of findings."""
        return sum(len(check.findings) for check in self.checks)

    def lines(self) -> Iterator[str]:
        """Say everything in lines for a terminal."""
        channels = ", ".join(f"{name} {count}" for name, count in self.images.items())
        yield f"{self.data}: {sum(self.images.values())} images ({channels})"
        for check in self.checks:
            yield from check.lines()
        yield from (f"Figures: {bias.line()}" for bias in self.biases if not bias.warns)
        if self.not_judged:
            yield f"Labels and sources were not judged: {self.not_judged}"
        yield f"{self.count} finding{'s' if self.count > 1 else ''}" if self.count else "No findings"

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON types."""
        return {
            "schema": SCHEMA,
            "data": self.data,
            "against": self.against,
            "images": self.images,
            "settings": {"recipe": self.settings.recipe, "folds": self.settings.folds, "seed": self.settings.seed},
            "count": self.count,
            "checks": {
                check.name: {
                    "title": check.title,
                    "advice": check.advice,
                    "count": len(check.findings),
                    "findings": [asdict(finding) for finding in check.findings],
                }
                for check in self.checks
            },
            "confounds": {bias.measure: {**asdict(bias), "warns": bias.warns} for bias in self.biases},
            "not_judged": self.not_judged or None,
        }
