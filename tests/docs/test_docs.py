"""The documentation is true: what it shows is what happens, its links lead somewhere, nothing public is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import fastjsonschema
import pytest
from PIL import Image

import rune_pl
from rune_pl.cli.main import COMMANDS
from rune_pl.cli.query import command as query
from rune_pl.resources import sample_path
from rune_pl.retrieval import Hit
from tests.docs.sessions import PAGES, ROOT, Session, agrees, run_command, steps, workplace

DOCS = ROOT / "docs"
RUN = [
    ROOT / "README.md",
    *(DOCS / f"{name}.md" for name in ("query", "plan", "proofs", "python", "engine", "flood", "detect")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# A whole-image rule with an answer of every kind: undecidable, certain, found by the sweep.
ASKED = {
    "native": ('"a ship within 50 m of a harbor"', ""),
    "counting": ('"at least two planes but no helicopter"', "--image airfield_004 --image airfield_022"),
    "problog": ('--rule "0.5::odd(A) :- object(A, plane). retrieve :- odd(_)."', "--image airfield_004"),
    "negation": ('"no ship"', "--image airfield_004"),
    "timeout": ('"at least 20 small vehicles"', "--image industrial_024 --engine problog --budget 0.001"),
}


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_page_shows_what_happens(page: Path, tmp_path: Path) -> None:
    session = Session()
    found = list(steps(page.read_text(encoding="utf-8")))
    assert len(found) >= 4
    with workplace(tmp_path):
        for step in found:
            printed = session.run(step)
            assert agrees(step.shown, printed), f"{page.name}:{step.line}\n{step.source}\nprints\n{printed}"


def test_comparison_sees_other_text_and_other_numbers() -> None:
    assert agrees("a\n...\nd 0.25", "a\nb\nc\nd 0.25")
    assert agrees('{"seconds": 0.1}', '{"seconds": 2.5e-05}')
    assert agrees("0.9989249104", "0.99892491041")
    assert not agrees("p 0.779000", "p 0.779100")
    assert not agrees("3 ships", "4 ships")
    assert not agrees("a\nb", "a")
    assert not agrees("a", "a\nb")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_relative_to(ROOT), f"{page.name}: {link} leads out of the repository"
        assert target.is_file(), f"{page.name}: {link} leads nowhere"
        if anchor:
            assert anchor in _anchors(target), f"{page.name}: {link} names no heading"


def _anchors(page: Path) -> set[str]:
    headings = HEADING.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index() -> None:
    linked = set(LINK.findall((DOCS / "index.md").read_text(encoding="utf-8")))
    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= linked


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [name for name in COMMANDS if f"rune-pl {name}" not in text] == []


def test_every_public_name_is_documented() -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    assert [name for name in rune_pl.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_every_query_option_is_documented_with_its_default() -> None:
    rows = re.findall(r"^\| `(--[a-z-]+)[^`]*` \| (\S*) *\|", (DOCS / "query.md").read_text(encoding="utf-8"), re.M)
    documented = {name: default.strip("`") for name, default in rows}
    options = {param.opts[0]: param for param in query.params if param.opts[0].startswith("--")}
    assert set(documented) | {"--rule", "--rule-file"} == set(options)
    shown = {
        n: o for n, o in options.items() if n in ("--top", "--engine", "--budget", "--memory", "--min-probability")
    }
    for name, option in shown.items():
        assert documented[name] == f"{option.default:g}" if isinstance(option.default, float) else str(option.default)


def test_every_field_is_in_the_page_and_the_schema() -> None:
    hit = Hit(1, "a", None, 0.5, 0.5, 0.5, 0.0, "sweep", 1.0, (), None, 0.0)
    schema = json.loads((DOCS / "query.schema.json").read_text(encoding="utf-8"))
    page = (DOCS / "query.md").read_text(encoding="utf-8")
    assert list(hit.to_json()) == list(schema["properties"]) == schema["required"]
    assert [field for field in hit.to_json() if f"`{field}`" not in page] == []
    assert [method for method in schema["properties"]["method"]["enum"] if f"| `{method}` |" not in page] == []


@pytest.mark.parametrize("name", ASKED)
def test_real_output_is_valid_against_the_schema(name: str, tmp_path: Path) -> None:
    text, options = ASKED[name]
    valid = fastjsonschema.compile(json.loads((DOCS / "query.schema.json").read_text(encoding="utf-8")))
    with workplace(tmp_path):
        run_command(f"rune-pl import dota-results {sample_path() / 'detections'} -o unsized")
        for archive in ('"$(rune-pl sample --path)"', "unsized"):
            printed = run_command(f"rune-pl query {archive} {text} {options} --top 0 --json")
            lines = [line for line in printed.splitlines() if line.startswith("{")]
            assert lines
            for line in lines:
                valid(json.loads(line))


def test_schema_refuses_what_is_wrong() -> None:
    valid = fastjsonschema.compile(json.loads((DOCS / "query.schema.json").read_text(encoding="utf-8")))
    right = Hit(1, "a", None, 0.5, 0.5, 0.5, 0.0, "sweep", 1.0, (), None, 0.0).to_json()
    assert valid(right) == right
    for wrong in (
        {"rank": 0},
        {"probability": 1.5},
        {"probability": None},
        {"reason": "none"},
        {"method": "guess"},
        {"method": "timeout"},
        {"best": [{"variable": "A", "detection": "7", "class": "ship", "probability": 0.5}]},
    ):
        with pytest.raises(fastjsonschema.JsonSchemaException):
            valid(right | wrong)


def test_pictures_are_sound_and_small() -> None:
    pictures = sorted((DOCS / "images").glob("*"))
    assert {picture.suffix for picture in pictures} == {".jpg", ".svg"}
    for picture in pictures:
        assert picture.stat().st_size < 150_000
        if picture.suffix == ".svg":
            root = ElementTree.parse(picture).getroot()
            assert root.find("{*}title") is not None
            assert root.find("{*}desc") is not None
        else:
            with Image.open(picture) as image:
                image.verify()
    shown = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [picture.name for picture in pictures if f"images/{picture.name}" not in shown] == []
