"""A session: the scenes in use, what the user knows about them, and what the Prolog predicates ask of Python.

Methods take texts and give terms as text; `bridge` makes predicates of them. Scenes are told apart by their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rune_pl.errors import EvidenceError, LanguageError, UsageError
from rune_pl.explain import Proof, explain
from rune_pl.explain.export import text as proof_text
from rune_pl.explain.export import write
from rune_pl.explain.export.view import Line, View, shorter
from rune_pl.explain.formulas import Formulas
from rune_pl.explain.interpreter import Interpreter
from rune_pl.explain.nodes import Miss, Node
from rune_pl.explain.scene import Scene
from rune_pl.explain.trees import Trees
from rune_pl.inference import Budget, Engine, Evidence, Marginal, Query, make_boxes, make_engine, make_facts
from rune_pl.language.terms import Goal, Var, substitute_term
from rune_pl.repl.bridge import quoted
from rune_pl.retrieval import ImageArchive, Prepared
from rune_pl.retrieval.selection import Selection
from rune_pl.translate import Translator

_MOST_SCENES = 32


@dataclass
class Session:
    """What a user asks from Prolog.

    Attributes:
        archive: where the scenes are.
        images: the ids of those that are loaded.
        make_translator: called when the first question in English comes.
        gsd: metres per pixel for images that do not know theirs.
        program: a `.pl` file of the user's, whose relations rules may use.
        say: prints a line for the user.
    """

    archive: ImageArchive
    images: tuple[str, ...]
    make_translator: Callable[[ImageArchive], Translator]
    gsd: float | None = None
    program: Path | None = None
    budget: Budget = field(default_factory=Budget)
    say: Callable[[str], None] = print
    _confirmed: list[str] = field(default_factory=list)
    _rejected: list[str] = field(default_factory=list)
    _scenes: dict[int, Scene] = field(default_factory=dict)
    _translator: Translator | None = None
    _engine: Engine | None = None
    _own: ImageArchive | None = None
    _read: float = 0.0

    # Scenes
    def facts(self, number: int) -> Iterator[tuple[str, str, float]]:
        """The facts of a scene, evidence included: detection, class, probability."""
        scene = self.scene(number)
        for fact in range(len(scene.facts)):
            yield scene.atom(fact), scene.label(fact), float(scene.facts.probability[fact])

    def load(self) -> Iterator[str]:
        """All scenes as Prolog terms: `scene(Number, Image, Detections, [fact(D, Class, P), ...])`."""
        asked = Selection.of(
            self.archive.archive,
            images=self.images,
            confirm=(),
            reject=(),
            gsd=self.gsd,
            calibration=self.archive.calibration,
        )
        number = 0
        for scenes, evidence in asked.scenes():
            facts = make_facts(scenes, evidence)
            names = scenes.classes
            ends = np.searchsorted(facts.image, np.arange(len(scenes) + 1))
            numbers = scenes.detection.tolist()
            rows, labels, chances = facts.row.tolist(), facts.label.tolist(), facts.probability.tolist()
            for index, image in enumerate(scenes.images):
                listed = ",".join(
                    f"fact(d{numbers[rows[k]]},{names[labels[k]]},{chances[k]!r})"
                    for k in range(ends[index], ends[index + 1])
                )
                atoms = ",".join(f"d{n}" for n in numbers[scenes.start[index] : scenes.start[index + 1]])
                yield f"scene({number},{quoted(image)},[{atoms}],[{listed}])"
                number += 1

    def scene(self, number: int) -> Scene:
        """A loaded scene, with the evidence about it."""
        if number not in self._scenes:
            if len(self._scenes) >= _MOST_SCENES:  # each keeps what was measured
                self._scenes.pop(next(iter(self._scenes)))
            image = self.images[number]
            confirm, reject = self._evidence_of(image)
            asked = Selection.of(
                self.archive.archive,
                images=[image],
                confirm=confirm,
                reject=reject,
                gsd=self.gsd,
                calibration=self.archive.calibration,
            )
            ((scenes, evidence),) = asked.scenes()
            boxes = make_boxes(scenes, self.archive.archive.class_size_quantiles())
            self._scenes[number] = Scene(scenes, make_facts(scenes, evidence), boxes)
        return self._scenes[number]

    def measure(self, name: str, arity: int, number: str, *atoms: str) -> tuple[float, ...] | None:
        """What a geometry function says of detections of a scene."""
        return self.scene(int(number)).measure(name, arity, atoms)

    # Evidence
    def observe(self, number: str, holds: str, detection: str) -> str:
        """Confirm or reject a detection; gives the facts of its scene as they are now."""
        image = self.images[int(number)]
        item = f"{image}/{detection}"
        mine = self._confirmed if holds == "true" else self._rejected
        other = self._rejected if holds == "true" else self._confirmed
        kept = [[known for known in items if known != item] for items in (mine, other)]
        # What was said of the detection before holds on where the two can both be true, and is taken back otherwise.
        about = item.partition("=")[0]
        agreed = [known for known in kept[1] if known.partition("=")[0] != about]
        before = (list(mine), list(other))
        for opposite in (kept[1], agreed):
            mine[:], other[:] = [*kept[0], item], opposite
            self._scenes.pop(int(number), None)
            try:
                return self._listed(int(number))
            except EvidenceError as error:
                refused = error
        mine[:], other[:] = before
        self._scenes.pop(int(number), None)
        raise refused

    def evidence(self) -> str:
        """The evidence so far, as a list of confirm(Image, D) and reject(Image, D)."""
        terms = [
            f"{kind}({quoted(item.rpartition('/')[0])},{item.rpartition('/')[2]})"
            for kind, items in (("confirm", self._confirmed), ("reject", self._rejected))
            for item in items
        ]
        return f"[{','.join(terms)}]"

    def clear_evidence(self) -> str:
        """Forget it; gives the scenes that it was about, with their facts."""
        touched = {item.rpartition("/")[0] for item in (*self._confirmed, *self._rejected)}
        self._confirmed, self._rejected = [], []
        numbers = [n for n, image in enumerate(self.images) if image in touched]
        for number in numbers:
            self._scenes.pop(number, None)
        return f"[{','.join(f'scene({n},{self._listed(n)})' for n in numbers)}]"

    def _listed(self, number: int) -> str:
        return f"[{','.join(f'fact({d},{c},{p!r})' for d, c, p in self.facts(number))}]"

    def _evidence_of(self, *images: str) -> tuple[list[str], list[str]]:
        confirmed, rejected = (
            [item for item in items if item.rpartition("/")[0] in images] for items in (self._confirmed, self._rejected)
        )
        return confirmed, rejected

    # Probabilities
    def prob(self, number: str, goal: str) -> str:
        """The exact marginal of a goal in a scene, a number; `interval(Low, High)` where the budget does not do."""
        found = self._marginal(self._prepare_goal(goal), int(number))
        return _number(found.probability, found.lower, found.upper)

    def prob_each(self, number: str, names: str, goal: str) -> str:
        """A list of row(Values, P): each binding of the goal's variables with its probability, the likeliest first."""
        interpreter, body = self._interpreter(int(number), goal)
        formulas = interpreter.formulas
        wanted = [name for name in names.split(" ") if name]
        events: dict[tuple[str, ...], list[int]] = {}
        for bound, nodes in interpreter.derive(body, {}):
            values = tuple(str(substitute_term(Var(name), bound)) for name in wanted)
            events.setdefault(values, []).append(interpreter.event(nodes))
        rows = [(values, formulas.probability(formulas.any_of(e, local=False))) for values, e in events.items()]
        rows.sort(key=lambda row: -row[1])
        listed = (f"row([{','.join(_or_variable(v) for v in values)}],{p!r})" for values, p in rows if p > 0.0)
        return f"[{','.join(listed)}]"

    def translate(self, text: str) -> str:
        """A question in English as `rule(Text, Translator, Reading, Notes)`; the rule has passed the language check."""
        if self._translator is None:
            self._translator = self.make_translator(self._refreshed())
        prepared = self._refreshed().prepare(text, translator=self._translator)
        notes = ",".join(quoted(note) for note in prepared.notes)
        return f"rule({quoted(prepared.rule)},{quoted(prepared.translator or '')},{quoted(prepared.reading)},[{notes}])"

    def retrieve(self, numbers: str, rule: str) -> str:
        """A list of hit(Image, P) for the scenes with these numbers, best first."""
        chosen = [self.images[int(number)] for number in numbers.split()]
        confirm, reject = self._evidence_of(*chosen)
        archive = self._refreshed()
        results = archive.run(
            archive.prepare(rule=rule), top=0, images=chosen, confirm=confirm, reject=reject, gsd=self.gsd,
            engine=self._made_engine(), budget=self.budget,
        )  # fmt: skip
        rows = [f"hit({quoted(hit.image)},{_number(hit.probability, hit.lower, hit.upper)})" for hit in results]
        return f"[{','.join(rows)}]"

    # Proofs
    def prove(self, number: str, goal: str) -> str:
        """The best proofs of a goal as a list of `tree(Text, Detail, Children)`, empty where it cannot hold."""
        content = self._proof(int(number), goal).content
        view = View(content)
        return f"[{','.join(_term(view.tree(found['tree'])) for found in content['proofs'])}]"

    def show_proof(self, number: str, goal: str) -> str:
        """All that is to be said about a goal, for Prolog to print: so it comes where Prolog's own output puts it."""
        return quoted(proof_text(self._proof(int(number), goal)))

    def export_proof(self, number: str, goal: str, file: str) -> str:
        """Write the proof of a goal to a file."""
        write(self._proof(int(number), goal), file)
        return "true"

    def why(self, number: str, goal: str) -> str:
        """A list of tree(Text, Detail, Children) for a goal that holds, or `[]` with the miss for one that does not.

        Presence of detections does not matter here: it is about the numbers behind a relation.
        """
        interpreter, body = self._interpreter(int(number), goal)
        for _, nodes in interpreter.derive(body, {}):
            return f"holds([{','.join(map(_term, self._lines(interpreter, nodes)))}])"
        miss: Miss | None = interpreter.nearest_miss(body)
        return "fails" if miss is None else f"fails({quoted(miss.goal)},{quoted(shorter(miss.comparison))})"

    def _lines(self, interpreter: Interpreter, nodes: Sequence[Node]) -> list[Line]:
        scene = interpreter.scene
        clauses: list[dict[str, object]] = []

        def numbered(clause: object) -> int:
            place = getattr(clause, "location", None)
            file = Path(place.source).name if place is not None and place.source else "rule"
            clauses.append({"text": str(clause), "file": file, "line": 0 if place is None else place.line})
            return len(clauses) - 1

        trees = Trees(scene, interpreter.formulas, numbered).nodes(nodes)
        gsd = float(scene.scenes.gsd[0])
        detections = [
            {"id": a, "class": scene.scenes.classes[int(c)]}
            for a, c in zip(scene.atoms, scene.scenes.label, strict=True)
        ]
        view = View({"clauses": clauses, "scene": {"gsd": None if np.isnan(gsd) else gsd, "detections": detections}})
        return [line for tree in trees for line in view.lines([tree])]

    def _proof(self, number: int, goal: str) -> Proof:
        image = self.images[number]
        confirm, reject = self._evidence_of(image)
        return explain(
            self._refreshed(), image, self._prepare_goal(goal), confirm=confirm, reject=reject, gsd=self.gsd,
            budget=self.budget,
        )  # fmt: skip

    # Rules
    def _interpreter(self, number: int, goal: str) -> tuple[Interpreter, Goal]:
        """What derives goals in a scene, and the goal as the language check has put it."""
        scene, query = self.scene(number), self._query(self._prepare_goal(goal))
        (clause,) = query.clauses["retrieve", 0]
        assert clause.body is not None
        formulas = Formulas(scene.facts, scene.boxes.center, self.budget)
        return Interpreter(query, scene, formulas), clause.body

    def _prepare_goal(self, goal: str) -> Prepared:
        return self._refreshed().prepare(rule=f"retrieve :- {goal}.")

    def _query(self, prepared: Prepared) -> Query:
        asked = Selection.of(
            self.archive.archive,
            images=[self.images[0]],
            confirm=(),
            reject=(),
            gsd=self.gsd,
            calibration=self.archive.calibration,
        )
        return asked.sized(prepared.query)

    def _marginal(self, prepared: Prepared, number: int) -> Marginal:
        scene = self.scene(number)
        (found,) = self._made_engine().marginals(
            self._query(prepared), scene.scenes, self._observed(number), self.budget
        )
        if found.probability is None and found.method == "undecidable":
            raise UsageError(f"{found.image} cannot be decided: {found.reason}")
        return found

    def _observed(self, number: int) -> Evidence:
        confirm, reject = self._evidence_of(self.images[number])
        return Evidence.parse(confirm, reject)

    def _made_engine(self) -> Engine:
        if self._engine is None:
            self._engine = make_engine("auto")
        return self._engine

    def _refreshed(self) -> ImageArchive:
        """The archive with the library as the program file is now."""
        if self.program is not None:
            try:
                changed = self.program.stat().st_mtime
            except OSError as error:
                raise UsageError(f"cannot read {self.program}: {error.strerror or error}") from None
            if changed != self._read:
                self._read = changed
                try:
                    self._own = self.archive.with_library(self.program)
                except LanguageError as error:
                    # It is Prolog all the same, and can be called at the prompt.
                    self._own = None
                    self.say(f"% not for prob, retrieve and the like: {error}")
        return self._own or self.archive


def _number(probability: float | None, lower: float, upper: float) -> str:
    return f"interval({lower!r},{upper!r})" if probability is None else repr(probability)


def _or_variable(text: str) -> str:
    return text if text[:1].islower() or text[:1].isdigit() or text[:1] in "'-" else "_"


def _term(line: Line) -> str:
    children = ",".join(map(_term, line.children))
    return f"tree({quoted(line.text)},{quoted(line.detail)},[{children}])"
