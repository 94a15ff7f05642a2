"""Where the files are that ship with the package: the rule library, the prompts and the bundled sample.

`prolog/` and `prompts/` stand beside the package in a checkout and in an editable install, and inside it where a wheel
is installed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from rune_pl.errors import RuneError

_PACKAGE = Path(__file__).resolve().parent


class ResourceError(RuneError):
    """Files that ship with the package are not there: the installation is damaged."""


def prolog_files() -> tuple[Path, ...]:
    """The `.pl` files of the rule library, by name.

    Raises:
        ResourceError: the installation is damaged.
    """
    return _files("prolog", "*.pl")


def library_sha256() -> str:
    """SHA-256 over the rule library that ships with this rune-pl."""
    total = hashlib.sha256()
    for path in prolog_files():
        total.update(f"{path.name}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def prompt_file(name: str) -> Path:
    """One of the texts for a language model, by its name in `prompts/`.

    Raises:
        ResourceError: the installation is damaged.
    """
    return _files("prompts", name)[0]


def sample_path() -> Path:
    """The folder of the bundled sample: `archive/`, `images/`, `truth/` and `detections/`."""
    return _PACKAGE / "sample" / "data"


def _files(folder: str, pattern: str) -> tuple[Path, ...]:
    for parent in (_PACKAGE, _PACKAGE.parent):
        found = tuple(sorted((parent / folder).glob(pattern)))
        if found:
            return found
    raise ResourceError(
        f"no {pattern} files in {_PACKAGE / folder}, the installation is damaged", hint="install rune-pl again"
    )
