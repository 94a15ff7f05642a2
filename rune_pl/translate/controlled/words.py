"""The words and phrases of controlled English, each with the terminal of the grammar that it is and its value.

The longest phrase wins; a class name wins over a phrase of the same length or shorter. Everything a query may contain
besides class names and numbers is on this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Entry = tuple[str, str]


def _alternatives(terminal: str, groups: Mapping[str, str]) -> dict[str, Entry]:
    return {phrase.strip(): (terminal, value) for value, phrases in groups.items() for phrase in phrases.split("|")}


# Relations A r B, said "A <phrase> B".
_RELATIONS: Final = {
    "near": "near|near to|next to|close to|close by|beside|by|at|alongside|in the vicinity of|right next to"
    "|in proximity to|in the neighborhood of|in the neighbourhood of|by the side of|at the side of"
    "|right beside|right by",
    "left_of": "left of|to the left of|on the left of|at the left of|to the left side of|on the left side of",
    "right_of": "right of|to the right of|on the right of|at the right of|to the right side of|on the right side of",
    "above": "above|on the top of|at the top of|directly above|right above|higher up than",
    "below": "below|on the bottom of|at the bottom of|beneath|underneath|directly below|right below|lower down than",
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
    "north_of west_of": "northwest of|to the northwest of|north west of",
    "north_of east_of": "northeast of|to the northeast of|north east of",
    "south_of west_of": "southwest of|to the southwest of|south west of",
    "south_of east_of": "southeast of|to the southeast of|south east of",
    "inside": "inside|in|on|within|inside of|in the interior of",
    "overlaps": "overlapping|overlapping with|crossing|intersecting",
    "touching": "touching|in contact with|connected to|attached to|joined to",
    "adjacent": "adjacent to|adjoining|bordering|abutting",
    "aligned": "aligned with|lined up with|in line with|in a straight line with",
    "parallel": "parallel to|parallel with|in parallel with|running parallel to",
    "surrounded_by": "surrounded by|enclosed by|encircled by|ringed by",
    "closest": "closest to|nearest to",
    "same_row": "in the same row as|in a row with|in one row with|in the same row with",
    "contains": "containing",
    "not near": "far from|far away from",
}

_VERBS: Final = {
    "overlaps": "overlaps|crosses|intersects",
    "touching": "touches",
    "contains": "contains",
    "adjacent": "adjoins|borders|abuts",
    "near": "stands next to|lies next to|sits next to|stands by|lies by|sits by|lies close to"
    "|stands beside|lies beside",
    "inside": "stands in|lies in|sits in|lies inside",
}
_PLURAL_VERBS: Final = {
    "overlaps": "overlap|cross|intersect",
    "touching": "touch",
    "contains": "contain",
    "adjacent": "adjoin|border|abut",
    "near": "stand next to|lie next to|sit next to|stand by|lie by|sit by|lie close to|stand beside|lie beside",
    "inside": "stand in|lie in|sit in|lie inside",
}

_REGIONS: Final = {
    "top_left": "top left|upper left|top left hand",
    "top": "top|upper",
    "top_right": "top right|upper right|top right hand",
    "left": "left|left hand",
    "center": "center|centre|middle",
    "right": "right|right hand",
    "bottom_left": "bottom left|lower left|bottom left hand",
    "bottom": "bottom|lower",
    "bottom_right": "bottom right|lower right|bottom right hand",
}
_IMAGE_NOUNS: Final = ("image", "picture", "photo", "photograph", "scene", "tile", "frame", "view", "shot")
_IMAGES: Final = tuple(
    f"{kind}{noun}{s}"
    for kind in ("", "aerial ", "satellite ", "remote sensing ", "overhead ")
    for noun in _IMAGE_NOUNS
    for s in ("", "s")
)
_IMAGE_LINKS: Final = (
    "with|of|having|containing|showing|where|in which|such that|that have|that has|that contain|that contains"
    "|that show|that shows|which have|which has|which contain|which contains|which show|which shows|featuring|depicting"
)
_IMAGE_QUESTIONS: Final = ("have", "has", "contain", "contains", "show", "shows")
_NO_IMAGE_LINKS: Final = (
    "without|without any|that do not have|that does not have|that do not contain|that do not show"
    "|which do not have|which do not contain|which do not show"
)


def _region_phrases() -> dict[str, Entry]:
    """ "in the top left", "on the left side of the image" and so on: preposition, region, kind of place, image."""
    phrases: dict[str, Entry] = {}
    for region, names in _REGIONS.items():
        for name in names.split("|"):
            for place in ("", " corner", " part", " half", " side", " edge"):
                if name in ("upper", "lower") or name.endswith("hand"):
                    if place in ("", " corner", " edge"):
                        continue
                elif (place == " corner") != ("_" in region) and place in (" corner", " half"):
                    continue
                for preposition in ("in", "on", "at"):
                    phrase = f"{preposition} the {name}{place}"
                    phrases[phrase] = ("REGION", region)
                    for image in _IMAGE_NOUNS:
                        phrases[f"{phrase} of the {image}"] = ("REGION", region)
    return phrases


def _image_phrases() -> dict[str, Entry]:
    """ "images with", "photos that show", "which images have", "scenes without" and so on."""
    phrases = {f"{image} {link}": ("IMAGES_WITH", "") for image in _IMAGES for link in _IMAGE_LINKS.split("|")}
    phrases |= {f"{image} {link}": ("IMAGES_WITHOUT", "") for image in _IMAGES for link in _NO_IMAGE_LINKS.split("|")}
    for image in _IMAGES:
        for question in ("which", "what"):
            phrases |= {f"{question} {image} {verb}": ("QUESTION", "") for verb in _IMAGE_QUESTIONS}
    return phrases


_PARTICIPLES: Final = ("parked", "docked", "moored", "located", "situated", "lying", "standing", "placed", "positioned")
_GRAMMAR_WORDS: Final[dict[str, dict[str, str]]] = {
    "ADJ": {
        "large": "large|big|huge|giant|enormous|massive|gigantic|immense|colossal|very large|very big",
        "small": "small|tiny|little|minuscule|very small|very little",
        "elongated": "elongated|long|narrow|slender|long and narrow",
    },
    "PAIR": {"adjacent": "adjacent|neighboring|neighbouring", "parallel": "parallel", "aligned": "aligned"},
    "SUPER": {"largest": "largest|biggest", "smallest": "smallest|tiniest"},
    "NEAREST": {"closest": "nearest|closest"},
    "A": {"a": "a|an"},
    "THE": {"the": "the"},
    "SOME": {"some": "some"},
    "ANY": {"any": "any"},
    "ANOTHER": {"another": "another|another one of the"},
    "EVERY": {"every": "every|each|all|all the|all of the|each of the|every one of the"},
    "NO": {"no": "no|none of the|not any|not a|not an|not a single"},
    "AT_LEAST": {"at_least": "at least|no fewer than|no less than|not fewer than|a minimum of"},
    "AT_MOST": {"at_most": "at most|no more than|not more than|up to|a maximum of"},
    "SINGLE": {"single": "a single"},
    "EXACTLY": {"exactly": "exactly|only|just|precisely"},
    "MORE_THAN": {"more_than": "more than"},
    "FEWER_THAN": {"fewer_than": "fewer than|less than"},
    "OR_MORE": {"or_more": "or more"},
    "OR_FEWER": {"or_fewer": "or fewer|or less"},
    "VAGUE": {"3": "several|multiple|a group of", "5": "many|lots of|a lot of", "2": "a pair of|a couple of"},
    "MORE": {"more": "more"},
    "FEWER": {"fewer": "fewer|less"},
    "THAN": {"than": "than"},
    "BETWEEN": {"between": "between|in between"},
    "WITHIN": {"within": "within"},
    "CLOSER_THAN": {"closer_than": "closer than|nearer than"},
    "FARTHER_THAN": {"farther_than": "farther than|further than|farther away than|further away than"},
    "LONGER_THAN": {"longer_than": "longer than"},
    "LARGER_THAN": {"larger_than": "larger than|bigger than"},
    "FROM": {"from": "from|away from|of"},
    "TO": {"to": "to"},
    "UNIT": {
        "1": "m|meter|meters|metre|metres",
        "1000": "km|kilometer|kilometers|kilometre|kilometres",
        "px": "px|pixel|pixels",
    },
    "AREA_UNIT": {
        "1": "m2|sqm|square m|square meter|square meters|square metre|square metres",
        "px": "square pixel|square pixels|square px|px2",
    },
    "EACH_OTHER": {"each_other": "each other|one another"},
    "IN_ROW": {"same_row": "in a row|in one row|in the same row"},
    "TOGETHER": {"near": "close together"},
    "OF_THEM": {"of_them": "of them|of these|of those|of which"},
    "NONE": {"none": "none"},
    "BE": {"is": "is|being", "are": "are|should be|must be"},
    "HAVE": {"has": "has", "have": "have"},
    "HAVING": {"having": "having"},
    "DO": {"do": "do|does"},
    "NOT": {"not": "not|never"},
    "IT": {"it": "it|they"},
    "THERE": {
        "there": "there is|there are|there should be|there must be|is there|are there|there exists|there exist"
        "|we can see|you can see|one can see"
    },
    "THAT": {"that": "that|who"},
    "WHICH": {"which": "which|what"},
    "WITH": {"with": "with"},
    "WITHOUT": {"without": "without|without any"},
    "AND": {"and": "and|and also|as well as|plus"},
    "BUT": {"but": "but|yet|but also"},
    "OR": {"or": "or"},
    "NOR": {"nor": "nor"},
    "EITHER": {"either": "either"},
    "NEITHER": {"neither": "neither"},
    "BOTH": {"both": "both"},
    "PLEASE": {"please": "please"},
    "PARTICIPLE": {p: p for p in _PARTICIPLES},
    "IMPERATIVE": {
        "find": "find|find me|show|show me|give me|get|get me|search|search for|look for|list|retrieve"
        "|display|return|fetch|i want|i need|i am looking for|i want to see|let me see|locate|looking for|help me find"
        "|help me locate|i'd like to see|i would like to see|can you find|could you find|can you show me"
        "|could you show me|do you have|do you see|can you see",
    },
}

# Words that people use and that have no one meaning here: refused with what to write instead.
REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "on top of": "write 'above' for higher up in the image, 'on' for lying inside its outline",
        "over": "write 'above' for higher up in the image, 'overlapping' for covering part of it",
        "under": "write 'below' for lower down in the image",
        "around": "write 'near', or 'surrounded by' with the two turned round",
        "few": "write a number, such as 'at most 3'",
        "a few": "write a number, such as 'at least 3'",
        "most": "write 'more ... than ...', or a number",
        "half": "write a number",
        "him": "write the class again",
        "them": "write 'none of them', 'all of them' or 'two of them'",
        "its": "write the class again",
        "their": "write the class again",
        "feet": "give the distance in metres (m), kilometres (km) or pixels (px)",
        "foot": "give the distance in metres (m), kilometres (km) or pixels (px)",
        "ft": "give the distance in metres (m), kilometres (km) or pixels (px)",
        "yards": "give the distance in metres (m), kilometres (km) or pixels (px)",
        "miles": "give the distance in metres (m), kilometres (km) or pixels (px)",
        "mile": "give the distance in metres (m), kilometres (km) or pixels (px)",
        "about": "write 'at least' and 'at most' with numbers",
        "approximately": "write 'at least' and 'at most' with numbers",
        "roughly": "write 'at least' and 'at most' with numbers",
        "almost": "write 'at least' and 'at most' with numbers",
        "as many": "write 'more ... than ...' or 'fewer ... than ...'",
        "if": "state what the image shows, such as 'every ship is near a harbor'",
        "except": "write 'but no ...' or 'but not near ...'",
        "unless": "write 'either ... or ...'",
        "anywhere": "leave it out: 'no ship' already speaks of the whole image",
        "nearby": "write 'near' and what it is near to",
        "together": "write 'near each other'",
        "far": "write 'far from' and a class; a region is just 'on the left'",
        "first": "objects have no order; write 'closest to' or a region",
        "second": "objects have no order; write 'closest to' or a region",
        "empty": "write 'with no ...'",
        **dict.fromkeys(_IMAGES, "write 'images with ...', 'images without ...' or 'images where ...'"),
    }
)

_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"


def _number_words() -> dict[str, Entry]:
    units, tens = _UNITS.split(), _TENS.split()
    numbers = {word: value for value, word in enumerate(units)}
    for index, ten in enumerate(tens, start=2):
        numbers[ten] = index * 10
        numbers |= {f"{ten} {unit}": index * 10 + value for value, unit in enumerate(units[1:10], start=1)}
    numbers |= {"a hundred": 100, "one hundred": 100, "a dozen": 12, "dozen": 12, "two dozen": 24}
    return {phrase: ("NUMBER", str(value)) for phrase, value in numbers.items()}


def _build() -> Mapping[str, Entry]:
    table: dict[str, Entry] = {}
    table |= _alternatives("REL", _RELATIONS)
    table |= _alternatives("VERB", _VERBS)
    table |= _alternatives("VERBS", _PLURAL_VERBS)
    table |= _region_phrases()
    table |= _number_words()
    table |= _image_phrases()
    for terminal, groups in _GRAMMAR_WORDS.items():
        table |= _alternatives(terminal, groups)
    table |= {phrase: ("REFUSED", hint) for phrase, hint in REFUSED.items()}
    return MappingProxyType(table)


PHRASES: Final[Mapping[str, Entry]] = _build()
LONGEST_PHRASE: Final = max(len(phrase.split()) for phrase in PHRASES)

# Written-together forms, taken apart before anything else.
CONTRACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "isn't": "is not",
        "aren't": "are not",
        "doesn't": "does not",
        "don't": "do not",
        "there's": "there is",
        "that's": "that is",
        "it's": "it is",
        "they're": "they are",
        "i'm": "i am",
        "w/": "with",
        "w/o": "without",
        "cannot": "can not",
    }
)
