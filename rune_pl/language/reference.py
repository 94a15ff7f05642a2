"""The rule library as a reference: its predicates in sections, and all of it as one Markdown page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rune_pl.language.doc_comments import Argument
from rune_pl.language.library import Library, Predicate

# What readers look for first; files of the user's own come before all of it.
_ORDER = ("spatial", "attributes", "counting", "flood", "language", "measures", "geometry")

_MODES = {"+": "given", "-": "computed", "?": "given or found", ":": "given"}
_KINDS = {
    "object": "object (a detection)",
    "class": "class (such as `ship`)",
    "distance": "distance (a number of metres, or `px(N)` for N pixels)",
    "area": "area (a number of square metres, or `px(N)` for N square pixels)",
    "angle": "angle (degrees)",
    "count": "count (a whole number)",
    "template": "template (the variable to count)",
    "unknown": "anything",
}


@dataclass(frozen=True)
class Section:
    """The public predicates of one file; the title is the first sentence of the comment that the file begins with."""

    name: str
    title: str
    predicates: tuple[Predicate, ...]


def describe(argument: Argument) -> str:
    """Kind and mode of an argument in words."""
    return f"{_KINDS.get(argument.kind, argument.kind)}, {_MODES.get(argument.mode, 'given or found')}"


def sections(library: Library) -> tuple[Section, ...]:
    """The public predicates of the library by file, in reading order."""
    files = tuple(dict.fromkeys(p.file for p in library.predicates.values()))
    made = []
    for file in sorted(files, key=lambda f: _ORDER.index(f.stem) if f.stem in _ORDER else -1):
        public = tuple(p for p in library.predicates.values() if p.file == file and not p.internal)
        if public:
            made.append(Section(file.stem, _title(file.read_text(encoding="utf-8"), file.stem), public))
    return tuple(made)


def _title(text: str, default: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("%") or line.startswith("%!"):
            break
        lines.append(line.lstrip("%").strip())
    sentence = " ".join(lines).split(". ")[0].rstrip(".")
    return sentence or default


def markdown(library: Library) -> str:
    """The reference page: every public predicate with its arguments, meaning and examples."""
    page = [
        "# The rule library",
        "This page is made from the comments in `prolog/*.pl` by `rune-pl library --markdown`.",
        "Every predicate below may be called in a rule. Arguments marked *given* have to be bound when it is called, by"
        " an `object/2` before it or by a value that you write; *computed* ones are bound by the call.",
    ]
    for section in sections(library):
        page.append(f"## {section.title}")
        for predicate in section.predicates:
            page.extend(_entry(predicate))
    return "\n\n".join(page) + "\n"


def _entry(predicate: Predicate) -> Iterable[str]:
    yield f"### `{predicate.signature}`"
    if predicate.arguments:
        yield "\n".join(f"- `{a.name}`: {describe(a)}" for a in predicate.arguments)
    if predicate.doc:
        yield predicate.doc
    if predicate.examples:
        yield "\n".join(["```prolog", *predicate.examples, "```"])
