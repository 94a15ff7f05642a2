"""`rune-pl`: the group of commands. Each is imported when it is run, so that help stays quick."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

import click

from rune_pl._version import __version__
from rune_pl.cli._common import run_guarded

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "query": ("query", "Rank images by the exact probability that they satisfy a question."),
        "translate": ("translate", "Translate TEXT, a question in English, into a rule, and say it back in English."),
        "prove": ("prove", "Prove the answer for one image."),
        "verify": ("verify", "Verify a proof that `rune-pl prove -o FILE.json` wrote."),
        "repl": ("repl", "Ask in Prolog: SWI-Prolog's toplevel, with the scenes of an archive loaded."),
        "plan": ("plan", "Show how a question is answered, and what that takes."),
        "detect": ("detect", "Find the objects in images with an oriented detector."),
        "import": ("import_", "Import annotations or detections into an archive."),
        "evaluate": ("evaluate", "Measure how well queries find images, against what is there."),
        "archive": ("archive", "Print, verify, export and compact archives."),
        "calibrate": ("calibrate", "Fit the map from a detector's scores to probabilities."),
        "check": ("check", "Check rule files (- is standard input) and say how they are understood."),
        "library": (
            "library",
            "List the predicates that rules may call, or explain NAME (`near`, or `near/3` for one of several).",
        ),
        "models": ("models", "List and install models: language models, and the detector that ships."),
        "doctor": ("doctor", "Report every part: found where, which version, works or not and why."),
        "sample": (
            "sample",
            "Write sample data to DIRECTORY: images/, truth/ (DOTA labels) and detections/ (DOTA results).",
        ),
        "schema": (
            "schema",
            "Print the JSON Schema of a file format: `proof` is what `rune-pl prove -o FILE.json` writes.",
        ),
        "completion": ("completion", "Print the script that completes commands in your shell."),
    }
)
"""Per command: its module in `rune_pl.cli`, which has it as `command`, and the line that the listing shows."""

EXAMPLES = """\b
Examples:
  rune-pl query "$(rune-pl sample --path)" "a ship near a harbor"
  rune-pl import dota-results results/ -o scenes/
  rune-pl query scenes/ --rule 'retrieve :- object(A, ship), object(B, harbor), near(A, B).' --top 5
  rune-pl library near
"""


class LazyGroup(click.Group):
    """A group whose commands are imported by name from `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"rune_pl.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = difflib.get_close_matches(name.lower(), COMMANDS, n=1)
            hint = f"did you mean {close[0]}?" if close else f"the commands are {', '.join(COMMANDS)}"
            ctx.fail(f"no such command {name!r}: {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120}
)
@click.version_option(__version__, "-V", "--version", prog_name="rune-pl")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """Ask aerial and satellite images questions: detected objects are probabilistic facts, rules are logic.

    A question is a sentence in English or a rule; the answer is, for every image, the exact probability that it
    satisfies the rule. `rune-pl COMMAND --help` explains a command.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 (our fault), 2 (a mistake of the user) or 130 (Ctrl-C)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Read here as well as by click, so that errors in the options themselves are shown as asked for.
    options = given[: next((k for k, word in enumerate(given) if not word.startswith("-")), len(given))]
    return run_guarded(
        lambda: cli.main(args=given, prog_name="rune-pl", standalone_mode=False), debug="--debug" in options
    )
