"""Train a Context Encoder with ``fit``: reconstruction first, then the adversarial game on top."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.inpainting.damage import corrupt
from ganlab.inpainting.masks import composite, hole_windows, training_masks
from ganlab.inpainting.networks import ContextEncoder, Discriminator
from ganlab.losses import generator_loss, masked_l1, masked_l2
from ganlab.runtime import Lab, as_integer
from ganlab.training import steps as parts


@dataclass(frozen=True)
class InpaintingConfig:
    """Settings of a training run. The defaults train 32 x 32 faces in under three minutes on two CPU cores."""

    batch_size: int = 32
    learning_rate: float = 2e-3  # of the Context Encoder
    learning_rate_d: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.99)
    reconstruction: str = "l2"  # "l2" aims at the conditional mean, "l1" at the median: sharper where most agree
    adversarial_weight: float = 0.01  # lambda_adv; the reconstruction has weight 1. 0: no discriminator is used
    adversarial_from: float = 0.55  # fraction of the run after which the adversarial loss joins in
    judge: str = "local"  # "local": the hole alone; "global": the whole composite; "both": each with half the weight
    overlap: int = 0  # width in pixels of the ring around the hole that is predicted as well
    overlap_weight: float = 10.0  # of that ring against the hole's 1
    r1_weight: float = 1.0
    r1_every: int = 8
    ema_decay: float = 0.995  # of the averaged network that is used in the end
    restore_share: float = 0.0  # part of each batch that has no hole: noise, blur or JPEG is to be removed from it
    mask_pool: int = 4000  # masks drawn beforehand; each step takes some of them, flipped at random
    decay_from: float = 0.5  # from this fraction of the run on the learning rates fall linearly...
    decay_to: float = 0.05  # ...to this fraction of their start

    def __post_init__(self) -> None:
        if self.judge not in ("local", "global", "both"):
            raise ValueError(f"InpaintingConfig.judge: expected 'local', 'global' or 'both', got {self.judge!r}")
        if self.reconstruction not in ("l1", "l2"):
            raise ValueError(f"InpaintingConfig.reconstruction: expected 'l1' or 'l2', got {self.reconstruction!r}")
        if not 0 <= self.restore_share < 1:
            raise ValueError(
                f"InpaintingConfig.restore_share: expected 0 or more and below 1, got {self.restore_share}"
            )
        if as_integer("InpaintingConfig.batch_size", self.batch_size) < 2:
            raise ValueError(f"InpaintingConfig.batch_size: expected at least 2, got {self.batch_size}")
        if self.adversarial_weight < 0:
            raise ValueError(
                f"InpaintingConfig.adversarial_weight: expected at least 0, got {self.adversarial_weight}"
            )


class InpaintingTask:
    """What ``fit`` needs to train a Context Encoder.

    Parameters
    ----------
    network : ContextEncoder
        Trained in place; ``task.ema`` is its average, which is nearly always better.
    config : InpaintingConfig
        Settings.
    lab : Lab
        From :func:`ganlab.setup`.
    steps : int
        Length of the whole run: the adversarial loss joins in at a fraction of it.
    masks : Tensor, optional
        (M, 1, S, S) to train with; by default squares, blocks and brush strokes.
    """

    def __init__(
        self,
        network: ContextEncoder,
        config: InpaintingConfig,
        lab: Lab,
        *,
        steps: int,
        masks: Tensor | None = None,
    ) -> None:
        self.config, self.lab = config, lab
        size, channels = network.config.size, network.config.channels
        self.network = parts.placed(network, lab)
        self.ema = parts.averaged(self.network)
        self.judges = {
            name: parts.placed(Discriminator(side, channels), lab)
            for name, side in (("local", size // 2), ("global", size))
            if config.adversarial_weight > 0 and config.judge in (name, "both")
        }
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "network": parts.adam(self.network, config.learning_rate, config.betas)
        }
        for name, judge in self.judges.items():
            self.optimizers[name] = parts.adam(judge, config.learning_rate_d, config.betas)
        self.modules = {"network": self.network, "ema": self.ema, **self.judges}
        self.steps_done = 0
        self.first_adversarial = round(config.adversarial_from * steps)
        if masks is None:
            masks = training_masks(min(config.mask_pool, steps * config.batch_size), size, lab.generator(3))
        self.masks = masks.to(torch.bool)  # an eighth of the memory of numbers
        self._preview: tuple[Tensor, Tensor] | None = None

    def draw_masks(self, count: int) -> Tensor:
        """Masks for one batch, (count, 1, S, S) on the device, mirrored at random."""
        masks = self.masks[torch.randint(len(self.masks), (count,))]
        if torch.rand(()) < 0.5:
            masks = masks.flip(3)
        if torch.rand(()) < 0.5:
            masks = masks.flip(2)
        return masks.to(self.lab.device).float()

    def seen(self, name: str, pictures: Tensor, masks: Tensor) -> Tensor:
        """What a discriminator is shown: the hole alone, cut out and all around it 0, or the whole picture."""
        if name == "global":
            return pictures
        return hole_windows(pictures * masks, masks, pictures.shape[2] // 2)

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One step on ``real`` (N, C, S, S) in [-1, 1], with newly drawn masks."""
        config = self.config
        real = parts.laid_out(real)
        masks = self.draw_masks(len(real))
        if self._preview is None:
            self._preview = (real[:12].clone(), masks[:12].clone())
        damaged, count = real, round(config.restore_share * len(real))
        wanted = masks  # where the loss looks: in the holes, and everywhere in pictures that are to be restored
        if count:
            damaged, masks, wanted = self._with_restorations(real, masks, count)
        with self.lab.autocast():
            prediction = self.network.predict(damaged, masks)
        if config.reconstruction == "l1":
            loss_rec = masked_l1(prediction=prediction, target=real, mask=wanted)
        else:
            ring = {"overlap": config.overlap, "overlap_weight": config.overlap_weight}
            loss_rec = masked_l2(prediction=prediction, target=real, mask=wanted, **ring)  # type: ignore[arg-type]
        real, prediction, masks = real[count:], prediction[count:], masks[count:]
        values, total = {"loss_rec": loss_rec.detach()}, loss_rec
        if self.judges and self.steps_done >= self.first_adversarial:
            filled = composite(real, prediction, masks)
            for name, judge in self.judges.items():
                shown_real, shown_fake = self.seen(name, real, masks), self.seen(name, filled, masks)
                values[f"loss_d_{name}"] = parts.discriminator_step(
                    judge,
                    self.optimizers[name],
                    real=shown_real,
                    fake=shown_fake,
                    r1_weight=parts.lazy_weight(config.r1_weight, config.r1_every, self.steps_done),
                    autocast=self.lab.autocast,
                )
                with parts.passed_through(judge), self.lab.autocast():
                    logits = judge(shown_fake)
                loss_adv = generator_loss(fake_logits=logits.float())
                values[f"loss_adv_{name}"] = loss_adv.detach()
                total = total + config.adversarial_weight / len(self.judges) * loss_adv
        optimizer = self.optimizers["network"]
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        self.steps_done += 1
        parts.update_ema(self.ema, self.network, parts.ema_decay(config.ema_decay, self.steps_done))
        return values

    @staticmethod
    def _with_restorations(real: Tensor, masks: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Damage the first ``count`` pictures all over: pictures, masks for the network, masks for the loss."""
        kind = ("noise", "blur", "jpeg")[int(torch.randint(3, (1,)))]
        seed, amount = int(torch.randint(2**31, (1,))), float(torch.rand(()) * 1.2 + 0.3)
        damaged = torch.cat([corrupt(real[:count], kind, seed=seed, amount=amount).pictures, real[count:]])
        none, everything = torch.zeros_like(masks[:count]), torch.ones_like(masks[:count])
        return damaged, torch.cat([none, masks[count:]]), torch.cat([everything, masks[count:]])

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The averaged network's fillings of the first batch, or what will be filled before the first step."""
        if self._preview is None:
            side = self.network.config.size
            return torch.zeros(1, self.network.config.channels, side, side)
        real, masks = self._preview
        filled: Tensor = self.ema(real, masks)
        return filled
