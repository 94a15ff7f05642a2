"""Options of every command that takes a question in English, and the translator that they ask for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rune_pl.language import Library, Vocabulary
    from rune_pl.translate import Translator

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class TranslatorOptions:
    """What the user said about the translator."""

    translator: str
    model: str
    adapter: str | None
    llm_url: str | None
    llm_model: str | None
    llm_tuned: bool
    llm_timeout: float
    samples: int
    seed: int

    def make(self, library: Library, vocabulary: Vocabulary) -> Translator:
        """The translator. Raises UsageError for options that do not go together, ModelError where there is no model."""
        from rune_pl.translate.make import make_translator

        return make_translator(
            self.translator,
            library=library,
            vocabulary=vocabulary,
            model=self.model,
            adapter=self.adapter,
            url=self.llm_url,
            url_model=self.llm_model,
            url_tuned=self.llm_tuned,
            url_seconds=self.llm_timeout,
            samples=self.samples,
            seed=self.seed,
        )

    def prompt(self, text: str, library: Library, vocabulary: Vocabulary) -> str:
        """What the model would be asked, as text. Raises UsageError where no model is asked."""
        from rune_pl.errors import UsageError
        from rune_pl.translate.llm.store import KNOWN
        from rune_pl.translate.make import show_prompt

        if self.translator == "controlled":
            raise UsageError(
                "controlled English asks no model", hint="--show-prompt goes with --translator llama or http"
            )
        server = self.translator == "http" or (self.translator == "auto" and self.llm_url is not None)
        tuned = self.llm_tuned if server else self.adapter is not None or self.model in KNOWN
        return show_prompt(text, library=library, vocabulary=vocabulary, tuned=tuned)


def translator_options(command: F) -> F:
    """Add the options; the command gets them as `asked: TranslatorOptions`."""

    @functools.wraps(command)
    def wrapper(*args: Any, **options: Any) -> Any:
        names = TranslatorOptions.__dataclass_fields__
        asked = TranslatorOptions(**{name: options.pop(name) for name in names})
        return command(*args, asked=asked, **options)

    for add in reversed(_OPTIONS):
        wrapper = add(wrapper)
    return wrapper  # type: ignore[return-value]


_OPTIONS = (
    click.option(
        "--translator",
        type=click.Choice(["auto", "controlled", "llama", "http"]),
        default="auto",
        show_default=True,
        help="Controlled English, a model in process, a server; auto: controlled English, then a model for the rest.",
    ),
    click.option(
        "--model",
        default="smollm2-135m",
        show_default=True,
        metavar="NAME|FILE",
        help="The model in process: a name of `rune-pl models list`, or a GGUF file.",
    ),
    click.option("--adapter", metavar="FILE", help="A LoRA adapter (GGUF) for --model FILE."),
    click.option(
        "--llm-url",
        metavar="URL",
        help="An OpenAI-compatible server, such as http://localhost:8080/v1; its key comes from RUNE_PL_API_KEY.",
    ),
    click.option("--llm-model", metavar="NAME", help="The model to ask the server for."),
    click.option("--llm-tuned", is_flag=True, help="That model is rune-pl's own, with its adapter."),
    click.option(
        "--llm-timeout",
        default=60.0,
        show_default=True,
        type=click.FloatRange(min=0.0, min_open=True),
        metavar="SECONDS",
        help="How long one answer of the server may take.",
    ),
    click.option(
        "--samples",
        default=1,
        show_default=True,
        type=click.IntRange(1, 50),
        help="Answers of the model that vote on the rule.",
    ),
    click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Of the model's sampling."),
)
