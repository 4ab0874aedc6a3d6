"""Requests of every kind to StyleStudio, most of them malformed: one sentence, and nothing is lost."""

import json

import numpy as np
import pytest
import torch
from _studio import ask, is_one_sentence

from ganlab import widgets
from ganlab.features.encoder import AdaINConfig, Encoder
from ganlab.style.networks import Decoder
from ganlab.style.transfer import StyleTransfer
from ganlab.widgets._style_messages import regions_to_runs, runs_to_regions


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    config = AdaINConfig(widths=(4, 8, 8, 8))
    return StyleTransfer(Encoder(config), Decoder(config)).eval().requires_grad_(False)


@pytest.fixture
def studio(network):
    styles = {name: torch.rand(3, 24, 24) * 2 - 1 for name in "abcde"}
    return widgets.StyleStudio(network, contents=torch.rand(2, 3, 36, 50) * 2 - 1, styles=styles, size=50)


def test_runs_are_value_and_count():
    regions = torch.tensor([[0, 0, 3], [3, 1, 0]], dtype=torch.uint8)
    assert regions_to_runs(regions) == [0, 2, 3, 2, 1, 1, 0, 1]
    assert torch.equal(runs_to_regions([0, 2, 3, 2, 1, 1, 0, 1], 2, 3), regions)


@pytest.mark.parametrize("request_text", [
    "", "{", "[]", "3", "null", "{}", '{"id": 1}', '{"id": [], "action": "undo?"}', "[" * 100_000, '{"id": 5, "action": "adjust", "alpha": NaN}',
    *(json.dumps({"id": 5, **wish}) for wish in (
        {"action": ["adjust"]}, {"action": "_show"}, {"action": "x" * 10_000}, {"action": "adjust", "alpha": 1.5}, {"action": "adjust", "alpha": "1"},
        {"action": "adjust", "alpha": True}, {"action": "adjust", "alpha": 10**400}, {"action": "adjust", "pad": 3}, {"action": "adjust", "pad": [0.5]},
        {"action": "adjust", "pad": [0.5, -0.1]}, {"action": "adjust", "pad": [0.5, None]}, {"action": "adjust", "style_scale": 3},
        {"action": "adjust", "style_scale": True}, {"action": "adjust", "style_scale": [2] * 500}, {"action": "adjust", "keep_colours": 1},
        {"action": "paint"}, {"action": "paint", "runs": "0"}, {"action": "paint", "runs": []}, {"action": "paint", "runs": [0, 1799]},
        {"action": "paint", "runs": [0, 1800, 1]}, {"action": "paint", "runs": [5, 1800]}, {"action": "paint", "runs": [-1, 1800]},
        {"action": "paint", "runs": [0, 1801, 1, -1]}, {"action": "paint", "runs": [0, 10**300]}, {"action": "paint", "runs": [True, 1800]},
        {"action": "paint", "runs": [0.0, 1800]}, {"action": "content"}, {"action": "content", "index": 2}, {"action": "content", "index": True},
        {"action": "style", "corner": "E", "index": 0}, {"action": "style", "corner": "", "index": 0}, {"action": "style", "corner": ["A"], "index": 0},
        {"action": "style", "corner": "A", "index": 5}, {"action": "style", "index": 0}, {"action": "size"}, {"action": "size", "size": 100},
        {"action": "size", "size": "256"}, {"action": "upload"}, {"action": "upload", "data": {}}, {"action": "upload", "data": "no base64!"},
        {"action": "upload", "corner": "F", "data": ""}, {"action": "upload", "corner": {}, "data": ""}, {"action": "upload", "corner": "AB", "data": ""},
    )),
], ids=lambda value: value[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(studio, request_text):
    studio.adjust(alpha=0.5)
    look, result = studio.look, studio.result
    studio._on_request({"new": request_text})
    answer = json.loads(studio.response)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    assert answer["id"] == (5 if '"id": 5' in request_text else 1 if '"id": 1' in request_text else 0)
    assert answer["undo"] == 1
    assert studio.look is look
    assert studio.result is result
    assert ask(studio, 6, action="undo")["alpha"] == 1
    assert ask(studio, 7, action="look")["message"] == ""


def test_a_network_that_has_diverged_is_said_to_fail(studio, network, monkeypatch):
    look, bias = studio.look, network.decoder.layers[-1].bias
    monkeypatch.setattr(bias, "data", torch.full_like(bias, torch.nan))
    assert (
        ask(studio, 1, action="adjust", alpha=0.3)["message"] == "Sorry, this could not be done (FloatingPointError)."
    )
    assert studio.look is look
    assert json.loads(studio.response)["undo"] == 0


def test_regions_as_programs_have_them(studio):
    for made in (
        torch.eye(50)[:36],
        np.eye(36, 50, dtype=bool),
        torch.eye(50, dtype=torch.int64)[:36],
    ):
        studio.clear()
        studio.paint(made)
        assert int(studio.regions.sum()) == 36
    for wrong, part in (
        (torch.zeros(3, 3), r"expected an array \(36, 50\), got \(3, 3\)"),
        ([[0]], "got list"),
        (torch.full((36, 50), 0.5), "got others"),
    ):
        with pytest.raises(ValueError, match=part):
            studio.paint(wrong)
