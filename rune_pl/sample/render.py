"""From a plan to a picture: ground, paint, shadows, things, then the air and the camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from rune_pl.sample.background import Ground, Pixels, paint_ground
from rune_pl.sample.dice import Dice
from rune_pl.sample.objects import LAYERS, draw
from rune_pl.sample.plan import Plan, Thing
from rune_pl.sample.shapes import Light, Part, Points, move

FINE = 3  # drawing is done at this many times the resolution of the image


@dataclass(frozen=True)
class Sky:
    """Light and air of a scene.

    Attributes:
        azimuth: direction towards the sun in the image, radians from x towards y.
        reach: length of shadow per metre of height.
        haze: share of scattered light, 0 to 1.
        blur: standard deviation of the blur in pixels of a 512-pixel image.
        grain: standard deviation of the sensor noise in grey levels.
        gain: factors on red, green and blue.
    """

    azimuth: float
    reach: float
    haze: float
    blur: float
    grain: float
    gain: tuple[float, float, float]

    @classmethod
    def draw(cls, dice: Dice, azimuth: float) -> Sky:
        """A random sky with the sun in this direction."""
        haze = dice.uniform(0.0, 0.08) if dice.chance(0.72) else dice.uniform(0.08, 0.24)
        bright, warm = dice.uniform(0.92, 1.12), dice.uniform(-0.035, 0.035)
        return cls(
            azimuth=azimuth,
            reach=dice.uniform(0.45, 1.25),
            haze=haze,
            blur=dice.uniform(0.3, 0.75),
            grain=dice.uniform(0.8, 2.6),
            gain=(bright * (1 + warm), bright, bright * (1 - warm)),
        )

    def light(self, angle: float) -> Light:
        """The sun in the frame of a thing that heads along `angle`."""
        return Light(math.cos(self.azimuth - angle), math.sin(self.azimuth - angle), self.reach)


def render(plan: Plan, sky: Sky, size: int, *, weather: bool = True) -> Image.Image:
    """An RGB image of `size` pixels a side. `weather=False` leaves out shadows, haze, blur and noise."""
    rng = np.random.default_rng([ord(letter) for letter in plan.dice.key])
    gsd = plan.extent / size
    ground = paint_ground(plan.base, plan.turn, plan.surfaces, size, gsd, rng)
    image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
    image = image.resize((size * FINE, size * FINE), Image.Resampling.BICUBIC)
    scale = FINE / gsd
    pen = ImageDraw.Draw(image, "RGBA")
    for marking in plan.markings:
        pen.polygon([(x * scale, y * scale) for x, y in marking.outline], fill=(*marking.colour, marking.alpha))
    for layer in range(4):
        placed = [(thing, in_image(thing, sky)) for thing in plan.things if LAYERS[thing.name] == layer]
        if weather:
            image = _shadows(image, [part for _, parts in placed for part in parts], sky, scale)
        pen = ImageDraw.Draw(image, "RGBA")
        for _, parts in placed:
            for part in parts:
                pen.polygon([(x * scale, y * scale) for x, y in part.points], fill=(*part.colour, part.alpha))
    image = image.reduce(FINE)
    return _develop(image, plan, sky, rng) if weather else image


def in_image(thing: Thing, sky: Sky) -> list[Part]:
    """The parts of a thing with their points in the image, metres."""
    parts = draw(thing, sky.light(thing.angle))
    return [
        Part(move(part.points, thing.x, thing.y, thing.angle), part.colour, part.low, part.high, part.alpha)
        for part in parts
    ]


def _shadows(image: Image.Image, parts: list[Part], sky: Sky, scale: float) -> Image.Image:
    """The image with the ground darkened where the parts block the sun: each part is swept away from the sun."""
    mask = Image.new("L", image.size)
    pen = ImageDraw.Draw(mask)
    dx, dy = -math.cos(sky.azimuth) * sky.reach * scale, -math.sin(sky.azimuth) * sky.reach * scale
    seen = False
    for part in parts:
        if part.high <= 0:
            continue
        seen = True
        points = [(x * scale, y * scale) for x, y in part.points]
        near: Points = [(x + dx * part.low, y + dy * part.low) for x, y in points]
        far: Points = [(x + dx * part.high, y + dy * part.high) for x, y in points]
        pen.polygon(far, fill=255)
        pen.polygon(near, fill=255)
        if math.hypot(dx, dy) * (part.high - part.low) > 1.5:
            for k in range(len(points)):
                pen.polygon([near[k - 1], near[k], far[k], far[k - 1]], fill=255)
    if not seen:
        return image
    mask = mask.filter(ImageFilter.GaussianBlur(FINE * 0.6)).point([round(v * 0.88) for v in range(256)])
    red, green, blue = (
        band.point([round(v * f) for v in range(256)]) for band, f in zip(image.split(), (0.36, 0.42, 0.52))
    )
    return Image.composite(Image.merge("RGB", (red, green, blue)), image, mask)


def _develop(image: Image.Image, plan: Plan, sky: Sky, rng: np.random.Generator) -> Image.Image:
    """What air and camera do: texture, uneven light, haze, blur, noise, a cast of colour."""
    size = image.size[0]
    ground = Ground(size, plan.extent / size, 0.0, rng)
    pixels: Pixels = np.asarray(image, np.float32)
    pixels = (
        pixels
        * (1 + 0.016 * ground.noise(0.5) + 0.016 * ground.noise(1.6) + 0.022 * ground.noise(plan.extent / 3))[..., None]
    )
    air = np.clip(sky.haze * (1 + 0.25 * ground.noise(plan.extent / 2.5)), 0, 0.45)[..., None]
    pixels = pixels * (1 - air) + np.array((196, 204, 212), np.float32) * air
    pixels = np.clip(pixels * np.array(sky.gain, np.float32), 0, 255)
    soft = Image.fromarray(pixels.astype(np.uint8)).filter(ImageFilter.GaussianBlur(sky.blur * max(size / 512, 0.5)))
    noisy = (
        np.asarray(soft, np.float32)
        + rng.normal(0, sky.grain, (size, size, 1))
        + rng.normal(0, sky.grain / 2, (size, size, 3))
    )
    return Image.fromarray(np.clip(noisy + 0.5, 0, 255).astype(np.uint8))
