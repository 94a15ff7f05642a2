"""How one conjunction of goals becomes English: which object is said first, and what is said of it where.

The shape is the one that controlled English reads: what is said straight after a noun is about that noun, what follows
"and" is about the first noun of the item, and an object that is mentioned again is called by its name.
"""

from __future__ import annotations

from rune_pl.language import english
from rune_pl.language.links import introduced, link
from rune_pl.language.phrases import Item, Mod, class_of, is_plural, joined, same_class
from rune_pl.language.terms import (
    Call,
    Compare,
    Const,
    Count,
    Forall,
    Goal,
    More,
    Not,
    Or,
    Term,
    Var,
    conjunction,
    conjuncts,
    term_variables,
    variables,
)


class Speaker:
    """Says goals; `named` are the variables to write behind their noun, `referenced` collects those mentioned again."""

    def __init__(self, nouns: english.Nouns, named: frozenset[str]) -> None:
        self.nouns = nouns
        self.named = named
        self.referenced: set[str] = set()

    def say(self, goal: Goal, known: set[str]) -> list[Item]:
        """The goal as items that all hold; `known` are the variables that have been mentioned before."""
        return Scene(self, conjuncts(goal), known).items()

    def clause(self, goal: Goal, known: set[str]) -> str:
        """The goal as one clause, for the places where no noun phrase fits."""
        return joined(self.say(goal, known), sentence=True)

    def term(self, term: Term) -> str:
        """A term where it is mentioned: a name, a number, or an atom in words."""
        if isinstance(term, Var):
            if term.anonymous and term.name[1:].isdigit():
                return "something"
            self.referenced.add(term.name)
            return term.name
        self.referenced |= {var.name for var in term_variables(term)}
        return english.words(term.value) if isinstance(term, Const) and isinstance(term.value, str) else str(term)


