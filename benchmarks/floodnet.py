"""FloodNet-VQA's questions as rules: which forms there are, whether the rule language has them, and who is right.

    python benchmarks/floodnet.py --questions floodnet_train_questions_programs.json

Facts per image are collected from the stored answers (how many buildings are flooded, what the road is like), written
in the format `floodnet`, and imported. Each program is then a rule, or a few, asked of that archive: a count is the k
for which `exactly(k, ...)` is certain. The data are CC BY-NC-ND and stay where they are; RUNE_FLOODNET names the file
too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rune_pl.archive.formats import import_archive
from rune_pl.retrieval import ImageArchive, open_archive

Json = dict[str, Any]

DEFAULT = Path(__file__).resolve().parents[2] / "shared/data/text/floodnet_train_questions_programs.json"
COUNTED = {
    "Filter(Buildings) & Count": "building",
    "Filter(Buildings, Flooded) & Count": "flooded_building",
    "Filter(Buildings, Non_Flooded) & Count": "non_flooded_building",
}
ASKED = {
    "Filter(Road, Flooded) & Exists": "flooded_road",
    "Filter(Road, Non_Flooded) & Exists": "non_flooded_road",
}
CONDITIONS = {"Filter(Road) & Condition": "road", "Filter(All) & Condition": "scene"}
FORMS = (*COUNTED, *ASKED, *CONDITIONS)
SURE = 1 - 1e-9


def facts(questions: Iterable[Json]) -> Json:
    """What the answers say about each image, in the import format `floodnet`."""
    answers: dict[str, dict[str, Any]] = defaultdict(dict)
    for question in questions:
        answers[question["Image_ID"]][question["Program"]] = question["Ground_Truth"]
    return {"images": [{"image": image, "objects": _objects(given)} for image, given in sorted(answers.items())]}


def _objects(given: Mapping[str, Any]) -> dict[str, int]:
    every, flooded, dry = (given.get(program) for program in COUNTED)
    if every is not None:  # of all, flooded and dry two tell the third
        flooded = every - (dry or 0) if flooded is None else flooded
        dry = every - flooded if dry is None else dry
    found = {"flooded_building": flooded or 0, "non_flooded_building": dry or 0}
    for program, what in CONDITIONS.items():
        states = [] if program not in given else given[program].split(",")
        found |= {f"{state.strip().replace(' ', '_')}_{what}": 1 for state in states}
    return found


class Asker:
    """Answers programs by rules, each asked of all images at once and kept."""

    def __init__(self, archive: ImageArchive) -> None:
        self._archive = archive
        self._kept: dict[str, dict[str, float]] = {}

    def answer(self, program: str, image: str) -> Any:
        """The answer in the words of the data set; KeyError for a program that is none of `FORMS`."""
        if program in COUNTED:
            goal = f"A, object(A, {COUNTED[program]})"
            return next(k for k in range(10_000) if self._sure(f"exactly({k}, {goal})", image))
        if program in ASKED:
            return "Yes" if self._sure(f"object(_, {ASKED[program]})", image) else "No"
        what = CONDITIONS[program]
        states = [s for s in ("flooded", "non_flooded") if self._sure(f"object(_, {s}_{what})", image)]
        return ",".join(states).replace("_", " ")

    def whole(self, program: str, image: str) -> str:
        """The answer to "Is the entire road ...?" read as it is asked: a road, and every road in that state."""
        rule = f"object(_, road), forall(object(A, road), object(A, {ASKED[program]}))"
        return "Yes" if self._sure(rule, image) else "No"

    def _sure(self, goal: str, image: str) -> bool:
        if goal not in self._kept:
            hits = self._archive.query(rule=f"retrieve :- {goal}.", top=0)
            self._kept[goal] = {hit.image: hit.probability for hit in hits}
        return self._kept[goal].get(image, 0.0) >= SURE


def run(questions: Mapping[str, Json], note: Callable[[str], None] = lambda text: None) -> Json:
    """All questions answered: rows per form, and the questions whose answer is another one under either reading."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "facts.json"
        source.write_text(json.dumps(facts(questions.values())), encoding="utf-8")
        report = import_archive("floodnet", source, Path(folder) / "archive")
        note(f"{report.images} images with {report.detections} facts")
        asker = Asker(open_archive(Path(folder) / "archive"))
        count: Counter[str] = Counter(q["Program"] for q in questions.values())
        right: Counter[str] = Counter()
        wrong, contradictions = [], []
        for number, question in questions.items():
            program, image, stored = question["Program"], question["Image_ID"], question["Ground_Truth"]
            if program not in FORMS:
                continue
            given = asker.answer(program, image)
            right[program] += given == stored
            entry = {"question": number, "image": image, "program": program, "stored": stored}
            if given != stored:
                wrong.append({**entry, "answer": given})
            if program in ASKED and asker.whole(program, image) != stored:
                contradictions.append({**entry, "answer": asker.whole(program, image)})
    rows = [
        {"form": form, "questions": n, "expressible": n * (form in FORMS), "right": right[form]}
        for form, n in sorted(count.items())
    ]
    return {"images": report.images, "rows": rows, "wrong": wrong, "contradictions": contradictions}


def main() -> None:
    """Answer all questions and print the table, or everything as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("RUNE_FLOODNET", DEFAULT))
    parser.add_argument("--questions", type=Path, default=default, help="the questions with programs (JSON)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if not options.questions.is_file():
        print("skipped: there are no questions; give them with --questions or RUNE_FLOODNET", file=sys.stderr)
        return
    questions = json.loads(options.questions.read_text(encoding="utf-8"))
    result = run(questions, lambda text: print(text, file=sys.stderr))
    if options.json:
        print(json.dumps(result))
        return
    print(f"{'form':42}{'questions':>10}{'expressible':>13}{'right':>7}")
    for row in result["rows"]:
        print(f"{row['form']:42}{row['questions']:10}{row['expressible']:13}{row['right']:7}")
    total = [sum(row[key] for row in result["rows"]) for key in ("questions", "expressible", "right")]
    print(f"{'all':42}{total[0]:10}{total[1]:13}{total[2]:7}")
    found = result["contradictions"]
    print(f'\n{len(found)} answers to "Is the entire road ...?" contradict the facts; the programs ask for some road:')
    for entry in found[:10]:
        print(f"  {entry['image']}: stored {entry['stored']}, read as it is asked {entry['answer']}")


if __name__ == "__main__":
    main()
