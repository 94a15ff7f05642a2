"""What is too large ends in an answer, a marked interval or a reason: soon, and in bounded memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rune_pl.inference import TOLERANCE
from tests.inference.crowds import CROWDS

pytestmark = pytest.mark.slow

# Of one image under a budget of a second: joining millions of pairs comes on top of it, and this machine may be slow.
SECONDS, MEGABYTES = 30, 2_500

# The probability where it is known: by the normal distribution it is far from both ends, or it is certain.
EXACT = {
    "a chain of five in a field of 300": (1 - 1e-9, 1.0),
    "500 of 2,000": (0.45, 0.55),
    "500 of 2,000, of a size": (0.45, 0.55),
    "100,000 of 10,000": (0.0, 0.0),
    "ten thousand, each near each": (1 - 1e-9, 1.0),
}
TOO_LONG = {
    "a chain of five that differ, in a heap of 300",
    "between two of a thousand",
}


@pytest.mark.parametrize("name", CROWDS)
def test_it_ends(name, repository):
    run = subprocess.run(
        [sys.executable, "-m", "tests.inference.crowds", name],
        cwd=repository, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["seconds"] < SECONDS, found
    assert found["megabytes"] < MEGABYTES, found
    assert 0.0 <= found["lower"] <= found["upper"] <= 1.0
    if name in TOO_LONG:
        assert (found["method"], found["probability"]) == ("timeout", None)
        assert found["reason"].startswith("not exact within 1 s, as not all candidates were looked at: between")
    elif name in EXACT:
        low, high = EXACT[name]
        assert found["exact"]
        assert low <= found["probability"] <= high
    elif found["probability"] is None:
        assert found["upper"] - found["lower"] > TOLERANCE
        assert found["reason"].startswith("not exact within 1 s")
