"""Scores of an enlarger: fidelity, a distance of features, and a stranger who sees the same order."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import ganlab
from ganlab.data.photographs import held_out_photographs
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.metrics.fidelity import psnr_y, ssim_y
from ganlab.resampling import crop_to_multiple, downscale, to_8_bit, upscale
from ganlab.style.scores import style_judge
from ganlab.superres.scores import evaluate_enlarger, perceptual_distance

ROOT = Path(__file__).resolve().parent.parent.parent


def enlarger(name):
    return ganlab.load_pretrained(name)


@torch.no_grad()
def distance_for_the_judge(pictures, truth):
    """The form of perceptual_distance, on the judge of painted styles: neither a teacher nor a loss of these networks."""
    both, found = torch.cat([to_8_bit(pictures), to_8_bit(truth)]), []
    for layer in style_judge().body:
        both = layer(both)
        if isinstance(layer, nn.LeakyReLU):
            ours, real = F.normalize(both, dim=1).chunk(2)
            found.append((ours - real).square().sum(dim=1).mean())
    return torch.stack(found).mean().item()


@pytest.mark.thorough(when=["ganlab/superres/*", "ganlab/weights/sr*", "ganlab/metrics/*", "ganlab/features/*"])
def test_a_stranger_sees_the_same_order():
    ways = {"bicubic": upscale} | {name: enlarger(name) for name in ("srresnet-x4", "srgan-x4")}
    truths = [crop_to_multiple(truth, 4) for truth in held_out_photographs().values()]
    with torch.no_grad():
        found = {
            name: sum(distance_for_the_judge(way(downscale(truth)), truth) for truth in truths) / len(truths)
            for name, way in ways.items()
        }
    print(found)
    assert found["srresnet-x4"] <= 0.95 * found["bicubic"]
    assert found["srgan-x4"] <= 0.9 * found["srresnet-x4"]


def distance_in_numpy(levels, n):
    found = []
    for level in levels:
        unit = level / np.maximum(np.sqrt((level**2).sum(axis=1, keepdims=True)), 1e-8)
        found.append(((unit[:n] - unit[n:]) ** 2).sum(axis=1).mean())
    return np.mean(found)


def test_the_perceptual_distance_is_its_definition():
    torch.manual_seed(0)
    observer = Encoder(AdaINConfig(widths=(4, 6), depths=(1,), level=2)).eval()
    ours, truth = torch.rand(2, 2, 3, 20, 24) * 2.2 - 1.1
    seen = [
        level.detach().double().numpy() for level in observer.levels(torch.cat([to_8_bit(ours), to_8_bit(truth)]))
    ]
    found = perceptual_distance(ours, truth, observer=observer)
    assert found == pytest.approx(distance_in_numpy(seen, 2), rel=1e-4)
    assert found > 0
    assert perceptual_distance(truth, truth, observer=observer) == 0
    with pytest.raises(ValueError, match="of one shape, at least 16 x 16"):
        perceptual_distance(ours[..., :15], truth[..., :15], observer=observer)


def test_an_enlarger_is_measured_on_what_was_made_small():
    truths = [photo[..., 40:107, 40:109] for photo in list(held_out_photographs().values())[:2]]
    scores = evaluate_enlarger(upscale, truths)
    cut = [truth[..., :64, :68] for truth in truths]
    again = [upscale(downscale(truth)).clamp(-1, 1) for truth in cut]
    assert scores.pictures == 2
    for name, measure in (("psnr", psnr_y), ("ssim", ssim_y), ("distance", perceptual_distance)):
        wanted = np.mean([measure(a, b) for a, b in zip(again, cut, strict=True)])
        assert getattr(scores, name) == pytest.approx(wanted, rel=1e-5), name
    with pytest.raises(ValueError, match="at least one picture"):
        evaluate_enlarger(upscale, [])
