"""Oriented boxes as columns, and the geometry functions of the rule language over them."""

from rune_pl.geometry.boxes import Boxes, polygon_area
from rune_pl.geometry.corners import normalize_corners
from rune_pl.geometry.functions import REGISTRY
from rune_pl.geometry.registry import GeometryFunction, as_columns

__all__ = ["REGISTRY", "Boxes", "GeometryFunction", "as_columns", "normalize_corners", "polygon_area"]
