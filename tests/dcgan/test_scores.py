"""Scores of a face generator: real faces are at the floor, a collapsed generator is far away."""

import pytest
import torch

from ganlab import data
from ganlab.dcgan import scores


class Painter(torch.nn.Module):
    """A "generator" that shows given real faces, whatever z says: the best and the worst there can be."""

    def __init__(self, images):
        super().__init__()
        self.config = type("Config", (), {"latent_dim": 2})()
        self.scale = torch.nn.Parameter(torch.ones(()))
        self.images, self.shown = images, 0

    def forward(self, z):
        assert not self.training
        start, self.shown = self.shown, self.shown + len(z)
        return self.images[torch.arange(start, start + len(z)) % len(self.images)] * self.scale


@pytest.mark.thorough(when=["ganlab/dcgan/*", "ganlab/features/*", "ganlab/metrics/*", "ganlab/data/face*"])
def test_evaluation_gives_real_faces_the_floor_and_a_collapsed_generator_away():
    perfect = scores.evaluate_faces(Painter(data.faces(600, seed=31).images), size=32, count=600)
    assert perfect.face_distance == pytest.approx(perfect.floor, rel=0.35)
    assert perfect.modes == pytest.approx(perfect.real_modes, rel=0.1)
    collapsed = scores.evaluate_faces(Painter(data.faces(4, seed=31).images), size=32, count=600)
    assert collapsed.face_distance > 5 * perfect.face_distance
    assert collapsed.modes <= 4
    assert "of 360 modes" in str(collapsed)


def test_sampling_leaves_the_generator_in_its_mode():
    painter = Painter(torch.zeros(4, 3, 32, 32)).train()
    assert scores.sample_pictures(painter, 6).shape == (6, 3, 32, 32)
    assert painter.training
