"""Shipped weights: complete cards, checked digests, models that load, errors that help."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

import ganlab
from ganlab import pretrained

ROOT = Path(__file__).resolve().parent.parent


def load_tool():
    spec = importlib.util.spec_from_file_location("train_weights", ROOT / "tools" / "train_weights.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", pretrained.shipped_names())
def test_every_card_is_complete_and_true(name):
    card, tensors = pretrained.shipped_card(name), pretrained.shipped_tensors(name)
    assert [key for key in pretrained.CARD_KEYS if key not in card] == []
    path = pretrained.WEIGHTS / f"{name}.safetensors"
    assert card["bytes"] == path.stat().st_size <= 8_000_000
    assert card["name"] == name
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())
    assert name in load_tool().find_recipes()
    assert card["command"] == f"python tools/train_weights.py {name}"


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
    with pytest.raises(ValueError, match="there are: .*dcgan-faces32"):
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
    load_tool().write_shipped("tiny", Generator(DCGANConfig(**config)).state_dict(), card, tmp_path)
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
    edit_card(own_weights, model="os.system with ls")
    with pytest.raises(ImportError):
        ganlab.load_pretrained("tiny")
    edit_card(own_weights, model="../x")
    with pytest.raises(ValueError, match="names its model as"):
        ganlab.load_pretrained("tiny")


def test_a_file_that_is_no_safetensors_is_named(own_weights):
    import hashlib

    (own_weights / "tiny.safetensors").write_bytes(b"not weights")
    edit_card(own_weights, sha256=hashlib.sha256(b"not weights").hexdigest())
    with pytest.raises(ValueError, match="not a safetensors file"):
        ganlab.load_pretrained("tiny")


def test_an_incomplete_card_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="the card of x lacks title, model"):
        load_tool().write_shipped("x", {"a": torch.zeros(1)}, {}, tmp_path)
    assert save({"a": torch.zeros(1)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["dcgan-faces32", *(pytest.param(n, marks=pytest.mark.thorough) for n in ("face-features", "style-judge", "adain-small"))]
)
def test_every_recipe_runs_from_nothing(name, tmp_path, monkeypatch, capsys):
    tool = load_tool()
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    monkeypatch.setattr(sys, "argv", ["train_weights.py", name, "--smoke", "--device", "cpu"])
    tool.main()
    assert "MB after" in capsys.readouterr().out
    card = json.loads((tmp_path / "runs" / "smoke" / name / f"{name}.json").read_text())
    assert card["measured"]
