"""The pipeline: a question to a language model and back to a rule that the language check has passed."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rune_pl.errors import LanguageError, TranslationError
from rune_pl.language.library import Library
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.llm.model import Completion, LanguageModel, Prompt
from rune_pl.translate.pipeline.candidate import Candidate, Examiner, message_of
from rune_pl.translate.pipeline.grammar import make_grammar
from rune_pl.translate.pipeline.prompts import FIELD_FILES, Asking, PromptBook, Question, foreign_files
from rune_pl.translate.translator import Translation

ROUNDS = 3  # of repair, after the first answer
_WARMTH = 0.7  # the temperature of what is not the first answer
_MAX_TOKENS = 320
_Refusal = LanguageError | TranslationError


@dataclass
class _Attempt:
    """One answer, and what became of it."""

    seed: int
    temperature: float
    completion: Completion
    candidate: Candidate | None = None
    error: _Refusal | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "temperature": self.temperature,
            "answer": self.completion.text,
            "constrained": self.completion.constrained,
            "rule": None if self.candidate is None else str(self.candidate.program),
            "error": None if self.error is None else str(self.error),
            "complaints": [] if self.candidate is None else [c.message for c in self.candidate.coverage.complaints],
        }


@dataclass
class _Run:
    """What is kept of one translation."""

    question: Question
    started: float = field(default_factory=time.perf_counter)
    attempts: list[_Attempt] = field(default_factory=list)


class ModelTranslator:
    """A `Translator` that asks a language model, checks what it says, and has it say it again where that is wrong.

    Args:
        model: the back end.
        library, vocabulary: what rules may call, and what nouns mean.
        samples: how many answers vote by what they say; 1 takes the most probable answer.
        seed: of the sampling; the same seed gives the same translation on the same machine.
        book: the prompts.
    """

    def __init__(
        self,
        model: LanguageModel,
        *,
        library: Library,
        vocabulary: Vocabulary,
        samples: int = 1,
        seed: int = 0,
        book: PromptBook | None = None,
    ) -> None:
        self._model = model
        self._samples = samples
        self._seed = seed
        self._asking = Asking(library, vocabulary, book)
        left_out = FIELD_FILES if model.tuned else foreign_files(vocabulary)
        self._grammar = make_grammar(library, with_head=not model.tuned, without=left_out)
        self._examiner = Examiner(library, vocabulary)

    @property
    def name(self) -> str:
        return self._model.identity.name

    def translate(self, text: str) -> Translation:
        """The rule for `text`, with every step in its trace.

        Raises:
            TranslationError: no rule answers the query, or the model finds none that passes the checks.
            LanguageError: what the model wrote is refused, such as a noun that is no class.
            ModelError: the model cannot be run.
        """
        run = _Run(self._asking.question(text))
        best, agreement = self._vote(run) if self._samples > 1 else (self._first(run), None)
        if best is None:
            # The first answer is the most probable one, so that its error tells most.
            raise next(a.error for a in run.attempts if a.error is not None)
        return Translation(
            text, str(best.program), self.name, tuple(_notes(run, best, agreement)), self._trace(run, best, agreement)
        )

    def _first(self, run: _Run) -> Candidate | None:
        """The first answer without a doubt; after all rounds the one with the fewest."""
        for attempt in self._answers(run):
            if attempt.candidate is not None and not attempt.candidate.doubts:
                return attempt.candidate
        found = [a.candidate for a in run.attempts if a.candidate is not None]
        return min(found, key=lambda c: c.doubts) if found else None

    def _answers(self, run: _Run) -> Iterator[_Attempt]:
        """The most probable answer, then repairs: each is told what was wrong with the one before."""
        prompt = run.question.prompt
        for turn in range(1 + ROUNDS):
            # The fine-tuned model does not hold conversations: it answers the same question with more variety.
            warm = turn > 0 and self._model.tuned
            attempt = self._ask(run, prompt, self._seed + turn, _WARMTH if warm else 0.0)
            yield attempt
            if attempt.error is not None:
                wrong = message_of(attempt.error)
            else:
                assert attempt.candidate is not None
                wrong = "; ".join(c.message for c in attempt.candidate.coverage.complaints)
            prompt = self._asking.book.repair_prompt(prompt, attempt.completion.text.strip(), wrong)

    def _vote(self, run: _Run) -> tuple[Candidate | None, float | None]:
        """The rule that most samples say, and the share of the samples that say it."""
        for index in range(self._samples):
            self._ask(run, run.question.prompt, self._seed + index, _WARMTH if index else 0.0)
        found = [a.candidate for a in run.attempts if a.candidate is not None]
        if not found:
            return None, None
        votes = Counter(c.form for c in found)
        best = min(found, key=lambda c: (-votes[c.form], c.doubts))
        return best, votes[best.form] / self._samples

    def _ask(self, run: _Run, prompt: Prompt, seed: int, temperature: float) -> _Attempt:
        completion = self._model.complete(
            prompt, grammar=self._grammar, seed=seed, temperature=temperature, max_tokens=_MAX_TOKENS
        )
        attempt = _Attempt(seed, temperature, completion)
        run.attempts.append(attempt)
        try:
            attempt.candidate = self._examiner.examine(
                run.question.query, completion.text, finished=completion.finished
            )
        except (LanguageError, TranslationError) as error:
            attempt.error = error
        return attempt

    def _trace(self, run: _Run, best: Candidate, agreement: float | None) -> dict[str, Any]:
        asked = run.question.prompt.text if self._model.tuned else [asdict(m) for m in run.question.prompt.messages]
        return {
            "query": run.question.query,
            "model": asdict(self._model.identity),
            "prompt": asked,
            "prompt_version": self._asking.book.version,
            "prompt_sha256": _sha256(str(asked)),
            "prompts_sha256": self._asking.book.sha256,
            "grammar_sha256": _sha256(self._grammar),
            "seed": self._seed,
            "samples": self._samples,
            "attempts": [a.to_json() for a in run.attempts],
            "mended": dict(run.question.mended),
            "nouns": {n.written: n.meaning for n in best.nouns},
            "ignored": list(best.coverage.ignored),
            "agreement": agreement,
            "rule": str(best.program),
            "reading": best.reading,
            "seconds": round(time.perf_counter() - run.started, 3),
        }


def _notes(run: _Run, best: Candidate, agreement: float | None) -> Iterator[str]:
    yield from (f"{written!r} was read as {read!r}" for written, read in run.question.mended)
    yield from (note for noun in best.nouns if (note := noun.note))
    if best.coverage.ignored:
        words = ", ".join(repr(w) for w in best.coverage.ignored)
        yield f"not part of the rule, as detections do not show it: {words}"
    yield from (f"check the rule: {c.message}" for c in best.coverage.complaints)
    if agreement is not None:
        yield f"{agreement:.0%} of the answers agree on this rule"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
