"""The compiled part of the native engine: circuits of one image, the order of its detections, the sweep."""
