"""How each class and each piece of clutter looks from above: functions from a thing to the polygons that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from rune_pl.sample.dice import Dice
from rune_pl.sample.objects import aircraft, buildings, courts, flooding, nature, structures, vehicles, vessels
from rune_pl.sample.plan import Thing
from rune_pl.sample.shapes import Light, Part

Drawer = Callable[[Thing, Dice, Light], list[Part]]

CLASS_DRAWERS: Mapping[str, Drawer] = MappingProxyType(
    {
        "plane": aircraft.plane,
        "helicopter": aircraft.helicopter,
        "ship": vessels.ship,
        "small_vehicle": vehicles.small_vehicle,
        "large_vehicle": vehicles.large_vehicle,
        "storage_tank": structures.storage_tank,
        "harbor": structures.harbor,
        "bridge": structures.bridge,
        "roundabout": structures.roundabout,
        "helipad": structures.helipad,
        "swimming_pool": structures.swimming_pool,
        "container_crane": structures.container_crane,
        "tennis_court": courts.tennis_court,
        "basketball_court": courts.basketball_court,
        "soccer_ball_field": courts.soccer_ball_field,
        "ground_track_field": courts.ground_track_field,
        "baseball_diamond": courts.baseball_diamond,
    }
)
CLUTTER_DRAWERS: Mapping[str, Drawer] = MappingProxyType(
    {
        "house": buildings.house,
        "hall": buildings.hall,
        "block": buildings.block,
        "shed": buildings.shed,
        "container": buildings.container,
        "silo": buildings.silo,
        "wall": buildings.wall,
        "pipes": buildings.pipes,
        "tree": nature.tree,
        "hedge": nature.hedge,
        "bale": nature.bale,
        "rock": nature.rock,
        "pond": nature.pond,
        "buoy": nature.buoy,
        "wake": nature.wake,
        "stain": nature.stain,
    }
)
# Classes of scenes after a flood; of other scenes trees are clutter and roads no objects.
FLOOD_DRAWERS: Mapping[str, Drawer] = MappingProxyType(
    {
        "flooded_building": buildings.house,
        "non_flooded_building": buildings.house,
        "flooded_road": flooding.road,
        "non_flooded_road": flooding.road,
        "water": flooding.water,
        "tree": nature.tree,
    }
)
DRAWERS: Mapping[str, Drawer] = MappingProxyType({**CLASS_DRAWERS, **CLUTTER_DRAWERS, **FLOOD_DRAWERS})

# What is painted over what, and so lies in whose shadow: 0 lies flat, 1 stands on it, 2 are buildings, 3 towers.
_FLAT = frozenset(
    [
        "wake",
        "stain",
        "pond",
        "tennis_court",
        "basketball_court",
        "soccer_ball_field",
        "ground_track_field",
        "baseball_diamond",
        "helipad",
        "swimming_pool",
        "roundabout",
        "harbor",
        "flooded_road",
        "non_flooded_road",
        "water",
    ]
)
_BUILDINGS = frozenset(
    ["house", "hall", "block", "shed", "container", "silo", "flooded_building", "non_flooded_building"]
)
_TOWERS = frozenset({"tree", "container_crane"})
LAYERS: Mapping[str, int] = MappingProxyType(
    {n: 0 if n in _FLAT else 2 if n in _BUILDINGS else 3 if n in _TOWERS else 1 for n in DRAWERS}
)


def draw(thing: Thing, light: Light) -> list[Part]:
    """The polygons that show a thing, in its own frame, in the order in which they are painted."""
    return DRAWERS[thing.name](thing, Dice(thing.style), light)
