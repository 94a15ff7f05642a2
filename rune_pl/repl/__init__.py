"""The SWI-Prolog toplevel on loaded scenes. `bridge` is the only module that imports pyswip."""

from __future__ import annotations

from rune_pl.repl.session import Session
from rune_pl.repl.toplevel import Toplevel

__all__ = ["Session", "Toplevel"]
