from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from rune_pl.cli.main import main
from rune_pl.cli.query import command
from rune_pl.errors import EngineError
from rune_pl.inference import AutoEngine, ProbLogEngine
from tests.retrieval.archives import NEAR, NEAR_BY_HAND, PORT, box, write_archive

SHIP = "retrieve :- object(A, ship)."
NO_SHIP = "retrieve :- \\+ object(_, ship)."
# A grid of ships, each near the four around it: no solver finishes this within minutes.
GRID = [("ship", 0.1 + 0.08 * ((7 * i + 3 * j) % 11), box(40.0 * i, 40.0 * j)) for i in range(20) for j in range(20)]
PAIR = "retrieve :- object(A, ship), object(B, ship), near(A, B, px(35))."


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return str(write_archive(tmp_path_factory.mktemp("scenes") / "A", PORT))


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    path = tmp_path_factory.mktemp("dense") / "A"
    return str(write_archive(path, {"crowd": GRID, "quiet": [("ship", 0.5, box(0)), ("ship", 0.5, box(30))]}))


@pytest.fixture
def run(capfd):
    """`run(*arguments)`: `rune-pl query` with the error handling of the whole tool."""

    def call(*arguments: object) -> Result:
        code = main(["query", *map(str, arguments)])
        return Result(code, *capfd.readouterr())

    return call


def lines(result: Result) -> list[dict]:
    assert (result.returncode, result.stderr.count("Traceback")) == (0, 0), result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def refused(result: Result) -> str:
    """The one line that says why, from a command that printed nothing else and gave 2."""
    assert (result.returncode, result.stdout) == (2, ""), result
    (line,) = [found for found in result.stderr.splitlines() if not found.startswith("reading: ")]
    assert line.startswith("error: ")
    return line


# --- output -----------------------------------------------------------------------------------------------------------


def test_the_table(run, scenes):
    result = run(scenes, "a ship near a harbor")
    assert result.returncode == 0
    assert [re.split(r"  +", line.strip()) for line in result.stdout.splitlines()] == [
        ["rank", "image", "probability", "expected", "best match"],
        ["1", "P1", "0.810000", "1.17", "A = d1 (ship 0.80), B = d2 (harbor 0.90)"],
        ["2", "P2", "0.140000", "0.14", "A = d1 (ship 0.70), B = d2 (harbor 0.20)"],
        ["3", "P3", "0.000000", "0.00"],
        ["4", "P4", "0.000000", "0.00"],
        ["5", "P5", "0.000000", "0.00"],
    ]
    assert result.stderr.splitlines() == [
        f"rule (controlled-english): {NEAR}",
        "reading: an image with a ship (A) near a harbor (B)",
    ]


def test_json_lines(run, scenes):
    result = run(scenes, "--rule", NEAR, "--top", 0, "--json")
    found = lines(result)
    assert {line["image"]: line["probability"] for line in found} == pytest.approx(NEAR_BY_HAND)
    assert [line["rank"] for line in found] == [1, 2, 3, 4, 5]
    needed = {"rank", "image", "probability", "lower", "upper", "log_odds", "method", "expected_matches"}
    for line in found:
        assert needed <= line.keys()
        assert line["lower"] <= line["probability"] <= line["upper"]
        assert (line["log_odds"] is None) == (line["probability"] == 0.0)
    assert found[0]["best"][0] == {"variable": "A", "detection": "d1", "class": "ship", "probability": 0.8}
    assert result.stderr == "reading: an image with a ship (A) near a harbor (B)\n"


def test_csv_is_read_back(run, scenes):
    result = run(scenes, "--rule", NEAR, "--top", 2, "--csv")
    assert result.returncode == 0
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [(row["rank"], row["image"], float(row["probability"])) for row in rows] == [
        ("1", "P1", pytest.approx(0.81)),
        ("2", "P2", pytest.approx(0.14)),
    ]
    assert [b["detection"] for b in json.loads(rows[0]["best"])] == ["d1", "d2"]
    assert rows[0]["reason"] == rows[0]["path"] == ""


