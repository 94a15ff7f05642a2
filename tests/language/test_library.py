"""The rule library: its documentation is complete and true, and files of the user's own join it."""

from __future__ import annotations

import pytest

from rune_pl.errors import ForbiddenGoalError, RuleSyntaxError, UnknownPredicateError, UsageError
from rune_pl.geometry import REGISTRY
from rune_pl.language import check_program, parse_program
from rune_pl.language.doc_comments import KINDS, Argument, read_doc_comments
from rune_pl.language.library import Library
from rune_pl.language.reference import sections
from rune_pl.language.vocabulary import Vocabulary

LIBRARY = Library.load()
PUBLIC = {p.indicator: p for p in LIBRARY.predicates.values() if not p.internal}
NAMES = "{0[0]}/{0[1]}".format

EXPECTED = """
object/2 near/2 near/3 adjacent/2 touching/2 overlaps/2 inside/2 contains/2 left_of/2 right_of/2 above/2 below/2
north_of/2 south_of/2 east_of/2 west_of/2 between/3 aligned/2 parallel/2 surrounded_by/2 farther_than/3 closest/2
in_region/2 same_row/2 large/1 small/1 largest/2 smallest/2 longer_than/2 area_above/2 elongated/1 heading/2
confident/2 at_least/3 at_most/3 exactly/3 forall/2 more/4 true/0 </2 =</2 is/2
"""


def test_everything_promised_is_there():
    assert set(EXPECTED.split()) <= {NAMES(indicator) for indicator in PUBLIC}


@pytest.mark.parametrize("indicator", list(LIBRARY.predicates), ids=NAMES)
def test_every_predicate_is_documented(indicator):
    predicate = LIBRARY.predicates[indicator]
    assert predicate.doc
    assert predicate.summary.endswith(".")
    for argument in predicate.arguments:
        assert argument.kind in KINDS - {"unknown"}, argument
        assert argument.mode, argument


@pytest.mark.parametrize("indicator", list(PUBLIC), ids=NAMES)
def test_examples_check_and_use_the_predicate(indicator):
    predicate = PUBLIC[indicator]
    assert predicate.examples
    for example in predicate.examples:
        assert predicate.name in example
        checked = check_program(parse_program(example), library=LIBRARY, vocabulary=Vocabulary.load())
        assert not checked.warnings


def test_geometry_documentation_agrees_with_the_registry():
    documented = {p.indicator: p for p in LIBRARY.predicates.values() if p.file.stem == "geometry"}
    assert documented.keys() == REGISTRY.keys()
    for indicator, function in REGISTRY.items():
        predicate = documented[indicator]
        modes = ["+id" if a.kind == "object" else "-float" for a in predicate.arguments]
        assert ",".join(modes) == function.modes
        assert [a.mode for a in predicate.arguments] == [mode[0] for mode in modes]
        assert predicate.doc == function.doc
        assert predicate.determinism == ("semidet" if "undefined" in function.doc else "det")


def test_only_the_engine_defines_what_has_no_clauses():
    provided = {p.name for p in LIBRARY.predicates.values() if not p.clauses and p.name[0].isalpha()}
    counting = {"at_least", "at_most", "exactly", "more", "forall"}
    language = {"object", "detection", "true", "fail", "is", "countable", "countable_total"}
    assert provided == counting | language | {name for name, _ in REGISTRY}


def test_clauses_know_where_they_are():
    near = LIBRARY.predicates["near", 2]
    assert near.file.name == "spatial.pl"
    lines = near.file.read_text(encoding="utf-8").splitlines()
    assert lines[near.line - 1].startswith("%!  near(+A:object, +B:object)")
    assert lines[near.clauses[0].location.line - 1].startswith("near(A, B) :-")


@pytest.mark.parametrize(
    "indicator", [("near", 2), ("near", 3), ("in_region", 2), ("gap", 3), ("heading", 2), ("<", 2)]
)
def test_deterministic(indicator):
    assert LIBRARY.deterministic(*indicator)


