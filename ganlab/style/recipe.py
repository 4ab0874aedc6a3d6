"""How ``adain-small`` was trained: encoder and decoder of the course's style transfer, together.

``make weights NAME=adain-small`` does it again, from nothing. Contents are photographs, styles are painted: see
:mod:`ganlab.data.training_sets`. ``style-features`` judges, frozen: make it first if it is not there.
"""

from __future__ import annotations

import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganlab import data
from ganlab.data.paintings import STYLES, paint_style
from ganlab.data.training_sets import STYLE_SEED, colour_photographs, mirrored_crops, style_paintings
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.pretrained import load_pretrained
from ganlab.runtime import Lab
from ganlab.style.networks import AutoEncoder, Decoder
from ganlab.style.scores import evaluate_styles
from ganlab.style.training import StyleConfig, StyleTask
from ganlab.style.transfer import StyleTransfer
from ganlab.training import fit

# Never trained on: what is measured below.
HELD_OUT = ("astronaut", "coffee")
MODEL = AdaINConfig(widths=(32, 64, 128), depths=(2, 2), level=3, extra=3)
# Of the weights after the last stage, against those before it: a point on the straight line between "more style" and
# "more content" (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903).
LAST_SHARE = 0.6
# One stage goes on from the average of the one before.
STAGES = (
    # The colours run along their lanes from the start; shapes come first, then a little style.
    (
        400,
        StyleConfig(
            size=96, learning_rate_encoder=5e-4, content_weight=3.0, gram_weight=10.0, identity_weight=5.0,
            ramp=0.4, decay_from=1.0,
        ),
    ),
    (
        6000,
        StyleConfig(
            size=96, learning_rate_encoder=1e-3, content_weight=1.0, gram_weight=20.0, identity_weight=2.0,
        ),
    ),
    # Larger squares, finer steps, and the content gets some of its own back.
    (
        900,
        StyleConfig(
            size=128, learning_rate=5e-4, learning_rate_encoder=5e-4, content_weight=4.0, gram_weight=20.0,
            identity_weight=2.0, ramp=0.0, decay_from=0.2,
        ),
    ),
)  # fmt: skip


@torch.no_grad()
def lay_colour_lanes(encoder: Encoder, decoder: Decoder) -> None:
    """Let six channels carry relu(x) and relu(-x) of the three colours through all layers, in place.

    A small decoder spends thousands of steps on finding out how to tell colours from the shapes of edges.
    With lanes the untrained network already gives back every picture in blocks of the stride, in colour, and AdaIN
    already transfers palettes; what remains to be learned is the rest.
    """
    convs = [conv for conv in encoder.convs if isinstance(conv, nn.Conv2d)]
    layers = [layer for layer in decoder.layers if isinstance(layer, nn.Conv2d)]
    for index, conv in enumerate(convs + layers):
        first, last = index == 0, conv is layers[-1]
        assert conv.bias is not None
        if not first:
            # Nobody else listens to a lane...
            conv.weight[:, :6] = 0
        if last:
            conv.weight.mul_(0.2)
            conv.bias.zero_()
        else:
            # ...and a lane listens to nobody else.
            conv.weight[:6] = 0
            conv.bias[:6] = 0
        for lane in range(6):
            sign = 1.0 if lane < 3 else -1.0
            if first:
                conv.weight[lane, lane % 3, 1, 1] = sign
            elif last:
                conv.weight[lane % 3, lane, 1, 1] = sign
            else:
                conv.weight[lane, lane, 1, 1] = 1.0


@torch.no_grad()
def measure(network: StyleTransfer, lab: Lab) -> dict[str, float]:
    """Judge, SSIM and reconstruction on photographs that were held out."""
    side = lab.budget(smoke=64, cpu=256, gpu=256)
    found = data.photos(size=side)
    places = [found.classes["photo"].index(name) for name in HELD_OUT]
    contents = found.images[places]
    styles = torch.stack([paint_style(name, size=side, seed=9000) for name in STYLES])
    scores = evaluate_styles(network, contents, styles)
    untouched = evaluate_styles(lambda content, style: content, contents, styles)
    return {
        "contents": len(contents),
        "judge_accuracy": round(scores.accuracy, 3),
        "styles_recognised_at_0.6": scores.recognised,
        "luminance_ssim": round(scores.ssim, 3),
        "reconstruction_l1_of_range_2": round(float((network(contents, contents) - contents).abs().mean()), 3),
        "judge_accuracy_of_untouched_photographs": round(untouched.accuracy, 3),
    }


def train(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """``adain-small``."""
    judge = load_pretrained("style-features")
    assert isinstance(judge, Encoder)
    photographs, said = colour_photographs(HELD_OUT)
    contents = mirrored_crops(photographs, lab.budget(smoke=16, cpu=3000, gpu=3000), 160, seed=1)
    pool = style_paintings(lab.budget(smoke=2, cpu=40, gpu=40), STYLE_SEED, run / "paintings.pt").flatten(0, 1)
    torch.manual_seed(lab.seed)
    both = AutoEncoder(MODEL)
    known = {name: value for name, value in judge.state_dict().items() if name in both.encoder.state_dict()}
    # The first levels of the judge are a better start than chance.
    both.encoder.load_state_dict(known)
    lay_colour_lanes(both.encoder, both.decoder)
    network = StyleTransfer(both.encoder, both.decoder)
    for number, (length, config) in enumerate(STAGES, 1):
        steps = lab.budget(smoke=2, cpu=length, gpu=length)
        before = copy.deepcopy(network).cpu()
        task = StyleTask(network, pool, config, lab, steps=steps, features=judge)
        path = run / f"stage{number}.safetensors"
        fit(
            task, contents, steps=steps, lab=lab, live=False, preview_every=0,
            checkpoint=path, checkpoint_every=500, resume=path if path.exists() else None,
        )  # fmt: skip
        network = task.ema
    network = network.cpu().eval()
    with torch.no_grad():
        for mine, theirs in zip(network.parameters(), before.parameters(), strict=True):
            mine.lerp_(theirs, 1 - LAST_SHARE)
    both = AutoEncoder(MODEL)
    both.encoder, both.decoder = network.encoder, network.decoder
    card = {
        "title": "AdaIN style transfer: small encoder and decoder",
        "model": "style.networks.AutoEncoder with AdaINConfig",
        "config": asdict(MODEL),
        "data": f"contents: {len(contents)} random crops of {said}; styles: {len(pool)} procedural paintings in "
        f"{len(STYLES)} styles, ganlab.data.paintings; no painting by any person",
        "budget": "; then ".join(f"{length} steps, {asdict(config)}" for length, config in STAGES)
        + f"; shipped: {LAST_SHARE} of the last stage's weights and {1 - LAST_SHARE} of those before it",
        "seed": lab.seed,
        "measured": measure(network, lab),
        "licence": "MIT for the weights; for teaching and research",
    }
    return both.state_dict(), card


RECIPES = {"adain-small": train}
