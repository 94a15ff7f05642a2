"""`rune-pl completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    epilog="""\b
Examples:
  rune-pl completion bash >> ~/.bashrc
  rune-pl completion zsh >> ~/.zshrc
  rune-pl completion fish > ~/.config/fish/completions/rune-pl.fish
""",
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that completes commands in your shell.

    SHELL is bash (4.4 or later), zsh or fish. Put what is printed in the shell's start-up file and open a new shell.
    """
    script = get_completion_class(shell)
    if script is None:  # click has the three
        raise click.UsageError(f"no completion for {shell}")
    group = click.get_current_context().find_root().command
    click.echo(script(group, {}, "rune-pl", "_RUNE_PL_COMPLETE").source())
