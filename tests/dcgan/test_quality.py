"""The floors of DCGAN, at the full laptop budget: ``make test PROFILE=cpu``."""

import os

import pytest

import ganlab
from ganlab import data
from ganlab.dcgan import networks as dcgan
from ganlab.dcgan.scores import evaluate_faces
from ganlab.training import GANTask, TrainingConfig, fit

pytestmark = [
    pytest.mark.quality,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        os.environ.get("GANLAB_PROFILE") not in ("cpu", "gpu"),
        reason="takes a quarter of an hour: make test PROFILE=cpu",
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
