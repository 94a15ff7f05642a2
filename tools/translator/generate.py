"""Pairs of an English query and its rule, to train the translator on.

    python -m tools.translator.generate --count 40000 --seed 1 --exclude benchmarks/queries/*.yaml -o pairs.tsv

Each line is QUERY<TAB>RULE. Queries are distinct, and the same for the same seed. No text of a file of --exclude (query
sets as in benchmarks/queries, or earlier pairs) occurs. --ontology writes the classes of the rules with their words, as
benchmarks need them: each noun is a class of its own, and means no other.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from tools.translator.goals import rule
from tools.translator.noise import finish
from tools.translator.nouns import Noun, all_nouns
from tools.translator.sampling import Sampler
from tools.translator.sentences import Sentences

_LONGEST_QUERY, _LONGEST_RULE = 210, 270
_CLASS = re.compile(r"\bobject\(\w+, (\w+)\)")


def plain(text: str) -> str:
    """The words of a text, so that texts which differ only in case or punctuation are the same."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def one_pair(rng: random.Random) -> tuple[str, str] | None:
    """A query and its rule; None where what was drawn is too long or has no such wording."""
    statements = Sampler(rng).new()
    looks = rng.choice([0.0, 0.0, 0.12, 0.35, 0.5])
    wording = Sentences(rng, looks=looks, terse=rng.random() < 0.05)
    try:
        text, found = finish(wording.query(statements), rng), rule(statements)
    except (LookupError, OverflowError):
        return None
    return (text, found) if len(text) <= _LONGEST_QUERY and len(found) <= _LONGEST_RULE else None


def pairs(count: int, seed: int, excluded: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """`count` pairs with distinct queries, none of which is in `excluded` (as `plain` gives them)."""
    rng = random.Random(seed)
    seen = set(excluded)
    while count > 0:
        pair = one_pair(rng)
        if pair is not None and plain(pair[0]) not in seen:
            seen.add(plain(pair[0]))
            count -= 1
            yield pair


def read_texts(path: Path) -> set[str]:
    """The texts of a YAML query set or of a TSV file of pairs."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".tsv":
        return {plain(line.split("\t")[0]) for line in content.splitlines()}
    data = yaml.safe_load(content)
    entries = [*data.get("queries", []), *data.get("texts", [])] if isinstance(data, dict) else []
    texts = [entry.get("text", "") if isinstance(entry, dict) else str(entry) for entry in entries]
    return {plain(text) for text in texts if text}


def ontology(rules: Iterable[str]) -> str:
    """An ontology file of the classes that occur in rules. `river_bank` and `riverbank` are one, as vocabularies know
    no blanks."""
    found = sorted({atom for text in rules for atom in _CLASS.findall(text)}, reverse=True)
    atoms = {atom.replace("_", ""): atom for atom in found}.values()
    listed = {noun.atom: noun for noun in all_nouns()}
    nouns = {atom: listed.get(atom) or Noun(atom.replace("_", " "), "thing") for atom in atoms}
    classes = {atom: {"label": noun.singular, "plural": noun.plural} for atom, noun in nouns.items()}
    return yaml.safe_dump({"classes": classes}, allow_unicode=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=20, help="how many pairs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exclude", type=Path, nargs="*", default=[], help="files whose texts must not occur")
    parser.add_argument("-o", "--output", type=Path, help="a TSV file instead of standard output")
    parser.add_argument("--ontology", type=Path, help="a YAML file for the classes of the rules")
    options = parser.parse_args()
    excluded = frozenset[str]().union(*(read_texts(path) for path in options.exclude))
    made: Iterable[tuple[str, str]] = pairs(options.count, options.seed, excluded)
    if options.ontology is not None:
        made = list(made)
        options.ontology.write_text(ontology(found for _, found in made), encoding="utf-8")
    lines = (f"{query}\t{found}\n" for query, found in made)
    if options.output is None:
        sys.stdout.writelines(lines)
    else:
        with options.output.open("w", encoding="utf-8") as file:
            file.writelines(lines)


if __name__ == "__main__":
    main()
