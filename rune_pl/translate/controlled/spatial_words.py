"""The words of controlled English for where things are: relations, verbs and regions, each with its predicates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Entry = tuple[str, str]
IMAGE_NOUNS: Final = ("image", "picture", "photo", "photograph", "scene", "tile", "frame", "view", "shot")

# Relations A r B, said "A <phrase> B".
_RELATIONS: Final = {
    "near": "near|near to|next to|close to|close by|beside|by|at|alongside|along|around|in the vicinity of"
    "|right next to|in proximity to|in the neighborhood of|in the neighbourhood of|by the side of|at the side of"
    "|on the side of|on one side of|on the other side of|on both sides of|on either side of|on two sides of"
    "|right beside|right by|opposite|opposite to|across from|in front of|facing|at the corner of|not far from"
    "|not far away from|lined by|lined with",
    "left_of": "left of|to the left of|on the left of|at the left of|to the left side of|on the left side of",
    "right_of": "right of|to the right of|on the right of|at the right of|to the right side of|on the right side of",
    "above": "above|on the top of|at the top of|directly above|right above|higher up than|on the upper side of",
    "below": "below|on the bottom of|at the bottom of|beneath|underneath|directly below|right below|lower down than"
    "|on the lower side of",
    "north_of": "north of|to the north of|on the north side of|on the northern side of|due north of",
    "south_of": "south of|to the south of|on the south side of|on the southern side of|due south of",
    "east_of": "east of|to the east of|on the east side of|on the eastern side of|due east of",
    "west_of": "west of|to the west of|on the west side of|on the western side of|due west of",
    "above left_of": "upper left of|to the upper left of|on the upper left of|at the upper left of"
    "|on the top left of|at the top left of",
    "above right_of": "upper right of|to the upper right of|on the upper right of|at the upper right of"
    "|on the top right of|at the top right of",
    "below left_of": "lower left of|to the lower left of|on the lower left of|at the lower left of"
    "|on the bottom left of|at the bottom left of",
    "below right_of": "lower right of|to the lower right of|on the lower right of|at the lower right of"
    "|on the bottom right of|at the bottom right of",
    "north_of west_of": "northwest of|to the northwest of|north west of|to the north west of",
    "north_of east_of": "northeast of|to the northeast of|north east of|to the north east of",
    "south_of west_of": "southwest of|to the southwest of|south west of|to the south west of",
    "south_of east_of": "southeast of|to the southeast of|south east of|to the south east of",
    "inside": "inside|in|on|within|inside of|in the interior of|in the middle of|in the center of|in the centre of",
    "overlaps": "overlapping with|crossing|spanning|running through|passing through|running across|passing over"
    "|cutting through|across|through|crossed by|divided by|cut by",
    "touching": "in contact with|connected to|attached to|joined to",
    "adjacent": "adjacent to|bordering|abutting|on the edge of|at the edge of|on the bank of|on the banks of",
    "aligned": "aligned with|lined up with|in line with|in a straight line with",
    "parallel": "parallel to|parallel with|in parallel with|running parallel to",
    "surrounded_by": "surrounded by|enclosed by|encircled by|ringed by|completely surrounded by",
    "closest": "closest to|nearest to",
    "same_row": "in the same row as|in a row with|in one row with|in the same row with",
    "contains": "containing|holding",
    "not near": "far from|far away from",
}
# Relations that also stand before a noun: "two overlapping ships".
_PAIRED_RELATIONS: Final = {"overlaps": "overlapping|intersecting", "touching": "touching", "adjacent": "adjoining"}

# Verbs, singular and plural; the landmark of a turned one is the subject of its predicate.
_VERBS: Final = {
    "overlaps": "overlaps/overlap|crosses/cross|intersects/intersect|spans/span|runs/run through"
    "|passes/pass through|goes/go through|flows/flow through|cuts/cut through|winds/wind through|runs/run across"
    "|goes/go across|stretches/stretch across|passes/pass over",
    "touching": "touches/touch|joins/join",
    "contains": "contains/contain|holds/hold|includes/include",
    "adjacent": "adjoins/adjoin|borders/border|abuts/abut",
    "near": "stands/stand next to|lies/lie next to|sits/sit next to|stands/stand by|lies/lie by|sits/sit by"
    "|lies/lie close to|stands/stand close to|sits/sit close to|stands/stand beside|lies/lie beside|sits/sit beside"
    "|stands/stand near|lies/lie near|sits/sit near|runs/run along|passes/pass by|flows/flow past|faces/face"
    "|neighbors/neighbor|neighbours/neighbour",
    "inside": "stands/stand in|lies/lie in|sits/sit in|lies/lie inside|sits/sit inside|stands/stand inside|sits/sit on"
    "|lies/lie on|stands/stand on",
    "parallel": "runs/run parallel to",
    "aligned": "lines/line up with",
    "turned surrounded_by": "surrounds/surround|encircles/encircle|rings/ring|encloses/enclose",
}
_BETWEEN_VERBS: Final = "lies/lie between|stands/stand between|sits/sit between|runs/run between"
_SEPARATING_VERBS: Final = "separates/separate"

# "a harbor with ships on its left": the landmark stands in the relation to the subject. Relations with "it" are added.
_BESIDE_IT: Final = {
    "near": "nearby|on both sides|on either side|on two sides|on one side|by its side|by their side|by their sides"
    "|in its vicinity|in their vicinity",
    "left_of": "to its left|on its left|to their left|on their left|at its left",
    "right_of": "to its right|on its right|to their right|on their right|at its right",
    "inside": "in its center|in its middle|in the center of it|in the middle of it",
    "north_of": "to its north|to their north",
    "south_of": "to its south|to their south",
    "east_of": "to its east|to their east",
    "west_of": "to its west|to their west",
}
# Relations that may lack the landmark: "with trees around", "with trees around a pond".
_BARE: Final = ("around", "alongside", "close by", "inside")
_WITH_IT: Final = (
    "near", "left_of", "right_of", "above", "below", "inside", "north_of", "south_of", "east_of", "west_of", "touching",
    "overlaps", "adjacent", "parallel",
)  # fmt: skip

_REGIONS: Final = {
    "top_left": "top left|upper left|top left hand",
    "top": "top|upper|far top|center of the top|centre of the top|top center",
    "top_right": "top right|upper right|top right hand",
    "left": "left|left hand|far left|center of the left|centre of the left|center of the far left",
    "center": "center|centre|middle|very center|very middle|very centre|central",
    "right": "right|right hand|far right|center of the right|centre of the right|center of the far right",
    "bottom_left": "bottom left|lower left|bottom left hand",
    "bottom": "bottom|lower|far bottom|center of the bottom|centre of the bottom|bottom center",
    "bottom_right": "bottom right|lower right|bottom right hand",
}
_BARE_ADJECTIVES: Final = ("upper", "lower", "central")  # need a noun: "the upper part"


def _alternatives(terminal: str, groups: Mapping[str, str]) -> dict[str, Entry]:
    return {phrase: (terminal, value) for value, phrases in groups.items() for phrase in phrases.split("|")}


def _verb_phrases(groups: Mapping[str, str], terminals: tuple[str, str]) -> dict[str, Entry]:
    """ "runs/run through" as "runs through" and "run through", with the terminal of each."""
    phrases: dict[str, Entry] = {}
    for value, verbs in groups.items():
        for verb in verbs.split("|"):
            forms, _, rest = verb.partition(" ")
            for form, terminal in zip(forms.split("/"), terminals):
                phrases[f"{form} {rest}".strip()] = (terminal, value)
    return phrases


def _beside_it() -> dict[str, Entry]:
    """ "to the left of it", "near them" and the like, and those without a relation of their own, "on its left"."""
    phrases = {
        f"{phrase} {it}": ("BESIDE_IT", relation)
        for relation in _WITH_IT
        for phrase in (*_RELATIONS[relation].split("|"), *_PAIRED_RELATIONS.get(relation, "").split("|"))
        for it in ("it", "them")
        if phrase and phrase not in ("at", "in", "on", "across")
    }
    return phrases | {f"{word} {it}": ("BESIDE_IT", "inside") for word in ("in", "on") for it in ("it", "them")}


def _region_phrases() -> dict[str, Entry]:
    """ "in the top left", "on the left side of the image" and so on: preposition, region, kind of place, image."""
    phrases: dict[str, Entry] = {}
    for region, names in _REGIONS.items():
        for name in names.split("|"):
            for place in ("", " corner", " part", " half", " side", " edge"):
                if (name in _BARE_ADJECTIVES or name.endswith("hand")) and place in ("", " corner"):
                    continue
                if (place == " corner") != ("_" in region) and place in (" corner", " half"):
                    continue
                for preposition in ("in", "on", "at"):
                    phrase = f"{preposition} the {name}{place}"
                    phrases[phrase] = ("REGION", region)
                    for image in IMAGE_NOUNS:
                        phrases[f"{phrase} of the {image}"] = ("REGION", region)
    return phrases


def _build() -> Mapping[str, Entry]:
    table = _alternatives("REL", _RELATIONS) | _alternatives("PAIR_REL", _PAIRED_RELATIONS)
    table |= _verb_phrases(_VERBS, ("VERB", "VERBS"))
    table |= _verb_phrases({"between": _BETWEEN_VERBS}, ("LIES_BETWEEN", "LIE_BETWEEN"))
    table |= _verb_phrases({"between": _SEPARATING_VERBS}, ("LIES_BETWEEN", "LIE_BETWEEN"))
    table |= _beside_it() | _alternatives("BESIDE_IT", _BESIDE_IT)
    table |= {phrase: ("REL_OR_BESIDE_IT", table[phrase][1]) for phrase in _BARE}
    return MappingProxyType(table | _region_phrases())


SPATIAL_PHRASES: Final[Mapping[str, Entry]] = _build()
