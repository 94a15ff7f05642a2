"""Every error that rune-pl raises on purpose, on one page.

`UserError` and below are for what the caller can mend (exit code 2 in the command line tool); every other `RuneError`
is ours (exit code 1). `str(error)` is one line: where, what, and how to fix it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class RuneError(Exception):
    """Root of all errors of this package. `hint` says how to fix it, where that is known."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)

    @property
    def where(self) -> str:
        """File and position of the error, empty where there is none."""
        return ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        fix = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{fix}"


class UserError(RuneError):
    """Something the caller gave is wrong."""

    exit_code = 2


class UsageError(UserError):
    """Options that do not go together, or an argument out of its range."""


class MissingExtraError(UserError):
    """An optional part is not installed; the hint says what to install."""


class PathError(UserError):
    """Something is wrong with a file or folder; `path` says which."""

    def __init__(self, message: str, *, path: Path | str, hint: str | None = None) -> None:
        self.path = Path(path) if isinstance(path, str) else path  # a URL is no Path and stays as it is
        super().__init__(message, hint=hint)

    @property
    def where(self) -> str:
        return str(self.path)


# --- archives and imported files ---------------------------------------------------------------------------------


class ArchiveError(PathError):
    """An archive cannot be used; `path` is the archive or the file in it."""


class ArchiveNotFoundError(ArchiveError):
    """There is no archive at that path."""


class ArchiveExistsError(ArchiveError):
    """An archive is already there and the call does not add to one."""


class ArchiveCorruptError(ArchiveError):
    """A file of the archive is missing, truncated or changed."""


class ArchiveVersionError(ArchiveError):
    """The archive was written by a version whose schema this one does not read."""


class ArchiveLockedError(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveWriteError(ArchiveError):
    """The archive could not be written (full disk, permissions); the old state is untouched."""


class ArchiveChangedError(ArchiveError):
    """The archive was replaced while it was open."""


class DuplicateImageError(ArchiveError):
    """Two images with the same id."""


class UnknownImageError(ArchiveError):
    """An image id that is not in the archive."""


class FormatError(UserError):
    """A line or record of an imported file is wrong; `line` counts from 1 and is None for a whole file."""

    def __init__(
        self,
        message: str,
        *,
        path: Path | str,
        line: int | None = None,
        record: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.path = Path(path)
        self.line = line
        self.record = record
        super().__init__(message, hint=hint)

    @property
    def where(self) -> str:
        parts = [str(self.path)]
        if self.line is not None:
            parts.append(str(self.line))
        if self.record is not None:
            parts.append(self.record)
        return ":".join(parts)


class ImportRefusedError(FormatError):
    """An import met bad lines and wrote nothing; it stands where the first of them stands.

    `problems` are the first of them, `complete` tells whether they are all.
    """

    def __init__(self, problems: Sequence[FormatError], *, complete: bool = True) -> None:
        self.problems = tuple(problems)
        self.complete = complete
        first, others = self.problems[0], len(self.problems) - 1
        more = f" (and {others}{'' if complete else ' or more'} other problem{'s'[: others != 1]})" if others else ""
        super().__init__(first.message + more, path=first.path, line=first.line, record=first.record, hint=first.hint)


class CalibrationError(UserError):
    """A calibration cannot be read, written or fitted; `field` is the place in its file."""

    def __init__(
        self, message: str, *, path: Path | str | None = None, field: str | None = None, hint: str | None = None
    ) -> None:
        self.path = None if path is None else Path(path)
        self.field = field
        super().__init__(message, hint=hint)

    @property
    def where(self) -> str:
        return ":".join(str(part) for part in (self.path, self.field) if part is not None)


# --- the rule language --------------------------------------------------------------------------------------------


class LanguageError(UserError):
    """A rule is refused. `line` and `column` count from 1; `source` names the file, None for text given directly."""

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        source: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.line = line
        self.column = column
        self.source = source
        super().__init__(message, hint=hint)

    @property
    def where(self) -> str:
        if self.line is None:
            return self.source or ""
        return f"{self.source or 'rule'}:{self.line}:{self.column}"


class RuleSyntaxError(LanguageError):
    """The text is not Prolog."""


class MissingGoalError(LanguageError):
    """The program does not define `retrieve/0`."""


class UnknownPredicateError(LanguageError):
    """A predicate that is neither in the library nor defined in the program."""


class ArityError(LanguageError):
    """A known predicate with the wrong number of arguments."""


class ArgumentError(LanguageError):
    """An argument of the wrong kind: a region that does not exist, a count that is not a whole number."""


class UnknownClassError(LanguageError):
    """A class that is neither in the archive nor in the vocabulary."""


class UnboundVariableError(LanguageError):
    """A variable in a negation, comparison, count or relation that no object binds first."""


class ForbiddenGoalError(LanguageError):
    """Something a rule may not do: directives, input and output, changing the database, calling data."""


class ProgramSizeError(LanguageError):
    """The program is longer or deeper than the limits allow."""


class VocabularyError(UserError):
    """An ontology file is wrong."""

    def __init__(self, message: str, *, path: Path | str, line: int | None = None, hint: str | None = None) -> None:
        self.path = Path(path)
        self.line = line
        super().__init__(message, hint=hint)

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}" if self.line is not None else str(self.path)


class TranslationError(UserError):
    """A query in English that the translator does not understand; `column` counts from 1."""

    def __init__(
        self, message: str, *, column: int | None = None, suggestions: Sequence[str] = (), hint: str | None = None
    ) -> None:
        self.column = column
        self.suggestions = tuple(suggestions)
        super().__init__(message, hint=hint)


class ModelError(UserError):
    """A language model cannot be used: its file is missing, broken or of a kind that the runtime does not know, or its
    server hangs, refuses or answers rubbish. `where_from` is the file or address."""

    def __init__(self, message: str, *, where_from: Path | str | None = None, hint: str | None = None) -> None:
        self.where_from = where_from
        super().__init__(message, hint=hint)

    @property
    def where(self) -> str:
        return "" if self.where_from is None else str(self.where_from)


# --- detection ----------------------------------------------------------------------------------------------------


class WeightsError(PathError):
    """The weights of a detector cannot be used: the file is missing, broken, or something else."""


class PictureError(PathError):
    """An image file cannot be read; `path` is the file."""


# --- inference ----------------------------------------------------------------------------------------------------


class EvidenceError(UserError):
    """Evidence that names no detection, or that has probability zero."""


class ProofError(UserError):
    """There is no proof of this, or a proof file cannot be read."""


class EngineError(RuneError):
    """An inference engine failed in a way that is not the caller's doing."""
