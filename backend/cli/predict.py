"""Ask a trained model whose thumbnails pictures are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backend.cli.common import FOLDER, ThumbprintCommand, show_errors, show_json
from backend.utils import progress
from backend.utils.errors import ImageError

if TYPE_CHECKING:
    from backend.models.predictor import Model


@click.command("predict", cls=ThumbprintCommand, epilog="runs/mine picture.jpg")
@click.argument("run", type=FOLDER)
@click.argument("images", type=FOLDER, nargs=-1, required=True)
@click.option("--photo", is_flag=True, help="IMAGES are photos of screens: find the thumbnail in each first.")
@click.option("--flat", type=FOLDER, help="With --photo: a folder to write the thumbnails to, flattened, as PNG.")
@show_errors
def predict_command(run: Path, images: tuple[Path, ...], photo: bool, flat: Path | None) -> None:
    """Print as JSON whose thumbnails IMAGES are; a folder stands for the pictures in it. Exit code 2 if one of them
    cannot be read.
    """
    from backend.data.picture_files import find_pictures
    from backend.models.predictor import Model
    from backend.models.run import load_run

    if flat and not photo:
        raise click.UsageError("--flat goes with --photo: other pictures are flat already")
    loaded, paths = load_run(run), find_pictures(images)
    model = Model(loaded)
    answers = _photos(model, paths, flat) if photo else _pictures(model, paths)
    show_json(answers)
    failed = [answer["error"] for answer in answers if "error" in answer]
    if failed:
        raise ImageError("; ".join(failed))


def _pictures(model: Model, paths: Sequence[Path]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for image, row in zip(paths, model.predict_each(paths), strict=True):
        answer = {"error": str(row)} if isinstance(row, ImageError) else dataclasses.asdict(model.explain_row(row))
        answers.append({"file": str(image), **answer})
    return answers


def _photos(model: Model, paths: Sequence[Path], flat: Path | None) -> list[dict[str, Any]]:
    from backend.photo.answer import answer_photo, flat_files

    files = flat_files(paths, flat) if flat else [None] * len(paths)
    answers: list[dict[str, Any]] = []
    for path, file in progress.track(list(zip(paths, files, strict=True)), "Photos", "photo", len(paths)):
        try:
            photo_answer = answer_photo(model, path)
        except ImageError as error:
            answers.append({"file": str(path), "error": str(error)})
            continue
        written = {"flat": str(file)} if file and photo_answer.write_flat(file, paths) else {}
        photo = photo_answer.to_json() | written
        answers.append({"file": str(path), **dataclasses.asdict(photo_answer.answer), "photo": photo})
    return answers
