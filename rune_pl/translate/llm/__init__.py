"""Language models behind one small interface: in process with llama.cpp, or an OpenAI-compatible server."""

from rune_pl.translate.llm.model import Completion, Identity, LanguageModel, Message, Prompt

__all__ = ["Completion", "Identity", "LanguageModel", "Message", "Prompt"]
