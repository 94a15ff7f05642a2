"""The question of a command: English, `--rule` or `--rule-file`; how it was understood goes to standard error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rune_pl.cli._common import err_console, read_text
from rune_pl.cli._translators import TranslatorOptions

if TYPE_CHECKING:
    from rune_pl.retrieval import ImageArchive, Prepared

F = TypeVar("F", bound=Callable[..., Any])

_RULE = click.option("--rule", help="A program in the rule language that defines `retrieve`.")
_RULE_FILE = click.option(
    "--rule-file", type=click.Path(path_type=Path, dir_okay=False), help="A file with such a program."
)
_KNOWN = (
    click.option(
        "--confirm", multiple=True, metavar="ID", help="A detection that is certainly right: IMAGE/d7 or IMAGE/d7=ship."
    ),
    click.option("--reject", multiple=True, metavar="ID", help="A detection that is certainly wrong: IMAGE/d7."),
    click.option(
        "--gsd",
        type=click.FloatRange(min=0.0, min_open=True),
        help="Metres per pixel where an image does not know its own.",
    ),
)


def rule_options(command: F) -> F:
    """Add TEXT, --rule and --rule-file."""
    return click.argument("text", required=False)(_RULE(_RULE_FILE(command)))


def known_options(command: F) -> F:
    """Add what the one who asks knows: --confirm, --reject, --gsd."""
    for add in reversed(_KNOWN):
        command = add(command)
    return command


@dataclass(frozen=True)
class Question:
    """What was given; raises click.UsageError unless it is exactly one of the three."""

    text: str | None
    rule: str | None
    rule_file: Path | None

    def __post_init__(self) -> None:
        if sum(option is not None for option in (self.text, self.rule, self.rule_file)) != 1:
            raise click.UsageError("give a question in English, --rule or --rule-file, and only one of them")

    @property
    def program(self) -> str | None:
        """The rule, from the option or the file. Raises UsageError where the file cannot be read."""
        return self.rule if self.rule_file is None else read_text(self.rule_file)

    @property
    def source(self) -> str | None:
        """The file that the rule comes from."""
        return None if self.rule_file is None else str(self.rule_file)

    def prepare(self, archive: ImageArchive, asked: TranslatorOptions) -> Prepared:
        """The question, translated and checked. Raises UserError where it is refused."""
        translator = None if self.text is None else asked.make(archive.library, archive.vocabulary)
        return archive.prepare(self.text, rule=self.program, translator=translator, source=self.source)


def tell(prepared: Prepared, *, reading: bool = True) -> None:
    """Say how a question was understood."""
    notice = err_console()
    lines = [] if prepared.translator is None else [f"rule ({prepared.translator}): {prepared.rule}"]
    lines += [f"reading: {prepared.reading}"] if reading else []
    for line in (*lines, *(f"note: {note}" for note in prepared.notes)):
        notice.print(line, soft_wrap=True)