def test_names_that_csv_and_tables_have_to_quote(run, tmp_path):
    name = 'a, "b" [bold]' + "x" * 150
    path = write_archive(tmp_path / "A", {name: [("ship", 0.5, box(0))]})
    (row,) = csv.DictReader(run(path, "--rule", SHIP, "--csv").stdout.splitlines())
    assert row["image"] == name
    table = run(path, "--rule", SHIP).stdout
    folded = "".join(line[6:].split("  ")[0] for line in table.splitlines()[1:])
    assert name.replace(" ", "") in folded.replace(" ", "")  # whole, over several lines


def test_near_certainty_is_shown_by_what_it_lacks(run, tmp_path):
    path = write_archive(tmp_path / "A", {"P": [("ship", 0.99, box(40 * i)) for i in range(6)]})
    assert "1 - 1.0e-12" in run(path, "--rule", SHIP).stdout
    path = write_archive(tmp_path / "B", {"P": [("ship", 1.0, box(0))]})
    assert "1.000000" in run(path, "--rule", SHIP).stdout
    path = write_archive(tmp_path / "C", {"P": [("ship", 0.9999, box(40 * i)) for i in range(5)]})
    assert "1 - 1.0e-20" in run(path, "--rule", SHIP).stdout  # which a double cannot hold


def test_near_impossibility_is_shown_in_full(run, tmp_path):
    path = write_archive(tmp_path / "A", {"P": [("ship", 1e-9, box(0))]})
    assert "1.0e-09" in run(path, "--rule", SHIP).stdout


def test_an_empty_archive_and_nothing_to_show(run, tmp_path, scenes):
    path = write_archive(tmp_path / "A", {})
    assert run(path, "--rule", SHIP, "--json").stdout == ""
    assert run(path, "--rule", SHIP).stdout.split() == ["rank", "image", "probability", "expected", "best", "match"]
    assert lines(run(scenes, "--rule", SHIP, "--json", "--min-probability", 0.999)) == []


def test_warnings_of_the_check_are_notes(run, scenes):
    result = run(scenes, "--rule", "unused(A) :- object(A, ship).\n" + SHIP, "--json", "--top", 1)
    assert len(lines(result)) == 1
    assert result.stderr.startswith("reading: ")


# --- questions and options --------------------------------------------------------------------------------------------


def test_a_rule_file(run, scenes, tmp_path):
    path = tmp_path / "near.pl"
    path.write_text("% a ship by a harbor\n" + NEAR + "\n")
    assert lines(run(scenes, "--rule-file", path, "--json"))[0]["probability"] == pytest.approx(0.81)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("% ships\nretrieve :-\n    object(A, shipp).\n", "3:15", "shipp"),
        ("retrieve :- object(A, ship), nearly(A, A).\n", "1:30", "nearly"),
        ("retrieve :- object(A, ship)", "1:28", "full stop"),
        ("retrieve :- object(A, ship), \\+ near(A, B).", "1:41", "B"),
        (":- shell(ls).\nretrieve :- object(A, ship).", "1:1", "directive"),
    ],
)
def test_errors_in_a_rule_file_say_where(run, scenes, tmp_path, text, where, what):
    path = tmp_path / "rule.pl"
    path.write_text(text)
    line = refused(run(scenes, "--rule-file", path))
    assert line.startswith(f"error: {path}:{where}: ")
    assert what in line


def test_rule_files_that_cannot_be_read(run, scenes, tmp_path):
    latin = tmp_path / "latin.pl"
    latin.write_bytes(b"% H\xe4fen\nretrieve :- object(A, ship).\n")
    assert refused(run(scenes, "--rule-file", latin)) == f"error: cannot read {latin}: not UTF-8 text"
    missing = tmp_path / "missing.pl"
    assert refused(run(scenes, "--rule-file", missing)) == f"error: cannot read {missing}: No such file or directory"


