"""Playground's Python side: what the page asks for, and what programs can do."""

import base64
import json
import math

import pytest
import torch

from ganlab import widgets
from ganlab.data import toy
from ganlab.minimax.widget.studio import histogram_divergence
from tests.widgets.asking import ask, is_one_sentence


def test_the_same_clicks_give_the_same_game():
    games = [widgets.Playground(seed=5) for _ in range(2)]
    for game in games:
        torch.rand(3)  # what the learner draws meanwhile changes nothing
        ask(game, 1, action="step_d")
        ask(game, 2, action="train", rounds=3)
    assert games[0].response == games[1].response
    assert (games[0].steps_d, games[0].steps_g) == (4, 3)


def test_each_button_moves_only_its_player():
    game = widgets.Playground()

    def weights(network):
        return torch.cat([p.detach().flatten().clone() for p in network.parameters()])

    g, d = weights(game.generator), weights(game.discriminator)
    ask(game, 1, action="step_d")
    assert torch.equal(weights(game.generator), g)
    assert not torch.equal(weights(game.discriminator), d)
    d = weights(game.discriminator)
    ask(game, 2, action="step_g")
    assert torch.equal(weights(game.discriminator), d)
    assert not torch.equal(weights(game.generator), g)


def test_rules_targets_and_reset_through_the_page():
    game = widgets.Playground()
    ask(game, 1, action="rules", rules={"loss": "minimax", "d_steps": 3, "learning_rate": 5e-3})
    ask(game, 2, action="train", rounds=2)
    assert (game.steps_d, game.steps_g, game.loss) == (6, 2, "minimax")
    assert game.adam_g.param_groups[0]["lr"] == 5e-3
    ask(game, 3, action="target", target="spiral")
    assert "modes" not in game.state
    answer = ask(game, 4, action="reset")
    assert (answer["steps_d"], answer["steps_g"], game.target) == (0, 0, "spiral")
    assert game.adam_d.param_groups[0]["lr"] == 5e-3
    assert len(base64.b64decode(answer["field"])) == game.state["field"] ** 2
    # a look changes nothing: the page gets what it has, and not a random number is drawn
    assert {**ask(game, 5, action="look"), "id": 4} == answer


def test_a_drawing_becomes_the_data():
    game = widgets.Playground()
    ask(game, 1, action="draw", points=[[-1.0, 1.0], [2.0, -9.0]])
    assert game.target == "drawn"
    samples = game.real(500)
    near = torch.cdist(samples, torch.tensor([[-1.0, 1.0], [2.0, -3.0]])).amin(1)
    assert near.max() < 0.5
    game.train(2)


@pytest.mark.parametrize(("act", "message"), [
    (lambda game: game.set_target("rinj"), "no target 'rinj'; there are ring"),
    (lambda game: game.set_target("drawn"), "nothing has been drawn yet"),
    (lambda game: game.set_rules(loss="hinge"), "no loss 'hinge'; there are non-saturating"),
    (lambda game: game.draw([[1.0, 2.0, 3.0]]), r"finite points of shape \(M, 2\), got \(1, 3\)"),
    (lambda game: game.draw([[math.nan, 2.0]]), "finite points"),
    (lambda game: widgets.Playground(target="square"), "no target 'square'"),
])  # fmt: skip
def test_wrong_wishes_are_one_sentence_and_lose_nothing(act, message):
    game = widgets.Playground()
    with pytest.raises(ValueError, match=message):
        act(game)
    assert game.target == "ring"
    game.train(1)


def test_divergence_by_histograms_knows_its_two_ends():
    a = toy.ring(20_000, generator=torch.Generator().manual_seed(0))
    b = toy.ring(20_000, generator=torch.Generator().manual_seed(1))
    assert histogram_divergence(a, b) == pytest.approx(0, abs=0.005)
    assert histogram_divergence(a, torch.zeros(100, 2)) == pytest.approx(math.log(2), abs=1e-6)
    half = torch.cat([a[:10_000], torch.zeros(10_000, 2)])
    # q is half p and half elsewhere: JSD = 1/2 [log 4/3 + 1/2 log 2/3 + 1/2 log 2]
    expected = 0.5 * (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2))
    assert histogram_divergence(a, half) == pytest.approx(expected, abs=0.01)


def test_measures_agree_with_their_definitions():
    game = widgets.Playground()
    found = game.state
    assert found["jsd_d"] == pytest.approx(max(0.0, (math.log(4) - found["loss_d"]) / 2))
    game.train(300)
    assert len(json.loads(ask(game, 1, action="step_d") and game.response)["history"]) == len(game.history)
    for _ in range(5):
        ask(game, 2, action="step_g")
    assert game.state["loss_d"] < 1.5


@pytest.mark.parametrize("wish", [
    {"action": "train"}, {"action": "train", "rounds": "4"}, {"action": "train", "rounds": None}, {"action": "train", "rounds": True},
    {"action": "train", "rounds": 10**400}, {"action": "target"}, {"action": "target", "target": "rinj"}, {"action": "target", "target": ["ring"] * 900},
    {"action": "target", "target": "drawn"}, {"action": "draw"}, {"action": "draw", "points": []}, {"action": "draw", "points": "ring"},
    {"action": "draw", "points": [[1, 2], [3]]}, {"action": "draw", "points": [[None, 1]]}, {"action": "draw", "points": {"x": 1}},
    {"action": "draw", "points": [[1, 10**400]]}, {"action": "rules"}, {"action": "rules", "rules": ["minimax"]}, {"action": "rules", "rules": {"seed": 1}},
    {"action": "rules", "rules": {"loss": "hinge", "d_steps": 3}}, {"action": "rules", "rules": {"d_steps": "3"}},
    {"action": "rules", "rules": {"loss": "minimax", "learning_rate": "fast"}}, {"action": "rules", "rules": {"learning_rate": [1]}},
    {"action": "reset?"}, {"action": "state"},
], ids=lambda wish: str(wish)[:60])  # fmt: skip
def test_a_malformed_request_is_one_sentence_and_loses_nothing(wish):
    game = widgets.Playground()
    ask(game, 1, action="step_d")
    before, rules = json.loads(game.response), game._settings()
    answer = ask(game, 2, **wish)
    assert is_one_sentence(answer["message"]), answer["message"]
    assert len(answer["message"]) < 300
    assert {**answer, "id": 1, "message": ""} == before, "the page still has everything"
    assert game._settings() == rules
    ask(game, 3, action="step_g")
    assert (game.steps_d, game.steps_g) == (1, 1)
