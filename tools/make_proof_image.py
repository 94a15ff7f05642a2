"""Takes the picture of a proof page for the README, in Chromium: `python tools/make_proof_image.py`."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from rune_pl import open_archive, prove
from rune_pl.explain.export import write
from rune_pl.sample import sample_archive_path

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "proof.jpg"
QUESTION, IMAGE, SHOWN = "a ship near a harbor but no bridge", "port_010", "near(d7, d17)"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "proof.html"
        write(prove(open_archive(sample_archive_path()), IMAGE, QUESTION, top=1), page_file)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--disable-gpu", *sandbox])
        page = browser.new_page(viewport={"width": 1100, "height": 760})
        page.goto(page_file.as_uri())
        page.locator(".line", has_text=SHOWN).first.hover()
        taken = page.screenshot()
        browser.close()
    with Image.open(io.BytesIO(taken)) as picture:
        picture.convert("RGB").save(TARGET, quality=82)


if __name__ == "__main__":
    main()
