"""`rune-pl verify`: is a proof what it says?"""

from __future__ import annotations

from pathlib import Path

import click

from rune_pl.cli._common import EXIT_INTERNAL, EXIT_OK, compiling_notice, json_line

EXAMPLES = """\b
Examples:
  rune-pl verify proof.json
  rune-pl verify proof.json --archive scenes/
  rune-pl verify proof.json --archive scenes/ --calibration calibration.json
  rune-pl verify proof.json --archive scenes/ --json
"""


@click.command("verify", epilog=EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    help="The archive that the proof is about; its detections and hashes are compared.",
)
@click.option(
    "--calibration",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The calibration that a proof names; with --archive its facts are derived from the scores again.",
)
@click.option(
    "--budget",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.0, min_open=True),
    help="Seconds for ProbLog.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: valid, problems, probability, checks.")
def command(file: Path, archive: Path | None, calibration: Path | None, budget: float, as_json: bool) -> int:
    """Verify a proof that `rune-pl prove -o FILE.json` wrote.

    Checks the digest, replays every step of every tree, measures the geometry again, derives the proofs anew, and
    computes the probability with plain ProbLog from the facts in the file. The exit code is 0 where all of it agrees
    and 1 where something differs, or could not be checked; what differs is listed.
    """
    from rune_pl.archive import Archive
    from rune_pl.explain.verify import read_proof, verify
    from rune_pl.inference import Budget

    proof = read_proof(file)
    opened = None if archive is None else Archive.open(archive)
    from rune_pl.calibration import Calibration

    fitted = None if calibration is None else Calibration.load(calibration)
    with compiling_notice():
        found = verify(proof, opened, calibration=fitted, budget=Budget(seconds=budget))
    if as_json:
        problems = [{"where": p.where, "message": p.message} for p in found.problems]
        click.echo(
            json_line(
                {
                    "file": file,
                    "valid": found.valid,
                    "problems": problems,
                    "probability": found.probability,
                    "checks": found.checks,
                }
            )
        )
    elif found.valid:
        click.echo(f"valid: {proof.image}, probability {found.probability:.9f} by ProbLog; {', '.join(found.checks)}")
    else:
        click.echo(f"invalid: {len(found.problems)} difference{'s' if len(found.problems) > 1 else ''}")
        for problem in found.problems:
            click.echo(f"  {problem}")
    return EXIT_OK if found.valid else EXIT_INTERNAL
