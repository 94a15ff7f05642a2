"""How well English becomes rules: exact and execution accuracy, refusals, time and memory, by set, level and back end.

english    258 hand-written queries of six levels         real      200 expressions and captions that people wrote
refused    60 texts that no rule answers                  generated held-out sentences of the training generator
flood, dota, sample: the wordings of the retrieval queries, where asked for

python benchmarks/translation.py                                  # all sets, controlled English, the model, and auto
python benchmarks/translation.py --set real --translator auto --failures
python benchmarks/translation.py --translator llama --model FILE.gguf      # another model in process
python benchmarks/translation.py --translator http --llm-url http://localhost:8080/v1
python benchmarks/translation.py --json result.json

exact: the rule has the normal form of one of the golds. execution: it has the same marginals on 50 generated scenes.
Each translator runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from support import machine, peak_memory, say, show
from translations import Case, Judge, Outcome, read_set

from rune_pl.language.library import Library
from rune_pl.language.vocabulary import Vocabulary
from rune_pl.translate import make_translator

SETS = ("english", "real", "refused", "generated")
MORE_SETS = ("flood", "dota", "sample")  # written for retrieval, three wordings each
TRANSLATORS = ("controlled", "llama", "auto")
ROOT = Path(__file__).resolve().parents[1]
_HELD_OUT_SEED = 2  # training uses 1


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--set", action="append", choices=(*SETS, *MORE_SETS), help="only this set; may be repeated")
    add("--translator", action="append", choices=("controlled", "llama", "http", "auto"), help="may be repeated")
    add("--model", default="smollm2-135m", help="the model in process")
    add("--adapter", help="a LoRA adapter for it")
    add("--runtime", default="auto", choices=("auto", "llama-cpp-python", "xllamacpp"), help="what runs it")
    add("--llm-url", help="the server of --translator http")
    add("--llm-model", help="the model to ask the server for")
    add("--samples", type=int, default=1, help="answers that vote")
    add("--limit", type=int, help="only the first so many texts of each set")
    add("--generated", type=int, default=500, help="held-out sentences")
    add("--failures", action="store_true", help="list what went wrong")
    add("--json", metavar="FILE", help="everything as JSON")
    options = parser.parse_args(arguments)
    options.set = options.set or SETS
    options.translator = options.translator or TRANSLATORS
    return options


def cases_of(name: str, options: argparse.Namespace) -> tuple[list[Case], Vocabulary]:
    """The texts of a set, with the vocabulary of their rules."""
    cases, vocabulary = _generated(options.generated) if name == "generated" else read_set(f"{name}.yaml")
    return cases[: options.limit], vocabulary


def _generated(count: int) -> tuple[list[Case], Vocabulary]:
    """Held-out pairs of the generator, and the vocabulary of its nouns: each is a class of its own."""
    command = [sys.executable, "-m", "tools.translator.generate", "--count", str(count), "--seed", str(_HELD_OUT_SEED)]
    with TemporaryDirectory() as folder:
        ontology = Path(folder) / "ontology.yaml"
        command += ["--ontology", str(ontology)]
        out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        vocabulary = Vocabulary.load(ontology)
    return [Case(query, (rule,)) for query, rule in (line.split("\t") for line in out.splitlines())], vocabulary


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What one translator does on all sets; runs in a process of its own."""
    library = Library.load()
    result: dict[str, Any] = {"translator": name, "sets": {}}
    for chosen in options.set:
        cases, vocabulary = cases_of(chosen, options)
        started = perf_counter()
        translator = make_translator(
            name, library=library, vocabulary=vocabulary, model=options.model, adapter=options.adapter,
            runtime=options.runtime, url=options.llm_url, url_model=options.llm_model, samples=options.samples,
        )  # fmt: skip
        outcomes: list[Outcome] = []
        first = None
        for outcome in Judge(library, vocabulary).run(translator, cases):
            outcomes.append(outcome)
            first = first or perf_counter() - started
            if len(outcomes) % 50 == 0:
                say(f"{name}, {chosen}: {len(outcomes)} of {len(cases)}")
        result["sets"][chosen] = _summary(outcomes, first or 0.0)
    result["peak_memory_mb"] = peak_memory()
    return result


def _summary(outcomes: Sequence[Outcome], cold: float) -> dict[str, Any]:
    asked = [o for o in outcomes if o.case.rules]
    levels = sorted({o.case.level for o in asked})
    return {
        **_accuracy(asked),
        "texts": len(outcomes),
        "refused": _share(o.refused for o in outcomes),
        "by_level": {level: _accuracy([o for o in asked if o.case.level == level]) for level in levels},
        "seconds_cold": cold,
        "seconds_median": median(o.seconds for o in outcomes),
        "seconds_worst": max(o.seconds for o in outcomes),
        "outcomes": [asdict(o) for o in outcomes],
    }


def _accuracy(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "texts": len(outcomes),
        "exact": _share(o.exact for o in outcomes),
        "execution": _share(o.same for o in outcomes),
    }


def _share(values: Any) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def report(results: Sequence[dict[str, Any]]) -> None:
    """The tables."""
    rows = []
    for result in results:
        for name, found in result["sets"].items():
            shares = [_percent(found[key]) for key in ("exact", "execution", "refused")]
            seconds = [f"{found[f'seconds_{key}']:.3f}" for key in ("cold", "median", "worst")]
            memory = f"{result['peak_memory_mb']:.0f}"
            rows.append([result["translator"], name, str(found["texts"]), *shares, *seconds, memory])
    columns = ("translator", "set", "texts", "exact", "execution", "refused", "cold s", "median s", "worst s", "MB")
    show("Translation", columns, rows, left=2)
    rows = [
        [r["translator"], name, str(level), str(found["texts"]), _percent(found["exact"]), _percent(found["execution"])]
        for r in results
        for name, s in r["sets"].items()
        for level, found in s["by_level"].items()
        if level
    ]
    show("By level", ("translator", "set", "level", "texts", "exact", "execution"), rows, left=2)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def failures(results: Sequence[dict[str, Any]]) -> None:
    """Each text that did not come out right, with what was expected."""
    for result in results:
        for name, found in result["sets"].items():
            for outcome in found["outcomes"]:
                golds, rule = outcome["case"]["rules"], outcome["rule"]
                head = f"\n[{result['translator']}, {name}] {outcome['case']['text']}"
                if golds and not outcome["same"]:
                    print(f"{head}\n  gold: {golds[0]}\n  got:  {rule or 'refused: ' + outcome['error']}")
                elif not golds and rule:
                    print(f"{head}\n  not refused: {rule}")


def main() -> None:
    options = parse()
    results = []
    for name in options.translator:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            results.append(pool.apply(measure, (name, options)))
    if options.failures:
        failures(results)
    report(results)
    if options.json:
        document = {"machine": machine(), "results": results}
        Path(options.json).write_text(json.dumps(document, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