def test_a_library_and_an_ontology_of_the_users_own(run, scenes, tmp_path):
    library = tmp_path / "mine.pl"
    library.write_text(
        "%!  moored(+A:object, +B:object) is semidet.\n%\n%   A is within 12 pixels of B.\n%\n"
        "%   Example: `retrieve :- object(A, ship), object(B, harbor), moored(A, B).`\n"
        "moored(A, B) :- near(A, B, px(12)).\n"
    )
    ontology = tmp_path / "mine.yaml"
    ontology.write_text("extends: dota\nclasses:\n  ship: {synonyms: [dinghy]}\n")
    rule = "retrieve :- object(A, dinghy), object(B, harbor), moored(A, B)."
    for engine in ("native", "problog"):
        result = run(
            scenes, "--rule", rule, "--library", library, "--ontology", ontology, "--engine", engine, "--json",
        )  # fmt: skip
        assert lines(result)[0]["probability"] == pytest.approx(0.81)
    assert "moored" in refused(run(scenes, "--rule", rule, "--ontology", ontology))
    assert "dinghy" in refused(run(scenes, "--rule", rule, "--library", library))


def test_a_broken_library_or_ontology(run, scenes, tmp_path):
    library = tmp_path / "broken.pl"
    library.write_text("near(A, B) :- ")
    assert refused(run(scenes, "--rule", SHIP, "--library", library)).startswith(f"error: {library}:1:")
    ontology = tmp_path / "broken.yaml"
    ontology.write_text("classes: [")
    assert refused(run(scenes, "--rule", SHIP, "--ontology", ontology)).startswith(f"error: {ontology}:1")
    for option in ("--library", "--ontology"):
        assert "/none" in refused(run(scenes, "--rule", SHIP, option, tmp_path / "none"))


@pytest.mark.parametrize("engine", ["auto", "native", "problog"])
def test_every_engine(run, scenes, engine):
    found = lines(run(scenes, "--rule", NEAR, "--engine", engine, "--json"))
    assert {line["image"]: line["probability"] for line in found} == pytest.approx(NEAR_BY_HAND)
    assert found[0]["method"] == ("problog" if engine == "problog" else "closed form")


def test_evidence_images_and_metres(run, scenes):
    found = lines(run(scenes, "--rule", NEAR, "--image", "P1", "--confirm", "d1", "--reject", "d3", "--json"))
    assert [(line["image"], line["probability"]) for line in found] == [("P1", pytest.approx(0.9))]
    found = lines(run(scenes, "--rule", SHIP, "--image", "P4", "--image", "P5", "--image", "P4", "--json"))
    assert [line["image"] for line in found] == ["P4", "P5"]
    metres = "retrieve :- object(A, ship), object(B, harbor), near(A, B, 9)."
    result = run(scenes, "--rule", metres, "--json")
    # Those with a ship and a harbor; the others cannot hold, whatever the distance.
    unknown = [line for line in lines(result) if line["method"] == "undecidable"]
    assert {line["image"] for line in unknown} == {"P1", "P2", "P3"}
    assert all(line["reason"] and line["probability"] is None for line in unknown)
    assert all(line["probability"] == 0 for line in lines(result) if line not in unknown)
    assert result.stderr.splitlines()[-1] == "3 of 5 images have no exact answer; --top 0 lists them and why"
    assert lines(run(scenes, "--rule", metres, "--gsd", 0.5, "--json"))[0]["probability"] == pytest.approx(0.81)
    assert "undecidable: the rule measures in metres" in " ".join(run(scenes, "--rule", metres).stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", SHIP, "--image", "P11"], "there is no image 'P11' (did you mean 'P1'?)"),
        (["--rule", SHIP, "--confirm", "d7"], "'d7' does not say in which image"),
        (["--rule", SHIP, "--confirm", "P1/d70"], "none is d70"),
        (["--rule", SHIP, "--reject", "P5/d1"], "its probability is 1"),
        (["--rule", SHIP, "--gsd", "nan"], "ground sampling distance of nan"),
        (["--rule", SHIP, "--gsd", "inf"], "ground sampling distance of inf"),
        (["--rule", SHIP, "--budget", "nan"], "a budget of nan seconds"),
        (["--rule", SHIP, "--budget", "1e300"], "a budget of 1e+300 seconds"),
        (["--rule", SHIP, "--memory", "99999999999999999999"], "a budget of 99999999999999999999 MB"),
        (["--rule", SHIP, "--min-probability", "nan"], "min_probability is nan"),
        (["a ship near near a harbor", "--translator", "controlled"], "near"),
        (["--rule", "retrieve :- object(A, shipp)."], "did you mean ship?"),
        (["--rule", "seen :- object(A, ship)."], "does not define retrieve"),
    ],
)
def test_mistakes_of_the_user_are_one_line(run, scenes, arguments, message):
    assert message in refused(run(scenes, *arguments))