@pytest.mark.parametrize(
    "indicator",
    [("object", 2), ("closest", 2), ("largest", 2), ("surrounded_by", 2), ("at_least", 3), ("forall", 2), ("near", 7)],
)
def test_not_deterministic(indicator):
    assert not LIBRARY.deterministic(*indicator)


def test_values_of_a_kind():
    assert LIBRARY.values("region") == (
        *("top", "bottom", "left", "right"),
        *("top_left", "top_right", "bottom_left", "bottom_right", "center"),
    )
    assert LIBRARY.values("angle") == ()


def test_signatures_read_as_they_are_called():
    assert LIBRARY.predicates["near", 3].signature == "near(A, B, D)"
    assert LIBRARY.predicates["=<", 2].signature == "X =< Y"
    assert LIBRARY.predicates["is", 2].signature == "X is Y"
    assert LIBRARY.predicates["true", 0].signature == "true"


def test_sections_hold_every_public_predicate_once():
    listed = [p.indicator for section in sections(LIBRARY) for p in section.predicates]
    assert sorted(listed) == sorted(PUBLIC)
    assert sections(LIBRARY)[0].title == "Relations between objects"


# --- files of the user's own


def load(tmp_path, text):
    path = tmp_path / "mine.pl"
    path.write_text(text, encoding="utf-8")
    return Library.load([path])


def test_own_relations_with_and_without_comments(tmp_path):
    library = load(
        tmp_path,
        """% Harbours and their ships.

%!  moored(+S:object, +H:object) is semidet.
%
%   S lies at H, side by side. It is long.
%
%   Example: `retrieve :- object(S, ship), object(H, harbor), moored(S, H).`
moored(S, H) :- touching(S, H), elongated(S).

within(A, B, D) :- roughly(A, B, D).
roughly(A, B, D) :- near(A, B, D).
busy(H) :- object(H, harbor), at_least(5, S, (object(S, ship), near(S, H))).
0.9::usable(H) :- busy(H).
""",
    )
    moored = library.predicates["moored", 2]
    assert moored.summary == "S lies at H, side by side."
    assert moored.arguments == (Argument("+", "S", "object"), Argument("+", "H", "object"))
    assert library.deterministic("moored", 2)
    within = library.predicates["within", 3]
    assert list(map(str, within.arguments)) == ["+A:object", "+B:object", "?D:distance"]
    assert (within.doc, within.examples, within.line) == ("", (), 10)
    assert library.deterministic("within", 3)
    assert not library.deterministic("busy", 1)
    assert not library.deterministic("usable", 1)
    assert library.predicates["busy", 1].arguments == (Argument("?", "H", "object"),)
    assert len(library.program.clauses) == len(LIBRARY.program.clauses) + 5
    assert sections(library)[0].title == "Harbours and their ships"
    rule = parse_program("retrieve :- object(A, ship), object(B, harbor), within(A, B, 20).")
    checked = check_program(rule, library=library, vocabulary=Vocabulary.load())
    assert checked.needs == {"gsd"}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("near(A, B) :- touching(A, B).", ForbiddenGoalError, "mine.pl:1:1: near/2 is already defined"),
        ("\n  number(A) :- large(A).", ForbiddenGoalError, "mine.pl:2:3: number/1 is already defined"),
        ("retrieve :- object(A, ship).", ForbiddenGoalError, "mine.pl:1:1: retrieve is the goal of a query"),
        (":- initialization(main).", ForbiddenGoalError, "mine.pl:1:1: directives are not part"),
        ("wet(A) :- toching(A, A).", UnknownPredicateError, "unknown predicate toching/2 (did you mean touching?)"),
        (
            "wet(A) :- large(A),\n  near(A).",
            UnknownPredicateError,
            "mine.pl:2:3: unknown predicate near/1 (near takes 2",
        ),
        ("wet(A) :- shell(A).", UnknownPredicateError, "mine.pl:1:11: unknown predicate shell/1"),
        ("wet(A) :- at_least(2, B, zzz(A, B)).", UnknownPredicateError, "unknown predicate zzz/2 (define it"),
        ("wet(A) :- call(A).", UnknownPredicateError, "unknown predicate call/1"),
        ("wet(A :- large(A).", RuleSyntaxError, "mine.pl:1:4"),
        (
            "%!  wet(+A:object) is semidet.\n",
            UnknownPredicateError,
            "mine.pl:1:1: wet/1 has a doc comment and no clauses",
        ),
        ("%!  wet(1) is semidet.\nwet(1).", RuleSyntaxError, "mine.pl:1:1: a doc comment with an argument that is no"),
        ("\n%!  wet(+A) is sometimes.\nwet(_).", RuleSyntaxError, "mine.pl:2:1: a doc comment with an unknown det"),
        ("%!  Wet things are wet\nwet(_).", RuleSyntaxError, "mine.pl:1:1: a doc comment whose head is no predicate"),
        ("%!\nwet(_).", RuleSyntaxError, "mine.pl:1:1: a doc comment without a predicate"),
    ],
)
def test_refused(tmp_path, text, error, message):
    with pytest.raises(error) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_same_predicate_in_two_files(tmp_path):
    (tmp_path / "a.pl").write_text("wet(A) :- large(A).")
    (tmp_path / "b.pl").write_text("wet(A) :- small(A).")
    with pytest.raises(ForbiddenGoalError, match=r"b\.pl:1:1: wet/1 is already defined"):
        Library.load([tmp_path / "a.pl", tmp_path / "b.pl"])


