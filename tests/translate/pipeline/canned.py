"""A stand-in for a language model: answers from a list, and what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from rune_pl.translate.llm.model import Completion, Identity, Prompt


@dataclass
class Canned:
    """Gives `answers` one by one, the last one again and again."""

    answers: list[str]
    tuned: bool = True
    prompts: list[Prompt] = field(default_factory=list)
    calls: list[tuple[int, float]] = field(default_factory=list)
    identity: Identity = Identity("canned", "test", "0" * 64)

    def complete(
        self, prompt: Prompt, *, grammar: str | None, seed: int = 0, temperature: float = 0.0, max_tokens: int = 256
    ) -> Completion:
        self.prompts.append(prompt)
        self.calls.append((seed, temperature))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Completion(answer, finished=not answer.endswith("..."), constrained=grammar is not None)

    def close(self) -> None: ...
