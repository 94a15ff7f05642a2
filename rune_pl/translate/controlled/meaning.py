"""From what a query says to the goals of a rule. Variables are A, B, C, ... in the order of the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rune_pl.language.terms import (
    Call,
    Const,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Term,
    Var,
    conjunction,
    disjunction,
)
from rune_pl.translate.controlled.chain import refuse
from rune_pl.translate.controlled.model import (
    Choice,
    Comparison,
    Group,
    Item,
    Kind,
    Mutual,
    Negated,
    Property,
    Quantity,
    Relation,
    Said,
    Thing,
)

BOTH_WAYS = frozenset({"near", "adjacent", "touching", "overlaps", "parallel"})
Names = dict[str, Var]  # the names given in the query, "(B)", that can be used at this place


def body(items: Sequence[Item]) -> Goal:
    """The body of `retrieve` for the items. Raises TranslationError for names that mean nothing where they stand."""
    return conjunction(_Writer().items(items, {}))


class _Writer:
    def __init__(self) -> None:
        self._count = 0

    def _fresh(self) -> Var:
        letter, round_ = chr(ord("A") + self._count % 26), self._count // 26
        self._count += 1
        return Var(f"{letter}{round_}" if round_ else letter)

    def items(self, items: Sequence[Item], names: Names) -> list[Goal]:
        return [goal for item in items for goal in self._item(item, names)]

    def _item(self, item: Item, names: Names) -> list[Goal]:
        if isinstance(item, Group):
            return [disjunction([conjunction(self.items(a, dict(names))) for a in item.alternatives])]
        if isinstance(item, Comparison):
            return self._comparison(item, names)
        if item.quantity.kind == "no" and len(item.kinds) > 1 and not item.said:
            return [self._quantified(item, [kind], names, lambda _var: [])[0] for kind in item.kinds]
        if _is_pair(item):
            return self._described(item, self._fresh(), names)
        return self._quantified(item, item.kinds, names, lambda _var: [])

    def _comparison(self, item: Comparison, names: Names) -> list[Goal]:
        if item.how == "more":
            return [self._more(item.greater, item.smaller, names)]
        if item.how == "no_more":
            return [Not(self._more(item.greater, item.smaller, names))]
        pair = (item.greater, item.smaller)
        return [Not(self._more(*pair, names)), Not(self._more(*pair[::-1], names))]

    def _more(self, greater: Thing, smaller: Thing, names: Names) -> Goal:
        first = self._fresh()
        more = conjunction(self._described(greater, first, dict(names)))
        second = self._fresh()
        return More(first, more, second, conjunction(self._described(smaller, second, dict(names))))

    def _quantified(
        self,
        thing: Thing,
        kinds: Sequence[Kind],
        names: Names,
        link: Callable[[Var], list[Goal]],
        universal: bool = False,
    ) -> list[Goal]:
        """The goals for a thing with its quantity; `link` are the goals that tie it to what it is a landmark of."""
        if thing.reference is not None:
            var = names.get(thing.reference)
            if var is None and thing.reference.startswith("_"):
                hint = "name it: 'a ship (A)', and then 'A'"
                refuse("what is mentioned here is counted, denied or an alternative before", thing.column, hint)
            if var is None:
                hint = f"name it first, as in 'a ship ({thing.reference})'; names end with their count or negation"
                refuse(f"no object is called {thing.reference} here", thing.column, hint)
            return [*link(var), *self._all_said(thing, var, names)]
        quantity = Quantity("every") if universal and thing.quantity.kind == "any" else thing.quantity
        var = self._fresh()
        if quantity.some:
            return self._described(thing, var, names, kinds, link)
        inner = dict(names)
        if quantity.kind == "every":
            condition = conjunction(self._described(thing, var, inner, kinds))
            scope = [goal for said in thing.scope for goal in self._said(said, thing, var, inner)]
            return [Forall(condition, conjunction(link(var) + scope))]
        goal = conjunction(self._described(thing, var, inner, kinds, link))
        return [Not(goal)] if quantity.kind == "no" else [Count(quantity.kind, quantity.number, var, goal)]

    def _described(
        self,
        thing: Thing,
        var: Var,
        names: Names,
        kinds: Sequence[Kind] | None = None,
        link: Callable[[Var], list[Goal]] = lambda _var: [],
    ) -> list[Goal]:
        """What makes `var` the thing: its class, adjectives, link and all that is said of it."""
        kinds = thing.kinds if kinds is None else kinds
        goals = self._of_kind(kinds, var)
        if thing.superlative:
            goals.append(_superlative(thing.superlative, thing, var))
        if thing.label is not None:
            if thing.label in names:
                refuse(f"the name {thing.label} is given twice", thing.column, "use another letter")
            names[thing.label] = var
        if thing.known_as is not None:
            names[thing.known_as] = var
        for name in dict.fromkeys(name for kind in kinds for name in kind.mutual):
            goals += self._mutual(Mutual(((name,),)), thing, var)
        return [*goals, *link(var), *self._all_said(thing, var, names)]

    def _of_kind(self, kinds: Sequence[Kind], var: Var) -> list[Goal]:
        each: list[list[Goal]] = [
            [Call("object", (var, Const(kind.name))), *(Call(name, (var,)) for name in kind.attributes)]
            for kind in kinds
        ]
        return each[0] if len(each) == 1 else [disjunction([conjunction(goals) for goals in each])]

    def _all_said(self, thing: Thing, var: Var, names: Names) -> list[Goal]:
        return [goal for said in thing.said for goal in self._said(said, thing, var, names)]

    def _said(self, said: Said, subject: Thing, var: Var, names: Names) -> list[Goal]:
        if isinstance(said, Property):
            if said.name in ("largest", "smallest"):
                return [_superlative(said.name, subject, var)]
            return [Call(said.name, (var, *said.extra))]
        if isinstance(said, Mutual):
            return self._mutual(said, subject, var)
        if isinstance(said, Negated):
            return [Not(conjunction(self._said(said.said, subject, var, dict(names))))]
        if isinstance(said, Choice):
            return [disjunction([conjunction(self._said(part, subject, var, dict(names))) for part in said.parts])]
        return self._relation(said, subject, var, names)

    def _mutual(self, said: Mutual, subject: Thing, var: Var) -> list[Goal]:
        if not subject.kinds:
            refuse("'each other' after a name", subject.column, "name the class before it")
        other = self._fresh()
        return [*self._of_kind(subject.kinds, other), *_related(said.groups, said.any_of, (var, other))]

    def _relation(self, said: Relation, subject: Thing, var: Var, names: Names) -> list[Goal]:
        for thing in said.landmarks:
            classes = [kind.name for kind in thing.kinds]
            if thing.quantity.kind == "another" and classes != [kind.name for kind in subject.kinds]:
                refuse(
                    "'another' has nothing to be different from",
                    thing.column,
                    f"write 'a {classes[0].replace('_', ' ')}'",
                )
        if len(said.landmarks) == 2:
            first, second = said.landmarks
            return self._quantified(
                first,
                first.kinds,
                names,
                lambda one: self._quantified(
                    second, second.kinds, names, lambda two: [Call("between", (var, one, two))]
                ),
            )
        landmark = said.landmarks[0]

        def link(mark: Var) -> list[Goal]:
            return _related(said.groups, said.any_of, (mark, var) if said.turned else (var, mark), said.extra)

        return self._quantified(landmark, landmark.kinds, names, link, universal=said.groups == (("farther_than",),))


def _is_pair(thing: Thing) -> bool:
    """Two of a kind in one relation to each other, which holds both ways: a pair rather than a count."""
    said = [*thing.said, *(Mutual(((name,),)) for kind in thing.kinds for name in kind.mutual)]
    if thing.quantity != Quantity("at_least", 2) or len(thing.kinds) != 1 or len(said) != 1 or thing.label:
        return False
    (only,) = said
    return isinstance(only, Mutual) and len(only.groups) == 1 and set(only.groups[0]) <= BOTH_WAYS


def _superlative(word: str, thing: Thing, var: Var) -> Goal:
    if len(thing.kinds) != 1:
        refuse(f"'{word}' compares within one class", thing.column, "name one class before it")
    kind = thing.kinds[0]
    if len(kind.classes) > 1:
        hint = f"name one of {', '.join(c.replace('_', ' ') for c in kind.classes)}"
        refuse(
            f"'{word}' compares within one class, and {kind.name.replace('_', ' ')!r} is several", thing.column, hint
        )
    return Call(word, (var, Const(kind.name)))


def _related(
    groups: tuple[tuple[str, ...], ...], any_of: bool, objects: tuple[Var, Var], extra: tuple[Term, ...] = ()
) -> list[Goal]:
    each: list[list[Goal]] = [[Call(name, (*objects, *extra)) for name in group] for group in groups]
    if any_of:
        return [disjunction([conjunction(goals) for goals in each])]
    return [goal for goals in each for goal in goals]
