"""The widgets' Python side: what the page asks for, what programs can do, and what a page without a kernel shows."""

import base64
import io
import json
import math

import pytest
import torch
from PIL import Image

from ganlab import widgets
from ganlab.data import toy
from ganlab.dcgan.networks import DCGANConfig, Generator
from ganlab.minimax.widget.studio import histogram_divergence
from ganlab.widgets.kit.show import WIDGET_VIEW, mimebundle


def ask(widget, number, **wish):
    widget.request = json.dumps({"id": number, **wish})
    answer = json.loads(widget.response)
    assert answer["id"] == number
    return answer


@pytest.fixture
def explorer():
    torch.manual_seed(0)
    return widgets.LatentExplorer(Generator(DCGANConfig(size=16, base_channels=4, latent_dim=10)), seed=3)


def pixels(url):
    return Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,")))).tobytes()


def test_widgets_are_found_by_their_names():
    assert {"LatentExplorer", "Playground", "show"} <= set(dir(widgets))
    with pytest.raises(AttributeError, match="ganlab.widgets has no 'Playgruond'; it has .*Playground"):
        _ = widgets.Playgruond


@pytest.mark.parametrize("make", [lambda: widgets.Playground(seed=1), lambda: widgets.LatentExplorer(
    Generator(DCGANConfig(size=16, base_channels=4, latent_dim=10)))])  # fmt: skip
def test_one_output_serves_pages_with_and_without_a_kernel(make, capsys):
    widget = make()
    bundle = mimebundle(widget)
    assert bundle[WIDGET_VIEW]["model_id"] == widget.model_id
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert len(set(picture.convert("L").tobytes())) > 2
    assert bundle["text/plain"] == widget.alt_text
    widgets.show(widget)
    assert widget.alt_text in capsys.readouterr().out


def test_in_a_notebook_show_displays_that_one_output(monkeypatch, explorer):
    import IPython

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda bundle, **settings: shown.append((bundle, settings)))
    widgets.show(explorer)
    ((bundle, settings),) = shown
    assert settings["raw"]
    assert settings["metadata"]["image/png"]["alt"] == explorer.alt_text
    assert set(bundle) == {WIDGET_VIEW, "image/png", "text/plain"}


# --- LatentExplorer -----------------------------------------------------------------------------------------------
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
    assert len(ask(explorer, 3, action="save")["strip"]) == 2
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


# --- Playground ---------------------------------------------------------------------------------------------------
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
    ask(game, 5, action="look")  # an action it does not know changes nothing


def test_a_drawing_becomes_the_data():
    game = widgets.Playground()
    ask(game, 1, action="draw", points=[[-1.0, 1.0], [2.0, -9.0]])
    assert game.target == "drawn"
    samples = game.real(500)
    near = torch.cdist(samples, torch.tensor([[-1.0, 1.0], [2.0, -3.0]])).amin(1)
    assert near.max() < 0.5
    game.train(2)
    assert game.static_picture().size[0] > 300


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
