"""The pipeline with a canned model: what is checked, repaired, voted on, noted and refused."""

from __future__ import annotations

import json

import pytest
from canned import Canned

from rune_pl.errors import RuleSyntaxError, TranslationError, UnknownClassError, UserError
from rune_pl.language import Library, Vocabulary
from rune_pl.translate.pipeline.translator import ROUNDS, ModelTranslator

LIBRARY, VOCABULARY = Library.load(), Vocabulary.load()


def translator(*answers: str, tuned: bool = True, samples: int = 1) -> tuple[ModelTranslator, Canned]:
    model = Canned(list(answers), tuned)
    return ModelTranslator(model, library=LIBRARY, vocabulary=VOCABULARY, samples=samples), model


def test_a_right_answer_is_taken_as_it_is():
    made, model = translator(" object(A, ship), object(B, harbor), near(A, B).")
    found = made.translate("A ship   near a harbor")
    assert found.rule == "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert (found.text, found.translator, found.notes) == ("A ship   near a harbor", "canned", ())
    assert model.prompts[0].text == "Q: a ship near a harbor\nR: retrieve :-"
    assert model.calls == [(0, 0.0)]


def test_nouns_become_classes_and_words_that_no_class_needs_are_told():
    made, _ = translator(" object(A, white_yacht), object(B, seaport), near(A, B).")
    found = made.translate("a white yacht near a seaport")
    assert found.rule == "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert found.notes == ("not part of the rule, as detections do not show it: 'white'",)
    assert found.trace["nouns"] == {"white_yacht": "ship", "seaport": "harbor"}


def test_a_slip_of_the_pen_is_guessed_and_said():
    made, _ = translator(" object(A, helicpoter).")
    found = made.translate("a helicpoter")
    assert found.rule == "retrieve :- object(A, helicopter)."
    assert found.notes == ("'helicpoter' was taken for 'helicopter'",)


def test_an_unknown_noun_is_an_error_with_the_nearest_class():
    made, _ = translator(" object(A, submarine).")
    with pytest.raises(UnknownClassError, match="unknown class 'submarine'"):
        made.translate("a submarine")


def test_a_state_is_never_dropped_from_a_class():
    made, _ = translator(" object(A, flooded_harbor).")
    with pytest.raises(UnknownClassError, match="no class says 'flooded'"):
        made.translate("a flooded harbor")


def test_a_tuned_model_tries_again_with_more_variety():
    made, model = translator(" object(A, ship), near(A, A).", " object(A, ship), object(B, ship), near(A, B).")
    found = made.translate("a ship near another ship")
    assert found.rule == "retrieve :- object(A, ship), object(B, ship), near(A, B)."
    assert model.calls == [(0, 0.0), (1, 0.7)]
    assert "near relates A with itself" in found.trace["attempts"][0]["error"]


def test_other_models_are_told_what_was_wrong():
    made, model = translator("retrieve :- ship(A).", "```prolog\nretrieve :- object(A, ship).\n```", tuned=False)
    assert made.translate("ships").rule == "retrieve :- object(A, ship)."
    assert [m.role for m in model.prompts[1].messages[-2:]] == ["assistant", "user"]
    assert "unknown predicate ship/1" in model.prompts[1].messages[-1].content
    assert model.calls == [(0, 0.0), (1, 0.0)]


def test_after_all_rounds_the_first_error_is_raised():
    made, model = translator(" object(A, ship) near.")
    with pytest.raises(RuleSyntaxError):
        made.translate("a ship")
    assert len(model.calls) == 1 + ROUNDS


def test_an_answer_that_does_not_end_is_no_rule():
    made, _ = translator(" object(A, ship), object(B, ship) ...")
    with pytest.raises(TranslationError, match="does not end"):
        made.translate("a ship")


def test_a_rule_that_leaves_something_out_is_doubted():
    short, long = " object(A, ship).", " object(A, ship), object(B, harbor), near(A, B)."
    made, _ = translator(short, short, long)
    assert "near" in made.translate("a ship near a harbor").rule


def test_a_doubt_that_stays_is_told():
    made, _ = translator(" object(A, ship).")
    assert made.translate("a ship near a harbor").notes == ("check the rule: the rule leaves out 'harbor'",)


@pytest.mark.parametrize(
    ("text", "answer", "complaint"),
    [
        ("two ships", " at_least(7, A, object(A, ship)).", "counts to 7"),
        ("seven ships", " object(A, ship).", "leaves out the number 7"),
        ("a ship and a bridge", r" object(A, ship), \+ object(_, bridge).", "denies something, and the query does not"),
        ("a ship without a bridge", " object(A, ship), object(B, bridge).", "query denies something"),
    ],
)
def test_numbers_and_negations_are_compared(text, answer, complaint):
    made, _ = translator(answer)
    assert any(complaint in note for note in made.translate(text).notes)


def test_a_class_that_nobody_asked_for_is_refused():
    made, _ = translator(" object(A, ship), object(B, helicopter), near(A, B).")
    with pytest.raises(TranslationError, match="does not speak of 'helicopter'"):
        made.translate("a ship near something")


def test_samples_vote_by_what_they_say():
    made, model = translator(
        " object(A, ship), object(B, harbor), left_of(A, B).",
        " object(A, harbor), object(B, ship), near(A, B).",
        " object(A, ship), object(B, harbor), near(B, A).",
        samples=3,
    )
    found = made.translate("a ship near a harbor")
    assert "near" in found.rule
    assert found.trace["agreement"] == pytest.approx(2 / 3)
    assert "67% of the answers agree on this rule" in found.notes
    assert [temperature for _, temperature in model.calls] == [0.0, 0.7, 0.7]


def test_the_trace_keeps_every_step():
    made, _ = translator(" object(A, ship).")
    trace = json.loads(json.dumps(made.translate("ships").trace))
    assert trace["model"]["model_sha256"] == "0" * 64
    assert {"prompt", "prompt_sha256", "grammar_sha256", "seed", "attempts", "reading", "seconds"} <= trace.keys()
    assert len(trace["grammar_sha256"]) == 64
    assert trace["reading"] == "an image with a ship (A)"


@pytest.mark.parametrize(
    "answer",
    [
        " object(A, ship), shell('rm -rf /').",
        " object(A, ship). :- shell(ls).",
        "retrieve :- object(A, ship).\n:- initialization(halt).",
        " object(A, ship), consult('/etc/passwd').",
        " object(A, ship), assertz(object(d1, ship)).",
        " call(shell, ls).",
        "0.5::retrieve :- object(A, ship).",
        "retrieve :- object(A, ship).\nretrieve :- object(A, plane).",
        " " + "\\\\+ " * 5000 + "object(A, ship).",
        "\0\x1b[31m",
        "",
    ],
)
def test_nothing_but_one_rule_of_the_language_leaves(answer):
    made, _ = translator(answer)
    with pytest.raises(UserError) as caught:
        made.translate("a ship")
    assert "\n" not in str(caught.value)