class Scene:
    """The goals of one conjunction, and which of them have been said."""

    def __init__(self, speaker: Speaker, goals: tuple[Goal, ...], known: set[str]) -> None:
        self._speaker = speaker
        self._goals = goals
        self._said: set[int] = set()
        self._known = set(known)
        self._defined: dict[str, int] = {}
        for index, goal in enumerate(goals):
            for name in introduced(goal):
                if name not in known:
                    self._defined.setdefault(name, index)

    # --- items ---

    def items(self) -> list[Item]:
        """Everything, as items in the order of the goals; a choice comes last, where it cannot swallow what follows."""
        items: list[Item] = []
        choices: list[Item] = []
        waiting = list(range(len(self._goals)))
        for last_round in (False, True):
            for index in waiting:
                goal = self._goals[index]
                if index in self._said:
                    continue
                new = next((name for name in introduced(goal) if self._defined.get(name) == index), None)
                if new is not None and new not in self._known:
                    items.append(Item(self._described(new, "a", nested=False)))
                elif last_round or not self._mentions_unknown(goal):
                    self._said.add(index)
                    (choices if isinstance(goal, Or) else items).append(self._item(goal))
        return [*items, *choices]

    def _mentions_unknown(self, goal: Goal) -> bool:
        """Whether the goal speaks of an object that a later goal introduces."""
        return any(var.name in self._defined and var.name not in self._known for var in variables(goal))

    def _item(self, goal: Goal) -> Item:
        speak = self._speaker
        if isinstance(goal, Or):
            return Item(f"either {', or '.join(joined(speak.say(g, self._known)) for g in goal.goals)}")
        about = self._subject(goal)
        if about is not None:
            mod = self._mod(about, goal)
            if mod is not None:
                text = f"{speak.term(Var(about))} {mod.clause}"
                return Item(text + self._chain(mod), True)
        if isinstance(goal, Not):
            root = self._root(goal.goal, "no")
            return Item(root) if root else Item(f"it is not so that {speak.clause(goal.goal, self._known)}", True)
        if isinstance(goal, Count):
            return self._count(goal)
        if isinstance(goal, Forall):
            return Item(self._forall(goal), True)
        if isinstance(goal, More):
            return Item(self._more(goal), True)
        if isinstance(goal, Compare):
            left, right = speak.term(goal.left), speak.term(goal.right)
            return Item(f"{left} {english.COMPARISONS.get(goal.op, goal.op)} {right}", True)
        return Item(self._call(goal), True) if isinstance(goal, Call) else Item(str(goal), True)

    def _call(self, call: Call) -> str:
        if call.name == "true" and not call.args:
            return "anything"
        if call.name == "fail" and not call.args:
            return "nothing"
        terms = [self._speaker.term(arg) for arg in call.args]
        if call.indicator == ("object", 2):
            return f"{terms[0]} is {english.article(terms[1])}"
        name = english.words(call.name)
        if not terms:
            return f"{name} holds"
        values = [self._speaker.term(arg) for arg in call.args if self._measured(arg)]
        if values and len(values) < len(terms):
            objects = [self._speaker.term(arg) for arg in call.args if not self._measured(arg)]
            return f"the {name} of {' and '.join(objects)} is {' and '.join(values)}"
        if len(terms) == 2:
            return f"{terms[0]} is {english.relation_phrase(call) or name} {terms[1]}"
        return (
            f"{terms[0]} is {english.state(call.name)}"
            if len(terms) == 1
            else f"{', '.join(terms[:-1])} and {terms[-1]} are {name}"
        )

    def _count(self, goal: Count) -> Item:
        quantity = f"{english.QUANTITIES[goal.kind]} {goal.number}"
        if isinstance(goal.template, Var):
            root = self._root(goal.goal, quantity, goal.template.name)
            if root:
                return Item(root)
        what = self._speaker.term(goal.template)
        return Item(f"{quantity} different {what} such that {self._speaker.clause(goal.goal, self._known)}", True)

    def _forall(self, goal: Forall) -> str:
        speak = self._speaker
        condition = Scene(speak, conjuncts(goal.condition), self._known)
        if len(condition._defined) >= 1:
            name = next(iter(condition._defined))
            text = condition._described(name, "every", nested=False)
            scope = Scene(speak, conjuncts(goal.goal), condition._known)
            mods = scope._mods_of(name, having=True) if condition._complete() else None
            if mods and scope._complete():
                said = " and ".join(m.text if k and m.manner == "place" else m.clause for k, m in enumerate(mods))
                return f"{text} {said}"
        first = speak.clause(goal.condition, self._known)
        inner = self._known | {v.name for v in variables(goal.condition)}
        return f"in every case where {first}, {speak.clause(goal.goal, inner)}"

    def _more(self, goal: More) -> str:
        sides = []
        for template, inner in ((goal.template, goal.goal), (goal.other_template, goal.other)):
            root = self._root(inner, "", template.name) if isinstance(template, Var) else None
            sides.append(root)
        if sides[0] and sides[1] and " and " not in sides[0]:
            return f"there are more {sides[0]} than {sides[1]}"
        speak = self._speaker
        left, right = speak.clause(goal.goal, self._known), speak.clause(goal.other, self._known)
        what, other = speak.term(goal.template), speak.term(goal.other_template)
        return f"there are more {what} such that {left} than {other} such that {right}"

    # --- noun phrases ---

    def _root(self, goal: Goal, quantity: str, name: str | None = None) -> str | None:
        """A goal as one noun phrase about `name` (its first object, if not given); None where that is not all of it."""
        scene = Scene(self._speaker, conjuncts(goal), self._known)
        root = next(iter(scene._defined), None) if name is None else name
        if root is None or root not in scene._defined:
            return None
        text = scene._described(root, quantity, nested=False)
        return text if scene._complete() else None

    def _complete(self) -> bool:
        return len(self._said) == len(self._goals)

    def _described(self, name: str, quantity: str, nested: bool) -> str:
        """The noun phrase of an object with what is said of it; a nested one takes only what can follow it straight."""
        text = self._noun(name, quantity)
        mods = self._mods_of(name, only_one=nested)
        for position, mod in enumerate(mods):
            text += f"{' and' if position else ''} {mod.straight(is_plural(quantity))}"
        return text + (self._chain(mods[-1]) if mods else "")

    def _chain(self, mod: Mod) -> str:
        """What is said of the landmark that ends a phrase: "near a harbor" + " near a bridge"."""
        if mod.landmark is None:
            return ""
        mods = self._mods_of(mod.landmark, only_one=True)
        return f" {mods[0].straight()}{self._chain(mods[0])}" if mods else ""

    def _noun(self, name: str, quantity: str) -> str:
        """The noun with article or number, adjectives and name; marks what it says as said."""
        index = self._defined[name]
        self._said.add(index)
        self._known.add(name)
        goal = self._goals[index]
        kinds = goal.goals if isinstance(goal, Or) else (goal,)
        superlative = None
        adjectives: list[str] = []
        apart: list[str] = []
        for other, said in enumerate(self._goals):
            if other in self._said or not isinstance(said, Call) or said.args[:1] != (Var(name),):
                continue
            if len(kinds) == 1 and said.name in english.ATTRIBUTES and len(said.args) == 1:
                (adjectives if self._can_precede(said.name, goal) else apart).append(said.name)
                self._said.add(other)
            elif (
                said.name in english.SUPERLATIVES and quantity == "a" and superlative is None and same_class(said, goal)
            ):
                superlative = said.name
                self._said.add(other)
        plural = is_plural(quantity)
        nouns = []
        for kind in kinds:
            own = [g.name for g in conjuncts(kind)[1:] if isinstance(g, Call)]
            before = [name for name in own if self._can_precede(name, kind)]
            after = "".join(f" that {'are' if plural else 'is'} {name}" for name in own if name not in before)
            cls = class_of(kind)
            noun = self._speaker.nouns.plural(cls) if plural else self._speaker.nouns.singular(cls)
            words = " ".join([*before, *adjectives, noun]) + after
            nouns.append(words)
        if quantity == "a":
            text = f"the {superlative} {nouns[0]}" if superlative else " or ".join(map(english.article, nouns))
        else:
            text = f"{quantity} {' or '.join(nouns)}".strip()
        label = name in self._speaker.named and len(kinds) == 1
        relative = f" that {'are' if plural else 'is'} {' and that is '.join(apart)}" if apart else ""
        return f"{text} ({name}){relative}" if label else text + relative

    def _can_precede(self, adjective: str, kind: Goal) -> bool:
        nouns = self._speaker.nouns
        return not nouns.names_a_class(f"{adjective} {nouns.singular(class_of(kind))}")

    # --- what is said of an object ---

    def _mods_of(self, name: str, only_one: bool = False, having: bool = False) -> list[Mod]:
        """What the goals not yet said say of an object, in their order; with `having` also "has at least 3 ships"."""
        mods: list[Mod] = []
        mine = [i for i, g in enumerate(self._goals) if i not in self._said and self._subject(g) == name]
        for index in mine:
            if only_one and mods:
                break
            goal = self._goals[index]
            if isinstance(goal, Or) and len(mine) > 1:
                continue
            mod = self._mod(name, goal, having)
            if mod is not None:
                self._said.add(index)
                mods.append(mod)
        return mods

    def _subject(self, goal: Goal) -> str | None:
        """The object that a goal can be said of; None for goals that are items of their own."""
        if isinstance(goal, Call):
            if goal.args and isinstance(goal.args[0], Var) and goal.name not in ("object", "true", "fail"):
                return goal.args[0].name
            return None
        if isinstance(goal, Or):
            subjects = {self._subject(g) for g in goal.goals}
            return subjects.pop() if len(subjects) == 1 else None
        if isinstance(goal, Not | Count | Forall):
            return self._linked(goal)
        return self._linked_and(goal)

    def _linked(self, goal: Not | Count | Forall) -> str | None:
        """The outside object that a negated, counted or universal landmark is tied to by one relation."""
        inner = goal.goal
        if isinstance(goal, Not) and not any(introduced(g) for g in conjuncts(inner)):
            return self._subject(inner)
        tie = link(goal)
        return None if tie is None else tie[1]

    def _linked_and(self, goal: Goal) -> str | None:
        """For "near a harbor" inside a choice: the object that the relation is said of."""
        names = {v.name for g in conjuncts(goal) for v in map(Var, introduced(g))}
        calls = [g for g in conjuncts(goal) if isinstance(g, Call) and not introduced(g)]
        outside = {c.args[0].name for c in calls if c.args and isinstance(c.args[0], Var)} - names
        return outside.pop() if len(outside) == 1 else None

    def _mod(self, name: str, goal: Goal, having: bool = False) -> Mod | None:
        """What `goal` says of the object `name`, or None where it cannot be said in one phrase."""
        if isinstance(goal, Call):
            return self._call_mod(goal)
        if isinstance(goal, Or):
            return self._choice_mod(name, goal)
        if isinstance(goal, Not):
            inner = goal.goal
            if isinstance(inner, Call | Not) and not introduced(inner):
                mod = self._mod(name, inner) if isinstance(inner, Call) else None
                return Mod(mod.manner, f"not {mod.text}") if mod is not None and mod.manner != "has" else None
        if isinstance(goal, Not | Count | Forall):
            return self._landmark_mod(name, goal, having)
        return None

    def _call_mod(self, call: Call) -> Mod | None:
        rest = call.args[1:]
        if call.name in english.ATTRIBUTES and not rest:
            return Mod("state", call.name)
        said = english.constants_phrase(call)
        if said is not None:
            return Mod("place", said)
        if call.indicator == ("between", 3):
            both = " and ".join(self._landmark(term) for term in rest)
            return Mod("place", f"between {both}")
        relation = english.relation_phrase(call)
        if relation is not None:
            mark = rest[0].name if isinstance(rest[0], Var) else None
            fresh = mark is not None and mark in self._defined and mark not in self._known
            return Mod("place", f"{relation} {self._landmark(rest[0])}", mark if fresh else None)
        if call.name in english.SUPERLATIVES and len(rest) == 1:
            return Mod("state", f"the {call.name} {self._speaker.nouns.singular(self._speaker.term(rest[0]))}")
        if len(call.args) <= 2 and not any(self._measured(term) for term in rest):
            return Mod("state", " ".join([english.state(call.name), *(self._landmark(term) for term in rest)]))
        return None

    def _measured(self, term: Term) -> bool:
        """Whether a variable is a value, not an object: a comparison here speaks of it, or it has no name."""
        if not isinstance(term, Var) or term.name in self._defined:
            return False
        compared = (t for g in self._goals if isinstance(g, Compare) for t in (g.left, g.right))
        return term.anonymous or any(term in term_variables(t) for t in compared)

    def _landmark(self, term: Term) -> str:
        """An object at the end of a relation: a noun phrase the first time, its name after that."""
        if isinstance(term, Var) and term.name in self._defined and term.name not in self._known:
            return self._noun(term.name, "a")
        return self._speaker.term(term)

    def _choice_mod(self, name: str, goal: Or) -> Mod | None:
        parts = []
        for alternative in goal.goals:
            scene = Scene(self._speaker, conjuncts(alternative), self._known)
            mods = scene._mods_of(name, only_one=True)
            chain = scene._chain(mods[0]) if mods else ""
            if not mods or not scene._complete() or mods[0].manner != "place":
                return None
            parts.append(mods[0].text + chain)
        return Mod("place", " or ".join(parts))

    def _landmark_mod(self, name: str, goal: Not | Count | Forall, having: bool) -> Mod | None:
        """ "not near a truck", "near at least 3 ships", "with no ship", "near every bridge"."""
        tie = link(goal)
        if tie is None or tie[1] != name:
            return None
        call, _outer, turned, mark = tie
        phrase = english.relation_phrase(call)
        turned_has = having and turned and call.indicator == ("near", 2)
        if phrase is None or (turned and not turned_has):
            return None
        inside = (
            goal.condition if isinstance(goal, Forall) else conjunction([g for g in conjuncts(goal.goal) if g != call])
        )
        scene = Scene(self._speaker, conjuncts(inside), self._known)
        if isinstance(goal, Not):
            quantity = "no" if turned_has else "a"
        else:
            quantity = "every" if isinstance(goal, Forall) else f"{english.QUANTITIES[goal.kind]} {goal.number}"
        text = scene._described(mark, quantity, nested=True)
        if not scene._complete():
            return None
        if turned_has:
            return Mod("has", text)
        return Mod("place", f"{'not ' if isinstance(goal, Not) else ''}{phrase} {text}")
