from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from textwrap import dedent

import click
import pytest

from rune_pl._version import __version__
from rune_pl.cli import main as cli_main
from rune_pl.cli.completion import SHELLS
from rune_pl.cli.main import COMMANDS, cli, main
from rune_pl.errors import EngineError, UsageError


def command_of(name):
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def every_command():
    """Path and command of every command and subcommand."""
    pending = [((name,), command_of(name)) for name in COMMANDS]
    for path, command in pending:
        if isinstance(command, click.Group):
            pending += [((*path, name), sub) for name, sub in command.commands.items()]
    return pending


@pytest.fixture
def failing(monkeypatch):
    """`failing(error)`: `rune-pl completion` raises that error."""

    def install(error):
        def callback(**_):
            raise error

        monkeypatch.setattr(command_of("completion"), "callback", callback)

    return install


def program(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "rune_pl", *arguments], capture_output=True, text=True, timeout=120, **options
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_the_listing_says_what_the_command_says_of_itself(name):
    command = command_of(name)
    assert COMMANDS[name][1].rstrip(".") == command.get_short_help_str(limit=200).rstrip(".")


def test_every_command_has_help_and_examples():
    lacking = []
    for path, command in every_command():
        text = command.get_help(click.Context(command, info_name=" ".join(("rune-pl", *path))))
        if not command.help:
            lacking.append(f"{' '.join(path)}: help")
        if not isinstance(command, click.Group) and f"rune-pl {path[0]}" not in text.partition("Examples:")[2]:
            lacking.append(f"{' '.join(path)}: examples")
    assert lacking == []


def test_every_option_has_help():
    lacking = [
        f"{' '.join(path)} {parameter.name}"
        for path, command in every_command()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert lacking == []


def test_help_lists_the_commands_in_one_line_each(capfd):
    assert main(["--help"]) == 0
    listing = capfd.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in listing
    assert "Examples:" in listing


def test_without_arguments_the_help_is_shown_as_a_mistake(capfd):
    assert main([]) == 2
    assert "Usage: rune-pl" in "".join(capfd.readouterr())


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(capfd, option):
    assert main([option]) == 0
    assert capfd.readouterr().out == f"rune-pl, version {__version__}\n"


@pytest.mark.parametrize(("typed", "hint"), [("qurey", "did you mean query?"), ("imprt", "did you mean import?")])
def test_a_mistyped_command_gets_a_suggestion(capfd, typed, hint):
    assert main([typed]) == 2
    assert hint in capfd.readouterr().err


def test_a_word_that_is_like_no_command_gets_the_list(capfd):
    assert main(["zzz"]) == 2
    assert "the commands are query, translate, prove, verify, repl, plan, detect, import," in capfd.readouterr().err


def test_an_unknown_option_is_a_mistake_of_the_user(capfd):
    assert main(["query", "--nonsense"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "--nonsense" in err


def test_a_mistake_of_the_user_is_one_line_and_2(capfd, failing):
    failing(UsageError("two\nlines \x1b[31mred", hint="mend it"))
    assert main(["completion", "bash"]) == 2
    assert capfd.readouterr() == ("", "error: two lines  [31mred (mend it)\n")


def test_a_fault_of_ours_is_one_line_and_1(capfd, failing):
    failing(EngineError("the engine stopped"))
    assert main(["completion", "bash"]) == 1
    assert capfd.readouterr().err == "error: the engine stopped\n"


def test_an_unexpected_exception_is_one_line_and_1(capfd, failing):
    failing(ZeroDivisionError("division\nby zero"))
    assert main(["completion", "bash"]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("internal error: ZeroDivisionError: division by zero; run with --debug")


@pytest.mark.parametrize("error", [UsageError("wrong"), ZeroDivisionError("zero"), click.UsageError("wrong")])
def test_debug_shows_the_traceback(capfd, failing, error):
    failing(error)
    main(["--debug", "completion", "bash"])
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert "run with --debug" not in err


def test_ctrl_c_is_130_and_one_word(capfd, failing):
    failing(KeyboardInterrupt())
    assert main(["completion", "bash"]) == 130
    assert capfd.readouterr().err.strip() == "interrupted"


def test_an_exit_code_of_a_command_is_the_program_s(monkeypatch):
    def callback(**_):
        click.get_current_context().exit(1)

    monkeypatch.setattr(command_of("completion"), "callback", callback)
    assert main(["completion", "bash"]) == 1


def test_sigint_ends_the_process_with_130(tmp_path):
    script = dedent(
        """
        import sys, time
        from rune_pl.cli import completion, main
        def wait(**_):
            print('ready', flush=True)
            time.sleep(60)
        completion.command.callback = wait
        sys.exit(main.main(['completion', 'bash']))
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.parametrize("lines", [1, 100_000])  # fits into the buffer, and does not
def test_a_reader_that_leaves_early_hears_nothing(lines):
    script = dedent(
        f"""
        import sys
        from rune_pl.cli import completion, main
        completion.command.callback = lambda **_: [print('x' * 50) for _ in range({lines})] and None
        sys.stdin.read()
        sys.exit(main.main(['completion', 'bash']))
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        process.stdout.close()
        process.stdin.close()
        err = process.stderr.read()
        assert process.wait(timeout=60) == 1
    assert err == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_prints_a_script_that_calls_the_program(capfd, shell):
    assert main(["completion", shell]) == 0
    script = capfd.readouterr().out
    assert "_RUNE_PL_COMPLETE" in script
    assert "rune-pl" in script


def test_completion_completes_commands():
    environment = os.environ | {"_RUNE_PL_COMPLETE": "bash_complete", "COMP_WORDS": "rune-pl q", "COMP_CWORD": "1"}
    assert "query" in program(env=environment).stdout


def test_python_m_rune_pl_is_the_program():
    assert program("--version").stdout == f"rune-pl, version {__version__}\n"
    assert program("qurey").returncode == 2


def test_help_imports_no_heavy_module():
    script = dedent(
        """
        import sys
        from rune_pl.cli.main import main
        code = main(['--help'])
        heavy = set('numpy pyarrow shapely problog lark rich yaml PIL pyproj'.split()) & set(sys.modules)
        sys.exit(f'imported {sorted(heavy)}' if heavy else code)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_options_before_the_command_alone_decide_on_debug(monkeypatch):
    seen = []
    monkeypatch.setattr(cli_main, "run_guarded", lambda call, *, debug: seen.append(debug) or 0)
    main(["--debug", "query"])
    main(["query", "--debug"])
    assert seen == [True, False]
