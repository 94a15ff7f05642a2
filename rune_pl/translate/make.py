"""Translators by name, with what they need."""

from __future__ import annotations

from pathlib import Path

from rune_pl.errors import UsageError
from rune_pl.language.library import Library
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate.auto import AutoTranslator
from rune_pl.translate.controlled import ControlledEnglish
from rune_pl.translate.translator import Translator

KINDS = ("auto", "controlled", "llama", "http")
DEFAULT_MODEL = "smollm2-135m"


def make_translator(
    kind: str = "auto",
    *,
    library: Library,
    vocabulary: Vocabulary,
    model: str = DEFAULT_MODEL,
    adapter: str | Path | None = None,
    runtime: str = "auto",
    url: str | None = None,
    url_model: str | None = None,
    url_tuned: bool = False,
    url_seconds: float = 60.0,
    samples: int = 1,
    seed: int = 0,
) -> Translator:
    """A translator.

    Args:
        kind: "controlled", "llama" (a model in this process), "http" (a server), or "auto": controlled English where it
            understands all of a query, else the server where `url` is given, else the model in process.
        library, vocabulary: what rules may call, and what nouns mean.
        model: the model in process: a name of `rune-pl models list`, or a GGUF file.
        adapter: a LoRA adapter for a model that is given as a file.
        runtime: "llama-cpp-python", "xllamacpp", or "auto": the one that is installed.
        url, url_model: the server's address, such as http://localhost:8080/v1, and the model to ask it for.
        url_tuned: that model is the fine-tuned one.
        url_seconds: how long one answer of the server may take.
        samples, seed: how many answers vote, and what they are drawn from.

    Raises:
        UsageError: arguments that do not go together.
        MissingExtraError: the package that runs models is not installed ("llama", "http").
        ModelError: the model is not installed or cannot be loaded ("llama").
    """
    if kind not in KINDS:
        raise UsageError(f"there is no translator {kind!r}", hint=f"the translators are {', '.join(KINDS)}")
    if kind == "http" and url is None:
        raise UsageError("the translator http needs the address of a server", hint="add --llm-url URL")
    controlled = ControlledEnglish(vocabulary)
    if kind == "controlled":
        return controlled

    def asking() -> Translator:
        from rune_pl.translate.llm import open_model, open_server
        from rune_pl.translate.pipeline.translator import ModelTranslator

        asked = (
            open_model(model, adapter=adapter, runtime=runtime)
            if url is None or kind == "llama"
            else open_server(url, model=url_model, seconds=url_seconds, tuned=url_tuned)
        )
        return ModelTranslator(asked, library=library, vocabulary=vocabulary, samples=samples, seed=seed)

    def reducing() -> Translator:
        from rune_pl.translate.pipeline.reduced import ReducedEnglish

        return ReducedEnglish(controlled, vocabulary)

    if kind != "auto":
        return asking()
    return AutoTranslator(controlled, asking, reducing=reducing, chosen=url is not None)


def show_prompt(text: str, *, library: Library, vocabulary: Vocabulary, tuned: bool) -> str:
    """What a model is asked, as text: the fine-tuned one, or any other."""
    from rune_pl.translate.pipeline.prompts import Asking

    prompt = Asking(library, vocabulary).question(text).prompt
    if tuned:
        return prompt.text
    return "\n\n".join(f"[{message.role}]\n{message.content}" for message in prompt.messages)
