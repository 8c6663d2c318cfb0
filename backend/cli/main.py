"""Thumbprint's command line: all commands, and what holds for each of them."""

from __future__ import annotations

import warnings

import click

from backend import __version__
from backend.cli.collect import collect_command
from backend.cli.common import ThumbprintGroup
from backend.cli.data import audit_command, demo_data_command, import_command, simulate_command
from backend.cli.evaluate import compare_command, evaluate_command
from backend.cli.explain import explain_command, faithfulness_command, report_command
from backend.cli.learn import learn_command
from backend.cli.predict import predict_command
from backend.cli.serve import serve_command
from backend.cli.train import learning_curve_command, prior_group, train_command
from backend.utils import progress

COMMANDS = (
    collect_command,
    import_command,
    demo_data_command,
    audit_command,
    learn_command,
    train_command,
    learning_curve_command,
    prior_group,
    predict_command,
    evaluate_command,
    compare_command,
    simulate_command,
    explain_command,
    faithfulness_command,
    report_command,
    serve_command,
)


@click.group(cls=ThumbprintGroup, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, prog_name="thumbprint")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def main(quiet: bool) -> None:
    """Learn whose YouTube thumbnail it is: datasets, training, predictions."""
    progress.set_quiet(quiet)
    # Pillow warns of odd EXIF in pictures that decode well.
    warnings.filterwarnings("ignore", category=UserWarning, module="PIL")


for command in COMMANDS:
    main.add_command(command)
