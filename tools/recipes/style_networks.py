"""The loss network of style transfer and its independent judge.

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

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ganlab import data
from ganlab.checkpoint import load_checkpoint, save_checkpoint
from ganlab.data.paintings import STYLES, paint_style
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.features.judge import StyleJudge, StyleJudgeConfig
from ganlab.images import to_tensor
from ganlab.runtime import Lab

FEATURE_SEED, JUDGE_SEED = 1000, 5000  # of the first painting of each style: the two never see the same one
CHANNELS_LAST = torch.channels_last


def to_bytes(images: Tensor) -> Tensor:
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def paint_pool(each: int, seed: int, cache: Path) -> Tensor:
    """Paintings of every style, uint8 (styles, each, 3, 256, 256); kept in a file beside the run."""
    if cache.exists():
        return torch.load(cache)
    pool = torch.stack(
        [torch.stack([to_bytes(paint_style(name, size=256, seed=seed + k)) for k in range(each)]) for name in STYLES]
    )
    torch.save(pool, cache)
    return pool


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
        return self.h(F.relu(self.b(self.c(self.e(pictures)))).amax(dim=(2, 3)).float())

    def styles(self, pictures: Tensor) -> Tensor:
        """Logits over styles from means and standard deviations at relu3_1 and relu4_1."""
        maps = [level.float() for level in self.e.levels(pictures)[2:]]
        numbers = [part for m in maps for part in (m.mean((2, 3)), (m.var((2, 3)) + 1e-5).sqrt())]
        return self.t(torch.cat(numbers, dim=1))


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


def train_features(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict]:
    """``style-features``: the classifier, then its encoder without batch normalisation and with unit activations."""
    steps = lab.budget(smoke=3, cpu=2400, gpu=2400)
    pictures, classes = cifar(lab.budget(smoke=200, cpu=50_000, gpu=50_000)) if lab.profile != "smoke" else small()
    pool = paint_pool(lab.budget(smoke=5, cpu=40, gpu=40), FEATURE_SEED, run / "paintings.pt")
    test = torch.zeros(len(pictures), dtype=torch.bool)
    for kind in range(10):
        test[(classes == kind).nonzero()[-len(pictures) // 250 :, 0]] = True
    padded = F.pad(pictures[~test].float(), (4,) * 4, mode="reflect").byte()
    network = FeatureClassifier().to(lab.device, memory_format=CHANNELS_LAST)
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
        "model": "adain.Encoder with AdaINConfig",
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


def train_judge(run: Path, lab: Lab) -> tuple[dict[str, Tensor], dict]:
    """``style-judge``: crops of paintings in, the style out."""
    steps = lab.budget(smoke=3, cpu=1500, gpu=1500)
    pool = paint_pool(lab.budget(smoke=5, cpu=40, gpu=40), JUDGE_SEED, run / "paintings.pt")
    seen = pool.shape[1] - lab.budget(smoke=1, cpu=8, gpu=8)
    torch.manual_seed(lab.seed + 7)
    judge = StyleJudge(StyleJudgeConfig()).to(lab.device, memory_format=CHANNELS_LAST)
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
        "model": "style_judge.StyleJudge with StyleJudgeConfig",
        "config": asdict(judge.config),
        "data": f"96-pixel crops of {seen} procedural paintings of each of {len(STYLES)} styles, other seeds than "
        "any network it judges has seen",
        "budget": f"{steps} steps of 32 crops",
        "seed": lab.seed,
        "measured": {"style_crop_accuracy_held_out": round(accuracy, 4)},
        "licence": "MIT, like the code",
    }
    return judge.state_dict(), card


RECIPES = {"style-features": train_features, "style-judge": train_judge}
