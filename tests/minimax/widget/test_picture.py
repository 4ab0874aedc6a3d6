"""The playground's still picture."""

from ganlab import widgets
from ganlab.minimax.widget.picture import MOMENTS, three_moments


def test_three_moments_are_played_by_a_copy(monkeypatch):
    game = widgets.Playground(seed=2)
    game.draw([[0.0, 0.0], [1.0, 1.0]])
    trained = []
    monkeypatch.setattr(
        widgets.Playground, "train", lambda copy, rounds: trained.append((copy is game, copy.target, rounds))
    )
    picture = three_moments(game)
    assert picture.width > 2 * picture.height
    assert trained == [
        (False, "drawn", MOMENTS[0]),
        (False, "drawn", MOMENTS[1]),
        (False, "drawn", MOMENTS[2] - MOMENTS[1]),
    ]
    assert (game.steps_d, game.steps_g) == (0, 0)
