"""The quality floors of the course, at the full laptop budget: ``make test PROFILE=cpu``."""

import os

import pytest
import torch

import ganlab
from ganlab import data
from ganlab.distributions import mode_coverage, ring, ring_centres
from ganlab.evaluation import evaluate_faces
from ganlab.models import dcgan, toy
from ganlab.training import GANTask, TrainingConfig, discriminator_step, fit, generator_step

pytestmark = [
    pytest.mark.quality,
    pytest.mark.xdist_group("quality"),  # one after the other: each wants the whole machine
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        os.environ.get("GANLAB_PROFILE") not in ("cpu", "gpu"), reason="takes a quarter of an hour: make test PROFILE=cpu"
    ),
]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_five_minutes_of_dcgan_reach_the_floor(seed):
    lab = ganlab.setup(seed=seed)
    images = data.faces(20_000, size=32, seed=1).images
    config = dcgan.DCGANConfig(size=32)
    task = GANTask(dcgan.Generator(config), dcgan.Discriminator(config), TrainingConfig(), lab)
    fit(task, images, steps=8000, lab=lab, seed=seed, live=False, progress=False)
    scores = evaluate_faces(task.ema, size=32, count=5000)
    print(f"seed {seed}: {scores}")
    assert scores.face_distance <= FACE_DISTANCE_FLOOR
    assert scores.modes >= 325


# The floor was set at 110 with an earlier feature network. On the same pictures the shipped one gives larger numbers
# (generators at 32 and 64 pixels: 1.30 and 1.34 times; noisy real faces: 1.26 times); the smallest ratio, rounded
# down, carries the floor over.
FACE_DISTANCE_FLOOR = 110 * 1.25


def test_shipped_64_pixel_faces_are_clearly_better_than_five_minutes_give():
    scores = evaluate_faces(ganlab.load_pretrained("dcgan-faces64"), size=64, count=5000)
    print(scores)
    assert scores.face_distance <= FACE_DISTANCE_FLOOR / 2
    assert scores.modes >= 325


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_minute_finds_all_eight_gaussians(seed):
    torch.manual_seed(seed)
    config = toy.ToyConfig()
    generator, discriminator = toy.Generator(config), toy.Discriminator(config)
    adam_g = torch.optim.Adam(generator.parameters(), 1e-3, (0.5, 0.999))
    adam_d = torch.optim.Adam(discriminator.parameters(), 1e-3, (0.5, 0.999))
    for _ in range(3000):
        fake = generator(torch.randn(256, config.latent_dim))
        discriminator_step(discriminator, adam_d, real=ring(256), fake=fake)
        generator_step(discriminator, adam_g, fake=fake)
    with torch.no_grad():
        modes, quality = mode_coverage(generator(torch.randn(2000, config.latent_dim)), ring_centres())
    assert modes == 8
    assert quality > 0.6
