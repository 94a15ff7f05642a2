"""Kinds of scenes: functions that put surfaces and things into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rune_pl.sample.places.airfield import airfield
from rune_pl.sample.places.anchorage import anchorage
from rune_pl.sample.places.countryside import countryside
from rune_pl.sample.places.flood import flood
from rune_pl.sample.places.industrial import industrial
from rune_pl.sample.places.marina import marina
from rune_pl.sample.places.port import port
from rune_pl.sample.places.residential import residential
from rune_pl.sample.places.river import river
from rune_pl.sample.places.sports import sports
from rune_pl.sample.plan import Plan


@dataclass(frozen=True)
class Place:
    """A kind of scene: who lays it out, and between which sides in metres."""

    lay_out: Callable[[Plan], None]
    smallest: float
    largest: float


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "port": Place(port, 160, 300),
        "marina": Place(marina, 110, 210),
        "anchorage": Place(anchorage, 120, 280),
        "airfield": Place(airfield, 140, 300),
        "residential": Place(residential, 95, 170),
        "industrial": Place(industrial, 120, 260),
        "sports": Place(sports, 130, 290),
        "river": Place(river, 110, 260),
        "countryside": Place(countryside, 100, 220),
    }
)
# Kinds that only come when they are asked for by name.
FIELD_PLACES: Mapping[str, Place] = MappingProxyType({"flood": Place(flood, 110, 190)})
