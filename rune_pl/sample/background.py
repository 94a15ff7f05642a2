"""Ground seen from above as textures: water, grass, soil, roads, roofs of leaves.

Pixels come from numpy's generator with a fixed seed; they are the same for the same versions of numpy and Pillow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from rune_pl.sample.plan import Surface
from rune_pl.sample.shapes import Colour

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Ground:
    """The grid on which a texture is made: `size` pixels a side, metres per pixel, direction of the grain (radians)."""

    size: int
    gsd: float
    grain: float
    rng: np.random.Generator

    def noise(self, scale: float, stretch: float = 1.0) -> Pixels:
        """(size, size) smooth noise of mean 0 and deviation about 1 whose blobs are `scale` metres wide.

        `stretch` makes them longer along the grain. Blobs smaller than a pixel average out, as they do in a camera.
        """
        across = scale / self.gsd
        if across < 1.2 and stretch == 1.0:
            return (
                self.rng.standard_normal((self.size, self.size), dtype=np.float32) * max(0.35, across / 1.2)
            ).astype(np.float32)
        side = self.size if stretch == 1.0 else int(self.size * 1.45)
        rows = max(3, math.ceil(side / max(across, 1.2)) + 2)
        columns = max(3, math.ceil(side / max(across * stretch, 1.2)) + 2)
        grid = Image.fromarray(self.rng.standard_normal((rows, columns), dtype=np.float32))
        if stretch == 1.0:
            return np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC)) * np.float32(1.35)
        wide = grid.resize((side, side), Image.Resampling.BICUBIC).rotate(
            -math.degrees(self.grain), Image.Resampling.BILINEAR
        )
        cut = (side - self.size) // 2
        return np.asarray(wide)[cut : cut + self.size, cut : cut + self.size] * np.float32(1.35)

    def along(self) -> tuple[Pixels, Pixels]:
        """(size, size) coordinates in metres along and across the grain."""
        x = np.arange(self.size, dtype=np.float32) * np.float32(self.gsd)
        c, s = np.float32(math.cos(self.grain)), np.float32(math.sin(self.grain))
        return x[None, :] * c + x[:, None] * s, -x[None, :] * s + x[:, None] * c


def _mix(low: Colour, high: Colour, share: Pixels, detail: NDArray[np.floating[Any]]) -> Pixels:
    """(size, size, 3): from colour low to colour high by share, then brighter by detail."""
    a, b = np.array(low, np.float32), np.array(high, np.float32)
    return np.asarray(a + (b - a) * np.clip(share, 0, 1)[..., None] + detail[..., None], dtype=np.float32)


def _water(ground: Ground) -> Pixels:
    depth = 0.5 + 0.16 * ground.noise(60) + 0.05 * ground.noise(18)
    waves = ground.noise(1.1, 3.0) * 0.7 + ground.noise(3.2, 2.5) * 0.8
    return _mix((24, 56, 78), (46, 86, 100), depth, waves * 3.4 + np.maximum(waves - 2.1, 0) * 18)


def _river(ground: Ground) -> Pixels:
    depth = 0.5 + 0.2 * ground.noise(40) + 0.1 * ground.noise(9, 3.0)
    waves = ground.noise(0.9, 4.0) * 0.7 + ground.noise(2.6, 3.0) * 0.7
    return _mix((58, 76, 66), (92, 102, 80), depth, waves * 2.8)


def _grass(ground: Ground) -> Pixels:
    share = 0.45 + 0.17 * ground.noise(26) + 0.12 * ground.noise(7) + 0.07 * ground.noise(1.6)
    return _mix((74, 96, 54), (126, 128, 78), share, ground.noise(0.4) * 6)


def _lawn(ground: Ground) -> Pixels:
    share = 0.4 + 0.14 * ground.noise(14) + 0.12 * ground.noise(3)
    return _mix((78, 108, 54), (112, 132, 72), share, ground.noise(0.4) * 4.5)


def _meadow(ground: Ground) -> Pixels:
    share = 0.5 + 0.22 * ground.noise(18) + 0.16 * ground.noise(5) + 0.1 * ground.noise(1.3)
    return _mix((86, 100, 58), (150, 142, 96), share, ground.noise(0.5) * 7)


def _scrub(ground: Ground) -> Pixels:
    share = 0.5 + 0.2 * ground.noise(9) + 0.3 * ground.noise(2.4)
    return _mix((62, 78, 46), (132, 128, 88), share, ground.noise(0.5) * 7)


def _soil(ground: Ground) -> Pixels:
    share = 0.5 + 0.18 * ground.noise(22) + 0.15 * ground.noise(6) + 0.08 * ground.noise(1.2)
    return _mix((120, 98, 74), (170, 148, 116), share, ground.noise(0.4) * 6)


def _sand(ground: Ground) -> Pixels:
    share = 0.5 + 0.16 * ground.noise(16) + 0.1 * ground.noise(4, 2.0)
    return _mix((186, 170, 136), (216, 204, 172), share, ground.noise(0.4) * 4)


def _gravel(ground: Ground) -> Pixels:
    share = 0.5 + 0.16 * ground.noise(12) + 0.12 * ground.noise(3)
    return _mix((140, 134, 122), (176, 168, 152), share, ground.noise(0.4) * 9)


def _asphalt(ground: Ground) -> Pixels:
    share = 0.5 + 0.14 * ground.noise(20) + 0.1 * ground.noise(5) + 0.06 * ground.noise(1.4, 6.0)
    return _mix((88, 88, 88), (118, 116, 112), share, ground.noise(0.3) * 4.5)


def _tarmac(ground: Ground) -> Pixels:
    share = 0.5 + 0.16 * ground.noise(28) + 0.1 * ground.noise(2.2, 12.0)
    return _mix((100, 100, 100), (132, 130, 126), share, ground.noise(0.3) * 3.5)


def _concrete(ground: Ground) -> Pixels:
    share = 0.5 + 0.14 * ground.noise(18) + 0.1 * ground.noise(4)
    return _mix((158, 154, 144), (186, 182, 172), share, ground.noise(0.4) * 4)


def _paving(ground: Ground) -> Pixels:
    share = 0.5 + 0.16 * ground.noise(6) + 0.1 * ground.noise(1.2)
    return _mix((164, 150, 132), (192, 182, 166), share, ground.noise(0.4) * 5)


def _slabs(ground: Ground) -> Pixels:
    """Concrete cast in slabs of 7.5 m, each of its own tone, with dark joints."""
    along, across = ground.along()
    slab = 7.5
    i, j = np.floor(along / slab).astype(np.int64), np.floor(across / slab).astype(np.int64)
    tones = ground.rng.normal(0, 3.2, 4096).astype(np.float32)
    tone = tones[(i * 73 + j * 151) % 4096]
    gap = np.minimum(np.minimum(along % slab, slab - along % slab), np.minimum(across % slab, slab - across % slab))
    joint = np.clip(1 - gap / max(0.12, ground.gsd * 0.7), 0, 1) * min(1.0, 0.3 / ground.gsd)
    share = 0.5 + 0.15 * ground.noise(24) + 0.1 * ground.noise(4)
    return _mix((146, 146, 140), (178, 176, 168), share, tone + ground.noise(0.4) * 3.5 - joint * 26)


def _crop(ground: Ground) -> Pixels:
    """A field with rows, and the wheel tracks of the tractor every 18 m."""
    _, across = ground.along()
    wobble = across + ground.noise(30) * 0.3
    row = np.sin(wobble * (2 * math.pi / 1.6)) * np.float32(min(1.0, 0.35 / ground.gsd))
    track = np.clip(1 - np.abs(np.abs(across % 18 - 9) - 0.95) / max(0.3, ground.gsd * 0.6), 0, 1)
    share = 0.5 + 0.16 * ground.noise(30) + 0.1 * ground.noise(8) + 0.14 * row
    return _mix((96, 112, 58), (140, 146, 86), share, ground.noise(0.5) * 5 - track * 14)


def _furrow(ground: Ground) -> Pixels:
    """Ploughed soil."""
    _, across = ground.along()
    row = np.sin((across + ground.noise(24) * 0.25) * (2 * math.pi / 1.2)) * np.float32(min(1.0, 0.3 / ground.gsd))
    share = 0.5 + 0.2 * ground.noise(26) + 0.1 * ground.noise(5) + 0.14 * row
    return _mix((112, 88, 66), (156, 130, 102), share, ground.noise(0.5) * 6)


def _stubble(ground: Ground) -> Pixels:
    """A field after harvest."""
    _, across = ground.along()
    row = np.sign(np.sin(across * (2 * math.pi / 9))) * 0.12
    share = 0.5 + 0.15 * ground.noise(24) + 0.12 * ground.noise(2.0, 6.0) + row
    return _mix((168, 146, 96), (204, 186, 134), share, ground.noise(0.5) * 6)


MATERIALS: Mapping[str, Callable[[Ground], Pixels]] = MappingProxyType(
    {
        "water": _water,
        "river": _river,
        "grass": _grass,
        "lawn": _lawn,
        "meadow": _meadow,
        "scrub": _scrub,
        "soil": _soil,
        "sand": _sand,
        "gravel": _gravel,
        "asphalt": _asphalt,
        "tarmac": _tarmac,
        "concrete": _concrete,
        "paving": _paving,
        "slabs": _slabs,
        "crop": _crop,
        "furrow": _furrow,
        "stubble": _stubble,
    }
)


def paint_ground(
    base: str, turn: float, surfaces: list[Surface], size: int, gsd: float, rng: np.random.Generator
) -> Pixels:
    """(size, size, 3) float32: the base material with all surfaces over it, in order."""
    made: dict[tuple[str, float], Pixels] = {}

    def texture(material: str, grain: float) -> Pixels:
        key = (material, round(grain, 2))
        if key not in made:
            made[key] = MATERIALS[material](Ground(size, gsd, grain, rng))
        return made[key]

    image = texture(base, turn).copy()
    for surface in surfaces:
        box = _window(surface, size, gsd)
        if box is None:
            continue
        x0, y0, x1, y1 = box
        mask = _mask(surface, box, gsd, rng)[..., None]
        cover = texture(surface.material, surface.grain)[y0:y1, x0:x1] * np.array(surface.tint, np.float32)
        image[y0:y1, x0:x1] += (cover - image[y0:y1, x0:x1]) * mask
    return image


def _window(surface: Surface, size: int, gsd: float) -> tuple[int, int, int, int] | None:
    """The pixels that a surface can touch, None where it is outside the image."""
    pad = 3 + math.ceil(2 * surface.rough / gsd)
    xs, ys = [p[0] / gsd for p in surface.outline], [p[1] / gsd for p in surface.outline]
    x0, y0 = max(0, math.floor(min(xs)) - pad), max(0, math.floor(min(ys)) - pad)
    x1, y1 = min(size, math.ceil(max(xs)) + pad), min(size, math.ceil(max(ys)) + pad)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _mask(surface: Surface, box: tuple[int, int, int, int], gsd: float, rng: np.random.Generator) -> Pixels:
    """Cover from 0 to 1 of the pixels of a window, smooth at the edge; ragged where the surface is rough."""
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    fine = Image.new("L", (2 * width, 2 * height))
    points = [(2 * (x / gsd - x0), 2 * (y / gsd - y0)) for x, y in surface.outline]
    ImageDraw.Draw(fine).polygon(points, fill=255)
    soft = fine.resize((width, height), Image.Resampling.BOX)
    if surface.rough <= 0:
        return np.asarray(soft, np.float32) / np.float32(255)
    blurred = soft.filter(ImageFilter.GaussianBlur(max(0.7, surface.rough / gsd)))
    value = np.asarray(blurred, np.float32) / np.float32(255) - np.float32(0.5)
    ground = Ground(max(width, height), gsd, 0.0, rng)
    jagged = (
        ground.noise(surface.rough * 3)[:height, :width] * 0.16 + ground.noise(surface.rough)[:height, :width] * 0.1
    )
    jagged *= 1 - 4 * value * value  # only near the edge
    return np.asarray(np.clip((value + jagged) * 4 + 0.5, 0, 1), dtype=np.float32)
