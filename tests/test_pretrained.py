"""Shipped weights: complete cards, checked digests, models that load, errors that help."""

import json

import pytest
import torch

import ganlab
from ganlab import pretrained
from tools import weights


@pytest.mark.parametrize("name", pretrained.shipped_names())
def test_every_card_is_complete_and_true(name):
    card, tensors = pretrained.shipped_card(name), pretrained.shipped_tensors(name)
    assert [key for key in pretrained.CARD_KEYS if key not in card] == []
    path = pretrained.WEIGHTS / f"{name}.safetensors"
    assert card["bytes"] == path.stat().st_size <= 8_000_000
    assert card["name"] == name
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())
    assert name in weights.RECIPES
    assert card["command"] == f"python -m tools.weights {name}"


def test_the_weights_the_course_promises_are_there():
    promised = {"dcgan-faces32", "dcgan-faces64", "face-features"}
    promised |= {"context-encoder-faces64", "context-encoder-photos128"}
    promised |= {"adain-small", "style-features", "style-judge"}
    assert promised <= set(pretrained.shipped_names())


@pytest.mark.parametrize("name", pretrained.pretrained_names())
def test_models_load_frozen_and_ready(name):
    model = ganlab.load_pretrained(name)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_unknown_names_list_what_there_is():
    with pytest.raises(ValueError, match="no weights called 'dcgan-faces46' are shipped; did you mean 'dcgan-faces64'"):
        ganlab.load_pretrained("dcgan-faces46")
    with pytest.raises(ValueError, match="There are: .*dcgan-faces32"):
        ganlab.load_pretrained("resnet")


def test_a_feature_network_is_no_model_of_its_own():
    with pytest.raises(ValueError, match="no model of its own; load_pretrained knows .*dcgan-faces32"):
        ganlab.load_pretrained("face-features")


@pytest.fixture
def own_weights(tmp_path, monkeypatch):
    """A folder with one small shipped model, made by the tool's own writer."""
    from ganlab.dcgan.networks import DCGANConfig, Generator

    config = {"size": 8, "channels": 1, "latent_dim": 4, "base_channels": 2, "batch_norm": True}
    card = dict.fromkeys(pretrained.CARD_KEYS, "") | {"model": "dcgan.networks.Generator with DCGANConfig", "config": config}
    del card["name"], card["sha256"]
    weights.write_shipped("tiny", Generator(DCGANConfig(**config)).state_dict(), card, tmp_path)
    monkeypatch.setattr(pretrained, "WEIGHTS", tmp_path)
    return tmp_path


def test_what_the_tool_writes_loads(own_weights):
    model = ganlab.load_pretrained("tiny")
    assert model(torch.zeros(1, 4)).shape == (1, 1, 8, 8)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-10], lambda data: data[:-1] + bytes([data[-1] ^ 1]), lambda data: b""]
)
def test_damaged_weights_are_never_used(own_weights, damage):
    path = own_weights / "tiny.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match="was altered or cut short, so install ganlab again"):
        ganlab.load_pretrained("tiny")


def test_missing_weights_say_so(own_weights):
    (own_weights / "tiny.safetensors").unlink()
    with pytest.raises(ValueError, match="tiny.safetensors is missing from the package"):
        ganlab.load_pretrained("tiny")


def edit_card(folder, **changes):
    path = folder / "tiny.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_weights_for_another_architecture_are_refused(own_weights):
    edit_card(own_weights, config={"size": 16})
    with pytest.raises(ValueError, match="do not fit this code"):
        ganlab.load_pretrained("tiny")


def test_a_card_cannot_name_code_outside_the_models(own_weights):
    edit_card(own_weights, model="os.path.join with ls")
    with pytest.raises(ImportError):
        ganlab.load_pretrained("tiny")
    for model in ("os.system with ls", "../x"):
        edit_card(own_weights, model=model)
        with pytest.raises(ValueError, match="names its model as"):
            ganlab.load_pretrained("tiny")


def test_a_file_that_is_no_safetensors_is_named(own_weights):
    import hashlib

    (own_weights / "tiny.safetensors").write_bytes(b"not weights")
    edit_card(own_weights, sha256=hashlib.sha256(b"not weights").hexdigest())
    with pytest.raises(ValueError, match="not a safetensors file"):
        ganlab.load_pretrained("tiny")
