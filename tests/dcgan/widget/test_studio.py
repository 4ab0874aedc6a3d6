"""LatentExplorer's Python side: what the page asks for, and what programs can do."""

import json
import math

import pytest
import torch

from ganlab import widgets
from ganlab.dcgan.networks import DCGANConfig, Generator
from tests.widgets.asking import ask, is_one_sentence, pixels


@pytest.fixture
def explorer():
    torch.manual_seed(0)
    return widgets.LatentExplorer(Generator(DCGANConfig(size=16, base_channels=4, latent_dim=10)), seed=3)


def test_z_stays_on_the_shell_and_moves_along_the_direction(explorer):
    start = explorer.z
    assert float(start.norm()) == pytest.approx(math.sqrt(10), rel=1e-5)
    ask(explorer, 1, action="set", name="principal 2", amount=2.0)
    direction = explorer.directions["principal 2"]
    expected = start + 2 * direction
    torch.testing.assert_close(explorer.z, expected / expected.norm() * math.sqrt(10))
    assert explorer.latencies_ms[0] > 0


def test_the_page_gets_the_picture_of_z(explorer):
    answer = ask(explorer, 1, action="set", name="principal 1", amount=1.0)
    assert pixels(answer["image"]) == explorer.picture(explorer.z).tobytes()
    assert answer["amounts"]["principal 1"] == 1.0


def test_sliders_are_clipped_and_unknown_ones_refused(explorer):
    explorer.set("principal 1", 99)
    assert explorer._amounts["principal 1"] == explorer.LIMIT
    with pytest.raises(ValueError, match="no slider 'smile'; there are principal 1"):
        explorer.set("smile", 1)


def test_undo_and_redo_travel_through_all_changes(explorer):
    states = [explorer.z]
    ask(explorer, 1, action="remember")
    ask(explorer, 2, action="set", name="principal 1", amount=3.0)
    states.append(explorer.z)
    ask(explorer, 3, action="random")
    states.append(explorer.z)
    assert json.loads(explorer.response)["undo"] == 2
    for number, expected in ((4, states[1]), (5, states[0]), (6, states[0])):
        ask(explorer, number, action="undo")
        assert torch.equal(explorer.z, expected)
    for number, expected in ((7, states[1]), (8, states[2]), (9, states[2])):
        ask(explorer, number, action="redo")
        assert torch.equal(explorer.z, expected)
    assert ask(explorer, 10, action="undo")["redo"] == 1
    assert ask(explorer, 11, action="random")["redo"] == 0, "a new change forgets the undone ones"


def test_saving_and_walking_between_two(explorer):
    ask(explorer, 1, action="save")
    ask(explorer, 2, action="random")
    ask(explorer, 3, action="save")
    assert [pixels(url) for url in json.loads(explorer.strip)] == [
        explorer.picture(z).tobytes() for z in explorer.saved
    ]
    ask(explorer, 4, action="walk", first=0, second=1, t=0.0)
    torch.testing.assert_close(explorer.z, explorer.saved[0])
    ask(explorer, 5, action="walk", first=0, second=1, t=0.5)
    assert float(explorer.z.norm()) == pytest.approx(math.sqrt(10), rel=1e-4)
    ask(explorer, 6, action="set", name="principal 1", amount=0.0)
    assert torch.equal(explorer.z, explorer._on_shell(explorer.base)), "a slider ends the walk"
    with pytest.raises(ValueError, match="expected two of the 2 saved pictures, got 0 and 7"):
        explorer.walk(0, 7, 0.5)
    for _ in range(15):
        explorer.save()
    assert len(explorer.saved) == 12


def test_wrong_generators_and_directions_are_one_sentence(explorer):
    with pytest.raises(ValueError, match="expected a generator with config.latent_dim"):
        widgets.LatentExplorer(torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"direction 'smile' of shape \(10,\), got \(3,\)"):
        widgets.LatentExplorer(explorer.generator, directions={"smile": torch.zeros(3)})


def test_the_same_seed_explores_the_same_faces(explorer):
    other = widgets.LatentExplorer(explorer.generator, seed=3)
    explorer.random()
    other.random()
    assert torch.equal(explorer.z, other.z)


@pytest.mark.parametrize("wish", [
    {"action": "set"}, {"action": "set", "name": "smile", "amount": 1}, {"action": "set", "name": "principal 1"},
    {"action": "set", "name": "principal 1", "amount": "1"}, {"action": "set", "name": "principal 1", "amount": True},
    {"action": "set", "name": "principal 1", "amount": 10**400}, {"action": "set", "name": ["principal 1"] * 900, "amount": 1},
    {"action": "walk"}, {"action": "walk", "first": 0, "second": 5, "t": 0.5}, {"action": "walk", "first": -1, "second": 0, "t": 0.5},
    {"action": "walk", "first": "0", "second": 0, "t": 0.5}, {"action": "walk", "first": 0, "second": 0, "t": None}, {"action": "picture"},
], ids=str)  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(explorer, wish):
    explorer.save()
    ask(explorer, 1, action="set", name="principal 1", amount=2.0)
    z = explorer.z
    answer = ask(explorer, 2, **wish)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    assert torch.equal(explorer.z, z)
    assert answer["amounts"]["principal 1"] == 2.0
    assert ask(explorer, 3, action="random")["message"] == ""


def test_a_generator_that_has_diverged_is_said_to_fail(explorer):
    for weight in explorer.generator.parameters():
        torch.nn.init.constant_(weight, torch.nan)
    assert is_one_sentence(ask(explorer, 1, action="random")["message"])
    assert is_one_sentence(ask(explorer, 2, action="look")["message"])
