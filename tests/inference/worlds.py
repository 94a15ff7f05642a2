"""The second oracle: the same enumeration, with all worlds at once.

A set of worlds is a whole number, one bit per world. A goal is proved once for every binding instead of once for every
binding and world: `object(d1, ship)` keeps the worlds that have it, a negation those where nothing proves its goal, a
count adds up the worlds of each different answer. That allows scenes of a dozen detections and rules of any depth. It
is compared with the slow oracle where that can still go through all worlds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np

from rune_pl.archive.scenes import Scenes
from rune_pl.errors import EvidenceError
from rune_pl.geometry import REGISTRY, Boxes
from rune_pl.inference import Evidence, Marginal, Query, make_boxes, make_facts
from rune_pl.inference.boxes import boxes_of_image
from rune_pl.inference.decidable import undecidable
from rune_pl.language.terms import And, Call, Clause, Compare, Const, Count, Forall, Goal, More, Not, Or, Term
from tests.inference.oracle import Bindings, choices, compared, rename, rename_goal, resolve, unify_all


class TooLongError(Exception):
    """The proof takes more steps than the engine was given."""


class WorldsEngine:
    """Sums the weights of the worlds in which `retrieve` holds; evidence by Bayes' rule on the worlds.

    With `steps`, an image whose proof takes more of them raises `TooLongError`.
    """

    name = "worlds"

    def __init__(self, steps: float = math.inf) -> None:
        self.steps = steps

    def marginals(
        self, query: Query, scenes: Scenes, evidence: Evidence | None = None, budget: object = None
    ) -> Iterator[Marginal]:
        missing = undecidable(query, scenes, make_facts(scenes, evidence))
        boxes = make_boxes(scenes, query.sizes)
        for index, image in enumerate(scenes.images):
            if missing[index] is not None:
                yield Marginal.unanswered(image, "undecidable", missing[index])
                continue
            rows = np.arange(scenes.start[index], scenes.start[index + 1])
            worlds = Worlds(scenes.take([index]), boxes_of_image(boxes, rows, index))
            observed = evidence.for_image(image) if evidence is not None else ()
            allowed = worlds.where(observed)
            whole = worlds.weight_of(allowed)
            if whole <= 0.0:
                raise EvidenceError("evidence of probability zero")
            holds = Prover(query, worlds, self.steps).holds(Call("retrieve"), {}, allowed)
            yes, no = worlds.weight_of(holds), worlds.weight_of(allowed & ~holds)
            yield Marginal.of(image, yes / whole, no / whole, "enumeration")


class Worlds:
    """Every choice of a class or nothing for every detection of one image, numbered; sets of them are bits."""

    def __init__(self, scenes: Scenes, boxes: Boxes) -> None:
        self.scenes, self.boxes = scenes, boxes
        self.row = {f"d{number}": row for row, number in enumerate(scenes.detection)}
        options = choices(scenes)
        self.weights = [math.prod(p for _, p in world) for world in itertools.product(*options)]
        self.all = (1 << len(self.weights)) - 1
        self.facts: dict[tuple[str, str], int] = {}
        for number, world in enumerate(itertools.product(*options)):
            for fact, _ in world:
                if fact is not None:
                    self.facts[fact] = self.facts.get(fact, 0) | 1 << number

    def where(self, observed) -> int:
        """The worlds that agree with the observations."""
        found = self.all
        for o in observed:
            row = int(np.flatnonzero(self.scenes.detection == o.detection)[0])
            label = self.scenes.classes[self.scenes.label[row]] if o.label is None and o.holds else o.label
            atom = f"d{o.detection}"
            having = 0
            for fact, worlds in self.facts.items():
                if fact[0] == atom and label in (None, fact[1]):
                    having |= worlds
            found &= having if o.holds else ~having
        return found

    def weight_of(self, worlds: int) -> float:
        """The sum of the weights of a set of worlds."""
        return math.fsum(w for number, w in enumerate(self.weights) if worlds >> number & 1)


class Prover:
    """Depth-first resolution, each proof with the set of worlds in which it holds."""

    def __init__(self, query: Query, worlds: Worlds, steps: float = math.inf) -> None:
        self.query, self.worlds, self.steps = query, worlds, steps
        self.fresh = itertools.count()
        self.certain: dict[str, bool] = {}
        self.measured: dict[tuple[str, ...], tuple[float, ...]] = {}

    def holds(self, goal: Goal, env: Bindings, worlds: int) -> int:
        """The worlds among the given ones in which some proof holds."""
        found = 0
        for _, proved in self.solve(goal, env, worlds):
            found |= proved
            if found == worlds:
                break
        return found

    def solve(self, goal: Goal, env: Bindings, worlds: int) -> Iterator[tuple[Bindings, int]]:
        if not worlds:
            return
        self.steps -= 1
        if self.steps < 0:
            raise TooLongError
        if isinstance(goal, And):
            yield from self._all(goal.goals, env, worlds)
        elif isinstance(goal, Or):
            for branch in goal.goals:
                yield from self.solve(branch, env, worlds)
        elif isinstance(goal, Compare):
            yield from ((solution, worlds) for solution in compared(goal, env))
        elif isinstance(goal, Call):
            yield from self._call(goal, env, worlds)
        else:
            yield env, self._scope(goal, env, worlds)

    def _scope(self, goal: Goal, env: Bindings, worlds: int) -> int:
        if isinstance(goal, Not):
            return worlds & ~self.holds(goal.goal, env, worlds)
        if isinstance(goal, Forall):
            for solution, some in self.solve(goal.condition, env, worlds):
                worlds &= ~(some & worlds) | self.holds(goal.goal, solution, some & worlds)
            return worlds
        if isinstance(goal, Count):
            n = goal.number
            reached = self._counts(goal.template, goal.goal, env, worlds)
            at_least, more = reached.get(n, 0), reached.get(n + 1, 0)
            return {"at_least": at_least, "at_most": worlds & ~more, "exactly": at_least & ~more}[goal.kind]
        assert isinstance(goal, More)
        one = self._counts(goal.template, goal.goal, env, worlds)
        two = self._counts(goal.other_template, goal.other, env, worlds)
        found = 0
        for n, reached in one.items():
            found |= reached & ~two.get(n, 0) if n else 0
        return found

    def _counts(self, template: Term, goal: Goal, env: Bindings, worlds: int) -> Mapping[int, int]:
        """For each number, the worlds in which there are at least as many different answers."""
        answers: dict[str, int] = {}
        for solution, proved in self.solve(goal, env, worlds):
            answer = str(resolve(template, solution))
            answers[answer] = answers.get(answer, 0) | proved
        reached = {0: worlds}
        for proved in answers.values():
            for n in sorted(reached, reverse=True):
                reached[n + 1] = reached.get(n + 1, 0) | (reached[n] & proved)
        return reached

    def _all(self, goals: tuple[Goal, ...], env: Bindings, worlds: int) -> Iterator[tuple[Bindings, int]]:
        if not goals:
            yield env, worlds
            return
        for solution, proved in self.solve(goals[0], env, worlds):
            yield from self._all(goals[1:], solution, proved)

    def _call(self, call: Call, env: Bindings, worlds: int) -> Iterator[tuple[Bindings, int]]:
        if call.indicator == ("true", 0):
            yield env, worlds
        elif call.indicator == ("object", 2):
            for (atom, label), having in self.worlds.facts.items():
                if having & worlds:
                    for solution in unify_all(call.args, (Const(atom), Const(label)), env):
                        yield solution, having & worlds
        elif call.indicator == ("detection", 1):
            for atom in self.worlds.row:
                for solution in unify_all(call.args, (Const(atom),), env):
                    yield solution, worlds
        elif call.indicator == ("number", 1):
            term = resolve(call.args[0], env)
            if isinstance(term, Const) and term.is_number:
                yield env, worlds
        elif call.indicator in REGISTRY:
            inputs = REGISTRY[call.indicator].inputs
            values = self._measure(call, tuple(str(resolve(a, env)) for a in call.args[:inputs]))
            if values and not any(math.isnan(v) for v in values):
                for solution in unify_all(call.args[inputs:], tuple(Const(v) for v in values), env):
                    yield solution, worlds
        else:
            yield from self._defined(call, env, worlds)

    def _measure(self, call: Call, atoms: tuple[str, ...]) -> tuple[float, ...]:
        """The values of a geometry function, none where there is no such detection."""
        key = (call.name, *atoms)
        if key not in self.measured:
            self.measured[key] = ()
            if all(atom in self.worlds.row for atom in atoms):
                rows = [np.array([self.worlds.row[atom]]) for atom in atoms]
                result = REGISTRY[call.indicator].call(self.worlds.boxes, np.zeros(1, dtype=np.int64), *rows)
                self.measured[key] = tuple(float(c[0]) for c in (result if isinstance(result, tuple) else (result,)))
        return self.measured[key]

    def _defined(self, call: Call, env: Bindings, worlds: int) -> Iterator[tuple[Bindings, int]]:
        goal = Call(call.name, tuple(resolve(a, env) for a in call.args))
        if call.indicator in self.query.deterministic and all(isinstance(a, Const) for a in goal.args):
            # The same in every world: proved once.
            text = str(goal)
            if text not in self.certain:
                self.certain[text] = any(True for _ in self._clauses(goal, {}, self.worlds.all))
            if self.certain[text]:
                yield env, worlds
            return
        yield from self._clauses(call, env, worlds)

    def _clauses(self, call: Call, env: Bindings, worlds: int) -> Iterator[tuple[Bindings, int]]:
        for clause in self.query.clauses.get(call.indicator, ()):
            yield from self._clause(clause, call, env, worlds)

    def _clause(self, clause: Clause, call: Call, env: Bindings, worlds: int) -> Iterator[tuple[Bindings, int]]:
        assert clause.probability is None
        suffix = f"#{next(self.fresh)}"
        for solution in unify_all(tuple(rename(a, suffix) for a in clause.head.args), call.args, env):
            if clause.body is None:
                yield solution, worlds
            else:
                yield from self.solve(rename_goal(clause.body, suffix), solution, worlds)
