"""The toplevel for real: a pseudo-terminal types what a user types, and reads the answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rune_pl
from rune_pl.cli.main import main
from tests.retrieval.archives import box, write_archive

pexpect = pytest.importorskip("pexpect")
pytest.importorskip("pyswip", exc_type=Exception) if shutil.which("swipl") else None
pytestmark = pytest.mark.skipif(shutil.which("swipl") is None, reason="SWI-Prolog (swipl) is not installed")

SAMPLE = Path(__file__).parents[1] / "data" / "simulated" / "archive"
NEAR = "object(A, ship), object(B, harbor), near(A, B)"
IMAGE = "marina_029"


@pytest.fixture(scope="module")
def archive():
    return rune_pl.open_archive(SAMPLE)


@pytest.fixture
def terminal():
    from tests.repl.terminal import Terminal

    made = []

    def start(*arguments, **environment):
        made.append(Terminal(SAMPLE, "--translator", "controlled", *arguments, **environment))
        made[-1].said = made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.child.close(force=True)


def number(text, name):
    """The number that a variable is bound to."""
    line = next(line for line in text.splitlines() if line.strip().startswith(f"{name} = "))
    return float(line.split(" = ")[1].rstrip(" .,;"))


def test_one_scene_from_first_line_to_last(terminal, archive, tmp_path):
    at = terminal("--image", IMAGE)
    assert "1 scene loaded" in at.said
    assert at.ask("scene(S).") == f"S = {IMAGE}."
    shown = at.ask("object(A, ship), near(A, B), object(B, C).", more=1)
    assert shown.startswith("A = d1,")
    assert shown.count("A = ") == 2
    expected = archive.query(rule=f"retrieve :- {NEAR}.", images=[IMAGE])[0].probability
    assert number(at.ask(f"prob(({NEAR}), P)."), "P") == pytest.approx(expected, abs=1e-9)
    each = at.ask(f"prob_each(({NEAR}), P).", more=1)
    assert [line for line in each.splitlines() if "B = " in line] == ["B = d13,", "B = d13,"]
    assert number(each, "P") == pytest.approx(0.9923 * 0.9675, abs=1e-9)
    found = at.ask('retrieve("a ship near a harbor", Image, P).')
    assert f"% rule (controlled-english): retrieve :- {NEAR}." in found
    assert f"Image = {IMAGE}" in found
    assert number(found, "P") == pytest.approx(expected, abs=1e-9)


def test_evidence_changes_what_follows(terminal, archive):
    at = terminal("--image", IMAGE)
    assert at.ask("confirm(d1), reject(d13).") == "true."
    assert at.ask("evidence(L).") == f"L = [confirm({IMAGE}, d1), reject({IMAGE}, d13)]."
    rule = f"retrieve :- {NEAR}."
    expected = archive.query(rule=rule, images=[IMAGE], confirm=["d1"], reject=["d13"])[0].probability
    assert number(at.ask(f"prob(({NEAR}), P)."), "P") == pytest.approx(expected, abs=1e-9)
    assert at.ask("object(d13, C).") == "false."
    assert at.ask("clear_evidence.") == "true."
    assert "C = harbor" in at.ask("object(d13, C).")
    assert at.ask("evidence(L).") == "L = []."


def test_proofs_and_numbers(terminal, tmp_path):
    at = terminal("--image", IMAGE)
    shown = at.ask(f"prove(({NEAR}), Tree), print_proof(Tree).")
    assert "├─ d1 is a ship  [0.9923]" in shown
    assert "gap(d1, d13) = 167.9 px (36.9 m)" in shown
    page = tmp_path / "proof.html"
    assert at.ask(f"export_proof(({NEAR}), '{page}').") == "true."
    assert "<svg class=" in page.read_text(encoding="utf-8")
    document = tmp_path / "proof.json"
    at.ask(f"export_proof(({NEAR}), '{document}').")
    found = rune_pl.verify(rune_pl.Proof(json.loads(document.read_text(encoding="utf-8"))), problog=False)
    assert found.valid
    why = at.ask("distance(d1, d13, D), why(near(d1, d13)).")
    assert "167.9 =< 2 * max(42, 178.7) = 357.4" in why
    assert number(why, "D") == pytest.approx(167.909, abs=1e-3)
    assert "near(d1, d2) fails: 127.2 =< 2 * max(42, 33.87) is false" in at.ask("why(near(d1, d2)).")


def test_several_scenes(terminal, archive):
    at = terminal("--image", "marina_011", "--image", IMAGE)
    assert re.findall(r"S = (\w+)", at.ask("scene(S).", more=1)) == ["marina_011", IMAGE]
    ranked = at.ask("retrieve_rule((retrieve :- object(A, ship), object(B, harbor), near(A, B)), Image, P).", more=1)
    assert ranked.index(IMAGE) < ranked.index("marina_011")
    each = at.ask(f"scene(S), prob(({NEAR}), P).", more=1)
    rule = f"retrieve :- {NEAR}."
    for image in ("marina_011", IMAGE):
        part = each[each.index(f"S = {image}") :]
        assert number(part, "P") == pytest.approx(archive.query(rule=rule, images=[image])[0].probability, abs=1e-9)
    assert "several scenes are in use" in at.ask("confirm(d1).")
    assert at.ask(f"use_scene('{IMAGE}').") == "true."
    assert at.ask("scene(S).") == f"S = {IMAGE}."
    assert at.ask("confirm(d1).") == "true."
    assert "no scene nowhere is loaded" in at.ask("use_scene(nowhere).")
    assert at.ask("use_scene(all).") == "true."


def test_words_of_rules_mean_the_same(terminal, archive):
    at = terminal("--image", IMAGE)
    ships = sum(1 for c in archive.archive.scenes([IMAGE]).label if archive.classes[c] == "ship")
    assert at.ask(f"at_least({ships}, A, object(A, ship)).") in ("true.", "false.")
    assert at.ask("at_least(1000, A, object(A, ship)).") == "false."
    assert at.ask("more(A, object(A, ship), B, object(B, harbor)).") == "true."
    assert at.ask("\\+ object(_, helicopter), forall(object(A, ship), object(A, ship)).") == "true."
    assert "X = 1" in at.ask("between(1, 3, X).")
    assert at.ask("between(d1, d1, d2).") == "false."


def test_errors_have_words_and_the_session_goes_on(terminal):
    at = terminal("--image", IMAGE)
    assert "unknown class 'shipp' (did you mean ship?)" in at.ask("prob(object(A, shipp), P).")
    assert "unknown class 'x\"y'" in at.ask("prob(object(A, 'x\"y'), P).")
    assert "cannot write" in at.ask("export_proof(object(A, ship), '/nowhere/p.json').")
    assert "none of the endings" in at.ask("export_proof(object(A, ship), 'p.pdf').")
    assert "'submarine'" in at.ask('retrieve("a submarine near a harbor", I, P).')
    assert "shell/1" in at.ask("retrieve_rule((retrieve :- shell(ls)), I, P).")
    assert "d999" in at.ask("confirm(d999).")
    assert at.ask("evidence(L).") == "L = []."
    assert at.ask("X is 99999999999999999999 * 2.") == "X = 199999999999999999998."


def test_control_c_interrupts_and_keeps_the_session(terminal):
    at = terminal("--image", IMAGE)
    at.child.sendline("repeat, fail.")
    time.sleep(1)
    at.child.sendintr()
    at.child.expect("Action")
    at.child.send("a")
    at.child.expect(r"\?- ")
    assert at.ask("scene(S).") == f"S = {IMAGE}."


@pytest.mark.parametrize("way", ["halt", "end of file"])
def test_leaving(terminal, way):
    at = terminal("--image", IMAGE)
    if way == "halt":
        at.child.sendline("halt.")
    else:
        at.child.sendeof()
    assert at.leave() == 0


def test_a_program_defines_relations_and_is_loaded_again(terminal, tmp_path):
    program = tmp_path / "mine.pl"
    program.write_text("beside(A, B) :- distinct(A, B), gap(A, B, G), G =< 10.\n", encoding="utf-8")
    at = terminal("--image", IMAGE, "--program", program)
    close = number(at.ask("prob((object(A, ship), object(B, ship), beside(A, B)), P)."), "P")
    assert "B = " in at.ask("object(A, ship), beside(A, B).")
    time.sleep(1.1)  # make/0 compares times to the second
    program.write_text("beside(A, B) :- distinct(A, B), gap(A, B, G), G < 0.\n", encoding="utf-8")
    at.ask("make.")
    assert at.ask("object(A, ship), beside(A, B).") == "false."
    assert number(at.ask("prob((object(A, ship), object(B, ship), beside(A, B)), P)."), "P") == 0.0
    assert close > 0.5


def test_a_library_is_there_at_the_prompt_and_in_prob(terminal, tmp_path):
    library = tmp_path / "mine.pl"
    text = "alongside(A, B) :- distinct(A, B), gap(A, B, G), G =< 20.\n0.5::moving(A) :- object(A, ship).\n"
    library.write_text(text, encoding="utf-8")
    at = terminal("--image", IMAGE, "--library", library)
    assert "A = d1,\r\nB = d5" in at.ask("object(A, ship), alongside(A, B), object(B, ship).")
    assert number(at.ask("prob((object(d1, ship), alongside(d1, d5)), P)."), "P") == pytest.approx(0.9923)
    assert "A = d1" in at.ask("moving(A).")  # it can hold
    assert number(at.ask("prob((A = d1, object(A, ship), moving(A)), P)."), "P") == pytest.approx(0.9923 / 2)


def test_a_program_of_plain_prolog_leaves_probabilities_alone(terminal, tmp_path):
    program = tmp_path / "mine.pl"
    text = ":- use_module(library(lists)).\nships(N) :- findall(A, object(A, ship), All), length(All, N).\n"
    program.write_text(text, encoding="utf-8")
    at = terminal("--image", IMAGE, "--program", program)
    assert at.ask("ships(N).") == "N = 34."
    found = at.ask("prob(object(d1, ship), P).")
    assert "% not for prob, retrieve and the like: " in found
    assert "mine.pl:1:1: directives are not part of the language" in found
    assert number(found, "P") == pytest.approx(0.9923)
    assert at.ask("prob(object(d1, ship), P).") == "P = 0.9923."


def test_evidence_that_contradicts_takes_the_place_of_what_was_said(terminal):
    at = terminal("--image", IMAGE)
    assert at.ask("confirm(d1 = ship), evidence(L).") == f"L = [confirm({IMAGE}, d1=ship)]."
    assert at.ask("reject(d1), evidence(L).") == f"L = [reject({IMAGE}, d1)]."
    assert at.ask("confirm(d1), confirm(d2), evidence(L).") == f"L = [confirm({IMAGE}, d1), confirm({IMAGE}, d2)]."
    assert "cannot be confirmed" in at.ask("confirm(d1 = harbor).")
    assert at.ask("evidence(L).") == f"L = [confirm({IMAGE}, d1), confirm({IMAGE}, d2)]."


def test_the_scene_of_a_query_can_be_named_and_changed(terminal):
    at = terminal("--image", "marina_011", "--image", IMAGE, "--image", "airfield_004")
    assert at.ask(f"scene({IMAGE}), confirm(d1).") == "true."
    assert at.ask("evidence(L), clear_evidence.") == f"L = [confirm({IMAGE}, d1)]."
    assert at.ask(f"use_scene(marina_011), scene(S), use_scene({IMAGE}), scene(T).").split() == [
        *("S", "=", "marina_011,", "T", "=", f"{IMAGE}."),
    ]
    assert at.ask("use_scene(airfield_004), scene(marina_011).") == "false."
    assert "not sufficiently instantiated" in at.ask("use_scene(_).")
    assert at.ask("scene_object(marina_029, d1, C, P).").split() == ["C", "=", "ship,", "P", "=", "0.9923."]
    # A scene without a plane has no proof, and does not stop the search for one elsewhere.
    assert "d5 is a plane" in at.ask("use_scene(all), scene(airfield_004), prove(object(A, plane), Tree).")
    assert at.ask(f"use_scene({IMAGE}), prove(object(A, plane), Tree).") == "false."
    trees = at.ask(f"findall(T, prove(({NEAR}), T), [_, _, _]).")
    assert trees == "true."


def test_what_python_says_comes_in_its_place_through_a_pipe():
    done = subprocess.run(
        [sys.executable, "-m", "rune_pl", "repl", str(SAMPLE), "--image", IMAGE],
        input="write(first), nl, show_proof(object(d1, ship)), write(last).\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(f"first\n{IMAGE}: probability 0.992300")
    assert "└─ d1 is a ship  [0.9923]" in done.stdout
    assert done.stdout.rstrip().endswith("last\ntrue.")


def test_files_are_utf8_whatever_the_locale(tmp_path):
    program = tmp_path / "mine.pl"
    program.write_text("greeting('größer').\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "rune_pl", "repl", str(SAMPLE), "--image", IMAGE, "--program", str(program)],
        input="greeting(G), atom_length(G, N), write(N).\n", env={**os.environ, "LC_ALL": "C"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("6")
    assert done.stderr.splitlines()[0].startswith("1 scene loaded")


def test_control_c_interrupts_python_too(terminal):
    at = terminal("--image", IMAGE)
    started = time.monotonic()
    near = "object(A, _), object(B, _), near(A, B), object(C, _), near(B, C), object(D, _), near(C, D)"
    at.child.sendline(f"prob_each(({near}), P).")
    time.sleep(3)
    at.child.sendintr()
    at.child.expect(r"\?- ")
    assert time.monotonic() - started < 20
    assert at.ask("scene(S).") == f"S = {IMAGE}."
    assert number(at.ask("prob(object(d1, ship), P)."), "P") == pytest.approx(0.9923)


SANDBOX = """
import sys, rune_pl
from rune_pl.repl import Session, Toplevel

