"""Rebuilds the sample that ships with rune-pl: rune_pl/sample/data. Run it with the Python of a checkout in which
rune-pl is installed (`make demo` leaves one in .venv).

    python tools/make_sample.py [--seed N] [--output DIRECTORY]

The layouts and boxes are the same on every machine; the pixels are the same for the same versions of numpy and Pillow.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import click

from rune_pl.sample import write_sample

SCENES = 40
SEED = 24
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write the sample beside the old one, then replace its parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the scenes (default {SEED})")
    parser.add_argument("--output", type=Path, default=ROOT / "rune_pl" / "sample" / "data", help="where to write it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fresh = write_sample(Path(folder) / "sample", SCENES, options.seed, archive=True)
        for part in sorted(fresh.iterdir()):
            target = options.output / part.name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(part, target, ignore=shutil.ignore_patterns("*.lock"))
    size = sum(file.stat().st_size for file in options.output.rglob("*") if file.is_file())
    click.echo(f"{options.output}: {SCENES} scenes, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
