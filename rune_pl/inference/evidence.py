"""Evidence: detections that a person has confirmed or rejected.

Facts are independent but for the classes of one detection, so conditioning on evidence about detections is a change
of their weights: a confirmed fact becomes certain, a rejected one goes away and its siblings are renormalised. That is
exact (Bayes' rule on one annotated disjunction), and it makes evidence cost nothing in any engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rune_pl.errors import EvidenceError

_ITEM = re.compile(r"(?:(?P<image>.+)/)?(?P<atom>d[1-9][0-9]*)(?:=(?P<label>[a-z][a-z0-9_]*))?\Z")


@dataclass(frozen=True)
class Observation:
    """One detection, confirmed (`holds`) or rejected; without a `label` its own class, or all when rejected."""

    image: str
    detection: int
    holds: bool
    label: str | None = None

    def __str__(self) -> str:
        suffix = "" if self.label is None else f"={self.label}"
        return f"{self.image}/d{self.detection}{suffix}"


@dataclass(frozen=True)
class Evidence:
    """Observations, in the order given."""

    observations: tuple[Observation, ...] = ()

    @classmethod
    def parse(cls, confirm: Iterable[str] = (), reject: Iterable[str] = (), *, images: Iterable[str] = ()) -> Evidence:
        """Evidence from texts `IMAGE/d7` or `IMAGE/d7=ship`; `d7` alone where exactly one image is looked at.

        Raises:
            EvidenceError: a text that is none of these, or a bare `d7` with several images.
        """
        only = tuple(images)
        found = [_observation(text, True, only) for text in confirm] + [
            _observation(text, False, only) for text in reject
        ]
        return cls(tuple(found))

    def for_image(self, image: str) -> tuple[Observation, ...]:
        """The observations of one image."""
        return tuple(o for o in self.observations if o.image == image)


def _observation(text: str, holds: bool, images: tuple[str, ...]) -> Observation:
    match = _ITEM.match(text)
    if match is None:
        raise EvidenceError(f"'{text}' is not a detection", hint="write IMAGE/d7, or IMAGE/d7=ship for one class")
    image = match["image"]
    if image is None:
        if len(images) != 1:
            raise EvidenceError(
                f"'{text}' does not say in which image", hint=f"write IMAGE/{text}, or choose one with --image"
            )
        image = images[0]
    return Observation(image, int(match["atom"][1:]), holds, match["label"])
