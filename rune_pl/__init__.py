"""rune-pl finds images by reasoning about what is in them.

    archive = rune_pl.open_archive("scenes/")
    for hit in archive.query("a ship near a harbor", top=10):
        print(hit.rank, hit.image, hit.probability)

Everything here is public; nothing else is. Names are loaded when they are first used, so that importing the package
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rune_pl._version import __version__

if TYPE_CHECKING:
    from rune_pl.errors import RuneError, UserError
    from rune_pl.explain import Proof, prove, verify
    from rune_pl.inference import Budget
    from rune_pl.retrieval import Hit, ImageArchive, PlanReport, Results, open_archive

_HOMES = {
    "Budget": "rune_pl.inference",
    "Hit": "rune_pl.retrieval",
    "ImageArchive": "rune_pl.retrieval",
    "PlanReport": "rune_pl.retrieval",
    "Proof": "rune_pl.explain",
    "Results": "rune_pl.retrieval",
    "RuneError": "rune_pl.errors",
    "UserError": "rune_pl.errors",
    "open_archive": "rune_pl.retrieval",
    "prove": "rune_pl.explain",
    "verify": "rune_pl.explain",
}

__all__ = [
    "Budget",
    "Hit",
    "ImageArchive",
    "PlanReport",
    "Proof",
    "Results",
    "RuneError",
    "UserError",
    "__version__",
    "open_archive",
    "prove",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'rune_pl' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
