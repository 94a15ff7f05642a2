"""Class names from a file: a YOLO data.yaml, or plain text with one name per line."""

from __future__ import annotations

from pathlib import Path

import yaml

from rune_pl.archive.formats.base import Origin, check_file, class_atom, shown
from rune_pl.archive.formats.text import UTF8_MARK, wide_encoding

MAX_NAMES_FILE = 1_000_000  # bytes


def read_class_names(path: Path) -> list[str]:
    """The class atoms of a file by class number.

    A .yaml or .yml file has `names`, a list or a mapping from 0, 1, 2 ...; any other file has one name per line.

    Raises:
        UsageError: there is no such file.
        FormatError: the file has no names, or one is not a class name, or two are the same.
    """
    check_file(path, holds="class names")
    text = _text(path)
    places: list[tuple[Origin, str]]
    if path.suffix.lower() in (".yaml", ".yml"):
        places = [(Origin(path, record=f"names[{i}]"), name) for i, name in enumerate(_yaml_names(path, text))]
    else:
        places = [(Origin(path, i), line) for i, line in enumerate(text.rstrip().splitlines(), 1)]
    names: dict[str, None] = {}
    for origin, name in places:
        try:
            atom = class_atom(name)
        except ValueError as error:
            raise origin.error(str(error)) from None
        if atom in names:
            raise origin.error(f"the class {atom} is here twice")
        names[atom] = None
    if not names:
        raise Origin(path).error("the file has no class names")
    return list(names)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_NAMES_FILE + 1)
    except OSError as error:
        raise Origin(path).error(f"the file cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_NAMES_FILE:
        raise Origin(path).error(f"the file is larger than {MAX_NAMES_FILE:,} bytes", hint="expected class names")
    try:
        return raw.removeprefix(UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError:
        kind = wide_encoding(raw) or "not UTF-8"
        raise Origin(path).error(f"the file is {kind}", hint="save it as UTF-8") from None


def _yaml_names(path: Path, text: str) -> list[str]:
    hint = "expected `names:` with a list, or with a mapping from 0, 1, 2 ..."
    try:
        data = yaml.load(text, Loader=yaml.BaseLoader)  # makes strings, lists and mappings only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Origin(path, line).error(f"the file is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError):
        raise Origin(path).error("the file is not YAML", hint=hint) from None
    names = data.get("names") if isinstance(data, dict) else None
    if isinstance(names, dict):
        if sorted(names) != sorted(str(i) for i in range(len(names))):
            keys = ", ".join(map(str, list(names)[:5]))
            raise Origin(path, record="names").error(f"the class numbers are {shown(keys)}, expected 0, 1, 2 ...")
        names = [names[str(i)] for i in range(len(names))]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Origin(path).error("the file has no list of class names", hint=hint)
    return names