def test_a_rule_beyond_the_chosen_engine(run, scenes):
    result = run(scenes, "--rule", "0.5::retrieve :- object(_, ship).", "--engine", "native")
    assert (result.returncode, result.stdout) == (2, "")
    message = "error: the native engine does not take this rule: retrieve/0 has rules with a probability"
    assert result.stderr.splitlines()[-1].startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a ship", "--rule", SHIP],
        ["--rule", SHIP, "--rule-file", "x.pl"],
        ["--rule", SHIP, "--json", "--csv"],
        ["--rule", SHIP, "--top", "-1"],
        ["--rule", SHIP, "--top", "many"],
        ["--rule", SHIP, "--min-probability", "2"],
        ["--rule", SHIP, "--engine", "magic"],
        ["--rule", SHIP, "--budget", "0"],
        ["--rule", SHIP, "--memory", "12"],
        ["--rule", SHIP, "--gsd", "0"],
        ["--rule", SHIP, "--none"],
        ["a ship", "and another"],
    ],
)
def test_options_that_do_not_go_together(scenes, arguments):
    result = CliRunner().invoke(command, [scenes, *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_an_archive_that_is_none(run, tmp_path):
    assert str(tmp_path / "none") in refused(run(tmp_path / "none", "--rule", SHIP))
    (tmp_path / "file").write_text("text")
    assert str(tmp_path / "file") in refused(run(tmp_path / "file", "--rule", SHIP))


def test_a_fault_of_ours_is_one_line_and_exit_code_1(run, scenes, monkeypatch):
    def fail(*_):
        raise EngineError("the solver is broken")

    monkeypatch.setattr(AutoEngine, "marginals", fail)
    result = run(scenes, "--rule", SHIP)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines()[1:] == ["error: the solver is broken"]

    def crash(*_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(AutoEngine, "marginals", crash)
    result = run(scenes, "--rule", SHIP)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines()[1].startswith("internal error: ZeroDivisionError: division by zero")


# --- budgets ----------------------------------------------------------------------------------------------------------


def test_past_the_budget_there_is_no_number(run, dense):
    result = run(dense, "--rule", PAIR, "--engine", "problog", "--budget", 0.5, "--json")
    crowd, quiet = lines(result)  # the middle of its interval is the place of what has no number
    assert (quiet["image"], quiet["probability"], quiet["method"]) == ("quiet", pytest.approx(0.25), "problog")
    assert (crowd["image"], crowd["probability"], crowd["method"]) == ("crowd", None, "timeout")
    assert (crowd["lower"], crowd["upper"], crowd["log_odds"]) == (0.0, 1.0, None)
    assert "0.5 s" in crowd["reason"]
    assert result.stderr.splitlines()[-1] == "1 of 2 images have no exact answer; --top 0 lists them and why"
    table = run(dense, "--rule", PAIR, "--engine", "problog", "--budget", 0.5).stdout
    assert re.search(r"crowd +unknown .*timeout: ProbLog did not finish within 0.5 s", table)


# --- as a process -----------------------------------------------------------------------------------------------------


def start(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "rune_pl", "query", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def descendants(pid: int) -> dict[int, str]:
    """Process id and command line of every process below this one."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(place.name))
    found, todo = {}, [pid]
    while todo:
        for child in children.get(todo.pop(), ()):
            try:
                found[child] = (Path("/proc") / str(child) / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            todo.append(child)
    return found


def alive(pid: int) -> bool:
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def busy_solver(process, *, cpu_seconds: float) -> int:
    """Wait until a solver process below this one has computed for so long, and give its id."""
    tick = os.sysconf("SC_CLK_TCK")
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        for pid, command_line in descendants(process.pid).items():
            if "problog_worker" in command_line:
                try:
                    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if (int(fields[11]) + int(fields[12])) / tick >= cpu_seconds:
                    return pid
        time.sleep(0.02)
    raise AssertionError(f"no solver at work: {process.communicate(timeout=10)}")


def gone(pids, *, seconds: float) -> list[int]:
    """The processes that are still there after at most so long."""
    until = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return [pid for pid in pids if alive(pid)]


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")


def test_a_process_prints_data_on_stdout_only(scenes):
    process = start(scenes, "a ship near a harbor", "--json")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert [json.loads(line)["rank"] for line in out.splitlines()] == [1, 2, 3, 4, 5]
    assert "reading: " in err
    assert "\x1b" not in out + err


def test_no_color_and_forced_color(scenes):
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    forced = start(scenes, "--rule", SHIP, env=environment | {"FORCE_COLOR": "1"}).communicate(timeout=60)[0]
    assert "\x1b[1m" in forced
    both = start(scenes, "--rule", SHIP, env=environment | {"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert "\x1b[3" not in both.communicate(timeout=60)[0]


def test_a_reader_that_closes_early_is_no_error(tmp_path):
    # More output than a pipe holds.
    path = write_archive(tmp_path / "A", {f"{i:04}" + "x" * 120: [("ship", 0.5, box(0))] for i in range(400)})
    process = start(path, "--rule", SHIP, "--top", 0, "--json")
    assert json.loads(process.stdout.readline())["rank"] == 1
    process.stdout.close()
    assert process.wait(timeout=60) in (0, 1)
    assert process.stderr.read() == "reading: an image with a ship (A)\n"
    process.stderr.close()


@needs_proc
@pytest.mark.parametrize("cpu_seconds", [0.0, 2.5], ids=["while it starts", "while it solves"])
def test_ctrl_c_ends_everything(dense, cpu_seconds):
    process = start(dense, "--rule", PAIR, "--engine", "problog", "--budget", 300, start_new_session=True)
    busy_solver(process, cpu_seconds=cpu_seconds)
    below = [process.pid, *descendants(process.pid)]
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to the whole group
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert [line for line in err.splitlines()[1:] if line] == ["interrupted"]
    assert gone(below, seconds=5) == []


@pytest.mark.slow
@needs_proc
def test_a_killed_parent_leaves_no_solver_for_long(dense):
    process = start(dense, "--rule", PAIR, "--engine", "problog", "--budget", 1)
    solver = busy_solver(process, cpu_seconds=1.0)
    process.kill()
    process.communicate(timeout=30)
    # Its budget of processor time, the grace of ten seconds, and as much again where the machine is busy.
    assert gone([solver], seconds=45) == []


def test_engines_leave_no_process_behind(dense):
    engine = ProbLogEngine(workers=1)
    before = set(descendants(os.getpid()))
    from rune_pl.retrieval import open_archive

    assert open_archive(dense).query(rule=NO_SHIP, engine=engine)[0].probability is not None
    assert set(descendants(os.getpid())) > before
    engine.close()
    assert set(descendants(os.getpid())) <= before
