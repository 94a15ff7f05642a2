"""What is installed of the optional parts, and whether it works: each is tried in a process of its own, for a while."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_SECONDS = 60.0
_DETECTS = "from rune_pl.detect import open_detector, shipped_detector; open_detector(shipped_detector().path)"


@dataclass(frozen=True)
class Part:
    """A part of rune-pl, or of what it can use.

    Attributes:
        name: of the part.
        purpose: what it is for.
        found: whether it is installed.
        works: whether it does what it is for; None where it is not installed.
        version: None where there is none.
        where: path of the program or package.
        note: why it does not work, or what to install.
    """

    name: str
    purpose: str
    found: bool
    works: bool | None
    version: str | None = None
    where: str | None = None
    note: str = ""


def examine() -> Iterator[Part]:
    """All parts, the core first; each takes up to some seconds."""
    yield _core()
    yield _program("SWI-Prolog", "swipl", "--version", "rune-pl repl", "Debian: apt-get install swi-prolog-nox")
    yield _package(
        "pyswip", "pyswip", "rune-pl repl", "repl", "from rune_pl.repl.bridge import Bridge; Bridge().run('true')"
    )
    english = "free English in process"
    yield _package("xllamacpp", "xllamacpp", english, "llm-wheel", "import xllamacpp")
    yield _package("llama-cpp-python", "llama-cpp-python", english, "llm", "import llama_cpp")
    yield _model()
    yield _package("httpx", "httpx", "free English through a server", "llm-http", "import httpx")
    yield _package("onnxruntime", "onnxruntime", "detecting objects", "onnx", _DETECTS)
    yield _package(
        "torch", "torch", "detecting objects with .pt weights", "vision", "import torch; torch.zeros(2).sum()"
    )
    yield _package(
        "ultralytics", _installed("ultralytics", "ultralytics-opencv-headless"), "detecting objects with .pt weights",
        "vision", "from rune_pl.detect.yolo import import_ultralytics; import_ultralytics()",
    )  # fmt: skip
    yield _package("rasterio", "rasterio", "detecting objects in GeoTIFF", "geo", "import rasterio")
    yield _package("graphviz", "graphviz", "proofs as .dot and .svg", "graph", "import graphviz")
    yield _program("Graphviz", "dot", "-V", "proofs as .svg", "Debian: apt-get install graphviz")
    yield _gpu()


def _core() -> Part:
    from rune_pl import __version__

    asked = (
        "import rune_pl; from rune_pl.resources import sample_path; "
        "found = rune_pl.open_archive(sample_path() / 'archive').query('a container crane', top=1); "
        "assert abs(found[0].probability - 0.9633402911) < 1e-9, found[0]"
    )
    failed = _tried(asked, seconds=10 * _SECONDS)
    return Part("rune-pl", "exact answers", True, failed is None, __version__, str(Path(__file__).parent), failed or "")


def _installed(*packages: str) -> str:
    """The first of some packages that is installed, which are the same one under several names; else the first."""
    for package in packages:
        try:
            distribution(package)
        except PackageNotFoundError:
            continue
        return package
    return packages[0]


def _program(name: str, command: str, option: str, purpose: str, hint: str) -> Part:
    where = shutil.which(command)
    if where is None:
        return Part(name, purpose, False, None, note=hint)
    said, failed = _ran([where, option])
    digits = [word.strip(",") for word in said.split() if word[:1].isdigit()]
    return Part(name, purpose, True, failed is None, digits[0] if digits else None, where, failed or "")


def _package(name: str, package: str, purpose: str, extra: str | None, trial: str) -> Part:
    try:
        found = distribution(package)
    except PackageNotFoundError:
        wanted = f"'rune-pl[{extra}]'" if extra else package
        return Part(name, purpose, False, None, note=f"pip install {wanted}")
    failed = _tried(trial)
    where = str(Path(str(found.locate_file(""))))
    return Part(name, purpose, True, failed is None, found.version, where, failed or "")


def _model() -> Part:
    from rune_pl.errors import RuneError
    from rune_pl.translate.llm.store import KNOWN, find_model

    name = next(iter(KNOWN))
    purpose = "free English in process"
    try:
        path, _ = find_model(name)
    except RuneError:
        return Part(f"model {name}", purpose, False, None, note=f"rune-pl models install {name}")
    failed = _tried(
        "from rune_pl.language import Library, Vocabulary; from rune_pl.translate.make import make_translator; "
        "make_translator('llama', library=Library.load(), vocabulary=Vocabulary.load()).translate('a boat by a pier')"
    )
    return Part(f"model {name}", purpose, True, failed is None, None, str(path), failed or "")


def _gpu() -> Part:
    where = shutil.which("nvidia-smi")
    if where is None:
        return Part("GPU", "training, and faster detection", False, None, note="no nvidia-smi; nothing needs one")
    said, failed = _ran([where, "-L"])
    names = said.splitlines()
    return Part("GPU", "training, and faster detection", bool(names), failed is None, None, where, failed or names[0])


def _tried(code: str, *, seconds: float = _SECONDS) -> str | None:
    """Run Python code by itself; None where it works, otherwise the last line of what it said."""
    return _ran([sys.executable, "-c", code], seconds=seconds)[1]


def _ran(command: list[str], *, seconds: float = _SECONDS) -> tuple[str, str | None]:
    """What a command says, and why it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return "", f"no answer within {seconds:g} s"
    except OSError as error:
        return "", str(error.strerror or error)
    said = (done.stdout + done.stderr).strip()
    if done.returncode == 0:
        return said, None
    return said, said.splitlines()[-1] if said else f"exit code {done.returncode}"
