"""Train super-resolution with ``fit``: towards the pixels first, then towards what looks real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganlab.features.encoder import Encoder
from ganlab.losses import generator_loss, total_variation
from ganlab.resampling import downscale, upscale
from ganlab.runtime import Lab, as_integer
from ganlab.superres.degradations import KINDS, degrade
from ganlab.superres.losses import feature_loss, feature_matching
from ganlab.superres.networks import Discriminator, MultiStageGenerator, SRResNet
from ganlab.training import steps as parts


@dataclass(frozen=True)
class SuperResolutionConfig:
    """Settings of a training run. The defaults train towards the pixels alone: SRResNet.

    Raises
    ------
    ValueError
        For a setting that is none of those named below; the message says which it can be.
    """

    batch_size: int = 16
    learning_rate: float = 1e-3  # of the generator
    learning_rate_d: float = 4e-4
    betas: tuple[float, float] = (0.9, 0.99)
    pixel: str = "l1"  # "l1" or "l2"; the paper's SRResNet takes l2, those after it l1
    pixel_weight: float = 1.0  # of the pixel loss; SRGAN in the paper: 0
    feature_weight: float = 0.0  # of the feature loss, see feature_loss
    feature_levels: tuple[int, ...] = (1, 2, 3)  # of the encoder, counted from 1
    adversarial_weight: float = 0.0  # the paper's is 1e-3. 0: no discriminator is used
    matching_weight: float = 0.0  # of the distance of the discriminator's own features, see feature_matching
    adversarial_from: float = 0.0  # fraction of the run after which the generator hears of the discriminator
    variation_weight: float = 0.0  # of total variation
    r1_weight: float = 0.0  # of the R1 penalty
    r1_every: int = 8
    degradation: str = "bicubic"  # see ganlab.superres.degradations
    ema_decay: float = 0.999
    clip: float = 1.0  # the gradient's norm is cut to this: one crop of pure texture must not throw the others off
    decay_from: float = 0.4  # from this fraction of the run on the learning rates fall linearly...
    decay_to: float = 0.02  # ...to this fraction of their start

    def __post_init__(self) -> None:
        if self.pixel not in ("l1", "l2"):
            raise ValueError(f"SuperResolutionConfig.pixel: expected 'l1' or 'l2', got {self.pixel!r}")
        if self.degradation not in KINDS:
            raise ValueError(
                f"SuperResolutionConfig.degradation: expected one of {', '.join(KINDS)}, got {self.degradation!r}"
            )
        for name in ("pixel_weight", "feature_weight", "adversarial_weight", "matching_weight"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"SuperResolutionConfig.{name}: expected at least 0, got {getattr(self, name)}")
        for name in ("variation_weight", "r1_weight"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"SuperResolutionConfig.{name}: expected at least 0, got {getattr(self, name)}")
        object.__setattr__(self, "feature_levels", tuple(self.feature_levels))  # JSON knows lists only
        if not self.feature_levels or min(self.feature_levels) < 1:
            raise ValueError(
                f"SuperResolutionConfig.feature_levels: expected levels counted from 1, got {self.feature_levels}"
            )
        if as_integer("SuperResolutionConfig.batch_size", self.batch_size) < 2:
            raise ValueError(f"SuperResolutionConfig.batch_size: expected at least 2, got {self.batch_size}")
        if self.r1_every < 1:
            raise ValueError(f"SuperResolutionConfig.r1_every: expected at least 1, got {self.r1_every}")
        at_once = self.adversarial_weight + self.matching_weight if self.adversarial_from == 0 else 0.0
        if not self.pixel_weight + self.feature_weight + self.variation_weight + at_once > 0:
            raise ValueError(
                "SuperResolutionConfig: expected a loss with a weight above 0 in the first step, got none"
            )


def turned(pictures: Tensor) -> Tensor:
    """A batch (N, C, S, S) turned by a random multiple of 90 degrees and mirrored at random: eight for one."""
    if torch.rand(()) < 0.5:
        pictures = pictures.flip(3)
    return pictures.rot90(int(torch.randint(4, (1,))), (2, 3))


class SuperResolutionTask:
    """What ``fit`` needs to train a generator on large crops; the small ones are made from them in each step.

    Parameters
    ----------
    network : SRResNet or MultiStageGenerator
        Trained in place; ``task.ema`` is its average, which is nearly always better.
    config : SuperResolutionConfig
        Settings.
    lab : Lab
        From :func:`ganlab.setup`.
    steps : int
        Length of the whole run.
    discriminator : Discriminator, optional
        For the size of the crops; needed if ``adversarial_weight`` is above 0.
    features : Encoder, optional
        Frozen: ``load_pretrained("style-features")``, or VGG-19 from
        :func:`ganlab.features.vgg.vgg19_encoder`; needed if ``feature_weight`` is above 0.

    Raises
    ------
    ValueError
        If a weight asks for a network that was not given.
    """

    def __init__(
        self,
        network: SRResNet | MultiStageGenerator,
        config: SuperResolutionConfig,
        lab: Lab,
        *,
        steps: int,
        discriminator: Discriminator | None = None,
        features: Encoder | None = None,
    ) -> None:
        for weight, given, name in (
            (config.adversarial_weight, discriminator, "discriminator"),
            (config.matching_weight, discriminator, "discriminator"),
            (config.feature_weight, features, "features"),
        ):
            if weight > 0 and given is None:
                raise ValueError(
                    f"SuperResolutionTask: this config has a weight above 0 for which `{name}` is needed"
                )
        self.config, self.lab = config, lab
        self.network = parts.placed(network, lab)
        self.ema = parts.averaged(self.network)
        self.modules: dict[str, nn.Module] = {"network": self.network, "ema": self.ema}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "network": parts.adam(self.network, config.learning_rate, config.betas)
        }
        self.discriminator: Discriminator | None = None
        if config.adversarial_weight > 0 or config.matching_weight > 0:
            self.discriminator = parts.placed(cast(Discriminator, discriminator), lab)
            self.modules["discriminator"] = self.discriminator
            self.optimizers["discriminator"] = parts.adam(self.discriminator, config.learning_rate_d, config.betas)
        self.features = None if features is None else features.to(lab.device).eval().requires_grad_(False)
        self.steps_done = 0
        self.first_adversarial = round(config.adversarial_from * steps)
        self._preview: Tensor | None = None

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step on ``real`` (N, C, S, S) in [-1, 1]: make it small, enlarge it again, compare."""
        config, scale = self.config, self.network.config.scale
        real = parts.laid_out(turned(real))
        small = parts.laid_out(degrade(real, config.degradation, scale=scale))
        if self._preview is None:
            self._preview = small[:12].clone()
        with self.lab.autocast():
            stages = self.network.stages(small)
        fake = stages[-1].float()
        values: dict[str, Tensor] = {}
        total = fake.new_zeros(())
        if config.pixel_weight:
            values["loss_pixel"] = self._pixel_loss(stages, real)
            total = total + config.pixel_weight * values["loss_pixel"]
        if config.feature_weight:
            with self.lab.autocast():
                encoder = cast(Encoder, self.features)
                values["loss_feature"] = feature_loss(encoder, fake, real, levels=config.feature_levels)
            total = total + config.feature_weight * values["loss_feature"]
        if config.variation_weight:
            values["loss_variation"] = total_variation(fake)
            total = total + config.variation_weight * values["loss_variation"]
        if self.discriminator is not None:
            values |= self._adversarial(real, fake)
            if self.steps_done >= self.first_adversarial:
                total = total + config.adversarial_weight * values["loss_adversarial"]
                if config.matching_weight:
                    total = total + config.matching_weight * values["loss_matching"]
        optimizer = self.optimizers["network"]
        optimizer.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        optimizer.step()
        self.steps_done += 1
        parts.update_ema(self.ema, self.network, parts.ema_decay(config.ema_decay, self.steps_done))
        return {name: value.detach() for name, value in values.items()}

    def _pixel_loss(self, stages: list[Tensor], real: Tensor) -> Tensor:
        """Mean over the stages: each is compared with the truth at its own size."""
        distance = F.l1_loss if self.config.pixel == "l1" else F.mse_loss
        losses = []
        for picture in stages:
            truth = real if picture.shape == real.shape else downscale(real, real.shape[-1] // picture.shape[-1])
            losses.append(distance(picture.float(), truth))
        return torch.stack(losses).mean()

    def _adversarial(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Teach the discriminator; then the generator's two losses, still attached."""
        config, judge = self.config, cast(Discriminator, self.discriminator)
        values = {
            "loss_d": parts.discriminator_step(
                judge,
                self.optimizers["discriminator"],
                real=real,
                fake=fake,
                r1_weight=parts.lazy_weight(config.r1_weight, config.r1_every, self.steps_done),
                autocast=self.lab.autocast,
            )
        }
        with parts.passed_through(judge), self.lab.autocast():
            seen = judge.levels(fake)
            logits = judge.judge(seen[-1])
            if config.matching_weight:
                with torch.no_grad():
                    wanted = judge.levels(real)
                values["loss_matching"] = feature_matching(seen, wanted)
        values["loss_adversarial"] = generator_loss(fake_logits=logits.float())
        return values

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The averaged network's enlargements of the first batch, or a grey picture before the first step."""
        if self._preview is None:
            side = 4 * self.network.config.scale
            return torch.zeros(1, self.network.config.channels, side, side)
        enlarged: Tensor = self.ema(self._preview)
        return enlarged.clamp(-1, 1)

    def baseline(self) -> Tensor:
        """The bicubic enlargements of what :meth:`sample` shows."""
        if self._preview is None:
            raise ValueError("SuperResolutionTask.baseline: there is nothing to enlarge before the first step")
        return upscale(self._preview, self.network.config.scale).clamp(-1, 1)
