"""Detections from images: runtimes for YOLO-OBB weights, tiles, image files, and the run that makes an archive."""

from rune_pl.detect.detector import Candidates, Detector, open_detector
from rune_pl.detect.looking import Settings, detect_picture
from rune_pl.detect.pictures import find_images, open_picture
from rune_pl.detect.run import DetectReport, detect_archive, to_detections
from rune_pl.detect.weights import ShippedDetector, find_weights, shipped_detector

__all__ = [
    "Candidates",
    "DetectReport",
    "Detector",
    "Settings",
    "ShippedDetector",
    "detect_archive",
    "detect_picture",
    "find_images",
    "find_weights",
    "open_detector",
    "open_picture",
    "shipped_detector",
    "to_detections",
]
