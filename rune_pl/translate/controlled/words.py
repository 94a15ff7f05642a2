"""The words and phrases of controlled English, each with the terminal of the grammar that it is and its value.

The longest phrase wins; a class name wins over a phrase of the same length or shorter. Everything a query may contain
besides class names and numbers is on this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rune_pl.translate.controlled.spatial_words import IMAGE_NOUNS, SPATIAL_PHRASES, Entry


def _alternatives(terminal: str, groups: Mapping[str, str]) -> dict[str, Entry]:
    return {phrase.strip(): (terminal, value) for value, phrases in groups.items() for phrase in phrases.split("|")}


_IMAGES: Final = tuple(
    f"{kind}{noun}{s}"
    for kind in ("", "aerial ", "satellite ", "remote sensing ", "overhead ", "image ")
    for noun in IMAGE_NOUNS
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


def _skipped() -> dict[str, Entry]:
    """What says no more than that something is in the image: "in the picture", "is visible", "somewhere"."""
    places = [f"in {the} {place}" for the in ("the", "this") for place in (*IMAGE_NOUNS, "area")]
    states = ["visible", "here", "present", "to be seen", *places]
    verbs = ["can be seen", *(f"can be seen {place}" for place in places), "can be seen here"]
    plain = ["here", "somewhere", "anywhere", "in sight", "in view", "at all", "whatsoever"]
    repeating = ["itself", "themselves", "in turn"]
    found = [*places, *(f"{be} {state}" for be in ("is", "are") for state in states), *verbs, *plain, *repeating]
    return dict.fromkeys(found, ("SKIP", ""))


def _image_phrases() -> dict[str, Entry]:
    """ "images with", "photos that show", "which images have", "scenes without" and so on."""
    phrases = {f"{image} {link}": ("IMAGES_WITH", "") for image in _IMAGES for link in _IMAGE_LINKS.split("|")}
    phrases |= {f"{image} {link}": ("IMAGES_WITHOUT", "") for image in _IMAGES for link in _NO_IMAGE_LINKS.split("|")}
    for image in _IMAGES:
        for question in ("which", "what"):
            phrases |= {f"{question} {image} {verb}": ("QUESTION", "") for verb in _IMAGE_QUESTIONS}
    return phrases


_PARTICIPLES: Final = (
    *("parked", "docked", "moored", "located", "situated", "lying", "standing", "placed", "positioned", "built"),
    *("constructed", "scattered", "anchored", "berthed", "floating", "sailing", "driving", "stopped", "planted"),
    *("growing", "running", "arranged", "parked neatly", "arranged neatly", "neatly arranged", "planted neatly"),
    *("lined up neatly", "moored orderly", "sitting"),
)
_GRAMMAR_WORDS: Final[dict[str, dict[str, str]]] = {
    "ADJ": {
        "large": "large|big|huge|giant|enormous|massive|gigantic|immense|colossal|very large|very big",
        "small": "small|tiny|little|minuscule|very small|very little",
        "elongated": "elongated|long|narrow|slender|long and narrow|long and elongated",
    },
    "PAIR": {"adjacent": "adjacent|neighboring|neighbouring", "parallel": "parallel", "aligned": "aligned"},
    "SUPER": {"largest": "largest|biggest", "smallest": "smallest|tiniest"},
    "NEAREST": {"closest": "nearest|closest"},
    "A": {"a": "a|an"},
    "PIECE": {"a": "a piece of|a patch of|an area of|a stretch of|pieces of|some pieces of|patches of"},
    "THE": {"the": "the|the same|this|those"},
    "SOME": {"some": "some"},
    "ANY": {"any": "any"},
    "ANOTHER": {"another": "another|another one of the"},
    "EVERY": {"every": "every|each|all|all the|all of the|each of the|every one of the"},
    "NO": {"no": "no|none of the|not any|not a|not an|not a single"},
    "AT_LEAST": {"at_least": "at least|no fewer than|no less than|not fewer than|not less than|a minimum of"},
    "AT_MOST": {"at_most": "at most|no more than|not more than|up to|a maximum of"},
    "SINGLE": {"single": "a single"},
    "EXACTLY": {"exactly": "exactly|only|just|precisely"},
    "MORE_THAN": {"more_than": "more than"},
    "FEWER_THAN": {"fewer_than": "fewer than|less than"},
    "OR_MORE": {"or_more": "or more"},
    "OR_FEWER": {"or_fewer": "or fewer|or less"},
    "VAGUE": {
        "2": "a pair of|a couple of|multiple",
        "3": "several|a group of|a few|quite a few|a handful of|a bunch of|a number of|a cluster of|a series of|various"
        "|several rows of|rows of|a row of|a line of",
        "5": "many|lots of|a lot of|numerous|plenty of|a large number of|a great many|so many|dozens of|countless"
        "|a large amount of",
    },
    "MORE": {"more": "more"},
    "FEWER": {"fewer": "fewer|less", "no_fewer": "no fewer|not fewer|no less|not less", "no_more": "no more|not more"},
    "THAN": {"than": "than"},
    "AS_MANY": {
        "same": "as many|exactly as many|just as many",
        "no_fewer": "at least as many",
        "no_more": "at most as many",
    },
    "SAME_NUMBER": {"same": "the same number of|an equal number of|equally many"},
    "AS": {"as": "as"},
    "BETWEEN": {"between": "between|in between"},
    "WITHIN": {"within": "within"},
    "CLOSER_THAN": {"closer_than": "closer than|nearer than"},
    "FARTHER_THAN": {"farther_than": "farther than|further than|farther away than|further away than"},
    "LONGER_THAN": {"longer_than": "longer than|with a length of more than|with a length over"},
    "LARGER_THAN": {
        "larger_than": "larger than|bigger than|with an area above|with an area of more than|covering more than"
    },
    "FROM": {"from": "from|of"},
    "AWAY": {"from": "away from"},
    "TO": {"to": "to"},
    "CONFIDENCE": {
        "confident": "with confidence at least|with a confidence of at least|detected with a confidence of at least"
        "|detected with confidence at least"
    },
    "UNIT_LONG": {
        "1": "m long|meter long|meters long|metre long|metres long",
        "1000": "km long|kilometer long|kilometers long|kilometre long|kilometres long",
        "px": "px long|pixel long|pixels long",
    },
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
    "IN_ROW": {
        "same_row": "in a row|in one row|in the same row|arranged in a row",
        "aligned": "lined up|in a straight line",
        "parallel": "in parallel",
    },
    "TOGETHER": {"near": "close together|side by side"},
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
        "|we can see|you can see|one can see|we see|you see"
    },
    "THAT": {"that": "that|who"},
    "WHICH": {"which": "which|what"},
    "WITH": {"with": "with"},
    "WITHOUT": {"without": "without|without any"},
    "AND": {"and": "and|and also|as well as|plus|also|along with|together with"},
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

OVER: Final = "write 'above' for higher up in the image, 'overlapping' for covering part of it"

# Words that people use and that have no one meaning here: refused with what to write instead.
REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "on top of": "write 'above' for higher up in the image, 'on' for lying inside its outline",
        "over": OVER,
        "under": "write 'below' for lower down in the image",
        "few": "write a number, such as 'at most 3'",
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
        "if": "state what the image shows, such as 'every ship is near a harbor'",
        "except": "write 'but no ...' or 'but not near ...'",
        "unless": "write 'either ... or ...'",
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
    table |= SPATIAL_PHRASES
    table |= _number_words()
    table |= _image_phrases()
    table |= _skipped()
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
