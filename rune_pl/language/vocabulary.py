"""What people call the classes of detections: labels, plurals, synonyms, and groups of classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rune_pl.errors import UnknownClassError, VocabularyError
from rune_pl.language.ontology_file import Entry, Ontology, Word, read_ontology, regular_plural, shipped_ontology

_SEPARATORS = re.compile(r"[\s_\-]+")
_CLOSE_ENOUGH = 70.0  # per cent of letters in common, below which a suggestion only confuses
_SHOWN_CLASSES = 20
_FIELDS = ("flood",)


def _key(word: str) -> str:
    """The form in which words are compared: neither case nor blanks, hyphens and underscores count."""
    return _SEPARATORS.sub("", word).casefold()


@dataclass(frozen=True)
class Vocabulary:
    """Words for classes. `classes` are the atoms that rules and archives use, `groups` the super-classes by name.

    Make one with `Vocabulary.load`; it never changes afterwards.
    """

    classes: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]  # class or group -> English name
    plurals: Mapping[str, str]  # class or group -> the same in the plural
    words: Mapping[str, tuple[str, ...]]  # compared form of a word -> the classes that it means
    spellings: Mapping[str, str]  # compared form of a word -> the word, to suggest it

    @classmethod
    def load(cls, path: str | Path | None = None) -> Vocabulary:
        """The vocabulary of an ontology file, or of one that ships, by its name: `dota` (as without a path) or `flood`.

        Raises `VocabularyError` with file and line where the file is not as docs/language.md says.
        """
        ontology = read_ontology(_shipped("dota") if path is None else ontology_path(path))
        return _build(ontology, base=_base(ontology))

    @classmethod
    def of_archive(cls, names: Iterable[str], path: str | Path | None = None) -> Vocabulary:
        """The vocabulary for an archive with these classes: that of `load`, and the classes added.

        Without a file of the user's own, the words of a field come along where the archive is about it: where it has a
        class of one of that field's groups, such as flooded_building. Raises as `load`.
        """
        names = tuple(names)
        vocabulary = cls.load(path)
        if path is None and not set(names) <= set(vocabulary.classes):
            for field in _FIELDS:
                known = cls.load(_shipped(field))
                own = {name: members for name, members in known.groups.items() if name not in vocabulary.groups}
                if any(not set(members).isdisjoint(names) for members in own.values()):
                    vocabulary = known
        return vocabulary.with_classes(names)

    def knows(self, word: str) -> bool:
        """True for a class, a group or any of their words, in singular or plural."""
        return _key(word) in self.words

    def resolve(self, word: str) -> tuple[str, ...]:
        """The classes that a word means: one for a class or its synonym, several for a group.

        Case does not matter, nor whether blanks, hyphens, underscores or nothing separates its parts. Raises
        `UnknownClassError`, with the nearest known word as its hint.
        """
        found = self.words.get(_key(word))
        if found is None:
            shown = word if len(word) <= 60 else word[:57] + "..."
            raise UnknownClassError(f"unknown class {shown!r}", hint=self.suggestion(word))
        return found

    def label(self, name: str) -> str:
        """The English name of a class or group: `storage tank`. Raises `UnknownClassError`."""
        return self.labels[self._canonical(name)]

    def singular(self, name: str) -> str:
        """The same as `label`."""
        return self.label(name)

    def plural(self, name: str) -> str:
        """The English plural of a class or group: `storage tanks`. Raises `UnknownClassError`."""
        return self.plurals[self._canonical(name)]

    def _canonical(self, name: str) -> str:
        if name in self.labels:
            return name
        (first, *rest) = self.resolve(name)
        return (
            first if not rest else next((g for g, members in self.groups.items() if members == (first, *rest)), first)
        )

    def suggestion(self, word: str) -> str:
        """A hint for an unknown word: the nearest known one, or the list of classes."""
        from rapidfuzz import fuzz, process

        best = process.extractOne(_key(word)[:60], self.spellings.keys(), scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
        if best is not None:
            return f"did you mean {self.spellings[best[0]]}?"
        shown = ", ".join(self.classes[:_SHOWN_CLASSES])
        return f"known classes: {shown}{', ...' if len(self.classes) > _SHOWN_CLASSES else ''}"

    def with_classes(self, names: Iterable[str]) -> Vocabulary:
        """This vocabulary with an archive's classes added.

        A class that is new becomes a word of its own. One that is a synonym here (`car` beside small_vehicle) becomes a
        kind of that class: `car` then means only itself, and `small_vehicle`, `vehicle` and `automobile` include it.
        One that is called like a group (`vehicle`) joins the group.
        """
        added = [n for n in dict.fromkeys(names) if n not in self.classes]
        if not added:
            return self
        words, labels, plurals = dict(self.words), dict(self.labels), dict(self.plurals)
        spellings, groups = dict(self.spellings), dict(self.groups)
        for name in added:
            parents = set(self.words.get(_key(name), ()))
            if parents:
                words = {w: (*c, name) if parents <= set(c) else c for w, c in words.items()}
                groups = {g: (*c, name) if parents <= set(c) else c for g, c in groups.items()}
            if name in self.groups:
                continue
            label = _SEPARATORS.sub(" ", name).strip() or name
            labels[name], plurals[name] = label, regular_plural(label)
            for form in (name, label, plurals[name]):
                words[_key(form)] = (name,)
                spellings.setdefault(_key(form), name)
        return replace(
            self,
            classes=(*self.classes, *added),
            groups=groups,
            labels=labels,
            plurals=plurals,
            words=words,
            spellings=spellings,
        )


def ontology_path(path: str | Path) -> Path:
    """The file that is meant: a path, or the name of an ontology that ships where there is no such file."""
    given = Path(path)
    return given if given.is_file() else shipped_ontology(str(path)) or given


def _shipped(name: str) -> Path:
    """The file of an ontology that is known to ship."""
    path = shipped_ontology(name)
    assert path is not None
    return path


def _base(ontology: Ontology) -> Ontology | None:
    """What an ontology extends, as one with all of its entries."""
    if ontology.extends is None:
        return None
    path = _shipped(ontology.extends)  # the reader has seen to it that there is one
    found = read_ontology(path)
    below = _base(found)
    own = {e.name for e in found.entries}
    inherited = () if below is None else tuple(e for e in below.entries if e.name not in own)
    return Ontology(path, (*inherited, *found.entries))


def _build(ontology: Ontology, base: Ontology | None = None) -> Vocabulary:
    own = {e.name: e for e in ontology.entries}
    inherited = {e.name: e for e in base.entries} if base else {}
    entries = [_merged(own.get(n), inherited.get(n), ontology) for n in dict.fromkeys([*inherited, *own])]
    classes = tuple(e.name for e in entries if not e.members)
    groups = {e.name: e.members for e in entries if e.members}
    for entry in entries:
        unknown = next((m for m in entry.members if m not in classes), None)
        if unknown is not None:
            message = f"the group {entry.name} has a member {unknown!r} that is no class"
            raise VocabularyError(message, path=ontology.path, line=entry.line)
    meaning = {e.name: e.members or (e.name,) for e in entries}
    words: dict[str, tuple[str, ...]] = {}
    spellings: dict[str, str] = {}
    owner: dict[str, str] = {}
    # A file's own words come first and so win over those of the ontology that it extends.
    for source, strict in ((own, True), (inherited, False)):
        for entry in source.values():
            for word in _words(entry):
                for key in (_key(word.singular), _key(word.plural)):
                    if owner.setdefault(key, entry.name) == entry.name:
                        words[key] = meaning[entry.name]
                        spellings.setdefault(key, _SEPARATORS.sub("_", word.singular))
                    elif strict:
                        raise VocabularyError(
                            f"{word.singular!r} stands for both {owner[key]} and {entry.name}",
                            path=ontology.path,
                            line=word.line,
                            hint="keep it in one of them, or make a group",
                        )
    labels = {e.name: _label(e).singular for e in entries}
    plurals = {e.name: _label(e).plural for e in entries}
    return Vocabulary(classes, groups, labels, plurals, words, spellings)


def _label(entry: Entry) -> Word:
    label = entry.label or entry.name.replace("_", " ")
    return Word(label, entry.plural or regular_plural(label), entry.line)


def _words(entry: Entry) -> tuple[Word, ...]:
    plain = Word(entry.name, regular_plural(entry.name.replace("_", " ")), entry.line)
    return (_label(entry), plain, *entry.synonyms)


def _merged(own: Entry | None, inherited: Entry | None, ontology: Ontology) -> Entry:
    """What a file and the ontology that it extends say about one name; one of them may say nothing."""
    if own is None or inherited is None:
        only = own or inherited
        assert only is not None
        return only
    if own.members and not inherited.members:
        raise VocabularyError(
            f"{own.name} is a class already", path=ontology.path, line=own.line, hint="give the group another name"
        )
    return replace(
        own,
        label=own.label or inherited.label,
        plural=own.plural or (None if own.label else inherited.plural),
    )
