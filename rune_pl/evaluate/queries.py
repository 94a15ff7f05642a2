"""Query sets: YAML files of questions in English with the rules that they mean (docs/evaluation.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rune_pl.errors import FormatError

_KEYS = frozenset({"id", "text", "rule", "level", "tags", "exception"})


@dataclass(frozen=True)
class RetrievalQuery:
    """One query.

    Attributes:
        id: its name in tables, unique in its file.
        texts: wordings in English, the first in controlled English where that can say it; may be empty.
        rule: the program that says what is meant; None where only English is given.
        tags: what it is about.
        exception: why fewer or more images than usual satisfy it, where that is so.
    """

    id: str
    texts: tuple[str, ...] = ()
    rule: str | None = None
    tags: tuple[str, ...] = ()
    exception: str | None = None

    @property
    def text(self) -> str | None:
        """The first wording."""
        return self.texts[0] if self.texts else None


@dataclass(frozen=True)
class QuerySet:
    """The queries of a file, in order."""

    name: str
    queries: tuple[RetrievalQuery, ...]

    def __len__(self) -> int:
        return len(self.queries)


def read_queries(path: Path | str) -> QuerySet:
    """The queries of a YAML file.

    Raises:
        FormatError: it cannot be read, or an entry is wrong.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", path=path) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise FormatError("is not YAML", path=path, line=None if mark is None else mark.line + 1) from None
    entries = content.get("queries") if isinstance(content, Mapping) else None
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise FormatError("has no list `queries`", path=path, hint="see docs/evaluation.md")
    found: dict[str, RetrievalQuery] = {}
    for number, entry in enumerate(entries, start=1):
        query = _query(entry, number, path)
        if query.id in found:
            raise FormatError("there are two queries of this id", path=path, record=query.id)
        found[query.id] = query
    return QuerySet(path.stem, tuple(found.values()))


def _query(entry: Any, number: int, path: Path) -> RetrievalQuery:
    record = f"query {number}"
    if not isinstance(entry, Mapping):
        raise FormatError("is no mapping with `text` or `rule`", path=path, record=record)
    record = str(entry.get("id", record))
    unknown = sorted(str(key) for key in entry if key not in _KEYS)
    if unknown:
        raise FormatError(
            f"unknown key {unknown[0]!r}", path=path, record=record, hint=f"one of {', '.join(sorted(_KEYS))}"
        )
    texts, rule = _texts(entry.get("text", ()), path, record), entry.get("rule")
    if rule is not None and not isinstance(rule, str):
        raise FormatError("`rule` is no text", path=path, record=record)
    if rule is None and not texts:
        raise FormatError("has neither `rule` nor `text`", path=path, record=record)
    exception = entry.get("exception")
    return RetrievalQuery(
        id=record if "id" in entry else f"q{number}",
        texts=texts,
        rule=rule,
        tags=_texts(entry.get("tags", ()), path, record),
        exception=None if exception is None else str(exception),
    )


def _texts(value: Any, path: Path, record: str) -> tuple[str, ...]:
    """One text or several."""
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, Sequence) or not all(isinstance(text, str) and text.strip() for text in found):
        raise FormatError("`text` and `tags` are a text or a list of texts", path=path, record=record)
    return tuple(found)
