"""Draws the pictures of results in docs/images from the bundled sample. Run it with the Python of a checkout in which
rune-pl is installed (`make demo` leaves one in .venv).

    python tools/make_doc_images.py [--output DIRECTORY]

Each picture is one question: its best images in order, the boxes of the classes that it names, and the best match.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from rune_pl import Hit, ImageArchive, open_archive
from rune_pl.inference import make_facts
from rune_pl.sample import sample_archive_path

ROOT = Path(__file__).resolve().parent.parent
PANEL = 424  # pixels, the side of one scene in the picture
FINE = 3  # drawing is done at this multiple and scaled down, for smooth lines
MARGIN, CAPTION, HEADER = 10, 34, 44
QUALITY = 80

FloatArray: TypeAlias = NDArray[np.float64]
Frame: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

BACKGROUND, TEXT, FAINT, BEST = "#14181f", "#f2f4f8", "#9aa4b2", "#ffd23f"


@dataclass(frozen=True)
class Picture:
    """A question, and the colour of each class that is drawn for it."""

    name: str
    question: str
    colours: Mapping[str, str]
    labelled: Sequence[str] = ()  # classes whose detections get a label, the best match has one anyway


PICTURES = (
    Picture("first-result", "a ship near a harbor", {"ship": "#5ce1e6", "harbor": "#ff9f6b"}),
    Picture(
        "counting-and-negation",
        "at least two planes but no helicopter",
        {"plane": "#5ce1e6", "helicopter": "#ff5d73"},
        labelled=("helicopter",),
    ),
)


def main() -> None:
    """Draw every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images", help="folder to write to")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    path = sample_archive_path()
    archive = open_archive(path)
    for picture in PICTURES:
        target = options.output / f"{picture.name}.jpg"
        draw(picture, archive, path).save(target, quality=QUALITY, optimize=True, progressive=True)
        click.echo(f"{target}: {target.stat().st_size / 1000:.0f} kB")


def draw(picture: Picture, archive: ImageArchive, path: Path, top: int = 3) -> Image.Image:
    """The question over its `top` best images, side by side."""
    hits = archive.query(picture.question, top=top)
    width = MARGIN + len(hits) * (PANEL + MARGIN)
    canvas = Image.new("RGB", (width, HEADER + PANEL + CAPTION + MARGIN), BACKGROUND)
    pen = ImageDraw.Draw(canvas)
    pen.text((MARGIN, HEADER / 2), f"“{picture.question}”", TEXT, _font(21), anchor="lm")
    _legend(pen, picture, width)
    for column, hit in enumerate(hits):
        left = MARGIN + column * (PANEL + MARGIN)
        canvas.paste(_panel(picture, archive, path, hit), (left, HEADER))
        y = HEADER + PANEL + CAPTION / 2 + 2
        pen.text((left + 2, y), f"{hit.rank}   {hit.image}", FAINT, _font(17), anchor="lm")
        pen.text((left + PANEL - 2, y), f"probability {hit.probability:.4f}", TEXT, _font(18), anchor="rm")
    return canvas


def _legend(pen: ImageDraw.ImageDraw, picture: Picture, width: int) -> None:
    x = float(width - MARGIN)
    entries = [*((label.replace("_", " "), colour) for label, colour in picture.colours.items()), ("best match", BEST)]
    for label, colour in reversed(entries):
        x -= pen.textlength(label, _font(16))
        pen.text((x, HEADER / 2), label, FAINT, _font(16), anchor="lm")
        x -= 24
        pen.rectangle((x, HEADER / 2 - 7, x + 15, HEADER / 2 + 7), outline=colour, width=3)
        x -= 20


def _panel(picture: Picture, archive: ImageArchive, path: Path, hit: Hit) -> Image.Image:
    """One scene with its boxes; uncertain detections have faint ones."""
    assert hit.path is not None
    with Image.open(path / hit.path) as source:
        side = PANEL * FINE
        scale = side / source.width
        scene = source.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    overlay = Image.new("RGBA", scene.size)
    pen = ImageDraw.Draw(overlay)
    scenes = archive.archive.scenes([hit.image])
    facts = make_facts(scenes)
    best = {(bound.detection, bound.label) for bound in hit.best}
    labels: list[tuple[FloatArray, str, str]] = []
    # A detection of which the detector was of two minds is there once per class. The best match comes last, on top.
    shown: list[tuple[bool, float, str, int]] = []
    for fact, probability in enumerate(facts.probability.tolist()):
        row, name = int(facts.row[fact]), scenes.classes[facts.label[fact]]
        if name in picture.colours:
            shown.append(((int(scenes.detection[row]), name) in best, probability, name, row))
    for chosen, probability, name, row in sorted(shown):
        corners = scenes.corners[row].astype(np.float64) * scale
        colour = BEST if chosen else picture.colours[name]
        _outline(pen, corners, colour, 255 if chosen else 90 + int(165 * probability), (3.6 if chosen else 2.0) * FINE)
        if chosen or name in picture.labelled:
            labels.append((corners, f"{name.replace('_', ' ')} {probability:.2f}", colour))
    taken: list[Frame] = []
    for corners, text, colour in reversed(labels):
        taken.append(_tag(pen, corners, text, colour, side, taken))
    scene.paste(overlay, mask=overlay.getchannel("A"))
    return scene.resize((PANEL, PANEL), Image.Resampling.LANCZOS)


def _outline(pen: ImageDraw.ImageDraw, corners: FloatArray, colour: str, opacity: int, width: float) -> None:
    points = [(float(x), float(y)) for x, y in corners]
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    pen.line([*points, *points[:2]], fill=(red, green, blue, opacity), width=round(width), joint="curve")


def _tag(
    pen: ImageDraw.ImageDraw, corners: FloatArray, text: str, colour: str, side: int, taken: Sequence[Frame]
) -> Frame:
    """Write a label at the first of four places around the box that is free, and give the place."""
    font, pad = _font(15 * FINE), 4 * FINE
    width, height = pen.textlength(text, font) + 2 * pad, 15 * FINE + 2 * pad
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    middle_x, middle_y = (left + right - width) / 2, (top + bottom - height) / 2
    places = [
        (middle_x, top - height - pad),
        (middle_x, bottom + pad),
        (right + pad, middle_y),
        (left - width - pad, middle_y),
    ]
    frames = [
        (float(a), float(b), float(a + width), float(b + height))
        for a, b in ((np.clip(x, 0, side - width), np.clip(y, 0, side - height)) for x, y in places)
    ]
    own: Frame = (float(left), float(top), float(right), float(bottom))
    free = [f for f in frames if not any(_overlap(f, other) for other in (*taken, own))]
    frame = (free or frames)[0]
    pen.rounded_rectangle(frame, radius=pad, fill=colour)
    pen.text(((frame[0] + frame[2]) / 2, (frame[1] + frame[3]) / 2), text, BACKGROUND, font, anchor="mm")
    return frame


def _overlap(a: Frame, b: Frame) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


if __name__ == "__main__":
    main()
