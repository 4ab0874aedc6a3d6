"""The autoencoder that is shipped as ``adain-small``, and how it becomes a style transfer."""

import hashlib
import json
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import save

from ganlab import pretrained
from ganlab.style.networks import AutoEncoder
from ganlab.style.transfer import StyleTransfer, load_style_transfer
from tests.style.test_networks import CONFIGS


def pictures(n=1, height=32, width=32, seed=0):
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder of shipped weights with a small, untrained pair in it."""
    pair = AutoEncoder(CONFIGS[0])
    content = save(pair.state_dict())
    (tmp_path / "adain-tiny.safetensors").write_bytes(content)
    card = {"name": "adain-tiny", "model": "style.networks.AutoEncoder with AdaINConfig", "config": asdict(pair.config)}
    card["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "adain-tiny.json").write_text(json.dumps(card), encoding="utf-8")
    monkeypatch.setattr(pretrained, "WEIGHTS", tmp_path)
    return pair


def test_shipped_weights_become_a_style_transfer(weights):
    loaded = load_style_transfer("adain-tiny")
    assert isinstance(loaded, StyleTransfer)
    assert not any(module.training for module in loaded.modules())
    assert not any(parameter.requires_grad for parameter in loaded.parameters())
    expected = StyleTransfer(weights.encoder, weights.decoder)
    content, style = pictures(2, 30, 21), pictures(1, 16, 16, seed=1)
    assert torch.equal(loaded(content, style, 0.7), expected(content, style, 0.7))
    assert next(load_style_transfer("adain-tiny", device="meta").parameters()).device.type == "meta"


@pytest.mark.parametrize("name", ["dcgan-faces64", "context-encoder-faces64"])
def test_weights_of_another_model_are_refused_in_one_sentence(name):
    message = f"^load_style_transfer: expected the weights of a style transfer, got '{name}'$"
    with pytest.raises(ValueError, match=message):
        load_style_transfer(name)


def test_weights_that_are_not_there_are_named():
    with pytest.raises(ValueError, match="no weights called 'adain-huge' are shipped; .*There are: ") as caught:
        load_style_transfer("adain-huge")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="'face-features' is no model of its own"):
        load_style_transfer("face-features")


def test_the_shipped_pair_is_ready_to_use():
    network = load_style_transfer()
    assert not any(module.training for module in network.modules())
    assert (network.level, network.encoder.config.padding) == (3, "reflect")
    assert torch.isfinite(network(pictures(1, 33, 47), pictures(1, 40, 40, seed=1))).all()
