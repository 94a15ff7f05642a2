"""Mangled rules and ontology files.

A case is a valid program (or ontology), damaged at random: reading and checking it must succeed or give LanguageErrors
(VocabularyErrors), each with a message of one line. What passes the check must be in a form that passes it unchanged.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from rune_pl.errors import LanguageError, VocabularyError
from rune_pl.language import Library, Vocabulary, check_program, check_text, parse_goal, parse_program, verbalize

SEEDS = [
    "retrieve :- object(A, ship), object(B, harbor), near(A, B).",
    "retrieve :- at_least(3, A, object(A, ship)), \\+ object(_, bridge).",
    "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B))).",
    "busy(H) :- object(H, harbor), at_least(5, S, (object(S, ship), near(S, H))).\nretrieve :- busy(H), large(H).",
    "0.3::storm.\n0.9::safe(A) :- object(A, ship) ; storm.\nretrieve :- safe(A), object(A, ship).",
    "retrieve :- object(A, vehicle), (near(A, B, 50) ; left_of(A, B)), object(B, 'Oil Tank'). % note",
    "retrieve :- more(S, object(S, ship), H, object(H, harbor)), not(object(_, airport)).",
    "retrieve :- object(A, ship), object(B, ship), gap(A, B, G), X is (G + 1) * 2 - -3 ** 2, X =< 10.5, A \\== B.",
    "chain(A) :- object(A, plane).\nchain(A) :- chain(B), object(A, plane), near(A, B, px(3)).\nretrieve :- chain(d7).",
    "retrieve :- exactly(2, (A, B), (object(A, C), object(B, C), C \\= boats)), in_region(d1, top_left).",
    "retrieve :- object(A, ship), area(A, S), (S > 100, large(A) ; \\+ (object(B, plane), near(A, B))).",
    "close(A, B, D) :- object(A, _), object(B, _), near(A, B, D).\nretrieve :- close(A, B, 20), largest(A, ship).",
]
ONTOLOGY = """\
extends: dota
classes:
  solar_panel: {label: PV panel, synonyms: [photovoltaic panel, PV]}
  wind_turbine:
  sheep: {plural: sheep}
groups:
  power_plant:
    members: [solar_panel, wind_turbine]
    synonyms: [power works / power works]
