"""Batches for a training loop: pictures checked once, then shuffled anew in every epoch, the same way each time."""

from __future__ import annotations

import torch
from torch import Tensor


def check_images(images: Tensor, batch_size: int) -> None:
    """Say in one sentence what is wrong with ``images``, if anything is.

    Raises
    ------
    TypeError
        If it is no tensor, or neither float32 nor uint8.
    ValueError
        If there are fewer pictures than a batch takes, or values outside [-1, 1], or values that are not finite.
    """
    if not isinstance(images, Tensor):
        hint = "; pass its .images" if isinstance(getattr(images, "images", None), Tensor) else ""
        raise TypeError(f"images: expected a tensor of shape (N, C, H, W), got {type(images).__name__}{hint}")
    if images.dtype not in (torch.float32, torch.uint8):
        raise TypeError(f"images: expected float32 in [-1, 1] or uint8, got {images.dtype}; use images.float()")
    if images.dim() < 2:
        raise ValueError(f"images: expected shape (N, C, H, W), got {tuple(images.shape)}")
    if len(images) < batch_size:
        raise ValueError(
            f"images: expected at least one batch of {batch_size}, got {len(images)}; "
            "add pictures or lower TrainingConfig.batch_size"
        )
    if images.dtype is torch.uint8:
        return
    low, high = (float(value) for value in torch.aminmax(images))  # one pass; nan comes through
    if not (low > -float("inf") and high < float("inf")):
        raise ValueError("images: expected finite values in [-1, 1], got nan or infinity; look for broken pictures")
    if images.dim() < 4:
        return  # points of a toy distribution have no range
    if low < -1.001 or high > 1.001:
        hint = "images / 127.5 - 1" if low >= 0 and high <= 255 else "2 * (images - low) / (high - low) - 1"
        raise ValueError(f"images: expected values in [-1, 1], got {low:.3g} to {high:.3g}; use {hint}")
    if low >= 0 and high > 0.9:
        raise ValueError(
            f"images: expected values in [-1, 1], got {low:.3g} to {high:.3g}, which looks like [0, 1]; "
            "use images * 2 - 1"
        )


class Batches:
    """Batch number ``step`` of an endless, reproducible stream.

    The order depends on the seed and the epoch alone, so a resumed run needs no more than its step to go on with
    the very pictures that would have come next. Pictures left over at the end of an epoch wait for the next one.
    """

    def __init__(self, images: Tensor, batch_size: int, *, seed: int, device: torch.device) -> None:
        check_images(images, batch_size)
        self.images, self.batch_size, self.seed, self.device = images, batch_size, seed, device
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def __getitem__(self, step: int) -> Tensor:
        """Batch ``step``, counted from 0: float32 (batch_size, ...) in [-1, 1] on the device."""
        epoch, index = divmod(step, len(self.images) // self.batch_size)
        if epoch != self._epoch:
            own = torch.Generator().manual_seed(self.seed + 7919 * epoch)
            self._epoch, self._order = epoch, torch.randperm(len(self.images), generator=own)
        chosen = self._order[index * self.batch_size :][: self.batch_size]
        batch = self.images[chosen.to(self.images.device)].to(self.device)
        return batch.float() / 127.5 - 1 if batch.dtype is torch.uint8 else batch
