"""Train AdaIN style transfer with ``fit``: the decoder alone, as in the paper, or encoder and decoder together.

References
----------
Huang and Belongie, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", 2017, section 6.
https://arxiv.org/abs/1703.06868
Johnson, Alahi and Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", 2016, section 3:
a loss network that is not the network being trained. https://arxiv.org/abs/1603.08155
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab.features.encoder import Encoder
from ganlab.layers import adaptive_instance_norm
from ganlab.losses import total_variation
from ganlab.runtime import Lab
from ganlab.style.losses import content_loss, gram_loss, style_loss
from ganlab.style.transfer import StyleTransfer
from ganlab.training import update_ema


@dataclass(frozen=True)
class StyleConfig:
    """Settings of a training run.

    Raises
    ------
    ValueError
        If a size is below 2, a weight or a rate below 0, or a fraction not in [0, 1].
    """

    batch_size: int = 8
    size: int = 128  # of the squares cut from contents and styles, pixels
    learning_rate: float = 1e-3  # of the decoder
    learning_rate_encoder: float = 0.0  # 0: the encoder stays as it is, as in the paper
    betas: tuple[float, float] = (0.9, 0.99)
    content_weight: float = 1.0
    style_weight: float = 1.0  # means and standard deviations (equation 13)
    gram_weight: float = 0.0  # relative distance of Gram matrices: what two channels do together
    identity_weight: float = 1.0  # one content a batch is its own style and has to come back unchanged
    smoothness: float = 0.1  # total variation
    ramp: float = 0.1  # fraction of the run over which the style's weights grow from 0: first see, then paint
    scales: float = 1.5  # styles are cut up to so many times as large, and shrunk: finer marks
    recolour: float = 0.5  # part of the batches whose styles get other colours
    clip: float = 1.0  # largest norm of the gradient; a style with strong features makes it a hundred times larger
    ema_decay: float = 0.998
    decay_from: float = 0.4  # from this fraction of the run on the learning rates fall linearly...
    decay_to: float = 0.02  # ...to this fraction of their start

    def __post_init__(self) -> None:
        for name in ("batch_size", "size"):
            if getattr(self, name) < 2:
                raise ValueError(f"StyleConfig.{name}: expected at least 2, got {getattr(self, name)}")
        for name in ("content_weight", "style_weight", "gram_weight", "identity_weight", "smoothness"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"StyleConfig.{name}: expected at least 0, got {getattr(self, name)}")
        if not (self.learning_rate > 0 and self.learning_rate_encoder >= 0 and self.scales >= 1):
            raise ValueError("StyleConfig: expected learning_rate > 0, learning_rate_encoder >= 0 and scales >= 1")
        if not (0 <= self.ramp <= 1 and 0 <= self.recolour <= 1):
            raise ValueError(f"StyleConfig: expected ramp and recolour in [0, 1], got {self.ramp}, {self.recolour}")


def recolour(pictures: Tensor) -> Tensor:
    """Swap the colour channels at random, turn some pictures to their negative, change contrast and brightness.

    What stays is the marks: a network that has seen a style in many colours cannot know it by its palette.

    Parameters
    ----------
    pictures : Tensor
        (N, 3, H, W) in [-1, 1].

    Returns
    -------
    Tensor
        The same shape, in [-1, 1]; drawn from torch's global generator.
    """
    chance = torch.rand(3, len(pictures), 1, 1, 1, device=pictures.device)
    order = torch.stack([torch.randperm(3) for _ in pictures]).to(pictures.device)
    swapped = pictures.gather(1, order[:, :, None, None].expand_as(pictures))
    turned = torch.where(chance[0] < 0.2, -swapped, swapped)
    return (turned * (0.75 + 0.5 * chance[1]) + 0.4 * (chance[2] - 0.5)).clamp(-1, 1)


class StyleTask:
    """What ``fit`` needs to train a style transfer; the pictures that ``fit`` is given are the contents.

    Parameters
    ----------
    network : StyleTransfer
        Trained in place; ``task.ema`` is its average.
    styles : Tensor
        (M, 3, H, W), float in [-1, 1] or uint8, at least ``config.size`` a side: the pool that styles are cut from.
    config : StyleConfig
        Settings.
    lab : Lab
        From :func:`ganlab.setup`.
    steps : int
        Length of the whole run, for the ramp.
    features : Encoder, optional
        Another network to compare on, frozen: the content is then compared with the content's own features there.
        Without it the encoder itself judges, and the content loss is the paper's: distance to the AdaIN target.

    Raises
    ------
    ValueError
        If the styles are no such tensor, or the encoder is to be trained on losses that it computes itself, which
        it could make 0 by answering nothing.
    """

    def __init__(
        self,
        network: StyleTransfer,
        styles: Tensor,
        config: StyleConfig,
        lab: Lab,
        *,
        steps: int,
        features: Encoder | None = None,
    ) -> None:
        if config.learning_rate_encoder and features is None:
            raise ValueError("StyleTask: expected another network in `features` to judge a trained encoder, got None")
        if styles.dim() != 4 or styles.shape[1] != 3 or min(styles.shape[2:]) < config.size:
            raise ValueError(
                f"StyleTask: expected styles (M, 3, H, W) of at least {config.size} pixels, got {tuple(styles.shape)}"
            )
        self.config, self.lab, self.styles, self.steps = config, lab, styles, steps
        self.network = network.to(lab.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network.requires_grad_(False)
        self.network.decoder.requires_grad_(True).train()
        self.features = None
        if features is not None:
            frozen = copy.deepcopy(features).eval().requires_grad_(False)
            self.features = frozen.to(lab.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = copy.deepcopy(self.network).eval().requires_grad_(False)
        adam = torch.optim.Adam(self.network.decoder.parameters(), config.learning_rate, config.betas, fused=True)
        self.optimizers: dict[str, torch.optim.Optimizer] = {"decoder": adam}
        if config.learning_rate_encoder:
            weights = self.network.encoder.requires_grad_(True).parameters()
            rate = config.learning_rate_encoder
            self.optimizers["encoder"] = torch.optim.Adam(weights, rate, config.betas, fused=True)
        self.modules: dict[str, nn.Module] = {"network": self.network, "ema": self.ema}
        self.steps_done = 0
        self._preview: tuple[Tensor, Tensor] | None = None

    def draw_styles(self, count: int) -> Tensor:
        """Squares of random styles at random scales, turned and mirrored: (count, 3, size, size) in [-1, 1]."""
        config = self.config
        most = min(round(config.size * config.scales), *self.styles.shape[2:])
        side = int(torch.randint(config.size, most + 1, (1,)))  # one for the batch: they are resized together
        cut = []
        for index in torch.randint(len(self.styles), (count,)).tolist():
            top, left = (int(torch.randint(length - side + 1, (1,))) for length in self.styles.shape[2:])
            square = self.styles[index, :, top : top + side, left : left + side]
            square = square.flip(2) if torch.rand(()) < 0.5 else square
            cut.append(square.transpose(1, 2) if torch.rand(()) < 0.5 else square)
        pictures = torch.stack(cut).to(self.lab.device)
        pictures = pictures.float() / 127.5 - 1 if pictures.dtype is torch.uint8 else pictures
        pictures = _resize(pictures, config.size)
        return recolour(pictures) if torch.rand(()) < config.recolour else pictures

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step on contents ``real`` (N, 3, S, S) in [-1, 1], S at least ``size``, with newly drawn styles."""
        config, network, count = self.config, self.network, len(real)
        content = self._cut(real).contiguous(memory_format=torch.channels_last)
        # The last picture's style is itself: its features pass AdaIN unchanged, and the decoder learns to decode.
        style = torch.cat([self.draw_styles(count - 1), content[-1:]]).contiguous(memory_format=torch.channels_last)
        if self._preview is None:
            self._preview = content[:-1].clone(), style[:-1].clone()
        with self.lab.autocast():
            encoded = network.encoder.levels(torch.cat([content, style]))
            target = adaptive_instance_norm(encoded[network.level - 1][:count], encoded[network.level - 1][count:])
            painted = network.decoder(target)
            if self.features is None:
                judge, known = network.encoder, encoded
            else:
                judge = self.features
                with torch.no_grad():
                    known = judge.levels(torch.cat([content, style]))
            found = judge.levels(painted)
        wanted = target if self.features is None else known[-1][:count]
        painted = painted.float()
        at = network.level - 1 if self.features is None else -1
        energy = wanted.detach().float().square().mean().clamp(min=1e-12)
        # The pixels themselves are level 0: their means and deviations are the palette.
        mine = [painted, *(level.float() for level in found)]
        theirs = [style, *(level[count:].float() for level in known)]
        losses = {
            "loss_content": content_loss(features=found[at], target=wanted.detach()) / energy,
            "loss_style": style_loss(features=mine, targets=theirs) / len(mine),
        }
        ramp = min(1.0, (self.steps_done + 1) / max(1.0, config.ramp * self.steps))
        total = config.content_weight * losses["loss_content"] + ramp * config.style_weight * losses["loss_style"]
        if config.gram_weight:
            losses["loss_gram"] = gram_loss(features=mine, targets=theirs, relative=True, robust=True) / len(mine)
            total = total + ramp * config.gram_weight * losses["loss_gram"]
        losses["loss_identity"] = (painted[-1] - content[-1]).abs().mean()
        outside = (painted.abs() - 1).clamp(min=0).mean()  # nobody sees beyond black and white
        total = total + config.identity_weight * losses["loss_identity"] + outside
        total = total + config.smoothness * total_variation(painted)
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        total.backward()
        trained = [weight for weight in network.parameters() if weight.requires_grad]
        nn.utils.clip_grad_norm_(trained, config.clip)
        for optimizer in self.optimizers.values():
            optimizer.step()
        self.steps_done += 1
        update_ema(self.ema, network, min(config.ema_decay, (1 + self.steps_done) / (10 + self.steps_done)))
        return {name: loss.detach() for name, loss in losses.items()}

    def _cut(self, real: Tensor) -> Tensor:
        """The same random square of every content, mirrored at random."""
        size = self.config.size
        top, left = (int(torch.randint(max(length - size, 0) + 1, (1,))) for length in real.shape[2:])
        square = real[:, :, top : top + size, left : left + size]
        return square.flip(3) if torch.rand(()) < 0.5 else square

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The averaged network's pictures of the first batch, or black before the first step."""
        if self._preview is None:
            return -torch.ones(1, 3, self.config.size, self.config.size)
        painted: Tensor = self.ema(*self._preview)
        return painted.clamp(-1, 1)


def _resize(pictures: Tensor, size: int) -> Tensor:
    if pictures.shape[-1] == size:
        return pictures
    return nn.functional.interpolate(pictures, size=(size, size), mode="bilinear", antialias=True)
