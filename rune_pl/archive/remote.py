"""Where an archive is: a folder of this machine, or anywhere that fsspec reaches (s3://, gs://, memory://)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from rune_pl.errors import MissingExtraError, UsageError


def archive_folder(path: str | Path) -> Path:
    """The path of an archive; that of a URL behaves as one of a folder does, for reading.

    Raises:
        MissingExtraError: a URL, and what reads them is not installed.
        UsageError: a URL of a kind that fsspec does not know.
    """
    text = str(path)
    if isinstance(path, Path) or "://" not in text:
        return Path(path) if isinstance(path, str) else path
    try:
        from upath import UPath
    except ImportError:
        raise MissingExtraError("archives on URLs need fsspec", hint="pip install 'rune-pl[cluster]'") from None
    try:
        return cast(Path, UPath(text))
    except ImportError as error:  # s3fs, gcsfs ... are packages of their own
        raise MissingExtraError(str(error), hint="pip install what it names") from None
    except ValueError as error:
        raise UsageError(f"{text}: {error}", hint="a folder, or a URL such as s3://bucket/scenes") from None


def is_local(path: Path) -> bool:
    """Whether it is a path of this machine's file system."""
    return isinstance(path, Path)
