"""A GBNF grammar of rules, made from the rule library: llama.cpp samples nothing that it does not derive.

It knows the public predicates whose arguments are all given (relations, attributes, counts), with their arities and the
kinds of their arguments, predicates of the user's own included. Classes are any atom, since the vocabulary maps the
nouns of the query afterwards. What it cannot know (which variables are bound) the language check finds.
"""

from __future__ import annotations

from collections import defaultdict

from rune_pl.language.library import Library, Predicate

HEAD = "retrieve :-"

_SIMPLE = {
    "object": "variable",
    "class": "class",
    "region": "region",
    "distance": "measure",
    "area": "measure",
    "count": "number",
    "number": "decimal",
    "angle": "decimal",
    "template": "variable",
    "goal": "single",
}
# No white space is optional: a model that may add some goes astray in it.
_FRAME = r"""root ::= "{head} " goal (", " goal)* "."
goal ::= call | "\\+ " single | "(" body (" ; " body)+ ")"
single ::= call | "\\+ " single | "(" body (" ; " body)* ")"
body ::= goal (", " goal)*
variable ::= [A-Z]
class ::= [a-z] [a-z0-9_]*
number ::= [0-9] [0-9]? [0-9]? [0-9]? [0-9]?
decimal ::= number ("." [0-9] [0-9]?)?
measure ::= decimal | "px(" decimal ")"
"""


def make_grammar(library: Library, *, with_head: bool = False, without: frozenset[str] = frozenset()) -> str:
    """The grammar of one rule; without `retrieve :-` where the prompt has said it (`with_head`).

    Predicates of the library files `without`, such as flood.pl, are left out.
    """
    calls: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for predicate in library.predicates.values():
        kinds = _kinds(predicate)
        if kinds is not None and predicate.file.name not in without:
            calls[kinds].append(predicate.name)
    lines = [_FRAME.format(head=HEAD if with_head else "").rstrip()]
    regions = library.values("region")
    if regions:
        # The longest first reads better; the order does not matter to a grammar.
        names = " | ".join(f'"{r}"' for r in sorted(regions, key=lambda r: (-len(r), r)))
        lines.append(f"region ::= {names}")
    alternatives = ['"object(" (variable | "_") ", " class ")"']
    for index, (kinds, names_of) in enumerate(sorted(calls.items())):
        arguments = ' ", " '.join(_SIMPLE[kind] for kind in kinds)
        lines.append(f"name{index} ::= " + " | ".join(f'"{name}"' for name in sorted(names_of)))
        alternatives.append(f'name{index} "(" {arguments} ")"')
    lines.append("call ::= " + " | ".join(alternatives))
    return "\n".join(lines) + "\n"


def _kinds(predicate: Predicate) -> tuple[str, ...] | None:
    """The kinds of its arguments; None for a predicate that the grammar leaves out."""
    if predicate.internal or predicate.name == "object" or not predicate.name[:1].isalpha():
        return None
    kinds = tuple("goal" if a.mode == ":" else a.kind for a in predicate.arguments)
    computed = any(a.mode == "-" and a.kind != "template" for a in predicate.arguments)
    return kinds if kinds and not computed and all(kind in _SIMPLE for kind in kinds) else None