archive = rune_pl.open_archive(sys.argv[1])
run = Toplevel(Session(archive, archive.images[:1], lambda current: None)).bridge.run

def refused(rule):
    return not run(f'catch(rune:safe("{rule}"), error(permission_error(_, sandboxed, _), _), fail)')

assert not refused("busy(H) :- object(H, harbor), at_least(2, S, (object(S, ship), near(S, H))). retrieve :- busy(H).")
assert not refused("p(d1). p(X) :- p(Y), near(X, Y), object(X, ship). retrieve :- p(_).")
assert not refused("retrieve :- object(A, ship), between(A, B, C), object(B, ship), in_region(A, top), large(A).")
assert refused("retrieve :- shell(ls).")
assert refused("p :- open('/etc/passwd', read, _). retrieve :- p.")
assert refused("retrieve :- forall(object(A, ship), shell(ls)).")
assert refused("retrieve :- at_least(1, A, (object(A, ship), assertz(rune:x))).")
assert refused("retrieve :- rune:'$export_proof'(0, x, y, z).")
"""


def test_the_sandbox_lets_through_what_rules_may_call_and_nothing_else():
    done = subprocess.run([sys.executable, "-c", SANDBOX, str(SAMPLE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


SOAK = """
import resource, sys
import rune_pl
from rune_pl.repl import Session, Toplevel

