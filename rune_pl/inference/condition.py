"""Scenes given evidence, and how probable the evidence was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rune_pl.archive.scenes import Scenes
from rune_pl.inference.evidence import Evidence, Observation
from rune_pl.inference.facts import find_detection

FloatArray = NDArray[np.float64]


def condition(scenes: Scenes, evidence: Evidence) -> tuple[Scenes, FloatArray]:
    """The scenes with the probabilities given the evidence, and (M,) the probability that it had.

    Observations about other images are left out. Where the probability is 0 those of the image are as they were.

    Raises:
        EvidenceError: evidence on an unknown detection.
    """
    here = {image: index for index, image in enumerate(scenes.images)}
    likelihood = np.ones(len(scenes))
    probability = scenes.probability.copy()
    vectors = None if scenes.class_probability is None else scenes.class_probability.copy()
    found = replace(scenes, probability=probability, class_probability=vectors)
    for observation in evidence.observations:
        if observation.image in here:
            likelihood[here[observation.image]] *= _observe(found, observation)
    return found, likelihood


def _observe(scenes: Scenes, observation: Observation) -> float:
    """Change the probabilities of one detection in place; gives the probability of the observation before."""
    row = find_detection(scenes, observation)
    own = int(scenes.label[row])
    wide = scenes.class_probability is not None and not np.isnan(scenes.class_probability[row]).any()
    chances = np.zeros(len(scenes.classes))
    if wide:
        assert scenes.class_probability is not None
        chances[:] = scenes.class_probability[row]
    else:
        chances[own] = scenes.probability[row]
    if observation.label is not None:
        chosen = np.array([name == observation.label for name in scenes.classes])
    else:
        chosen = np.arange(len(chances)) == own if observation.holds else np.ones(len(chances), dtype=np.bool_)
    mass = float(chances[chosen].sum())
    likelihood = mass if observation.holds else max(0.0, 1.0 - mass)
    if likelihood > 0.0:
        chances = np.where(chosen == observation.holds, chances, 0.0) / likelihood
        chances /= max(1.0, float(chances.sum()))
        scenes.probability[row] = chances[own]
        if wide:
            assert scenes.class_probability is not None
            scenes.class_probability[row] = chances
    return likelihood
