"""How the course's feature networks were trained: ``face-features``, ``style-features`` and ``style-judge``.

``make weights NAME=face-features`` does it again, from nothing.

``face-features`` learns to name the attributes of the procedural faces.
``style-features`` learns to name the things on CIFAR-10 and the painted styles: features for both content and
style. CIFAR-10 is downloaded, or taken from where GANLAB_CIFAR points to: a zip or folder ``train/CLASS/NAME.jpg``.
``style-judge`` learns the painted styles alone, from other paintings.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ganlab import data
from ganlab.data.faces import sample_attributes
from ganlab.data.paintings import STYLES
from ganlab.data.training_sets import STYLE_SEED, style_paintings, to_bytes
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.features.faces import HEADS, FaceNet, face_features, predict_attributes
from ganlab.features.judge import StyleJudge, StyleJudgeConfig
from ganlab.images import to_tensor
from ganlab.metrics.distances import frechet_distance
from ganlab.runtime import Lab
from ganlab.training.checkpoint import load_checkpoint, save_checkpoint
from ganlab.training.steps import placed

# Of the first painting of each style: the judge never sees one that the networks it judges have seen.
JUDGE_SEED = 5000
CHANNELS_LAST = torch.channels_last
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


def train_faces(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """``face-features``: minutes; not resumable, since it is shorter than anybody's patience."""
    count, epochs, batch_size = lab.budget(smoke=512, cpu=30_000, gpu=30_000), lab.budget(smoke=1, cpu=5, gpu=5), 128
    pictures, labels = data.faces(count, size=32, seed=1).images, labels_of(sample_attributes(count, seed=1))
    network = placed(FaceNet(), lab)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = epochs * (count // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for epoch in range(epochs):
        for index in torch.randperm(count).split(batch_size)[: count // batch_size]:
            batch = pictures[index]
            # Noise of random strength: the features must not hang on the last digits of a clean picture.
            batch = batch + 0.06 * torch.rand(len(batch), 1, 1, 1) * torch.randn_like(batch)
            batch = batch.to(lab.device, memory_format=CHANNELS_LAST)
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


def cifar(count: int) -> tuple[Tensor, Tensor]:
    """CIFAR-10's training pictures, uint8 (N, 3, 32, 32), with their classes."""
    place = os.environ.get("GANLAB_CIFAR")
    if not place:
        found = data.cifar10()
        return to_bytes(found.images[:count]), found.labels["kind"][:count]
    if Path(place).suffix == ".zip":
        archive = zipfile.ZipFile(place)
        files = {name: (lambda name=name: BytesIO(archive.read(name))) for name in archive.namelist()}
    else:
        files = {str(path): (lambda path=path: path) for path in Path(place).rglob("*.jpg")}
    names = sorted(name for name in files if name.endswith(".jpg"))
    kinds = sorted({Path(name).parent.name for name in names})
    names = names[:: max(1, len(names) // count)][:count]
    pictures = torch.stack([to_bytes(to_tensor(Image.open(files[name]()).convert("RGB"))) for name in names])
    return pictures, torch.tensor([kinds.index(Path(name).parent.name) for name in names])


def jitter(pictures: Tensor) -> Tensor:
    """Other contrast, brightness and tint for every picture."""
    n = len(pictures)
    contrast, brightness, tint = (torch.rand(n, c, 1, 1) * 2 - 1 for c in (1, 1, 3))
    return pictures * (1 + 0.2 * contrast) + 0.2 * brightness + 0.1 * tint


def cut(pool: Tensor, count: int, side: int, paintings: range) -> tuple[Tensor, Tensor]:
    """Random squares of the pool and the numbers of their styles."""
    labels, squares = torch.randint(len(pool), (count,)), []
    for style in labels.tolist():
        top, left = torch.randint(256 - side + 1, (2,)).tolist()
        which = paintings[int(torch.randint(len(paintings), (1,)))]
        squares.append(pool[style, which, :, top : top + side, left : left + side])
    return torch.stack(squares).float() / 127.5 - 1, labels


class FeatureClassifier(nn.Module):
    """An encoder with two heads: what is on the picture (from relu4_1), and how it is painted (from statistics)."""

    def __init__(self) -> None:
        super().__init__()
        self.e = Encoder(AdaINConfig(batch_norm=True))
        self.c = nn.Conv2d(256, 256, 3, padding=1, bias=False)
        self.b = nn.BatchNorm2d(256)
        self.h = nn.Linear(256, 10)
        self.t = nn.Linear(2 * (128 + 256), len(STYLES))

    def things(self, pictures: Tensor) -> Tensor:
        """Logits over CIFAR-10's ten classes."""
        logits: Tensor = self.h(F.relu(self.b(self.c(self.e(pictures)))).amax(dim=(2, 3)).float())
        return logits

    def styles(self, pictures: Tensor) -> Tensor:
        """Logits over styles from means and standard deviations at relu3_1 and relu4_1."""
        maps = [level.float() for level in self.e.levels(pictures)[2:]]
        numbers = [part for m in maps for part in (m.mean((2, 3)), (m.var((2, 3)) + 1e-5).sqrt())]
        logits: Tensor = self.t(torch.cat(numbers, dim=1))
        return logits


def draw_things(padded: Tensor, classes: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """A batch of CIFAR-10, shifted, mirrored, tinted and noisy."""
    index, corner, span = torch.randint(len(padded), (count,)), torch.randint(9, (count, 2)), torch.arange(32)
    rows, columns = (corner[:, :1] + span)[:, :, None], (corner[:, 1:] + span)[:, None, :]
    x = padded[index[:, None, None], :, rows, columns]  # -> (N, 32, 32, 3)
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.5, x.flip(2), x).permute(0, 3, 1, 2).float() / 127.5 - 1
    return jitter(x) + 0.05 * torch.rand(count, 1, 1, 1) * torch.randn(count, 3, 32, 32), classes[index]


def draw_paintings(pool: Tensor, count: int, side: int = 48) -> tuple[Tensor, Tensor]:
    """A batch of style crops at one random scale."""
    wide = int(torch.randint(side, 97, (1,)))
    x, labels = cut(pool, count, wide, range(pool.shape[1] - 4))
    x = F.interpolate(x, size=side, mode="bilinear", antialias=True) if wide > side else x
    x = x[:, torch.randperm(3)] if torch.rand(()) < 0.5 else x
    return jitter(x), labels


def train_features(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """``style-features``: the classifier, then its encoder without batch normalisation and with unit activations."""
    steps = lab.budget(smoke=3, cpu=2400, gpu=2400)
    pictures, classes = cifar(lab.budget(smoke=200, cpu=50_000, gpu=50_000)) if lab.profile != "smoke" else small()
    pool = style_paintings(lab.budget(smoke=5, cpu=40, gpu=40), STYLE_SEED, run / "paintings.pt")
    test = torch.zeros(len(pictures), dtype=torch.bool)
    for kind in range(10):
        test[(classes == kind).nonzero()[-len(pictures) // 250 :, 0]] = True
    padded = F.pad(pictures[~test].float(), (4,) * 4, mode="reflect").byte()
    network = placed(FeatureClassifier(), lab)
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 5e-4}, {"params": others, "weight_decay": 0.0}]
    sgd = torch.optim.SGD(groups, 0.1, momentum=0.9, nesterov=True)
    path, done = run / "checkpoint.safetensors", 0
    if path.exists():
        done = load_checkpoint(path, modules={"network": network}, optimizers={"sgd": sgd})["step"]
    torch.manual_seed(lab.seed + done)
    for step in range(done + 1, steps + 1):
        part = step / steps
        for group in sgd.param_groups:
            group["lr"] = 0.15 * (part / 0.15 if part < 0.15 else (1 - part) / 0.85) + 1e-4
        (x, kinds), (s, styles) = draw_things(padded, classes[~test], 128), draw_paintings(pool, 20)
        with lab.autocast():
            named = network.things(x.to(lab.device, memory_format=CHANNELS_LAST))
            styled = network.styles(s.to(lab.device, memory_format=CHANNELS_LAST))
        loss = F.cross_entropy(named.float(), kinds.to(lab.device), label_smoothing=0.1)
        loss = loss + 0.3 * F.cross_entropy(styled.float(), styles.to(lab.device))
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        if step % 200 == 0 or step == steps:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
            save_checkpoint(path, modules={"network": network}, optimizers={"sgd": sgd}, meta={"step": step})
    network.cpu().eval()
    unseen = pictures[test].float() / 127.5 - 1
    with torch.no_grad():
        named = torch.cat([network.things(part).argmax(1) for part in unseen.split(250)])
        torch.manual_seed(1)
        held, labels = cut(pool, lab.budget(smoke=8, cpu=400, gpu=400), 96, range(pool.shape[1] - 4, pool.shape[1]))
        styled = torch.cat([network.styles(part).argmax(1) for part in held.split(50)])
    encoder = network.e.folded().eval()
    photographs = data.photos(size=128).images
    encoder.normalise_activations(
        torch.cat([photographs, pool[:, :3, :, :128, :128].flatten(0, 1).float() / 127.5 - 1])
    )
    card = {
        "title": "Style features: a small encoder in VGG's arrangement, trained on CIFAR-10 and painted styles",
        "model": "features.encoder.Encoder with AdaINConfig",
        "config": asdict(encoder.config),
        "data": f"{int((~test).sum())} pictures of CIFAR-10 (Krizhevsky 2009; no licence stated by the authors, used "
        f"for research and teaching) and {pool.shape[1] - 4} procedural paintings of each of {len(STYLES)} styles",
        "budget": f"{steps} steps of 128 pictures and 20 style crops",
        "seed": lab.seed,
        "measured": {
            "cifar10_accuracy_held_out": round(float((named == classes[test]).float().mean()), 4),
            "style_crop_accuracy_held_out": round(float((styled == labels).float().mean()), 4),
        },
        "licence": "MIT for the weights; for teaching and research",
    }
    return encoder.state_dict(), card


def small() -> tuple[Tensor, Tensor]:
    """Painted faces in ten classes, in CIFAR-10's place, to see that the recipe runs."""
    found = data.faces(500, size=32)
    return to_bytes(found.images), torch.arange(500) % 10


def train_judge(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """``style-judge``: crops of paintings in, the style out."""
    steps = lab.budget(smoke=3, cpu=1500, gpu=1500)
    pool = style_paintings(lab.budget(smoke=5, cpu=40, gpu=40), JUDGE_SEED, run / "paintings.pt")
    seen = pool.shape[1] - lab.budget(smoke=1, cpu=8, gpu=8)
    torch.manual_seed(lab.seed + 7)
    judge = placed(StyleJudge(StyleJudgeConfig()), lab)
    adam = torch.optim.Adam(judge.parameters(), 2e-3)
    for step in range(1, steps + 1):
        adam.param_groups[0]["lr"] = 2e-3 * min(1, (steps - step) / steps * 1.5 + 0.02)
        x, labels = cut(pool, 32, 96, range(seen))
        x = jitter(x.flip(3) if torch.rand(()) < 0.5 else x)
        x = (x + 0.05 * torch.rand(len(x), 1, 1, 1) * torch.randn_like(x)).clamp(-1, 1)
        with lab.autocast():
            logits = judge(x.to(lab.device, memory_format=CHANNELS_LAST))
        loss = F.cross_entropy(logits.float(), labels.to(lab.device), label_smoothing=0.05)
        adam.zero_grad()
        loss.backward()
        adam.step()
        if step % 300 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    judge.cpu().eval()
    torch.manual_seed(1)
    with torch.no_grad():
        held, labels = cut(pool, lab.budget(smoke=8, cpu=1000, gpu=1000), 96, range(seen, pool.shape[1]))
        accuracy = float((torch.cat([judge(part).argmax(1) for part in held.split(50)]) == labels).float().mean())
    card = {
        "title": "Style judge: a classifier of the painted styles, independent of the style transfer",
        "model": "features.judge.StyleJudge with StyleJudgeConfig",
        "config": asdict(judge.config),
        "data": f"96-pixel crops of {seen} procedural paintings of each of {len(STYLES)} styles, other seeds than "
        "any network it judges has seen",
        "budget": f"{steps} steps of 32 crops",
        "seed": lab.seed,
        "measured": {"style_crop_accuracy_held_out": round(accuracy, 4)},
        "licence": "MIT, like the code",
    }
    return judge.state_dict(), card


RECIPES = {"face-features": train_faces, "style-features": train_features, "style-judge": train_judge}
