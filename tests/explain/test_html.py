"""Pages in a real browser: boxes are seen, hovering links tree and picture, nothing is complained about or fetched."""

from __future__ import annotations

import os
import shutil

import pytest

from rune_pl.explain.export import write
from rune_pl.explain.export.html import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")
OPTIONS = [
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS + sandbox)
        yield found
        found.close()


class Opened:
    """A page, what it said on its console, and what it fetched."""

    def __init__(self, browser, path, **options):
        self.page = browser.new_page(viewport={"width": 1280, "height": 900}, **options)
        self.said, self.fetched = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.fetched.append(request.url))
        self.page.goto(path.as_uri())

    def lit(self):
        """The ids of the boxes that are lit."""
        return sorted(self.page.eval_on_selector_all(".box.lit", "found => found.map(box => box.dataset.d)"))


@pytest.fixture(scope="module")
def path(proof_of, tmp_path_factory):
    found = tmp_path_factory.mktemp("page") / "proof.html"
    write(proof_of("relation"), found)
    return found


@pytest.fixture(scope="module")
def opened(browser, path):
    return Opened(browser, path)


def test_boxes_are_visible_where_the_detector_found_them(opened, proof_of):
    detections = proof_of("relation").content["scene"]["detections"]
    assert opened.page.locator(".box").count() == len(detections)
    picture = opened.page.locator("svg.scene").bounding_box()
    scale = picture["width"] / 512
    d1 = next(d for d in detections if d["id"] == "d1")
    shown = opened.page.locator('.box[data-d="d1"] polygon').bounding_box()
    xs = [x for x, _ in d1["corners"]]
    assert shown["x"] - picture["x"] == pytest.approx(min(xs) * scale, abs=6)
    assert shown["width"] == pytest.approx((max(xs) - min(xs)) * scale, abs=12)
    assert opened.page.locator('.box[data-d="d1"] text').is_visible()
    assert not opened.page.locator(".box:not(.used) text").first.is_visible()


def test_the_picture_is_the_image(opened):
    assert opened.page.locator("svg.scene image").get_attribute("href").startswith("data:image/jpeg;base64,")
    width = opened.page.evaluate(
        "async () => { const image = new Image(); image.src = document.querySelector('svg.scene image').href.baseVal;"
        " await image.decode(); return image.naturalWidth; }"
    )
    assert width == 512


def test_hovering_links_tree_and_picture(opened):
    page = opened.page
    assert opened.lit() == []
    page.locator(".line", has_text="near(d1, d13)").first.hover()
    assert opened.lit() == ["d1", "d13"]
    assert page.locator("line.link.lit").count() == 1
    page.locator('.box[data-d="d1"] polygon').hover()
    assert page.locator(".line.lit", has_text="d1 is a ship").count() == 1
    page.mouse.move(5, 5)
    assert opened.lit() == []


def test_nothing_is_said_or_fetched(opened, path):
    assert opened.said == []
    assert [url for url in opened.fetched if not url.startswith("data:")] == [path.as_uri()]


def test_dark_and_light_differ(browser, path):
    colours = {}
    for scheme in ("dark", "light"):
        one = Opened(browser, path, color_scheme=scheme)
        colours[scheme] = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
        one.page.close()
    assert colours == {"dark": "rgb(20, 23, 26)", "light": "rgb(255, 255, 255)"}


def test_narrow_windows_have_the_tree_below(browser, path):
    one = Opened(browser, path)
    one.page.set_viewport_size({"width": 500, "height": 900})
    picture, tree = one.page.locator("figure").bounding_box(), one.page.locator(".proof").first.bounding_box()
    assert tree["y"] > picture["y"] + picture["height"] - 1
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 500
    one.page.close()


def test_a_page_of_several_images(browser, proof_of, tmp_path):
    path = tmp_path / "report.html"
    proofs = [proof_of("relation"), proof_of("relation", "marina_011")]
    path.write_text(page(proofs, title="two"), encoding="utf-8")
    one = Opened(browser, path)
    assert one.page.locator("article h2").all_inner_texts() == ["marina_029", "marina_011"]
    one.page.locator("article").nth(1).locator(".line[data-d]").first.hover()
    assert one.page.locator("article").nth(0).locator(".lit").count() == 0
    assert one.said == []
    one.page.close()
