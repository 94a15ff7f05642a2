"""SWI-Prolog's toplevel, with the scenes of a session loaded."""

from __future__ import annotations

import tempfile
from importlib.resources import as_file, files
from itertools import islice
from pathlib import Path

from rune_pl.geometry import REGISTRY
from rune_pl.repl.bridge import Bridge, quoted
from rune_pl.repl.session import Session

_CHUNK = 200  # scenes that Prolog is given at a time
# What rules may call and Prolog has already, and means alike.
_PROLOGS_OWN = frozenset({("forall", 2), ("between", 3)})
_ASKED = (
    *(
        "scene/1",
        "use_scene/1",
        "scene_object/4",
        "prob/2",
        "prob_each/2",
        "retrieve/3",
        "retrieve_rule/3",
        "confirm/1",
        "reject/1",
    ),
    *("evidence/1", "clear_evidence/0", "prove/2", "show_proof/1", "print_proof/1", "export_proof/2", "distance/3"),
    *("why/1", "object/2", "detection/1", "at_least/3", "at_most/3", "exactly/3", "more/4"),
)


class Toplevel:
    """Prolog with a session loaded into it.

    Raises:
        MissingExtraError: pyswip or SWI-Prolog is not installed.
        EngineError: the program of the session cannot be loaded.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.bridge = Bridge()
        self._define()
        with as_file(files("rune_pl.repl").joinpath("repl.pl")) as path:
            self.bridge.run(f"load_files({quoted(str(path))}, [silent(true), encoding(utf8)])")
        self._load_library()
        self._load_scenes()
        if session.program is not None:
            self.bridge.run(f"user:load_files({quoted(str(session.program.resolve()))}, [encoding(utf8)])")

    def run(self) -> None:
        """The toplevel, until end of file; `halt.` ends the process."""
        # The library starts Prolog without signals and without what a terminal wants.
        self.bridge.run("on_signal(int, _, debug)")
        self.bridge.run(
            "catch(('$toplevel':setup_colors, '$toplevel':setup_readline, '$toplevel':setup_history), _, true)"
        )
        self.bridge.run("prolog")

    def _define(self) -> None:
        asked = self.session
        for name, inputs, function in (
            ("$prob", 2, asked.prob),
            ("$prob_each", 3, asked.prob_each),
            ("$translate", 1, asked.translate),
            ("$retrieve", 2, asked.retrieve),
            ("$observe", 3, asked.observe),
            ("$evidence", 0, asked.evidence),
            ("$clear_evidence", 0, asked.clear_evidence),
            ("$prove", 2, asked.prove),
            ("$show_proof", 2, asked.show_proof),
            ("$export_proof", 3, asked.export_proof),
            ("$why", 2, asked.why),
        ):
            self.bridge.define_text(name, inputs, function)
        for (name, arity), declared in REGISTRY.items():

            def measure(*given: str, name: str = name, arity: int = arity) -> tuple[float, ...] | None:
                return asked.measure(name, arity, *given)

            self.bridge.define_numbers(f"${name}", 1 + declared.inputs, declared.outputs, measure)

    def _load_library(self) -> None:
        """Geometry functions in the scene of the query, and the rule library as it is, both in module `rune`."""
        lines, safe = [], []
        for (name, arity), declared in REGISTRY.items():
            given = [f"A{k}" for k in range(declared.inputs)]
            found = [f"X{k}" for k in range(declared.outputs)]
            guards = "".join(f"detection({a}), " for a in given)
            head = f"{name}({', '.join([*given, *found])})"
            fresh = [f"Y{k}" for k in range(declared.outputs)]
            call = f"'${name}'({', '.join(['N', *given, *fresh])})"
            same = ", ".join(f"{x} = {y}" for x, y in zip(found, fresh, strict=True))
            lines.append(f"{head} :- {guards}this_scene(N), {call}, {same}.")
            safe.append(f"sandbox:safe_primitive(rune:{name}({', '.join('_' * arity)})).")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "geometry.pl"
            path.write_text(
                "\n".join([":- multifile sandbox:safe_primitive/1.", *lines, *safe]) + "\n", encoding="utf-8"
            )
            self.bridge.run("style_check(-singleton), style_check(-discontiguous)")
            self.bridge.run(f"rune:load_files({quoted(str(path))}, [silent(true), encoding(utf8)])")
        library = self.session.archive.library
        for path in dict.fromkeys(p.file for p in library.predicates.values()):
            self.bridge.run(f"rune:load_files({quoted(str(path.resolve()))}, [silent(true), encoding(utf8)])")
        self.bridge.run("style_check(+singleton), style_check(+discontiguous)")
        names = {
            f"{p.name}/{p.arity}"
            for p in library.predicates.values()
            if (p.clauses or p.indicator in REGISTRY) and not p.internal and p.indicator not in _PROLOGS_OWN
        }
        for name in sorted(names | set(_ASKED)):
            self.bridge.run(f"rune:export(rune:{name}), user:import(rune:{name})")
        # Numbers keep the meaning that they have everywhere else.
        self.bridge.run(
            "user:redefine_system_predicate(between(_, _, _)), user:assertz((between(A, B, C) :- "
            "( integer(A) -> system:between(A, B, C) ; rune:between(A, B, C) )))"
        )

    def _load_scenes(self) -> None:
        terms = self.session.load()
        while chunk := list(islice(terms, _CHUNK)):
            self.bridge.run(f"forall(member(S, [{','.join(chunk)}]), rune:load_scene(S))")
