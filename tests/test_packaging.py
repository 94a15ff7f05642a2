"""What is shipped: a built wheel and an editable install, each in an environment of its own."""

from __future__ import annotations

import ast
import configparser
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from rune_pl._version import __version__

SHIPPED = ("rune_pl", "prolog", "prompts")
# Imported name -> requirement, where they differ.
REQUIREMENT = {"yaml": "pyyaml", "PIL": "pillow"}
# Packages of an extra: the extra, the requirement, and the one module that imports them (plots are drawn in two).
OPTIONAL = {
    "sklearn": ("calibrate", "scikit-learn", "learning.py"),
    "scipy": ("calibrate", "scipy", "composite.py"),
    "open_clip": ("clip", "open-clip-torch", "clip.py"),
    "matplotlib": ("plot", "matplotlib", "plots.py", "plot.py"),
    "graphviz": ("graph", "graphviz", "graph.py"),
    "llama_cpp": ("llm", "llama-cpp-python", "local.py"),
    "xllamacpp": ("llm-wheel", "xllamacpp", "local.py"),
    "httpx": ("llm-http", "httpx", "server.py"),
    "pyswip": ("repl", "pyswip", "bridge.py"),
    "distributed": ("cluster", "dask[distributed]", "cluster.py"),
    "upath": ("cluster", "universal-pathlib", "remote.py"),
    "onnxruntime": ("onnx", "onnxruntime", "onnx.py"),
    "rasterio": ("geo", "rasterio", "raster.py"),
    "torch": ("vision", "torch", "yolo.py"),
    "ultralytics": ("vision", "ultralytics-opencv-headless", "yolo.py"),
    "torchvision": ("vision", "torchvision", "torchvision_guard.py"),
}

# Run in the new environment: what is found there, as JSON.
PROBE = """
import json, sys
from importlib.resources import files
import rune_pl.resources as resources
from rune_pl.language.library import Library
print(json.dumps({
    "package": resources.__file__,
    "prolog": [path.name for path in resources.prolog_files()],
    "prompts": [resources.prompt_file(name).name for name in ("examples.yaml", "repair.md", "system.md", "tuned.txt")],
    "sample": sorted(path.name for path in resources.sample_path().iterdir()),
    "as_package": sorted(entry.name for entry in files("rune_pl.prolog").iterdir() if entry.name.endswith(".pl")),
    "as_prompts": sorted(entry.name for entry in files("rune_pl.prompts").iterdir() if "__" not in entry.name),
    "near": ("near", 2) in Library.load().predicates,
}))
"""


def run(*command: object, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shipped_files(root: Path) -> set[str]:
    """Files that a wheel must have, named as in the wheel."""
    found = set()
    for folder in SHIPPED:
        inside = folder if folder == "rune_pl" else f"rune_pl/{folder}"
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".lock":
                found.add(f"{inside}/{path.relative_to(root / folder).as_posix()}")
    return found


@pytest.fixture(scope="module")
def configuration(repository):
    parser = configparser.ConfigParser()
    parser.read(repository / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def source(repository, tmp_path_factory):
    """A copy of what a build reads, so that nothing is left in the checkout."""
    place = tmp_path_factory.mktemp("source") / "rune-pl"
    place.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "LICENSE", "README.md"):
        if (repository / name).exists():
            shutil.copy(repository / name, place)
    for folder in SHIPPED:
        shutil.copytree(repository / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__", "*.lock"))
    return place


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", out)
    run(sys.executable, "-m", "pip", "wheel", *options, source, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture
def environment(tmp_path):
    """A new virtual environment that borrows the dependencies of this one, but not its rune-pl."""
    place = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=tmp_path)
    (packages,) = place.glob("lib/python*/site-packages")
    # Lines of a .pth file are put on the path; the .pth files there (an editable rune-pl's) are not read.
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    return place


def install(environment: Path, *what: object) -> None:
    python = environment / "bin" / "python"
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed")
    run(python, "-m", "pip", "install", *options, *what, cwd=environment)


def probe(environment: Path) -> dict[str, object]:
    found = json.loads(run(environment / "bin" / "python", "-c", PROBE, cwd=environment))
    assert isinstance(found, dict)
    return found


def check_found(found: dict[str, object], repository: Path) -> None:
    library = sorted(path.name for path in (repository / "prolog").glob("*.pl"))
    prompts = sorted(path.name for path in (repository / "prompts").glob("*.*") if path.suffix != ".py")
    assert found["prolog"] == found["as_package"] == library != []
    assert found["prompts"] == found["as_prompts"] == prompts != []
    assert {"archive", "images", "truth", "detections"} <= set(found["sample"])  # type: ignore[call-overload]
    assert found["near"] is True


def test_every_package_is_listed_in_setup_cfg(repository, configuration):
    folders = [path.parent.relative_to(repository) for path in (repository / "rune_pl").rglob("__init__.py")]
    expected = {".".join(folder.parts) for folder in folders} | {"rune_pl", "rune_pl.prolog", "rune_pl.prompts"}
    assert set(configuration["options"]["packages"].split()) == expected


def test_every_import_is_declared(repository, configuration):
    def names(option: str) -> set[str]:
        lines = option.split("\n")
        return {line.split(">")[0].split("=")[0].strip().lower().replace("_", "-") for line in lines if line.strip()}

    declared = names(configuration["options"]["install_requires"])
    imported = {}
    for path in (repository / "rune_pl").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules = [node.module]
            else:
                continue
            for module in modules:
                imported.setdefault(module.split(".")[0], set()).add(path.name)
    foreign = {name: where for name, where in imported.items() if name not in sys.stdlib_module_names | {"rune_pl"}}
    for name, (extra, requirement, *owners) in OPTIONAL.items():
        assert foreign.pop(name) == set(owners)
        assert requirement in names(configuration["options.extras_require"][extra])
    missing = {name: where for name, where in foreign.items() if REQUIREMENT.get(name, name).lower() not in declared}
    assert missing == {}


@pytest.mark.slow
def test_the_wheel_has_every_file_and_nothing_else(wheel, repository):
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = [name for name in archive.namelist() if ".dist-info/" in name]
    assert inside == shipped_files(repository)
    assert any(name.endswith("LICENSE") for name in metadata)


@pytest.mark.slow
def test_the_wheel_alone_answers_a_query(wheel, environment, repository):
    install(environment, wheel)
    found = probe(environment)
    assert str(found["package"]).startswith(str(environment))
    check_found(found, repository)

    program = environment / "bin" / "rune-pl"
    assert run(program, "--version", cwd=environment).split()[-1] == __version__
    sample = run(program, "sample", "--path", cwd=environment).strip()
    rule = "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    lines = run(program, "query", sample, "--rule", rule, "--top", "0", "--json", cwd=environment).splitlines()
    answers = [json.loads(line) for line in lines]
    assert len(answers) == len(list((repository / "rune_pl/sample/data/images").iterdir()))
    assert [answer["rank"] for answer in answers] == list(range(1, len(answers) + 1))


@pytest.mark.slow
def test_an_editable_install_finds_the_files_of_the_checkout(source, environment, repository):
    install(environment, "--editable", source)
    found = probe(environment)
    assert found["package"] == str(source / "rune_pl" / "resources.py")
    check_found(found, repository)
    assert run(environment / "bin" / "rune-pl", "--version", cwd=environment).split()[-1] == __version__
