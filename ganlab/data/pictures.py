"""What every data set of the course comes back as."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True, repr=False)
class Pictures:
    """A set of pictures with whatever is known about them.

    Attributes
    ----------
    images : Tensor
        Shape (N, C, H, W), float32, in [-1, 1].
    labels : dict of str to Tensor
        For each thing that is known, int64 class numbers of shape (N,).
    classes : dict of str to tuple of str
        Names of those classes.
    name, licence, source : str
        What this is, what one may do with it, and where it comes from.
    """

    images: Tensor
    labels: dict[str, Tensor] = field(default_factory=dict)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = "pictures"
    licence: str = "unknown"
    source: str = ""

    def __post_init__(self) -> None:
        if self.images.dim() != 4:
            raise ValueError(f"Pictures: expected images of shape (N, C, H, W), got {tuple(self.images.shape)}")
        for name, values in self.labels.items():
            if len(values) != len(self.images):
                raise ValueError(f"Pictures: expected {len(self.images)} labels of {name!r}, got {len(values)}")

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        n, channels, height, width = self.images.shape
        kind = {1: "grey", 3: "colour"}.get(channels, f"{channels}-channel")
        known = f", labels: {', '.join(self.labels)}" if self.labels else ""
        return f"{self.name}: {n} {kind} pictures of {height} x {width}, float32 in [-1, 1]{known} ({self.licence})"
