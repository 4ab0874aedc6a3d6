"""Measure a face generator: how far its pictures are from real ones, and how many kinds of face it makes.

Numbers of this module are computed on the course's own face features (:mod:`ganlab.features`); they are not
Inception FIDs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab import data
from ganlab.features.faces import MODE_COUNT, count_modes, face_features
from ganlab.metrics.distances import frechet_distance


@dataclass(frozen=True)
class FaceScores:
    """What :func:`evaluate_faces` measured."""

    face_distance: float  # Fréchet distance on face features, generated against real
    floor: float  # the same distance between two disjoint sets of real faces of the same size
    modes: int  # attribute combinations among the first 2048 generated pictures
    real_modes: int  # the same count among as many real ones
    count: int  # pictures each distance was computed on

    def __str__(self) -> str:
        return (
            f"face-feature Fréchet distance {self.face_distance:.1f} on {self.count} pictures "
            f"(real against real {self.floor:.1f}); {self.modes} of {MODE_COUNT} modes (real {self.real_modes})"
        )


@torch.no_grad()
def sample_pictures(generator: nn.Module, count: int, *, seed: int = 0, batch_size: int = 256) -> Tensor:
    """Draw ``count`` pictures from a generator with ``config.latent_dim``: float32 on the CPU, (count, C, S, S).

    The generator is used in eval mode and left in the mode it was in.
    """
    device = next(generator.parameters()).device
    z = torch.randn(count, generator.config.latent_dim, generator=torch.Generator().manual_seed(seed))  # type: ignore[union-attr, arg-type]
    was_training = generator.training
    generator.eval()
    try:
        return torch.cat([generator(batch.to(device)).float().cpu() for batch in z.split(batch_size)])
    finally:
        generator.train(was_training)


def evaluate_faces(generator: nn.Module, *, size: int, count: int = 5000, seed: int = 0) -> FaceScores:
    """Compare a generator of faces with real faces it was not trained on.

    Parameters
    ----------
    generator : Module
        z (N, latent_dim) -> faces (N, 3, size, size) in [-1, 1].
    size : int
        Pixels, a multiple of 32.
    count : int
        Pictures per set. The distance is biased by about a constant over ``count``: compare at equal counts.
    seed : int
        Of the latent vectors. The real faces are always the same.
    """
    fake = sample_pictures(generator, count, seed=seed)
    # Seeds far from those the lessons train on: these faces are held out.
    real = face_features(data.faces(count, size=size, seed=900_001).images)
    other = data.faces(count, size=size, seed=900_002).images
    return FaceScores(
        face_distance=frechet_distance(real, face_features(fake)),
        floor=frechet_distance(real, face_features(other)),
        modes=count_modes(fake[:2048]),
        real_modes=count_modes(other[:2048]),
        count=count,
    )
