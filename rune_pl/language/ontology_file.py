"""Reading ontology files: YAML to plain records, every mistake with its file and line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml

from rune_pl.errors import VocabularyError

_SHIPPED = Path(__file__).resolve().parent / "ontology"
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_LARGEST_FILE = 1024 * 1024
_DEEPEST = 20
_ENTRY_KEYS = ("label", "plural", "synonyms")


@dataclass(frozen=True)
class Word:
    """A word or phrase with its plural and the line where it stands."""

    singular: str
    plural: str
    line: int


@dataclass(frozen=True)
class Entry:
    """A class, or a group of classes where `members` is not empty."""

    name: str
    line: int
    label: str | None = None
    plural: str | None = None
    synonyms: tuple[Word, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ontology:
    """What a file says; `extends` names a built-in ontology that it adds to."""

    path: Path
    entries: tuple[Entry, ...] = field(default=())
    extends: str | None = None


def shipped_ontology(name: str) -> Path | None:
    """The file of an ontology that ships with the package: `dota`, `flood`. None where there is none of that name."""
    path = _SHIPPED / f"{name}.yaml"
    return path if _NAME.match(name) and path.is_file() else None


def regular_plural(phrase: str) -> str:
    """The regular English plural of the last word of a phrase, or of the one before "of": bodies of water."""
    head, of, rest = phrase.partition(" of ")
    if of:
        return f"{regular_plural(head)}{of}{rest}"
    lower = phrase.lower()
    if re.search(r"[^aeiou]y\Z", lower):
        return phrase[:-1] + "ies"
    if lower.endswith("man"):
        return phrase[:-2] + "en"
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        return phrase + "es"
    return phrase + "s"


def _depth(text: str) -> int:
    """How deep brackets nest, wherever they stand, or dashes that open lists in lists: deep YAML reads very slowly."""
    level = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        level = max(0, level + (1 if bracket in "[{" else -1))
        deepest = max(deepest, level)
    dashes = max((len(run.split()) for run in re.findall(r"^(?:[ ]*[-?:](?=\s))+", text, re.MULTILINE)), default=0)
    return max(deepest, dashes)


def read_ontology(path: Path) -> Ontology:
    """Read an ontology file. Raises `VocabularyError` with the line for anything that is not as documented."""
    return _Reader(path).read()


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, message: str, node: yaml.Node | None = None, hint: str | None = None) -> NoReturn:
        line = node.start_mark.line + 1 if node is not None and node.start_mark is not None else None
        raise VocabularyError(message, path=self.path, line=line, hint=hint)

    def read(self) -> Ontology:
        root = self.compose()
        if root is None:
            self.fail("the file is empty", hint="it needs a mapping `classes:`")
        extends: str | None = None
        entries: list[Entry] = []
        for key, node in self.mapping(root, "the file"):
            if key.value == "extends":
                extends = self.text(node, "extends")
                if shipped_ontology(extends) is None:
                    self.fail(f"there is no built-in ontology {extends!r}", node, "write `extends: dota`")
            elif key.value == "classes":
                entries += [self.entry(name, value, group=False) for name, value in self.mapping(node, "classes")]
            elif key.value == "groups":
                entries += [self.entry(name, value, group=True) for name, value in self.mapping(node, "groups")]
            else:
                self.fail(f"unknown key {key.value!r}", key, "the keys are classes, groups and extends")
        if not entries:
            self.fail("the file defines no classes", root, "add a mapping `classes:`")
        return Ontology(self.path, tuple(entries), extends)

    def compose(self) -> yaml.Node | None:
        try:
            if self.path.stat().st_size > _LARGEST_FILE:
                self.fail(f"the file has more than {_LARGEST_FILE:,} bytes")
            text = self.path.read_text(encoding="utf-8")
            if _depth(text) > _DEEPEST:
                self.fail("the file is nested too deeply")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except UnicodeDecodeError:
            self.fail("the file is not UTF-8 text")
        except OSError as error:
            self.fail(f"cannot be read: {error.strerror or error}")
        except RecursionError:
            self.fail("the file is nested too deeply")
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            raise VocabularyError(f"not YAML: {error.problem or error}", path=self.path, line=line) from None
        except (yaml.YAMLError, ValueError) as error:
            self.fail(f"not YAML: {str(error).splitlines()[0] if str(error) else 'unreadable'}")
        assert root is None or isinstance(root, yaml.Node)
        return root

    def mapping(self, node: yaml.Node, what: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(f"{what} must be a mapping", node)
        seen: set[str] = set()
        pairs: list[tuple[yaml.ScalarNode, yaml.Node]] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fail(f"a key of {what} is not a name", key)
            if key.value in seen:
                self.fail(f"{key.value!r} stands twice in {what}", key)
            seen.add(key.value)
            pairs.append((key, value))
        return pairs

    def entry(self, key: yaml.ScalarNode, node: yaml.Node, *, group: bool) -> Entry:
        name, line = str(key.value), key.start_mark.line + 1
        if not _NAME.match(name):
            self.fail(
                f"{name!r} cannot name a class", key, "use small letters, digits and underscores, as in storage_tank"
            )
        empty = isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null")
        label = plural = None
        synonyms: tuple[Word, ...] = ()
        members: tuple[str, ...] = ()
        for part, value in [] if empty and not group else self.mapping(node, name):
            if part.value == "label":
                label = self.text(value, "label")
            elif part.value == "plural":
                plural = self.text(value, "plural")
            elif part.value == "synonyms":
                synonyms = tuple(self.word(item) for item in self.sequence(value, f"synonyms of {name}"))
            elif part.value == "members" and group:
                members = tuple(self.text(item, "a member") for item in self.sequence(value, f"members of {name}"))
            else:
                keys = (*_ENTRY_KEYS, "members") if group else _ENTRY_KEYS
                self.fail(f"unknown key {part.value!r} in {name}", part, f"the keys are {', '.join(keys)}")
        if group and not members:
            self.fail(f"the group {name} has no members", key, "add `members: [class, class]`")
        return Entry(name, line, label, plural, synonyms, members)

    def sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.fail(f"{what} must be a list", node, "as in [one, another]")
        return list(node.value)

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.fail(f"{what} must be a word", node)
        return str(node.value).strip()

    def word(self, node: yaml.Node) -> Word:
        singular, slash, plural = (part.strip() for part in self.text(node, "a synonym").partition("/"))
        if not singular or (slash and not plural):
            self.fail(f"{node.value!r} is no word", node, "write `singular / plural`")
        return Word(singular, plural or regular_plural(singular), node.start_mark.line + 1)
