"""Mangled queries and answers of a model: a rule that passes the language check comes out, or a refusal in one line."""

from __future__ import annotations

import random

from fuzz_english import mangled

from rune_pl.errors import LanguageError, TranslationError
from rune_pl.language import Library, Vocabulary, check_program, parse_program
from rune_pl.translate.llm.model import Completion, Identity, Prompt
from rune_pl.translate.pipeline.translator import ModelTranslator

ANSWERS = (
    " object(A, ship), object(B, harbor), near(A, B), \\+ object(_, large_vehicle).",
    " object(A, harbor), at_least(5, B, (object(B, white_ship), near(B, A))), \\+ (object(C, ship), near(C, A)).",
    "retrieve :- forall(object(A, ship), (object(B, harbor), near(A, B, px(50)))).",
    "```prolog\nretrieve :- more(A, object(A, ship), B, object(B, plane)) ; object(C, helipad).\n```",
    " exactly(1, A, (object(A, ship), object(B, bridge), near(A, B))), object(C, crane), near(C, B).",
    " :- shell('rm -rf /'). retrieve :- object(A, ship), consult(user).",
)
PIECES = (
    *(
        "(",
        ")",
        ",",
        ";",
        ".",
        "\\+",
        ":-",
        "::",
        "_",
        "A",
        "B",
        "C",
        "0.5",
        "99999999",
        "px",
        "near",
        "object",
        "shell",
    ),
    *("'a'", '"', "\\", "[", "]", "{", "}", "|", "%", "/*", "*/", "\n", "\x00", "é", "⟩"),
)


class Mangler:
    """A model whose answers are broken ones."""

    identity = Identity("mangler", "test")
    tuned = True

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def complete(
        self, prompt: Prompt, *, grammar: str | None, seed: int = 0, temperature: float = 0.0, max_tokens: int = 256
    ) -> Completion:
        rng = self._rng
        characters = list(rng.choice(ANSWERS))
        for _ in range(rng.choice((0, 0, 1, 2, 5))):
            place = rng.randrange(len(characters) + 1)
            action = rng.randrange(3)
            if action == 0:
                characters.insert(place, rng.choice(PIECES))
            elif action == 1:
                del characters[place : place + rng.choice((1, 1, 3, 20))]
            else:
                characters[place:place] = characters[: rng.randrange(60)]
        return Completion("".join(characters), finished=rng.random() < 0.95)

    def close(self) -> None: ...


def fuzz_pipeline(cases: int, seed: int) -> None:
    """Raises where something else than a checked rule or a refusal in one line comes out."""
    rng = random.Random(seed)
    library, vocabulary = Library.load(), Vocabulary.load()
    translator = ModelTranslator(Mangler(rng), library=library, vocabulary=vocabulary)
    for _ in range(cases):
        text = mangled(rng)
        try:
            rule = translator.translate(text).rule
        except (TranslationError, LanguageError) as error:
            if len(str(error).splitlines()) != 1:
                raise AssertionError(f"{text!r}: not one line: {error}") from error
            continue
        check_program(parse_program(rule), library=library, vocabulary=vocabulary)
