"""What the pipeline asks of a language model, whatever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Prompt:
    """What a model is asked.

    A model that was fine-tuned for the rule language continues `text`; any other answers `messages`. A prompt has both
    forms, and `LanguageModel.tuned` says which one a model takes.
    """

    text: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Completion:
    """What a model answered.

    `finished` is false where the answer was cut off at its longest; `constrained` tells whether the grammar was applied
    while sampling.
    """

    text: str
    finished: bool = True
    constrained: bool = False


@dataclass(frozen=True)
class Identity:
    """Which model answered, for the audit trail.

    `name` is what the user calls it, `runtime` the library or server with its version, the hashes are SHA-256 in hex of
    the model file and of its LoRA adapter (None where there is none, or where a server does not say).
    """

    name: str
    runtime: str
    model_sha256: str | None = None
    adapter_sha256: str | None = None


class LanguageModel(Protocol):
    """A back end."""

    @property
    def identity(self) -> Identity: ...

    @property
    def tuned(self) -> bool:
        """True where the model continues `Prompt.text` in the dialect of the shipped adapter."""

    def complete(
        self, prompt: Prompt, *, grammar: str | None, seed: int = 0, temperature: float = 0.0, max_tokens: int = 256
    ) -> Completion:
        """The answer to `prompt`; `grammar` is GBNF with the rule `root`, applied where the back end can.

        Raises ModelError: the model cannot be run, or the server does not answer as it should.
        """

    def close(self) -> None:
        """Give back what the model holds; harmless when called twice."""
