"""How near objects of two classes are to each other, against counting pair by pair."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest

from rune_pl.archive import Archive
from rune_pl.archive.manifest import Manifest
from rune_pl.archive.meetings import COLUMNS, LEAST, REACHES, SIDES, decode, encode
from rune_pl.errors import UserError
from rune_pl.geometry.quads import gap_of
from tests.retrieval.archives import PORT, box, write_archive


def by_hand(items, one, two, column):
    """Expected pairs of two classes within a reach, by the distance of the boxes themselves."""
    total = 0.0
    for (a, p, here), (b, q, there) in combinations(items, 2):
        if sorted((a, b)) != sorted((one, two)):
            continue
        corners = np.array([[(x, y) for x in (s[0], s[2]) for y in (s[1], s[3])] for s in (here, there)])[
            :, [0, 2, 3, 1]
        ]
        gap = float(gap_of(corners.astype(float), np.array([0]), np.array([1]))[0])
        side = max(max(s[2] - s[0], s[3] - s[1]) for s in (here, there))
        if gap <= (REACHES[column] if column < len(REACHES) else SIDES * side):
            total += p * q
    return total


def test_the_expected_pairs_are_those_counted_one_by_one(tmp_path):
    rng = Random(3)
    images = {
        f"P{k}": [
            (
                rng.choice(["ship", "harbor", "plane"]),
                rng.choice([0.1, 0.5, 0.93]),
                box(rng.uniform(0, 900), rng.uniform(0, 300), rng.uniform(4, 90)),
            )
            for _ in range(rng.randint(0, 25))
        ]
        for k in range(40)
    }
    index = Archive.open(write_archive(tmp_path / "a", images)).index
    for one, two in (("ship", "harbor"), ("harbor", "ship"), ("plane", "plane"), ("plane", "ship")):
        for column in range(COLUMNS):
            found = index.pairs(one, two, column)
            for m, items in enumerate(images.values()):
                wanted = by_hand(items, one, two, column)
                assert found[m] >= wanted * (1 - 1e-9)
                total = [sum(p for label, p, _ in items if label == name) for name in (one, two)]
                if total[0] * total[1] * (0.5 if one == two else 1.0) > LEAST:
                    assert found[m] <= wanted * 1.001 + 1e-12
    assert index.pairs("ship", "nothing", 0).tolist() == [0.0] * 40


def test_an_archive_without_pairs_has_each_with_each(tmp_path):
    path = write_archive(tmp_path / "a", PORT)
    (file,) = path.glob("pairs-*.arrow")
    with_pairs = Archive.open(path).index.pairs("ship", "harbor", 1)
    # P1 has a ship of 0.8 and one of 0.5 within 50 pixels of the harbor of 0.9, P3 none.
    assert with_pairs == pytest.approx([1.3 * 0.9, 0.14, 0.0, 0.0, 0.0], rel=1e-3)
    manifest = Archive.open(path).manifest
    old = Manifest(manifest.classes, tuple(replace(part, pairs=None) for part in manifest.parts))
    (path / "manifest.json").write_bytes(old.dump())
    file.unlink()
    without = Archive.open(path).index.pairs("ship", "harbor", 1)
    assert without == pytest.approx([1.9 * 0.9, 0.14, 0.81, 0.0, 0.0], rel=1e-5)
    assert Archive.open(path).check().ok


def test_a_changed_byte_is_noticed(tmp_path):
    path = write_archive(tmp_path / "a", PORT)
    (file,) = path.glob("pairs-*.arrow")
    before = Archive.open(path).index.pairs("ship", "harbor", 2)
    data = file.read_bytes()
    found = 0
    for at in range(0, len(data), 5):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            index = Archive.open(path).index
            assert (index.pairs("ship", "harbor", 2) >= before).all()
        except UserError:
            found += 1
    assert found > len(data) / 20  # the rest is padding
    file.write_bytes(data[:-1])
    with pytest.raises(UserError, match="the manifest says"):
        Archive.open(path)


def test_codes_are_rounded_up_a_little():
    values = np.concatenate([[0.0, 1e-9, 1e-6, 2.5e9], np.exp(np.random.default_rng(1).uniform(-13, 20, 2_000))])
    back = decode(encode(values)).astype(float)
    assert (back >= values).all()
    assert back[0] == 0.0
    assert np.isinf(back[3])
    assert (back[4:] <= values[4:] * 1.0011).all()
