"""Data sets of the course, each as :class:`Pictures`: float32 (N, C, H, W) in [-1, 1]."""

from __future__ import annotations

from ganlab.faces import ATTRIBUTES, attribute_labels, paint_faces, sample_attributes
from ganlab.pictures import Pictures


def faces(n: int, size: int = 32, seed: int = 0) -> Pictures:
    """``n`` procedural cartoon faces of ``size`` x ``size`` pixels with exact labels; the same for the same seed."""
    attributes = sample_attributes(n, seed)
    return Pictures(
        images=paint_faces(attributes, size),
        labels=attribute_labels(attributes),
        classes=ATTRIBUTES,
        name="procedural faces",
        licence="MIT, like the code that paints them",
        source="ganlab.faces",
    )
