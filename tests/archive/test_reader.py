from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rune_pl.archive import Archive, ArchiveWriter, Detections, ImageRecord, Provenance, Scenes
from rune_pl.archive.groups import GroupReader
from rune_pl.archive.manifest import read_manifest
from rune_pl.errors import ArchiveChangedError, UnknownImageError

Write = Callable[..., None]
Content = Callable[[Path], dict[str, list[str]]]
Boxes = Callable[..., Detections]

NAN = float("nan")


def equal(a: Scenes, b: Scenes) -> bool:
    """Whether all columns are the same, NaN included."""
    for name, value in vars(a).items():
        other = getattr(b, name)
        if isinstance(value, np.ndarray):
            if value.dtype != other.dtype or not np.array_equal(value, other, equal_nan=value.dtype.kind == "f"):
                return False
        elif value != other:
            return False
    return True


# --- round trip ---------------------------------------------------------------------------------------------------

CLASSES = ("ship", "harbor", "storage_tank")
finite = st.floats(-1e6, 1e6)
text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
unit = st.floats(0.0, 1.0)


@st.composite
def records(draw: st.DrawFn) -> ImageRecord:
    def maybe(strategy: st.SearchStrategy[Any]) -> Any:
        return draw(st.none() | strategy)

    return ImageRecord(
        id=draw(text.filter(bool)),
        path=maybe(text),
        width=maybe(st.integers(1, 2**31 - 1)),
        height=maybe(st.integers(1, 2**31 - 1)),
        gsd=maybe(st.floats(1e-3, 1e3)),
        crs=maybe(text),
        transform=maybe(st.tuples(*[finite] * 6)),
        time=maybe(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone.utc))),
        source=maybe(text),
    )


