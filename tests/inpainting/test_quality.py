"""The floors of Context Encoder, at the full laptop budget: ``make test PROFILE=cpu``."""

import os

import pytest
import torch

import ganlab
from ganlab import data
from ganlab.features.faces import face_features
from ganlab.images import fit_square, open_picture, to_tensor
from ganlab.inpainting.baselines import biharmonic_fill
from ganlab.inpainting.masks import block_masks, centre_masks, hole_patches
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
from ganlab.inpainting.training import InpaintingConfig, InpaintingTask
from ganlab.metrics.distances import frechet_distance
from ganlab.metrics.fidelity import hole_psnr
from ganlab.training import fit

pytestmark = [
    pytest.mark.quality,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        os.environ.get("GANLAB_PROFILE") not in ("cpu", "gpu"),
        reason="takes a quarter of an hour: make test PROFILE=cpu",
    ),
]


def random_blocks(n, size):
    """Random rectangles, three in ten of them replaced by the centred square: what the floors were measured with."""
    random = torch.Generator().manual_seed(5)
    centred = torch.rand(n, 1, 1, 1, generator=random) < 0.3
    return torch.where(centred, centre_masks(n, size), block_masks(n, size, random))


@torch.no_grad()
def fill(network, pictures, masks):
    return torch.cat([network(*pair) for pair in zip(pictures.split(64), masks.split(64), strict=True)])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_three_minutes_of_context_encoder_reach_the_floors_and_the_adversary_pays(seed):
    lab = ganlab.setup(seed=seed)
    images = data.faces(20_000, size=32, seed=1).images
    truth = data.faces(512, size=32, seed=900_001).images
    centre, block = centre_masks(512, 32), random_blocks(512, 32)
    distance = {}
    for weight in (0.0, InpaintingConfig.adversarial_weight):
        torch.manual_seed(seed)
        config = InpaintingConfig(adversarial_weight=weight)
        task = InpaintingTask(ContextEncoder(ContextEncoderConfig(size=32)), config, lab, steps=2300)
        fit(task, images, steps=2300, lab=lab, seed=seed, live=False, progress=False)
        network = task.ema.cpu()
        in_centre, in_block = fill(network, truth, centre), fill(network, truth, block)
        psnr = hole_psnr(in_centre, truth, centre), hole_psnr(in_block, truth, block)
        distance[weight] = frechet_distance(face_features(truth), face_features(in_centre))
        print(
            f"seed {seed}, adversary {weight}: centre {psnr[0]:.2f} dB, block {psnr[1]:.2f} dB, {distance[weight]:.1f}"
        )
        assert psnr[0] >= 17.3
        assert psnr[1] >= 18.9
    few = slice(0, 64)
    smooth = hole_psnr(biharmonic_fill(truth[few], centre[few]), truth[few], centre[few])
    assert hole_psnr(in_centre[few], truth[few], centre[few]) >= smooth + 3.5
    assert distance[InpaintingConfig.adversarial_weight] < distance[0.0]


def test_the_shipped_context_encoder_of_faces_reaches_its_floors():
    network, truth = ganlab.load_pretrained("context-encoder-faces64"), data.faces(512, size=64, seed=900_001).images
    for masks, floor in ((centre_masks(512, 64), 17.0), (random_blocks(512, 64), 19.0)):
        found = hole_psnr(fill(network, truth, masks), truth, masks)
        print(f"{found:.2f} dB")
        assert found >= floor


def test_photographs_nobody_trained_on_are_filled_better_than_smoothly(real_data):
    paths = sorted((real_data / "paris").glob("*.png"))
    assert len(paths) >= 100
    truth = torch.stack([to_tensor(fit_square(open_picture(path), 128)) for path in paths])
    masks = centre_masks(len(truth), 128)
    network = ganlab.load_pretrained("context-encoder-photos128")
    scores = {}
    for name, filled in {"network": fill(network, truth, masks), "biharmonic": biharmonic_fill(truth, masks)}.items():
        patches = [hole_patches(x, masks) for x in (truth, filled)]
        scores[name] = hole_psnr(filled, truth, masks), frechet_distance(*patches)
    print(scores)
    assert scores["network"][0] > scores["biharmonic"][0]
    assert scores["network"][1] < scores["biharmonic"][1]
