"""Language models behind one small interface: in process with llama.cpp, or an OpenAI-compatible server."""

from rune_pl.translate.llm.local import open_model
from rune_pl.translate.llm.model import Completion, Identity, LanguageModel, Message, Prompt
from rune_pl.translate.llm.server import open_server

__all__ = ["Completion", "Identity", "LanguageModel", "Message", "Prompt", "open_model", "open_server"]
