"""`python -m converter RUN`: from a run to the extension's model."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import click

from backend.cli.common import FOLDER, ThumbprintCommand, show_errors
from backend.models.predictor import Model
from backend.models.run import load_run
from backend.models.style import Style
from backend.models.weights import load_shipped
from backend.utils import progress
from backend.utils.errors import ConversionError
from backend.utils.files import pack_json
from backend.utils.output_dir import check_replaceable, lock_output_dir
from backend.utils.tf_quiet import held_stderr, import_tensorflow
from converter.export import Dtype, export_graph_model, export_without_channels, smallest
from converter.learning import PRIOR, learning_of
from converter.metadata import describe, describe_without_channels
from converter.verify import EXTENSION, classify_in_tfjs, drawn_pixels, find_node, verify, verify_places

METADATA = "metadata.json"
FILES = re.compile(r"metadata\.json|model\.json|group1-shard\d+of\d+\.bin|prior\.bin")  # all that is written


@click.command(cls=ThumbprintCommand, epilog="runs/mine", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", type=FOLDER, required=False)
@click.option(
    "--no-channels",
    is_flag=True,
    help="In the place of RUN: the packaged network and prior alone, to which channels are learnt in the browser.",
)
@click.option("--out", type=FOLDER, help="Where to write.  [default: `model` in the extension's folder]")
@click.option(
    "--extension",
    type=FOLDER,
    default=EXTENSION,
    help="The folder `extension` of a checkout, whose classifier checks the result.  [default: that of this checkout]",
)
@click.option(
    "--dtype",
    type=click.Choice(["int8", "mixed", "float32"]),
    help="int8: a quarter of the download, exact where the run was trained on such weights, which `style` is; mixed: "
    "pointwise kernels in 16 bits.  [default: int8 where it is exact, else mixed]",
)
@click.option("--force", is_flag=True, help="Replace an existing model.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@show_errors
def main(
    run: Path | None,
    no_channels: bool,
    out: Path | None,
    extension: Path,
    dtype: Dtype | None,
    force: bool,
    quiet: bool,
) -> None:
    """Convert RUN for the extension, and check the result in TensorFlow.js against the trained model."""
    progress.set_quiet(quiet)
    if (run is None) != no_channels:
        raise click.UsageError(
            "give RUN, or --no-channels in its place" if run is None else f"{run}: goes without --no-channels"
        )
    if run is None:
        convert_without_channels(out or extension / "model", force, extension)
    else:
        convert(run, out or extension / "model", dtype, force, extension)


def _is_own(name: str) -> bool:
    return FILES.fullmatch(name) is not None


def convert(root: Path, out: Path, dtype: Dtype | None, force: bool, extension: Path = EXTENSION) -> None:
    """Write the model of a run to `out`, whole and checked, or not at all; without a type in the smallest that fits.

    extension: the folder whose classifier checks it. Raises ThumbprintError.
    """
    check = partial(check_replaceable, out, force, ConversionError, "converted model", METADATA, _is_own)
    with lock_output_dir(out, ConversionError, "conversion", check=check) as output:
        run = load_run(root)
        find_node(extension)  # now rather than after all the work
        import_tensorflow()
        model = Model(run)
        dtype = dtype or smallest(model)
        fresh = output.new_folder()
        progress.say(f"Converting {root} ({dtype}).")
        learning = learning_of(model.recipe, run.layers)
        with held_stderr():
            heat = export_graph_model(model, fresh, dtype)
        if learning is not None:
            (fresh / PRIOR).write_bytes(learning.packed)
        metadata = describe(run, fresh, dtype, learning, heat)
        (fresh / METADATA).write_bytes(pack_json(metadata))
        pixels = run.check_pixels()
        progress.say(f"Checking it in TensorFlow.js on {len(pixels)} pictures.")
        given = classify_in_tfjs(fresh, pixels, extension)
        expected = model.predict_proba(pixels)
        parity = verify(expected, given, len(run.channels), run.threshold, dtype)
        if learning is not None:
            verify_places(learning, pixels, given)
        output.publish()
    click.echo(
        f"{_written(out, metadata)}, {dtype}; probabilities within {parity.difference:.1g} of the trained model on "
        f"{parity.pictures} pictures"
    )


def convert_without_channels(out: Path, force: bool, extension: Path = EXTENSION) -> None:
    """Write the packaged network and its prior to `out`, whole and checked, or not at all. Raises ThumbprintError."""
    check = partial(check_replaceable, out, force, ConversionError, "converted model", METADATA, _is_own)
    with lock_output_dir(out, ConversionError, "conversion", check=check) as output:
        find_node(extension)
        import_tensorflow()
        recipe, weights = Style(), load_shipped()
        learning = learning_of(recipe, weights.layers)
        if learning is None:
            raise ConversionError("the packaged prior is of another network; install Thumbprint again")
        fresh = output.new_folder()
        progress.say("Converting the packaged network.")
        with held_stderr():
            heat = export_without_channels(learning, fresh)
        (fresh / PRIOR).write_bytes(learning.packed)
        metadata = describe_without_channels(learning, fresh, "int8", heat)
        (fresh / METADATA).write_bytes(pack_json(metadata))
        pixels = drawn_pixels(recipe.spec)
        progress.say(f"Checking it in TensorFlow.js on {len(pixels)} pictures.")
        apart = verify_places(learning, pixels, classify_in_tfjs(fresh, pixels, extension))
        output.publish()
    click.echo(f"{_written(out, metadata)}, no channels; {apart:.2%} of the places' numbers are a level apart")


def _written(out: Path, metadata: dict[str, Any]) -> str:
    size = sum(path.stat().st_size for path in out.iterdir())
    return f"Wrote {out}: version {metadata['version']}, {size / 1e6:.2f} MB"


if __name__ == "__main__":
    main()