"""
PIECES = [
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ".",
        ". ",
        ":-",
        "::",
        "->",
        "-->",
        "|",
        "!",
        "'",
        '"',
        "%",
        "/*",
        "*/",
        "#",
    ),
    *(
        "\\+",
        "\\",
        "\\=@=",
        "=",
        "==",
        "is",
        "mod",
        "+",
        "-",
        "*",
        "**",
        "^",
        "<",
        ">",
        "=<",
        "@<",
        "~",
        "&",
        "?",
        "`",
        "$",
        "_",
    ),
    *(
        "A",
        "_1",
        "d1",
        "d0",
        "ship",
        "near",
        "object",
        "retrieve",
        "at_least",
        "forall",
        "px",
        "findall",
        "call",
        "not",
        "[]",
    ),
    *("0", "1", "-1", "0.5", "1e999", "1e-400", "9" * 30, "9" * 5000, "0x1F", "1.", ".5", "1..2", "0'a", "nan", "inf"),
    *(
        "\x00",
        "\x1b[31m",
        "\ufeff",
        "\u202e",
        "\u00a0",
        "\u0663",
        "\u00b2",
        "é",
        "É",
        "中",
        "\U0001f6a2",
        "\ud800",
        "\u2028",
        "\r",
    ),
    *(
        "(" * 300,
        ")" * 300,
        "f(" * 200,
        "\\+ " * 300,
        "- " * 300,
        "a," * 3000,
        "a;" * 3000,
        "1+" * 500,
        "'" * 301,
        "a<B>" * 50,
    ),
    *(
        ":- shell(rm).",
        "?- halt.",
        "query(x).",
        "evidence(x).",
        "<A>",
        "avg<A>",
        '"text"',
        "[a|B]",
        "a --> b.",
        "!, fail",
    ),
]
WORDS: Sequence[tuple[Callable[[str], bool], Sequence[str]]] = [
    (str.isdigit, ["0", "1", "7", "2.5", "100000", "100001", "px(4)", "A", "ship"]),
    (lambda c: c.isupper() or c == "_", ["A", "B", "G", "_", "d3", "ship", "5", "Other", "px(A)"]),
    (
        str.isalnum,
        ["ship", "vehicles", "large", "near", "object", "busy", "area", "gap", "at_most", "retrieve", "forall"],
    ),
]
TOKEN = re.compile(r"\w+|\s+|[^\w\s]+")
Mangle = Callable[[str, random.Random], str]


def _flip(text: str, rng: random.Random) -> str:
    data = bytearray(text.encode("utf-8", errors="surrogatepass"))
    for _ in range(rng.randint(1, 4)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data.decode("utf-8", errors=rng.choice(["replace", "surrogateescape", "ignore"]))


def _swap(text: str, rng: random.Random) -> str:
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 3)):
        if tokens:
            i, j = rng.randrange(len(tokens)), rng.randrange(len(tokens))
            tokens[i], tokens[j] = tokens[j], tokens[i]
    return "".join(tokens)


def _drop(text: str, rng: random.Random) -> str:
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 3)):
        if tokens:
            del tokens[rng.randrange(len(tokens))]
    return "".join(tokens)


def _insert(text: str, rng: random.Random) -> str:
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 3)):
        tokens.insert(rng.randint(0, len(tokens)), rng.choice(PIECES))
    return "".join(tokens)


def _replace(text: str, rng: random.Random) -> str:
    tokens = TOKEN.findall(text)
    if tokens:
        tokens[rng.randrange(len(tokens))] = rng.choice(PIECES)
    return "".join(tokens)


def _cut(text: str, rng: random.Random) -> str:
    i, j = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
    return rng.choice([text[:i], text[i:], text[:i] + text[j:]])


def _repeat(text: str, rng: random.Random) -> str:
    i, j = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
    return text[:i] + text[i:j] * rng.choice([2, 3, 50, 1000]) + text[j:]


def _splice(text: str, rng: random.Random) -> str:
    other = rng.choice(SEEDS)
    return text[: rng.randint(0, len(text))] + other[rng.randint(0, len(other)) :]


def _wrap(text: str, rng: random.Random) -> str:
    depth = rng.choice([1, 5, 30, 300])
    before, after = rng.choice(
        [("(", ")"), ("\\+ (", ")"), ("at_least(1, A, ", ")"), ("(a ; ", ")"), ("forall(", ", a)")]
    )
    goals = text.partition(":-")[2].rstrip().rstrip(".")
    return f"retrieve :- {before * depth}{goals}{after * depth}."


def _rename(text: str, rng: random.Random) -> str:
    """Another word of the same sort, so that the text stays Prolog and the check has something to look at."""
    words = [m for m in TOKEN.finditer(text) if m.group()[0].isalnum() or m.group()[0] == "_"]
    if not words:
        return text
    word = rng.choice(words)
    others = next(choices for fits, choices in WORDS if fits(word.group()[0]))
    return text[: word.start()] + rng.choice(others) + text[word.end() :]


def _reorder(text: str, rng: random.Random) -> str:
    """The goals of a text in another order: split at `), `, where most of them end."""
    head, neck, goals = text.partition(":- ")
    parts = goals.rstrip(".\n ").split("), ")
    rng.shuffle(parts)
    return f"{head}{neck}{'), '.join(parts)}."


MANGLES: Sequence[Mangle] = (_flip, _swap, _drop, _insert, _replace, _cut, _repeat, _splice, _wrap)


def mangled(text: str, rng: random.Random) -> str:
    """The text after one to three kinds of damage; never so long that a case takes seconds to make."""
    if rng.random() < 0.5:
        for _ in range(rng.randint(1, 2)):
            text = rng.choice((_rename, _rename, _reorder))(text, rng)
        return text
    for _ in range(rng.randint(1, 3)):
        text = rng.choice(MANGLES)(text, rng)[:200_000]
    return text


def _one_line(error: LanguageError | VocabularyError) -> str:
    message = str(error)
    assert message, f"an error without words: {error!r}"
    assert "\n" not in message, f"an error of more than one line: {message!r}"
    message.encode("utf-8")  # it can be printed
    return type(error).__name__


def run_case(text: str, library: Library, vocabulary: Vocabulary) -> str:
    """What becomes of a text: `accepted`, or the name of its first error."""
    try:
        goal = parse_goal(text)
    except LanguageError as error:
        _one_line(error)
    else:
        assert parse_goal(str(goal)) == goal
    report = check_text(text, "fuzz.pl", library=library, vocabulary=vocabulary)
    for error in report.errors:
        _one_line(error)
    if report.checked is None:
        assert report.errors, "refused without an error"
        return type(report.errors[0]).__name__
    assert not report.errors
    program = report.checked.program
    assert parse_program(str(program)) == program
    again = check_program(program, library=library, vocabulary=vocabulary)
    assert again.program == program
    assert again.needs == report.checked.needs
    assert verbalize(program, vocabulary)
    return "accepted"


def fuzz_language(cases: int, seed: int = 0) -> Counter[str]:
    """Run so many cases. Returns how often each outcome came; raises with the text of a case that is not handled."""
    library, vocabulary = Library.load(), Vocabulary.load()
    outcomes: Counter[str] = Counter()
    for number in range(cases):
        rng = random.Random(f"language {seed} {number}")
        text = mangled(rng.choice(SEEDS), rng)
        try:
            outcomes[run_case(text, library, vocabulary)] += 1
        except Exception as error:
            raise AssertionError(f"case {number} of seed {seed}: {text[:2000]!r}") from error
    return outcomes


def fuzz_ontology(cases: int, seed: int = 0) -> Counter[str]:
    """The same for ontology files."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classes.yaml"
        for number in range(cases):
            rng = random.Random(f"ontology {seed} {number}")
            text = mangled(ONTOLOGY, rng)
            path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
            try:
                outcomes[_ontology_case(path)] += 1
            except Exception as error:
                raise AssertionError(f"case {number} of seed {seed}: {text[:2000]!r}") from error
    return outcomes


def _ontology_case(path: Path) -> str:
    try:
        vocabulary = Vocabulary.load(path)
    except VocabularyError as error:
        return _one_line(error)
    for name in (*vocabulary.classes, *vocabulary.groups):
        assert vocabulary.resolve(vocabulary.plural(name))
    return "accepted"
