"""Training a Context Encoder: the task under fit, its adversary, its interruption, its settings."""

import pytest
import torch

import ganlab
from ganlab import data
from ganlab.checkpoint import read_checkpoint
from ganlab.inpainting.masks import block_masks
from ganlab.inpainting.networks import ContextEncoder, ContextEncoderConfig
from ganlab.inpainting.training import InpaintingConfig, InpaintingTask
from ganlab.training import fit

SMALL = ContextEncoderConfig(size=32, base_channels=4)


@pytest.mark.parametrize("settings", [
    {"adversarial_weight": 0.0}, {"judge": "local"}, {"judge": "global"}, {"judge": "both"},
    {"reconstruction": "l1", "restore_share": 0.5}, {"overlap": 2},
])  # fmt: skip
def test_the_task_trains_under_fit_and_the_adversary_joins_in_when_it_should(settings, capsys):
    lab = ganlab.setup(seed=0, profile="smoke")
    images = data.faces(40, size=32, seed=1).images
    config = InpaintingConfig(batch_size=8, adversarial_from=0.5, mask_pool=40, **settings)
    task = InpaintingTask(ContextEncoder(SMALL), config, lab, steps=6)
    before = [p.clone() for p in task.network.parameters()]
    history = fit(task, images, steps=6, lab=lab, live=False, progress=False)
    judges = {"global": ["global"], "both": ["local", "global"]}.get(config.judge, ["local"])
    expected = {"loss_rec"}
    if config.adversarial_weight:
        expected |= {f"loss_{kind}_{name}" for kind in ("d", "adv") for name in judges}
    assert set(history.values) == expected
    for name, values in history.values.items():
        assert [value == value for value in values] == (
            [True] * 6 if name == "loss_rec" else [False] * 3 + [True] * 3
        )
    moved = [bool((a != b).any()) for a, b in zip(before, task.network.parameters(), strict=True)]
    assert sum(moved) > 0.9 * len(moved)
    assert task.sample().shape == (8, 3, 32, 32)
    assert all(p.requires_grad for judge in task.judges.values() for p in judge.parameters())


def test_an_interrupted_training_goes_on_bitwise(tmp_path, capsys):
    lab = ganlab.setup(seed=0, profile="smoke")
    images = data.faces(40, size=32, seed=1).images
    config = InpaintingConfig(batch_size=8, adversarial_from=0.3, mask_pool=40)

    def make():
        torch.manual_seed(0)
        return InpaintingTask(ContextEncoder(SMALL), config, lab, steps=8)

    whole, half, rest = make(), make(), make()
    fit(whole, images, steps=8, lab=lab, live=False, progress=False)
    path = tmp_path / "half.safetensors"
    stop = {"steps": 5}

    def interrupt(step, history):
        if step == stop["steps"]:
            raise KeyboardInterrupt

    fit(half, images, steps=8, lab=lab, live=False, progress=False, checkpoint=path, callback=interrupt)
    assert read_checkpoint(path)[1]["meta"]["step"] == 5
    fit(rest, images, steps=8, lab=lab, live=False, progress=False, resume=path)
    for name in whole.modules:
        for a, b in zip(
            whole.modules[name].state_dict().values(), rest.modules[name].state_dict().values(), strict=True
        ):
            assert torch.equal(a, b)


def test_what_the_local_judge_sees_is_the_hole_and_nothing_else(capsys):
    lab = ganlab.setup(seed=0, profile="smoke")
    task = InpaintingTask(ContextEncoder(SMALL), InpaintingConfig(batch_size=4, mask_pool=8), lab, steps=4)
    pictures, masks = torch.rand(4, 3, 32, 32), block_masks(4, 32, torch.Generator().manual_seed(1))
    changed = torch.where(masks > 0, pictures, torch.full_like(pictures, -0.3))
    assert torch.equal(task.seen("local", pictures, masks), task.seen("local", changed, masks))
    assert task.seen("local", pictures, masks).shape == (4, 3, 16, 16)
    assert torch.equal(task.seen("global", pictures, masks), pictures)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"judge": "none"}, "expected 'local', 'global' or 'both', got 'none'"),
        ({"batch_size": 1}, "batch_size: expected at least 2, got 1"),
        ({"adversarial_weight": -1}, "adversarial_weight: expected at least 0, got -1"),
        ({"reconstruction": "l3"}, "expected 'l1' or 'l2', got 'l3'"),
        ({"restore_share": 1.0}, "expected 0 or more and below 1, got 1.0"),
    ],
)
def test_bad_training_settings_get_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        InpaintingConfig(**settings)
