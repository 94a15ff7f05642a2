"""A real photograph of a marina, from the source of sahi 0.12.8 (demo/demo_data/obb_test_image.png, MIT)."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile

import pytest

from rune_pl.archive import Archive
from rune_pl.cli.main import main

pytest.importorskip("onnxruntime", reason="needs rune-pl[onnx]")


@pytest.mark.slow
def test_a_real_marina_runs_through(tmp_path, capfd):
    """It is read, tiled and written. What the demo detector makes of it is of little worth: see docs/detect.md."""
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--dest", str(tmp_path), "sahi==0.12.8"],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    found = list(tmp_path.glob("sahi-*.tar.gz"))
    if fetched.returncode or not found:
        pytest.skip(f"sahi's source distribution cannot be fetched: {fetched.stderr.strip()[-200:]}")
    with tarfile.open(fileobj=io.BytesIO(found[0].read_bytes())) as archive:
        member = next(entry for entry in archive.getmembers() if entry.name.endswith("demo_data/obb_test_image.png"))
        content = archive.extractfile(member)
        assert content is not None
        (tmp_path / "marina.png").write_bytes(content.read())

    code = main(
        ["detect", str(tmp_path / "marina.png"), "-o", str(tmp_path / "scenes"), "--calibration", "demo-detector"]
    )
    assert code == 0, capfd.readouterr().err
    scenes = Archive.open(tmp_path / "scenes").scenes()
    assert scenes.images == ("marina",)
    assert scenes.corners.min() > -100
    assert (scenes.width[0], scenes.height[0]) == (1920, 1080)  # in tiles
    probable = scenes.probability > 0.5
    found = {name: int((probable & (scenes.label == code)).sum()) for code, name in enumerate(scenes.classes)}
    assert found["ship"] > 10  # boats look a little like those that it was shown
    assert found["small_vehicle"] + found["large_vehicle"] > 0  # on the water: do not trust it