def test_a_second_file_may_use_the_first(tmp_path):
    (tmp_path / "a.pl").write_text("wet(A) :- large(A).")
    (tmp_path / "b.pl").write_text("soaked(A) :- wet(A), elongated(A).")
    assert Library.load([tmp_path / "a.pl", tmp_path / "b.pl"]).deterministic("soaked", 1)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"none\.pl: No such file"):
        Library.load([tmp_path / "none.pl"])
    with pytest.raises(UsageError, match="Is a directory"):
        Library.load([tmp_path])
    (tmp_path / "latin.pl").write_bytes(b"% caf\xe9\n")
    with pytest.raises(UsageError, match=r"latin\.pl: not a text file in UTF-8"):
        Library.load([tmp_path / "latin.pl"])


def test_an_empty_file_adds_nothing(tmp_path):
    assert load(tmp_path, "").predicates == LIBRARY.predicates


# --- doc comments


def test_doc_comment_in_all_its_parts():
    (comment,) = read_doc_comments(
        """
%!  reach(+A:object, -D:distance, ?Kind, :Goal:goal, X:list(integer, 3)) is nondet.
%   @internal
%
%   First sentence. Second
%   sentence.
%
%   Another paragraph.
%   Examples: `one :- a.` `two :- b.`
reach(_, _, _, _, _).
% not part of it
"""
    )
    assert comment.indicator == ("reach", 5)
    assert [str(a) for a in comment.arguments] == [
        "+A:object",
        "-D:distance",
        "?Kind:unknown",
        ":Goal:goal",
        "?X:unknown",
    ]
    assert comment.doc == "First sentence. Second sentence.\n\nAnother paragraph."
    assert comment.examples == ("one :- a.", "two :- b.")
    assert (comment.internal, comment.determinism, comment.line) == (True, "nondet", 2)


def test_two_heads_share_a_comment():
    first, second = read_doc_comments("%! p(+A).\n%! q is det\n%  Both.\n")
    assert (first.name, first.doc, second.indicator, second.doc) == ("p", "Both.", ("q", 0), "Both.")
    assert (first.determinism, second.determinism) == ("nondet", "det")


def test_operators():
    first, second = read_doc_comments("%! +X:number =< +Y:number is semidet.\n%!  -X:number is +Y:number is det.\n")
    assert (first.name, second.name, second.determinism) == ("=<", "is", "det")
    assert [a.mode for a in second.arguments] == ["-", "+"]
