"""The course's feature network: a classifier of the procedural faces' attributes."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab import data
from ganlab.data.faces import sample_attributes
from ganlab.features.faces import HEADS, FaceNet, face_features, predict_attributes
from ganlab.metrics.distances import frechet_distance
from ganlab.runtime import Lab

# A bald, beardless face shows no hair: its hair colour is not asked for.
IGNORED = -100


def labels_of(attributes: dict[str, Tensor]) -> dict[str, Tensor]:
    """The classes FaceNet is asked for, int64 (N,), from the painter's attributes."""
    glasses = attributes["glasses"].bool()
    found = {name: attributes[name].long() for name in ("beard", "hat", "style", "bg", "shirt", "hair")}
    found["glasses"] = glasses.long()
    found["shade"] = (glasses & attributes["shade"].bool()).long()
    found["smile"] = (attributes["smile"] > 0).long()
    found["skin"] = attributes["skin"].round().long()
    hairless = (attributes["style"] == 0) & ~attributes["beard"].bool()
    found["hair"] = torch.where(hairless, torch.full_like(found["hair"], IGNORED), found["hair"])
    return found


def train(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict]:
    """Train for minutes; not resumable, since it is shorter than anybody's patience."""
    count, epochs, batch_size = lab.budget(smoke=512, cpu=30_000, gpu=30_000), lab.budget(smoke=1, cpu=5, gpu=5), 128
    pictures, labels = data.faces(count, size=32, seed=1).images, labels_of(sample_attributes(count, seed=1))
    network = FaceNet().to(lab.device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = epochs * (count // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        for index in torch.randperm(count).split(batch_size)[: count // batch_size]:
            batch = pictures[index]
            # Noise of random strength: the features must not hang on the last digits of a clean picture.
            batch = batch + 0.06 * torch.rand(len(batch), 1, 1, 1) * torch.randn_like(batch)
            batch = batch.to(lab.device, memory_format=torch.channels_last)
            with lab.autocast():
                answers = network(batch)
            losses = [
                F.cross_entropy(answers[name].float(), labels[name][index].to(lab.device), ignore_index=IGNORED)
                for name in HEADS
            ]
            loss = torch.stack(losses).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {loss.item():.3f}", flush=True)
    network = network.float().cpu().eval()
    held_out = lab.budget(smoke=256, cpu=5000, gpu=5000)
    test, truth = data.faces(held_out, size=32, seed=2).images, labels_of(sample_attributes(held_out, seed=2))
    said = predict_attributes(test, network=network)
    accuracy = {
        name: round(float((said[name] == truth[name])[truth[name] != IGNORED].float().mean()), 4) for name in HEADS
    }
    other = data.faces(held_out, size=32, seed=3).images
    floor = frechet_distance(face_features(test, network=network), face_features(other, network=network))
    card = {
        "title": "Face features: attribute classifier of the procedural faces",
        "model": None,
        "config": {"width": 32, "feature_dim": 64},
        "data": f"{count} procedural faces of 32 x 32, ganlab.data.faces(seed=1); no photograph of any person",
        "budget": f"{epochs} epochs, batches of {batch_size}",
        "seed": lab.seed,
        "measured": {
            "attribute_accuracy_held_out": accuracy,
            f"real_vs_real_face_distance_at_{held_out}": round(floor, 2),
        },
        "licence": "MIT, like the code",
    }
    return network.state_dict(), card


RECIPES = {"face-features": train}