@st.composite
def detections(draw: st.DrawFn) -> Detections:
    n = draw(st.integers(0, 4))
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=n, max_size=n))
    probability = np.array(draw(st.lists(unit, min_size=n, max_size=n)))
    corners = draw(st.lists(st.floats(-1e6, 1e6, width=32), min_size=8 * n, max_size=8 * n))
    vectors = names = None
    if draw(st.booleans()):
        names = draw(st.permutations(CLASSES).map(tuple))
        vectors = np.zeros((n, 3))
        for row, name in enumerate(classes):
            own = names.index(name)
            vectors[row, own] = probability[row]
            vectors[row, own - 1] = (1 - probability[row]) / 2
            if draw(st.booleans()):
                vectors[row] = np.nan
    score = draw(st.lists(st.floats(0.0, 1.0, width=32), min_size=n, max_size=n))
    return Detections(classes, np.array(score), probability, np.array(corners).reshape(n, 4, 2), vectors, names)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    parts=st.lists(st.lists(st.tuples(records(), detections()), max_size=5), min_size=1, max_size=3),
    group=st.integers(1, 6),
    size=st.integers(1, 4),
)
def test_what_was_added_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    provenance: Provenance,
    parts: list[list[tuple[ImageRecord, Detections]]],
    group: int,
    size: int,
) -> None:
    path = tmp_path_factory.mktemp("archive") / "a"
    added: dict[str, tuple[ImageRecord, Detections]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rune_pl.archive.part_writer.GROUP_DETECTIONS", group)
        patch.setattr("rune_pl.archive.part_writer.PART_DETECTIONS", 2 * group)
        for number, part in enumerate(parts):
            with ArchiveWriter(path, provenance=provenance, mode="append" if number else "create") as writer:
                for record, made in part:
                    if record.id not in added:
                        writer.add(record, made)
                        added[record.id] = (record, made)
    archive = Archive.open(path)
    report = archive.check()
    assert report.ok, report.problems
    assert archive.image_ids == tuple(added)
    scenes = archive.scenes()
    for index, (record, made) in enumerate(added.values()):
        assert archive.image(record.id) == record
        assert archive.image_path(record.id) == record.path
        rows = slice(*scenes.start[index : index + 2])
        assert [scenes.classes[code] for code in scenes.label[rows]] == list(made.classes)
        assert scenes.detection[rows].tolist() == list(range(1, len(made) + 1))
        for column in ("score", "probability", "corners"):
            assert np.array_equal(getattr(scenes, column)[rows], getattr(made, column)), column
        assert np.array_equal(scenes.gsd[index], NAN if record.gsd is None else record.gsd, equal_nan=True)
        assert np.array_equal(scenes.width[index], record.width or NAN, equal_nan=True)
        assert np.array_equal(scenes.transform[index], record.transform or [NAN] * 6, equal_nan=True)
        assert scenes.crs[index] == record.crs
        for row in range(len(made)):
            given_vector = None if made.class_probability is None else made.class_probability[row]
            if given_vector is None or np.isnan(given_vector).all():
                assert scenes.class_probability is None or np.isnan(scenes.class_probability[rows][row]).all()
            else:
                assert scenes.class_probability is not None
                read = dict(zip(scenes.classes, scenes.class_probability[rows][row].tolist(), strict=True))
                expected = dict(zip(made.class_names or (), given_vector.tolist(), strict=True))
                assert read == {name: expected.get(name, 0.0) for name in scenes.classes}
    pieces = list(archive.iter_scenes(chunk_images=size))
    assert [len(piece) for piece in pieces] == [min(size, len(added) - at) for at in range(0, len(added), size)]
    assert sum((piece.images for piece in pieces), ()) == scenes.images
    if pieces:
        assert np.array_equal(np.concatenate([piece.corners for piece in pieces]), scenes.corners)
    backwards = list(reversed(archive.image_ids))
    assert equal(archive.scenes(backwards), scenes.take(np.arange(len(added))[::-1]))


# --- choosing -----------------------------------------------------------------------------------------------------


def test_images_come_in_the_order_asked_for(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"], q=["harbor", "ship"], r=[])
    write(tmp_path / "a", "append", s=["plane"])
    archive = Archive.open(tmp_path / "a")
    scenes = archive.scenes(["s", "q", "r", "s"])
    assert scenes.images == ("s", "q", "r", "s")
    assert [scenes.classes[code] for code in scenes.label] == ["plane", "harbor", "ship", "plane"]
    assert scenes.start.tolist() == [0, 1, 3, 3, 4]
    assert archive.scenes([]).images == ()


def test_classes_choose_detections_which_keep_their_numbers(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship", "harbor", "ship"], q=["harbor"])
    scenes = Archive.open(tmp_path / "a").scenes(classes={"ship", "zeppelin"})
    assert scenes.classes == ("ship", "harbor")
    assert scenes.images == ("p", "q")
    assert scenes.detection.tolist() == [1, 3]
    assert scenes.start.tolist() == [0, 2, 2]
    assert len(Archive.open(tmp_path / "a").scenes(classes=[]).label) == 0


def test_a_detection_stays_when_its_class_vector_has_the_class(
    tmp_path: Path, provenance: Provenance, boxes: Boxes
) -> None:
    names = ("ship", "harbor")
    with ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:
        writer.add(
            ImageRecord("p"), boxes("ship", "ship", "ship", vectors=[[0.6, 0.3], [0.5, 0.0], [NAN, NAN]], names=names)
        )
    scenes = Archive.open(tmp_path / "a").scenes(classes=["harbor"])
    assert scenes.detection.tolist() == [1]
    assert scenes.class_probability is not None
    assert scenes.class_probability.tolist() == [[0.6, 0.3]]


def test_class_vectors_written_before_a_class_was_known_have_zero_for_it(
    tmp_path: Path, write: Write, provenance: Provenance, boxes: Boxes
) -> None:
    with ArchiveWriter(tmp_path / "a", provenance=provenance) as writer:
        writer.add(ImageRecord("p"), boxes("ship", vectors=[[0.5]], names=("ship",)))
        writer.add(ImageRecord("q"), boxes("harbor", vectors=[[0.25, 0.5]], names=("plane", "harbor")))
    write(tmp_path / "a", "append", r=["bridge"])
    scenes = Archive.open(tmp_path / "a").scenes()
    assert scenes.classes == ("ship", "harbor", "plane", "bridge")
    assert scenes.class_probability is not None
    assert scenes.class_probability[:2].tolist() == [[0.5, 0, 0, 0], [0, 0.5, 0.25, 0]]
    assert np.isnan(scenes.class_probability[2]).all()


def test_an_unknown_image_is_named_with_the_nearest(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", P0003=["ship"], P0007=[])
    archive = Archive.open(tmp_path / "a")
    for ask in (
        lambda: archive.scenes(["P0007", "P003"]),
        lambda: archive.image("P003"),
        lambda: archive.image_path("P003"),
    ):
        with pytest.raises(UnknownImageError, match=r"no image 'P003' \(did you mean 'P0003'\?\)"):
            ask()
    with pytest.raises(UnknownImageError, match="lists the images"):
        archive.iter_scenes(["zzz"])


def test_a_chunk_has_at_least_one_image(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    with pytest.raises(ValueError, match="chunk_images is 0"):
        Archive.open(tmp_path / "a").iter_scenes(chunk_images=0)


def test_each_row_group_is_decoded_once(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rune_pl.archive.part_writer.GROUP_DETECTIONS", 5)
    write(tmp_path / "a", **{f"i{k}": ["ship"] * 2 for k in range(12)})
    decoded = []
    real = GroupReader._decode
    monkeypatch.setattr(GroupReader, "_decode", lambda self, *key: decoded.append(key) or real(self, *key))
    assert sum(len(piece.label) for piece in Archive.open(tmp_path / "a").iter_scenes(chunk_images=1)) == 24
    assert decoded == [(0, 0), (0, 1), (0, 2), (0, 3)]


# --- while others write -------------------------------------------------------------------------------------------


def test_an_open_archive_does_not_see_what_is_appended(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"])
    archive = Archive.open(tmp_path / "a")
    write(tmp_path / "a", "append", q=["plane"])
    assert archive.scenes().images == ("p",)
    assert archive.classes == ("ship",)
    assert Archive.open(tmp_path / "a").image_ids == ("p", "q")


def test_an_archive_that_is_replaced_while_open_says_so(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a", p=["ship"], q=["ship"])
    archive = Archive.open(tmp_path / "a")
    pieces = archive.iter_scenes(chunk_images=1)
    next(pieces)
    write(tmp_path / "a", "replace", r=["plane"])
    assert next(pieces).images == ("q",), "what is in memory can still be had"
    with pytest.raises(ArchiveChangedError, match=r"replaced while it was open \(open it again\)"):
        archive.scenes()
    assert Archive.open(tmp_path / "a").image_ids == ("r",)


def test_opening_while_the_archive_is_replaced(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a", p=["ship"])
    old = read_manifest(tmp_path / "a")
    write(tmp_path / "a", "replace", q=["plane"])
    answers = [old]
    monkeypatch.setattr(
        "rune_pl.archive.reader.read_manifest", lambda path: answers.pop() if answers else read_manifest(path)
    )
    assert Archive.open(tmp_path / "a").image_ids == ("q",)


def test_an_archive_that_is_replaced_again_and_again(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a", p=["ship"])
    old = read_manifest(tmp_path / "a")
    write(tmp_path / "a", "replace", q=["plane"])
    monkeypatch.setattr("rune_pl.archive.reader.read_manifest", lambda path: old)
    with pytest.raises(ArchiveChangedError):
        Archive.open(tmp_path / "a")
