"""Training: what kinds of data it takes, in which order, and what it answers to wrong ones."""

import pytest
import torch
from test_training import IMAGES, LAB, QUIET, make_task

from ganlab.batches import Batches
from ganlab.minimax import networks
from ganlab.training import GANTask, TrainingConfig, fit


@pytest.mark.parametrize(("images", "match"), [
    ([1, 2], "expected a tensor of shape .*, got list"),
    (type("Pictures", (), {"images": IMAGES})(), "got Pictures; pass its .images"),
    (IMAGES.double(), "expected float32 .* or uint8, got torch.float64"),
    (IMAGES[:5], "expected at least one batch of 8, got 5; add pictures or lower"),
    (IMAGES.flatten()[0:50], r"expected shape \(N, C, H, W\), got \(50,\)"),
    (IMAGES * 127.5 + 127.5, r"got .* to 255; use images / 127.5 - 1"),
    (IMAGES * 3, r"got -3 to 3; use 2 \* \(images - low\)"),
    (IMAGES / 2 + 0.5, r"looks like \[0, 1\]; use images \* 2 - 1"),
    (torch.where(IMAGES > 0.99, torch.nan, IMAGES), "got nan or infinity"),
    (IMAGES[:, :, :8, :8], "but the data has"),
    (IMAGES[:, :1], "but the data has"),
])  # fmt: skip
def test_wrong_images_are_answered_in_one_sentence(images, match):
    with pytest.raises((TypeError, ValueError), match=match) as caught:
        fit(make_task(), images, steps=2, **QUIET)
    assert "\n" not in str(caught.value)


def test_wrong_numbers_are_answered_in_one_sentence():
    with pytest.raises(ValueError, match="steps: expected at least 1, got 0"):
        fit(make_task(), IMAGES, steps=0, **QUIET)
    with pytest.raises(ValueError, match="batch_size: expected at least 2"):
        TrainingConfig(batch_size=1)
    with pytest.raises(ValueError, match="learning_rate_d: expected a number above 0, got -1"):
        TrainingConfig(learning_rate_d=-1)


def test_every_epoch_shows_every_picture_once_in_a_new_order():
    points = torch.arange(10.0)[:, None]
    batches = Batches(points, 3, seed=0, device=LAB.device)
    epochs = [torch.cat([batches[3 * epoch + index] for index in range(3)]).flatten().tolist() for epoch in range(2)]
    assert all(len(set(epoch)) == 9 for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert torch.equal(Batches(points, 3, seed=0, device=LAB.device)[4], batches[4])


def test_bytes_train_like_the_floats_they_stand_for():
    values = torch.randint(0, 256, (20, 3, 16, 16), dtype=torch.uint8)
    a = fit(make_task(), values, steps=3, **QUIET)
    b = fit(make_task(), values.float() / 127.5 - 1, steps=3, **QUIET)
    assert a.values == b.values


def test_points_train_too():
    config = networks.ToyConfig()
    task = GANTask(networks.Generator(config), networks.Discriminator(config), TrainingConfig(batch_size=8), LAB)
    history = fit(task, torch.randn(40, 2) * 9, steps=3, **QUIET)
    assert history.frames[-1][1].shape == (32, 2)
