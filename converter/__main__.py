"""`python -m converter RUN`: from a run to the extension's model."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import click

from backend.cli.common import FOLDER, ThumbprintCommand, show_errors
from backend.models.predictor import Model
from backend.models.run import load_run
from backend.utils import progress
from backend.utils.errors import ConversionError
from backend.utils.files import pack_json
from backend.utils.output_dir import check_replaceable, lock_output_dir
from backend.utils.tf_quiet import held_stderr, import_tensorflow
from converter.export import Dtype, export_graph_model, smallest
from converter.metadata import describe
from converter.verify import EXTENSION, find_node, verify

METADATA = "metadata.json"
FILES = re.compile(r"metadata\.json|model\.json|group1-shard\d+of\d+\.bin")  # all that is written


@click.command(cls=ThumbprintCommand, epilog="runs/mine", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", type=FOLDER)
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
def main(run: Path, out: Path | None, extension: Path, dtype: Dtype | None, force: bool, quiet: bool) -> None:
    """Convert RUN for the extension, and check the result in TensorFlow.js against the trained model."""
    progress.set_quiet(quiet)
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
        with held_stderr():
            export_graph_model(model, fresh, dtype)
        metadata = describe(run, fresh, dtype)
        (fresh / METADATA).write_bytes(pack_json(metadata))
        pixels = run.check_pixels()
        progress.say(f"Checking it in TensorFlow.js on {len(pixels)} pictures.")
        parity = verify(fresh, pixels, model.predict_proba(pixels), len(run.channels), run.threshold, dtype, extension)
        output.publish()
    size = sum(path.stat().st_size for path in out.iterdir())
    click.echo(
        f"Wrote {out}: version {metadata['version']}, {size / 1e6:.2f} MB, {dtype}; probabilities within "
        f"{parity.difference:.1g} of the trained model on {parity.pictures} pictures"
    )


if __name__ == "__main__":
    main()
