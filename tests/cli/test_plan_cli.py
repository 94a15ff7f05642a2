from __future__ import annotations

import json
import math
import re
from collections import Counter

import pytest
from click.testing import CliRunner

from rune_pl.cli.main import main
from rune_pl.cli.plan import command
from rune_pl.cli.query import command as query_command
from rune_pl.inference.profiles import METHODS
from rune_pl.resources import sample_path
from rune_pl.retrieval import open_archive, selection
from rune_pl.retrieval.planned import STAGES
from tests.docs.sessions import ROOT
from tests.retrieval.archives import NEAR, PORT, box, write_archive

LINKED = """linked(A, B) :- object(A, ship), object(B, ship), near(A, B).
linked(A, C) :- linked(A, B), object(C, ship), near(B, C).
retrieve :- linked(_, _)."""


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return str(write_archive(tmp_path_factory.mktemp("scenes") / "A", PORT))


@pytest.fixture
def run(capfd):
    """`run(*arguments)`: exit code, standard output and standard error of `rune-pl plan`."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["plan", *map(str, arguments)])
        return (code, *capfd.readouterr())

    return call


@pytest.fixture
def plan(run):
    """`plan(*arguments)`: the JSON object."""

    def call(*arguments: object) -> dict:
        code, out, err = run(*arguments, "--json")
        assert (code, len(out.splitlines())) == (0, 1), err
        return json.loads(out)

    return call


def lines(steps, depth=0):
    """The steps as indented text."""
    for step in steps:
        yield "  " * depth + step["step"]
        yield from lines(step["steps"], depth + 1)


def flat(steps):
    for step in steps:
        yield step
        yield from flat(step["steps"])


def tree(report):
    (only,) = report["plans"]
    return list(lines(only["steps"]))


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_the_table(run, scenes):
    code, out, err = run(scenes, "a ship near a harbor")
    assert code == 0
    assert all(line.startswith(("images: ", "compiling ")) for line in err.splitlines())  # where it is used first
    head, _, rest = out.partition("\n\n")
    table, _, totals = rest.partition("\n\n")
    assert head.splitlines() == [
        f"rule (controlled-english): {NEAR}",
        "reading: an image with a ship (A) near a harbor (B)",
    ]
    # 5 images have 3 harbors; 3 ships are near one of two of them, which leaves 2 images.
    assert [re.split(r"  +", line.strip())[:-1] for line in table.splitlines()] == [
        ["step", "detections", "join", "rows in", "rows out"],
        ["exists", "5", "2"],
        ["object(B, harbor)", "3", "5", "3"],
        ["exists", "3", "2"],
        ["object(A, ship)", "5", "index B", "3", "3"],
        ["near(A, B)", "3", "3"],
    ]
    assert all(re.fullmatch(r".* \d+\.\d\d ms", line) for line in table.splitlines()[1:])
    # Two ships and a harbor of P1, one of each of P2; `or`, `and` in P1, `and` in P2.
    assert totals.splitlines()[:2] == [
        "facts: 5 of 11 touched; 3 gates",
        "images: 5: 3 impossible, 2 closed form",
    ]
    assert totals.splitlines()[2].startswith("time: ")


def test_the_json_object(plan, scenes):
    report = plan(scenes, "--rule", NEAR)
    assert (report["rule"], report["translator"], report["notes"]) == (NEAR, None, [])
    assert (report["engine"], report["reason"], report["images"]) == ("native", None, 5)
    assert report["facts"] == {"all": 11, "touched": 5}
    assert (report["gates"], report["methods"]) == (3, {"impossible": 3, "closed form": 2})
    assert (report["states"], report["hardest"]) == (0, None)
    assert [stage["stage"] for stage in report["stages"]] == list(STAGES)
    ((exists,),) = (p["steps"] for p in report["plans"])
    scan, inner = exists["steps"]
    assert (scan["step"], scan["detections"], scan["rows_out"], scan["join"]) == ("object(B, harbor)", 3, 3, None)
    assert (inner["steps"][0]["join"], inner["steps"][0]["passing"]) == ("index B", None)
    assert all(step["seconds"] >= sum(s["seconds"] or 0.0 for s in step["steps"]) - 1e-5 for step in flat([exists]))


def test_what_passes_the_conditions_on_the_object_alone(plan, tmp_path):
    ships = [("ship", 0.5, box(0, width=10.0 * n)) for n in range(1, 8)]
    path = write_archive(tmp_path / "A", {"P": [*ships, ("harbor", 0.5, box(0, 40))]})
    rule = "retrieve :- object(B, harbor), object(A, ship), near(A, B), long_side(A, L), L > 35."
    (scan,) = [s for s in flat(plan(path, "--rule", rule)["plans"][0]["steps"]) if s["step"] == "object(A, ship)"]
    assert (scan["detections"], scan["passing"]) == (7, 4)  # 40, 50, 60 and 70 pixels


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).",
            ["none", "  object(A, ship)", "  none", "    object(B, harbor)", "    near(A, B)"],
        ),
        (
            "retrieve :- more(A, object(A, ship), B, (object(B, harbor), near(B, C), object(C, ship))).",
            ["more A than B", "  each A", "    object(A, ship)", "  each B", "    object(B, harbor)"]
            + ["    exists", "      object(C, ship)", "      near(B, C)"],
        ),
        (
            "by(A) :- object(A, ship), near(A, B), object(B, harbor).\nby(A) :- object(A, plane).\n"
            "retrieve :- by(A), exactly(2, B, object(B, ship)).",
            ["part 1 of 2", "  exists", "    either", "      case 1", "        object(A, ship)", "        exists"]
            + ["          object(B, harbor)", "          near(A, B)", "      case 2", "        object(A, plane)"]
            + ["part 2 of 2", "  exactly 2 B2", "    object(B2, ship)"],
        ),
        (
            "retrieve :- object(A, ship), near(A, B), object(B, harbor), \\+ object(_, plane).",
            ["independent part 1 of 2", "  exists", "    object(B, harbor)", "    exists", "      object(A, ship)"]
            + ["      near(A, B)", "independent part 2 of 2", "  none", "    object(_, plane)"],
        ),
        (
            "retrieve :- object(A, ship), object(B, ship), A \\= B, near(A, H), near(H, B), object(H, harbor).",
            ["exists", "  object(H, harbor)", "  at least 2 A", "    object(A, ship)", "    near(A, H)"],
        ),
        (
            "retrieve :- at_most(2, A, (object(A, C), near(A, d2))).",
            ["at most 2 A", "  object(A, C)", "  near(A, d2)"],
        ),
    ],
)  # fmt: skip
def test_steps_in_words(plan, scenes, rule, expected):
    assert tree(plan(scenes, "--rule", rule)) == expected


@pytest.mark.parametrize(
    ("goal", "join"),
    [
        ("near(A, B)", "index B"),
        ("near(B, A, px(60))", "index B"),
        ("overlaps(A, B)", "index B"),
        ("farther_than(A, B, px(60))", "all pairs"),
        ("left_of(A, B)", "all pairs"),
    ],
)
def test_the_index_is_used_where_the_distance_is_bounded(plan, scenes, goal, join):
    report = plan(scenes, "--rule", f"retrieve :- object(A, ship), object(B, harbor), {goal}.")
    assert [step["join"] for step in flat(report["plans"][0]["steps"]) if step["step"] == "object(A, ship)"] == [join]


def test_what_is_known_already_is_looked_up(plan, scenes):
    report = plan(scenes, "--rule", "retrieve :- object(d1, ship), object(A, ship), near(A, d2).")
    joins = {step["step"]: step["join"] for step in flat(report["plans"][0]["steps"])}
    assert joins == {
        **dict.fromkeys(joins),
        "object(d1, ship)": "look-up",
        "object(A, ship)": "index d2",
    }


def test_counts_of_classes_need_no_rows(run, plan, scenes):
    question = "at least two ships but no bridge"
    report = plan(scenes, question)
    assert (report["plans"][0]["counted"], report["gates"], report["facts"]) == (True, 0, {"all": 11, "touched": 6})
    assert report["methods"] == {"impossible": 4, "closed form": 1}
    assert {step["rows_in"] for step in flat(report["plans"][0]["steps"])} == {None}
    assert "counted class by class, without rows and gates\n" in run(scenes, question)[1]


def test_certain_undecidable_and_evidence(plan, scenes):
    assert plan(scenes, "a plane")["methods"] == {"impossible": 4, "certain": 1}
    metres = plan(scenes, "a ship within 9 m of a harbor")
    assert metres["methods"] == {"impossible": 2, "undecidable": 3}
    assert plan(scenes, "a ship within 9 m of a harbor", "--gsd", 0.5)["methods"]["closed form"] == 2
    alone = plan(scenes, "--rule", NEAR, "--image", "P1", "--confirm", "d1", "--confirm", "d2")
    assert (alone["images"], alone["methods"]) == (1, {"certain": 1})
    assert plan(scenes, "--rule", NEAR, "--image", "P2", "--reject", "d1")["methods"] == {"impossible": 1}


def test_a_sweep_that_is_out_of_time_is_an_interval(run, plan, tmp_path):
    # Each ship is near up to twenty others, and the count in the middle depends on every one of them.
    grid = [("ship", 0.5, box(18.0 * i, 18.0 * j, 8, 8)) for i in range(16) for j in range(16)]
    path = write_archive(tmp_path / "A", {"crowd": grid})
    rule = "retrieve :- at_least(60, A, (object(A, ship), exactly(12, B, (object(B, ship), near(A, B, px(40))))))."
    report = plan(path, "--rule", rule, "--budget", 0.01)
    assert (report["methods"], report["hardest"]["image"]) == ({"interval": 1}, "crowd")
    assert (report["hardest"]["detections"], report["hardest"]["states"]) == (256, report["states"])
    assert "images: 1: 1 interval\n" in run(path, "--rule", rule, "--budget", 0.01)[1]


def test_an_empty_archive(plan, run, tmp_path):
    path = write_archive(tmp_path / "A", {})
    assert (plan(path, "--rule", NEAR)["images"], plan(path, "--rule", NEAR)["methods"]) == (0, {})
    assert run(path, "--rule", NEAR)[0] == 0


# --- against the query ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "a ship near a harbor",
        "every ship is near a harbor",
        "at least two planes but no helicopter",
        "harbours with at least five ships, none of them near a bridge",
        "more ships than planes",
        "a large ship near a harbor but no plane",
    ],
)
def test_ways_are_those_of_the_answers(question):
    archive = open_archive(sample_path() / "archive")
    report = archive.plan(question)
    hits = archive.query(question, top=0)
    assert (report.rule, report.reading, report.notes) == (hits.rule, hits.reading, hits.notes)
    found = Counter({-math.inf: "impossible", math.inf: "certain"}.get(hit.log_odds, hit.method) for hit in hits)
    assert report.profile.methods == found
    assert report.profile.images == len(archive.images)
    assert set(report.profile.methods) <= set(METHODS)


@pytest.mark.parametrize("question", ["a ship near a harbor", "no ship", "every ship is near a harbor"])
def test_a_profile_of_parts_is_that_of_the_whole(monkeypatch, question):
    whole = open_archive(sample_path() / "archive").plan(question).to_json()
    monkeypatch.setattr(selection, "_CHUNK_IMAGES", 7)
    done = []
    parts = open_archive(sample_path() / "archive").plan(question, progress=lambda n, total: done.append((n, total)))
    parts = parts.to_json()
    assert done[0] == (7, 40) and done[-1] == (40, 40)
    assert {**parts, **dict.fromkeys(("plans", "stages", "hardest"))} == {
        **whole, **dict.fromkeys(("plans", "stages", "hardest"))
    }  # fmt: skip
    for report in (parts, whole):
        assert sum(p["images"] for p in report["plans"]) == 40
    assert parts["hardest"] is None or parts["hardest"]["states"] == whole["hardest"]["states"]
    scanned = [
        Counter({s["step"]: s["detections"] for p in r["plans"] for s in flat(p["steps"]) if s["detections"]})
        for r in (parts, whole)
    ]
    assert scanned[0].keys() == scanned[1].keys()


# --- what it does not take --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (LINKED, "recursion"),
        ("0.5::odd(A) :- object(A, ship). retrieve :- odd(_).", "odd/1 has rules with a probability"),
    ],
)
def test_programs_for_problog_are_not_run(run, plan, scenes, rule, reason):
    report = plan(scenes, "--rule", rule)
    assert (report["engine"], report["reason"], report["plans"], report["methods"]) == ("problog", reason, [], {})
    code, out, _ = run(scenes, "--rule", rule)
    assert code == 0
    assert out.splitlines()[-1] == f"engine: problog, because the native engine does not take this rule: {reason}"


def test_a_rule_file_and_its_errors(run, plan, scenes, tmp_path):
    path = tmp_path / "rule.pl"
    path.write_text(NEAR + "\n")
    assert plan(scenes, "--rule-file", path)["methods"] == {"impossible": 3, "closed form": 2}
    path.write_text("retrieve :-\n    object(A, shipp).\n")
    code, out, err = run(scenes, "--rule-file", path)
    assert (code, out) == (2, "")
    assert err == f"error: {path}:2:15: unknown class 'shipp' (did you mean ship?)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a shipp", "--translator", "controlled"], "did you mean ship?"),
        (["a ship", "--image", "P11"], "there is no image 'P11'"),
        (["a ship", "--confirm", "d7"], "does not say in which image"),
        (["a ship", "--reject", "P5/d1"], "its probability is 1"),
        (["a ship", "--gsd", "nan"], "ground sampling distance of nan"),
        (["a ship", "--budget", "nan"], "a budget of nan seconds"),
        (["--rule-file", "nowhere.pl"], "cannot read nowhere.pl"),
    ],
)
def test_mistakes_of_the_user_are_one_line(run, scenes, arguments, message):
    code, out, err = run(scenes, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize("arguments", [[], ["a ship", "--rule", NEAR], ["--rule", NEAR, "--memory", "12"], ["a", "b"]])
def test_options_that_do_not_go_together(scenes, arguments):
    result = CliRunner().invoke(command, [scenes, *arguments])
    assert (result.exit_code, result.stdout) == (2, "")


# --- documentation ----------------------------------------------------------------------------------------------------


def test_options_mean_what_they_mean_for_a_query():
    theirs = {option.name: option for option in query_command.params}
    for option in command.params:
        if option.name != "as_json":
            assert option.to_info_dict() == theirs[option.name].to_info_dict()


def test_every_field_and_option_is_documented(plan, scenes):
    page = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")
    report = plan(scenes, "a ship near a harbor")
    names = {*report, *report["plans"][0], *report["plans"][0]["steps"][0], *report["facts"], *report["stages"][0]}
    assert [name for name in sorted(names) if not re.search(rf"`(plans\[\]\.)?{name}`", page)] == []
    assert [
        option.opts[0] for option in command.params if option.opts[0].startswith("--") and option.opts[0] not in page
    ] == []
    assert [word for word in (*METHODS, *STAGES) if f"| `{word}` |" not in page] == []
