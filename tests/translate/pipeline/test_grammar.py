"""The grammar is the rule library's."""

from __future__ import annotations

from rune_pl.language import Library
from rune_pl.translate.pipeline.grammar import make_grammar

LIBRARY = Library.load()
GRAMMAR = make_grammar(LIBRARY)


def lines_with(name: str) -> list[str]:
    return [line.split(" ::= ")[0] for line in GRAMMAR.splitlines() if f'"{name}"' in line]


def test_every_predicate_stands_with_those_of_its_kinds():
    (relations,) = lines_with("left_of")
    assert lines_with("touching") == lines_with("surrounded_by") == [relations]
    (measured,) = lines_with("farther_than")
    call = next(line for line in GRAMMAR.splitlines() if line.startswith("call ::="))
    assert f'{relations} "(" variable ", " variable ")"' in call
    assert f'{measured} "(" variable ", " variable ", " measure ")"' in call
    assert set(lines_with("near")) == {relations, measured}
    for name in ("at_least", "forall", "more", "largest", "in_region", "between", "longer_than", "area_above"):
        assert lines_with(name), name


def test_what_computes_and_what_is_internal_is_left_out():
    for name in ("gap", "encircled", "heading", "count_at_least", "pixels", "is"):
        assert lines_with(name) == [], name


def test_regions_are_those_of_the_library():
    region = next(line for line in GRAMMAR.splitlines() if line.startswith("region ::="))
    assert sorted(region.removeprefix("region ::= ").replace('"', "").split(" | ")) == sorted(LIBRARY.values("region"))


def test_predicates_of_the_user_are_in_it(tmp_path):
    file = tmp_path / "own.pl"
    file.write_text("busy(H) :- object(H, harbor), at_least(5, S, (object(S, ship), near(S, H))).\n", encoding="utf-8")
    assert '"busy"' in make_grammar(Library.load([file]))


def test_the_head_is_in_it_where_the_prompt_does_not_say_it():
    assert make_grammar(LIBRARY, with_head=True).startswith('root ::= "retrieve :- " goal')
    assert GRAMMAR.startswith('root ::= " " goal')


def test_rules_about_a_field_are_left_out_where_it_is_not_spoken_of():
    assert '"isolated_building"' in make_grammar(LIBRARY)
    without = make_grammar(LIBRARY, without=frozenset({"flood.pl"}))
    assert "isolated_building" not in without and "damage_at_least" not in without and '"near"' in without
