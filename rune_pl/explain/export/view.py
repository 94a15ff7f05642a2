"""A proof tree as a person reads it: lines with what they are about; steps that say nothing are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

_LENGTHS = frozenset({"gap", "long_side", "short_side"})
_AREAS = frozenset({"area", "overlap_area"})
_DETECTION = re.compile(r"\bd[1-9][0-9]*\b")
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d{3,}(?:e[+-]?\d+)?")
_SAME = 5e-5
_MEMBERS = 6  # of a count or a negation that are listed


@dataclass(frozen=True)
class Line:
    """A line of the tree.

    Attributes:
        kind: of the node, "member" for one of a count, or "note".
        text: what holds.
        detail: where from, or with which probability; may be empty.
        detections: that it is about.
        children: below it.
    """

    kind: str
    text: str
    detail: str
    detections: tuple[str, ...]
    children: tuple[Line, ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Line]]:
        """The line and all below it, with their depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


class View:
    """Makes lines of the trees of one document."""

    def __init__(self, content: Json) -> None:
        self._clauses = content["clauses"]
        self._gsd = content["scene"]["gsd"]
        self._classes = {d["id"]: d["class"] for d in content["scene"]["detections"]}
        self._scores = {d["id"]: d.get("score") for d in content["scene"]["detections"]}

    def tree(self, node: Json) -> Line:
        """The lines of a tree."""
        (line,) = self.lines([node])
        return line

    def lines(self, nodes: Sequence[Json]) -> tuple[Line, ...]:
        """The lines of several nodes; those that say nothing have none."""
        return tuple(line for node in nodes for line in self._node(node))

    def _node(self, node: Json) -> Iterator[Line]:
        kind, goal = node["kind"], node["goal"]
        about = tuple(dict.fromkeys(_DETECTION.findall(goal)))
        if kind == "built_in" or goal.startswith("distinct("):
            return
        if kind == "rule":
            clause = self._clauses[node["clause"]]
            where = f"{clause['file']}:{clause['line']}" if clause["line"] else clause["file"]
            yield Line(kind, shorter(goal), where, about, self.lines(node["children"]))
        elif kind == "detection":
            text = f"{node['detection']} is a {node['class'].replace('_', ' ')}"
            yield Line(kind, text, self._sure(node["detection"], node["probability"]), about)
        elif kind == "geometry":
            name, ids, values = goal.partition("(")[0], ", ".join(about), node["values"]
            shown = ", ".join(self.measured(name, value) for value in values)
            yield Line(kind, f"{name}({ids}) = {shown}" if ids else f"{name} = {shown}", "", about)
        elif kind == "comparison":
            text = shorter(goal)
            right = shorter(str(node["right"]))
            yield Line(kind, text if text.endswith(f" {right}") else f"{text} = {right}", "", about)
        elif kind == "either":
            yield Line(kind, "one of several", f"no. {node['branch']}", (), self.lines(node["children"]))
        else:
            yield self._collective(node, about)

    def _collective(self, node: Json, about: tuple[str, ...]) -> Line:
        kind, members = node["kind"], node.get("members", node.get("cases", node.get("against", ())))
        below = []
        if kind == "not":
            below = [self._member("unless", m) for m in members[:_MEMBERS]]
            below += [
                Line("note", f"{shorter(m['goal'])} fails", shorter(f"{m['comparison']} is false"), _about(m["goal"]))
                for m in node["misses"]
            ]
            if not below:
                below = [Line("note", "there is no candidate", "", ())]
        elif kind == "more":
            below = [self._member("counts", m) for m in members[:_MEMBERS]]
            below += [self._member("counts against", m) for m in node["others"][:_MEMBERS]]
        else:
            below = [self._member("counts" if kind == "count" else "case", m) for m in members[:_MEMBERS]]
        left = len(members) - _MEMBERS
        if left > 0:
            below.append(Line("note", f"and {left} more", "", ()))
        return Line(kind, shorter(node["goal"]), f"holds with {chance(node['probability'])}", about, tuple(below))

    def _member(self, word: str, member: Json) -> Line:
        children = self.lines(member.get("children", ()))
        met = member.get("met", ())
        if met:
            children += (Line("note", "and there", "", (), self.lines(met)),)
        value = member.get("value", "")
        name = f"{value}, {self._classes[value].replace('_', ' ')}" if value in self._classes else value
        found = (value,) if value in self._classes else tuple(dict.fromkeys(d for c in children for d in c.detections))
        return Line("member", f"{word} {name}".strip(), chance(member["probability"]), found, children)

    def _sure(self, detection: str, probability: float) -> str:
        """The probability of a fact, and the detector's score where that is another number."""
        score = self._scores[detection]
        same = score is None or abs(score - probability) < _SAME
        return chance(probability) if same else f"{chance(probability)}, score {score:.4f}"

    def measured(self, name: str, value: float) -> str:
        """A measure with its unit, in metres too where the image knows them."""
        power = 1 if name in _LENGTHS else 2 if name in _AREAS else 0
        if not power:
            return number(value)
        unit = "px" if power == 1 else "px²"
        metres = "" if self._gsd is None else f" ({number(value * self._gsd**power)} {'m' if power == 1 else 'm²'})"
        return f"{number(value)} {unit}{metres}"


def _about(goal: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_DETECTION.findall(goal)))


def number(value: float) -> str:
    """A number with four significant digits at the most."""
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def chance(value: float) -> str:
    """A probability: four digits, or how far from certainty."""
    if 0.0 < value < 5e-5:
        return f"{value:.1e}"
    if 0.0 < 1.0 - value < 5e-5:
        return f"1 - {1.0 - value:.1e}"
    return f"{value:.4f}"


def shorter(text: str) -> str:
    """The text with long numbers cut to four significant digits."""
    return _NUMBER.sub(lambda found: number(float(found.group())), text)
