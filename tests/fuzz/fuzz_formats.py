"""Mangled input for every import format.

A case is a valid source of one format, damaged at random. Importing it must succeed or raise a RuneError; after an
error there must be no archive.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rune_pl.archive import Archive
from rune_pl.archive.formats import FORMATS, import_archive
from rune_pl.errors import RuneError

NASTY = [
    *("nan", "-inf", "1e999", "-1e308", "1e-320", "99999999999999999999", "-0", "0x10", "1_0", "-1", "2", "0.5", "NaN"),
    *("", " ", "\0", "\ufeff", "\u202e", "\u0663", "\xe9", "\U0001f6a2", "\ud800", "\r", "\x1a", "\x85", "\u2028"),
    *("null", "true", "[", "]", "{", "}", '"', "\\", "\\u0000", "\\ud800", ":", ",", "[" * 200, "a" * 5000),
    *("'; drop table record; --", "../../etc/passwd"),
]
ENCODINGS = ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp500"]

Files = dict[str, bytes]


def _quad(rng: random.Random, scale: float = 1.0, origin: tuple[float, float] = (0.0, 0.0)) -> list[float]:
    x, y = (o + rng.uniform(0, 100) * scale for o in origin)
    w, h = rng.uniform(1, 30) * scale, rng.uniform(1, 30) * scale
    return [round(v, 4) for v in (x, y, x + w, y, x + w, y + h, x, y + h)]


def _words(values: list[float]) -> str:
    return " ".join(f"{v:g}" for v in values)


def dota(rng: random.Random) -> Files:
    """A labelTxt folder."""
    return {
        f"P{i}.txt": "".join(
            ["imagesource:GoogleEarth\n", "gsd:0.5\n"]
            + [f"{_words(_quad(rng))} small-vehicle {rng.randrange(2)}\n" for _ in range(rng.randrange(4))]
        ).encode()
        for i in range(2)
    }


def dota_results(rng: random.Random) -> Files:
    """A folder of Task1_CLASS.txt files."""
    return {
        f"Task1_{name}.txt": "".join(
            f"P{rng.randrange(3)} {rng.random():.4f} {_words(_quad(rng))}\n" for _ in range(rng.randrange(1, 5))
        ).encode()
        for name in ("storage-tank", "ship")
    }


def yolo_obb(rng: random.Random) -> Files:
    """A folder of label files with names, and a damaged image now and then."""
    files = {
        f"im{i}.txt": "".join(
            f"{rng.randrange(2)} {_words(_quad(rng, 0.007))}{rng.choice(['', ' 0.75'])}\n"
            for _ in range(rng.randrange(4))
        ).encode()
        for i in range(2)
    }
    return {**files, "names/data.yaml": b"path: x\nnames:\n  0: plane\n  1: storage tank\n"}


def _coco(rng: random.Random, **more: Any) -> list[dict[str, Any]]:
    records = []
    for _ in range(rng.randrange(1, 4)):
        quad = _quad(rng)
        record = {"image_id": rng.randrange(2), "category_id": rng.randrange(2), "bbox": [*quad[:2], 20, 10], **more}
        if rng.random() < 0.5:
            record["segmentation"] = [quad if rng.random() < 0.5 else [*quad, *_quad(rng)]]
        records.append(record)
    return records


def coco(rng: random.Random) -> Files:
    """An instances file and a results file."""
    data = {
        "images": [{"id": i, "file_name": f"a/{i}.png", "width": 100, "height": 90} for i in range(2)],
        "categories": [{"id": 0, "name": "plane"}, {"id": 1, "name": "storage tank"}],
        "annotations": _coco(rng),
    }
    return {"instances.json": json.dumps(data).encode(), "results.json": json.dumps(_coco(rng, score=0.5)).encode()}


def geojson(rng: random.Random) -> Files:
    """Two FeatureCollections, one in degrees and one in metres."""
    files = {}
    for name, scale, origin in (("a", 1e-5, (9.0, 50.0)), ("b", 1.0, (5e5, 5e6))):
        features = []
        for _ in range(rng.randrange(3)):
            q = _quad(rng, scale, origin)
            ring = [q[i : i + 2] for i in (0, 2, 4, 6, 0)]
            properties = {"class": "ship", "score": 0.5, **({"image": "S"} if rng.random() < 0.3 else {})}
            features.append(
                {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
            )
        data: dict[str, Any] = {"type": "FeatureCollection", "features": features}
        if name == "b":
            data["crs"] = {"type": "name", "properties": {"name": "EPSG:32632"}}
        files[f"{name}.geojson"] = json.dumps(data).encode()
    return files


def xbd(rng: random.Random) -> Files:
    """Two label files, one of them with a place on Earth."""
    files = {}
    for name in ("a", "b"):
        lists: dict[str, list[Any]] = {"lng_lat": [], "xy": []}
        for number in range(rng.randrange(1, 4)):
            quad = _quad(rng)
            for key, scale, origin in (("xy", 1.0, 0.0), ("lng_lat", 1e-5, 9.0)):
                points = [(quad[i] * scale + origin, quad[i + 1] * scale + origin) for i in (0, 2, 4, 6, 0)]
                grade = rng.choice(["no-damage", "destroyed", "un-classified"])
                properties = {"feature_type": "building", "subtype": grade, "uid": f"u{number}"}
                if key == "xy" or name == "a":
                    wkt = f"POLYGON (({', '.join(f'{x:.9g} {y:.9g}' for x, y in points)}))"
                    lists[key].append({"properties": properties, "wkt": wkt})
        metadata = {"width": 1024, "height": 1024, "gsd": 2.0, "capture_date": "2017-08-31T17:58:26.000Z"}
        files[f"{name}.json"] = json.dumps({"features": lists, "metadata": metadata}).encode()
    return files


def floodnet(rng: random.Random) -> Files:
    """A file of counts."""
    images = [
        {"image": str(i), "width": 40, "height": 30, "objects": {"tree": rng.randrange(4), "vehicle": [0.5, 0.25]}}
        for i in range(2)
    ]
    return {"facts.json": json.dumps({"images": images}).encode()}


SOURCES: dict[str, Callable[[random.Random], Files]] = {
    "dota": dota,
    "dota-results": dota_results,
    "yolo-obb": yolo_obb,
    "coco": coco,
    "geojson": geojson,
    "xbd": xbd,
    "floodnet": floodnet,
}


def mangle(data: bytes, rng: random.Random) -> bytes:
    """The data with one kind of damage."""
    if not data:
        return bytes(rng.randrange(256) for _ in range(20))
    at = rng.randrange(len(data))
    kind = rng.randrange(10)
    if kind == 0:  # a flipped byte
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if kind == 1:  # cut off
        return data[:at]
    if kind == 2:  # a piece lost
        return data[:at] + data[at + rng.randrange(1, 20) :]
    if kind == 3:  # something put in
        return data[:at] + rng.choice(NASTY).encode("utf-8", "surrogatepass") + data[at:]
    if kind == 4:  # another encoding
        return data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")
    if kind == 5:  # a piece twice
        return data + data[at:]
    if kind == 6:  # noise
        return data[:at] + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40))) + data[at:]
    separator = b"," if data[:1] in b"{[" else b" " if kind < 9 else b"\n"
    tokens = data.split(separator)
    first, second = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    if kind == 7:  # two tokens swapped
        tokens[first], tokens[second] = tokens[second], tokens[first]
    else:  # a token replaced; in JSON its value
        nasty = rng.choice(NASTY).encode("utf-8", "surrogatepass")
        key, colon, _ = tokens[first].partition(b":")
        tokens[first] = key + colon + nasty if colon else nasty
    return separator.join(tokens)


def _mangle_json(data: bytes, rng: random.Random) -> bytes:
    """JSON whose syntax is right and one of whose values is not."""
    root = json.loads(data)
    places: list[tuple[Any, Any]] = []
    stack = [root]
    while stack:
        node = stack.pop()
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], dict | list):
                stack.append(node[key])
    if places:
        node, key = rng.choice(places)
        value: Any = rng.choice(NASTY)
        node[key] = rng.choice(
            [value, None, True, -1, 1e300, 10**15, 0, [], {}, [[]], [value], {"a": value}, [[[1, 2]] * 5]]
        )
    return json.dumps(root).encode()


def _damaged(name: str, rng: random.Random) -> Files:
    files = SOURCES[name](rng)
    for file in rng.sample(sorted(files), rng.randrange(0, len(files) + 1)):
        if file.endswith("json") and rng.random() < 0.6:
            files[file] = _mangle_json(files[file], rng)
        for _ in range(rng.choice([0, 1, 1, 1, 2, 5])):
            files[file] = mangle(files[file], rng)
    if rng.random() < 0.1:
        files[rng.choice(["x.txt", "Task1_x.txt", "x.geojson", "im0.png", "im1.jpg", "classes.txt"])] = mangle(
            b"x 1\n" * 9, rng
        )
    return files


def _check_refusal(error: RuneError, archive: Path) -> None:
    assert "\n" not in str(error), f"not one line: {error}"
    assert not archive.exists(), f"an archive is left after {error}: {list(archive.iterdir())}"


def run_case(name: str, files: Files, place: Path, rng: random.Random) -> RuneError | None:
    """Import the files of one case below `place`; the error, or None where it went well.

    Raises:
        AssertionError: an archive is left after an error, or is not what the report says.
        Exception: whatever else the import lets out, which it must not.
    """
    source, archive = place / "source", place / "archive"
    for file, data in files.items():
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).write_bytes(data)
    options: dict[str, Any] = {"skip_bad": rng.random() < 0.6}
    if name == "yolo-obb":
        options |= {"classes": source / "names/data.yaml"} | ({"size": (640, 480)} if rng.random() < 0.8 else {})
    target = source / "facts.json" if name == "floodnet" else source
    if name == "coco":
        results = rng.random() < 0.5
        target = source / ("results.json" if results else "instances.json")
        options |= {"instances": source / "instances.json"} if results else {}
    try:
        report = import_archive(name, target, archive, **options)
    except RuneError as error:
        _check_refusal(error, archive)
        return error
    assert report.images > 0
    scenes = Archive.open(archive).scenes()
    assert (len(scenes), len(scenes.detection)) == (report.images, report.detections)
    assert np.isfinite(scenes.corners).all()
    return None


def fuzz_formats(cases: int, seed: int = 0) -> Counter[tuple[str, str]]:
    """Run that many cases; returns how often each format ended how ("imported" or the name of the error).

    Raises:
        AssertionError: a case let out something else than a RuneError, or left an archive after an error. The message
            names the case, which `cases=1, seed=<that number>` runs again.
    """
    outcomes: Counter[tuple[str, str]] = Counter()
    names = sorted(FORMATS)
    with tempfile.TemporaryDirectory(prefix="fuzz-formats-") as folder:
        for number in range(seed, seed + cases):
            rng = random.Random(number)
            name = names[number % len(names)]
            place = Path(folder) / "case"
            files = _damaged(name, rng)
            try:
                error = run_case(name, files, place, rng)
            except Exception as wrong:
                raise AssertionError(f"case {number} ({name}): {type(wrong).__name__}: {wrong}\n{files}") from wrong
            outcomes[name, "imported" if error is None else type(error).__name__] += 1
            shutil.rmtree(place)
    return outcomes
