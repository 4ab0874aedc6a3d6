"""The floors of DCGAN, at the full laptop budget: ``make test PROFILE=cpu``."""

import os
from dataclasses import replace

import pytest
import torch

import ganlab
from ganlab import data
from ganlab.dcgan import networks as dcgan
from ganlab.dcgan.scores import evaluate_faces
from ganlab.dcgan.training import PAIRING, PairingTask
from ganlab.training import fit

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
    torch.manual_seed(seed)
    judge = dcgan.Discriminator(replace(config, batch_norm=False)).apply(dcgan.init_kaiming)
    task = PairingTask(dcgan.Generator(config), judge, PAIRING, lab)
    fit(task, images, steps=7500, lab=lab, seed=seed, live=False, progress=False)
    scores = evaluate_faces(task.ema, size=32, count=5000)
    print(f"seed {seed}: {scores}")
    assert scores.face_distance <= FACE_DISTANCE_FLOOR
    assert scores.modes >= 325


# Measured with these settings: 95 to 105; the recipe of 2015 gave 112 after as many CPU seconds.
FACE_DISTANCE_FLOOR = 120.0


def test_shipped_64_pixel_faces_are_clearly_better_than_five_minutes_give():
    scores = evaluate_faces(ganlab.load_pretrained("dcgan-faces64"), size=64, count=5000)
    print(scores)
    assert scores.face_distance <= 65
    assert scores.modes >= 325
