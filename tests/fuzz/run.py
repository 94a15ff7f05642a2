"""Run every fuzzer of this folder: mangled input for readers, random rules for the engine.

A reader may refuse its input but never fail; the engine has to agree with an oracle. A fuzzer is a function
`fuzz_NAME(cases, seed)` in a file `fuzz_*.py` here. It raises for what is not handled. One whose cases are quick may
have an attribute `times`: it gets so many times as many of them.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent


def fuzzers() -> Iterator[tuple[str, Callable[..., object]]]:
    """Name and function of every fuzzer, by file."""
    for path in sorted(HERE.glob("fuzz_*.py")):
        module = importlib.import_module(path.stem)
        for name, found in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("fuzz_") and found.__module__ == module.__name__:
                yield name.removeprefix("fuzz_"), found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=10_000, help="cases for each fuzzer (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same cases (default 0)")
    parser.add_argument("names", nargs="*", help="only these fuzzers")
    options = parser.parse_args()
    sys.path[:0] = [str(HERE.parents[1]), str(HERE)]
    chosen = [(name, run) for name, run in fuzzers() if not options.names or name in options.names]
    if not chosen:
        parser.error("no such fuzzer")
    failed = []
    for name, run in chosen:
        began, cases = time.monotonic(), options.count * getattr(run, "times", 1)
        try:
            run(cases=cases, seed=options.seed)
        except Exception:  # noqa: BLE001 - the finding: shown, and the other fuzzers go on
            traceback.print_exc()
            failed.append(name)
        outcome = "FAILED" if name in failed else "no traceback"
        print(f"{name}: {cases} cases from seed {options.seed}: {outcome} ({time.monotonic() - began:.0f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
