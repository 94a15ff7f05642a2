"""Mangled command lines for `rune-pl query`: an answer or one line that says what is wrong, never a traceback.

Names of files and options are taken from what a user may well give, values from what nobody should.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import random
import tempfile
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import numpy as np
from fuzz_english import mangled as mangled_english
from fuzz_language import SEEDS as RULES
from fuzz_language import mangled

from rune_pl.archive import ArchiveWriter, Detections, ImageRecord, Provenance
from rune_pl.cli.main import main
from rune_pl.inference import make_engine
from rune_pl.retrieval import image_archive

NUMBERS = ("0", "-1", "1", "3", "0.5", "nan", "inf", "-inf", "1e999", "1e-9", "9" * 30)
ODD = (*NUMBERS, "", " ", "x", "d1", "é", "\udcff", "--", "-", "'", "\n", "%s")
IMAGES = ("P1", "P2", "a b/c", "P3", "p1", "", "\udcff", "../P1", "P1\n")
EVIDENCE = (
    *("d1", "P1/d1", "P1/d2", "P1/d9", "a b/c/d1", "P1/d1=ship", "P1/d1=harbor", "P2/d1"),
    *("P1/d1=", "/d1", "d0", "P1/d1\n"),
)
LIBRARY = """\
%!  close(+A:object, +B:object) is semidet.
%
%   A is close to B.
%
%   Example: `retrieve :- object(A, ship), object(B, ship), close(A, B).`
close(A, B) :- near(A, B, px(12)).
"""
ONTOLOGY = "extends: dota\nclasses:\n  ship: {synonyms: [dinghy]}\n"


def write_scenes(path: Path) -> None:
    """Three images: a few detections, one with a class vector, none."""
    square = np.array([(0, 0), (20, 0), (20, 10), (0, 10)], dtype=np.float32)
    with ArchiveWriter(path, provenance=Provenance("fuzz", "1")) as writer:
        classes = ("ship", "harbor", "ship", "plane")
        probability = np.array([0.8, 0.5, 1.0, 0.0])
        corners = np.stack([square + 30 * i for i in range(4)])
        writer.add(ImageRecord("P1", gsd=0.5), Detections(classes, probability, probability, corners))
        vectors = np.array([[0.5, 0.3, 0.0]])
        names = ("ship", "harbor", "plane")
        first = np.array([0.5])
        writer.add(
            ImageRecord("a b/c", width=99, height=99), Detections(["ship"], first, first, corners[:1], vectors, names)
        )
        none = np.empty(0)
        writer.add(ImageRecord("P2"), Detections([], none, none, np.empty((0, 4, 2))))


def command_line(rng: random.Random, folder: Path) -> list[str]:
    """The words after `rune-pl query`."""

    def rule() -> str:
        text = rng.choice(RULES)
        return text if rng.random() < 0.6 else mangled(text, rng)[:5000].replace("\0", "")

    def file(name: str, text: str) -> str:
        path = folder / name
        damaged = text if rng.random() < 0.6 else mangled(text, rng)
        path.write_bytes(damaged.encode("utf-8", errors="surrogatepass"))
        return str(rng.choice((*[path] * 9, folder, folder / "none", folder / "scenes" / "manifest.json")))

    def value(*good: str) -> str:
        return rng.choice(good if rng.random() < 0.7 else ODD)

    makers = {
        "--rule": lambda: ["--rule", rule()],
        "--rule-file": lambda: ["--rule-file", file("rule.pl", rule())],
        # The language model has a fuzzer of its own, which does not have to wait for one.
        "text": lambda: [mangled_english(rng).replace("\0", ""), "--translator", "controlled"],
        "--top": lambda: ["--top", value("0", "2", "10")],
        "--min-probability": lambda: ["--min-probability", value("0", "0.3", "1")],
        "--image": lambda: ["--image", rng.choice(IMAGES)],
        "--confirm": lambda: ["--confirm", rng.choice(EVIDENCE)],
        "--reject": lambda: ["--reject", rng.choice(EVIDENCE)],
        "--gsd": lambda: ["--gsd", value("0.5", "20")],
        "--library": lambda: ["--library", file("mine.pl", LIBRARY)],
        "--ontology": lambda: ["--ontology", file("mine.yaml", ONTOLOGY)],
        "--engine": lambda: ["--engine", rng.choice((*["auto"] * 4, "native", "problog", "magic"))],
        "--budget": lambda: ["--budget", value("2", "1")],
        "--memory": lambda: ["--memory", value("512", "1024", "4096")],
        "--explain": lambda: ["--explain"],
        "--report": lambda: ["--report", str(folder / rng.choice(("report.html", "none/report.html", "report.pdf")))],
        "--json": lambda: ["--json"],
        "--csv": lambda: ["--csv"],
        "--none": lambda: [rng.choice(("--none", "-x", "--top", "--rule", "--help", "--"))],
    }
    question = rng.choice(("--rule", "--rule", "--rule-file", "text"))
    chosen = [question] + rng.choices(sorted(makers), k=rng.choice((0, 0, 1, 2, 4)))
    words = [word for name in chosen for word in makers[name]()]
    archive = str(rng.choice((*[folder / "scenes"] * 8, folder, folder / "none")))
    # Nothing random may run for long, whatever the rule says.
    return [archive, "--budget", "2", *words] if rng.random() < 0.97 else words


def run_case(words: list[str]) -> str:
    """What becomes of a command line: the exit code, checked with what was printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["query", *words])
    printed, said = out.getvalue(), err.getvalue()
    assert code in (0, 2), (code, said)
    assert "Traceback" not in said, said
    assert "internal error" not in said, said
    if code == 2:
        assert printed == "", printed
        assert said.count("rror: ") >= 1, said
    elif "--json" in words and "--help" not in words:
        for line in printed.splitlines():
            json.loads(line)
    return f"exit code {code}"


def fuzz_query(cases: int, seed: int = 0) -> Counter[str]:
    """Run so many command lines. Returns how often each outcome came; raises with one that is not handled."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        write_scenes(folder / "scenes")
        # One engine of each kind for all, so that a solver is not started for every command line.
        stack.enter_context(patch.object(image_archive, "make_engine", functools.cache(make_engine)))
        for number in range(cases):
            words = command_line(random.Random(f"query {seed} {number}"), folder)
            try:
                outcomes[run_case(words)] += 1
            except Exception as error:
                raise AssertionError(f"case {number} of seed {seed}: {[w[:500] for w in words]!r}") from error
    return outcomes