archive = rune_pl.open_archive(sys.argv[1])
toplevel = Toplevel(Session(archive, archive.images, lambda current: None))
run = toplevel.bridge.run
run("use_scene(marina_029)")
calls = "(rune:detection(A), rune:detection(B), (gap(A, B, _) -> true ; true))"
memory = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run(f"forall((between(1, 2, _), {calls}), true)")  # 72 detections: 10,368 calls
before = memory()
run(f"forall((between(1, 20, _), {calls}), true)")  # 103,680 calls
for _ in range(200):
    run("forall(prob((object(A, ship), near(A, B), object(B, harbor)), P), P > 0.9)")
print((memory() - before) // 1024)
"""


@pytest.mark.slow
def test_a_hundred_thousand_calls_take_no_memory():
    done = subprocess.run([sys.executable, "-c", SOAK, str(SAMPLE)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20  # megabytes


BROKEN = """
from rune_pl.repl.bridge import Bridge

def fails(text):
    raise ValueError(f"no: {text}")

bridge = Bridge()
bridge.define_text("$broken", 1, fails)
bridge.define_numbers("$half", 1, 1, lambda text: None if text == "none" else fails(text))
assert bridge.run("catch(rune:'$broken'('a\\"b', _), error(rune(M), _), true), M == 'ValueError: no: a\\"b'")
assert bridge.run("catch(\\\\+ rune:'$broken'(x, _), error(rune(_), _), true)")  # under a negation as well
assert not bridge.run("rune:'$half'(none, _)")
assert bridge.run("catch(rune:'$half'(x, _), error(rune(M), _), true)")
try:
    bridge.run("rune:'$broken'(x, _)")
except Exception as error:
    assert "ValueError: no: x" in str(error), error
try:
    Bridge()
except Exception as error:
    print(error)
"""


def test_errors_of_python_are_errors_of_prolog():
    done = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "there is a Prolog in this process already\n"


def test_missing_parts_are_one_line(capfd, monkeypatch):
    monkeypatch.setattr("rune_pl.repl.bridge.find_spec", lambda name: None)
    assert main(["repl", str(SAMPLE)]) == 2
    assert capfd.readouterr().err == (
        "error: pyswip is not installed (Debian: apt-get install swi-prolog-nox; then pip install 'rune-pl[repl]')\n"
    )


def test_missing_swi_prolog_is_one_line(tmp_path):
    """Without `swipl` on the path, pyswip finds no library; a stand-in says so as pyswip does."""
    package = tmp_path / "pyswip"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('libswipl was not found')\n", encoding="utf-8")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from rune_pl.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "repl", str(SAMPLE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: SWI-Prolog is not installed")
    assert len(done.stderr.splitlines()) == 1


def test_a_thousand_scenes_load(tmp_path):
    """The count only; how long it takes is measured in benchmarks."""
    path = write_archive(
        tmp_path / "A", {f"s{k}": [("ship", 0.5, box(0)), ("ship", 0.5, box(30))] for k in range(1000)}
    )
    code = (
        "import sys, rune_pl; from rune_pl.repl import Session, Toplevel; a = rune_pl.open_archive(sys.argv[1]); "
        "t = Toplevel(Session(a, a.images, lambda current: None)); "
        "print(t.bridge.run('findall(N-D, rune:scene_object(N, D, ship, 0.5), L), length(L, 2000)'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_the_session_of_the_documentation(repository):
    from rune_pl.resources import sample_path
    from tests.repl.terminal import Terminal

    text = (repository / "docs" / "repl.md").read_text(encoding="utf-8")
    block = text.split("```prolog\n")[1].split("```")[0]
    steps = re.findall(r"^\?- (.*\.)\n((?:.+\n)*)", block, re.MULTILINE)
    assert len(steps) == 10
    at = Terminal(sample_path() / "archive", "--translator", "controlled", "--image", "port_010")
    at.start()
    for goal, shown in steps:
        assert " ".join(at.ask(goal).split()).rstrip(" .") == " ".join(shown.split()).rstrip(" ."), goal
    at.child.close(force=True)


SAFE = """
import sys
import rune_pl
from rune_pl.errors import EngineError
from rune_pl.repl import Session, Toplevel

archive = rune_pl.open_archive(sys.argv[1])
run = Toplevel(Session(archive, archive.images, lambda current: None)).bridge.run
for rule in (
    "retrieve :- at_least(3, A, (object(A, ship), object(B, harbor), near(A, B))), \\\\\\\\+ object(_, bridge).",
    "retrieve :- forall(object(A, ship), near(A, A)), more(A, object(A, ship), B, object(B, plane)).",
    "retrieve :- object(A, plane), largest(A, plane), in_region(A, center), object(B, ship), surrounded_by(A, B).",
):
    assert run(f'rune:safe("{rule}")'), rule
for rule in ("retrieve :- shell(ls).", "retrieve :- object(A, ship), open(x, write, S).", "retrieve :- py(x)."):
    try:
        run(f'rune:safe("{rule}")')
    except EngineError:
        continue
    raise SystemExit(f"{rule} is taken for safe")
"""


def test_the_sandbox_knows_the_rule_library_and_nothing_else():
    done = subprocess.run([sys.executable, "-c", SAFE, str(SAMPLE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
