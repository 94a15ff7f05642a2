"""Sample data of the package's own: generated aerial scenes with true oriented boxes, and a simulated detector.

scene = generate_scene(7, "marina")
scene.image.save("marina.jpg")
found = simulate_detections(scene, seed=1)
"""

from rune_pl.sample.bundle import copy_sample, sample_archive_path, write_sample
from rune_pl.sample.detector import SimulatedDetections, expected_recall, simulate_detections
from rune_pl.sample.scene import CLASSES, FIELD_KINDS, FLOOD_CLASSES, KINDS, Objects, SampleScene, generate_scene

__all__ = [
    "CLASSES",
    "FIELD_KINDS",
    "FLOOD_CLASSES",
    "KINDS",
    "Objects",
    "SampleScene",
    "SimulatedDetections",
    "copy_sample",
    "expected_recall",
    "generate_scene",
    "sample_archive_path",
    "simulate_detections",
    "write_sample",
]
