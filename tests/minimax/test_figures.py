"""The figures of the minimax game: what is given is drawn, in the course's colours, and nothing stays open."""

import math

import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.colors import to_hex

from ganlab.minimax import figures
from ganlab.plotting import OKABE_ITO

LINE = torch.linspace(-3, 3, 31, dtype=torch.float64)
P = torch.exp(-((LINE - 1) ** 2))
Q = torch.exp(-((LINE + 1) ** 2))
D_STAR = P / (P + Q)
CENTRES = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
CLOUD = torch.randn(1200, 2, generator=torch.Generator().manual_seed(0))
BLUE, VERMILLION, GREEN = (OKABE_ITO[name] for name in ("blue", "vermillion", "green"))
TRACE = [{"step": step, "modes": step // 10, "loss_d": 2.0 - step / 40, "on_modes": 0.5} for step in (10, 20, 30)]
ORBITS = {"outwards": np.array([[1.0, 0.0], [0.0, 2.0], [-4.0, 0.0]]), "inwards": np.array([[1.0, 0.0], [0.0, 0.5]])}

ALL = {
    "game": (figures.game, 1),
    "densities": (lambda: figures.densities(LINE, P, Q, D_STAR), 2),
    "trained_against_formula": (lambda: figures.trained_against_formula(LINE, D_STAR, D_STAR**2, P + Q), 2),
    "saturation": (lambda: figures.saturation(LINE, P), 2),
    "generator_losses": (
        lambda: figures.generator_losses(D_STAR, {"a": P, "b": Q}, {"slope of a": D_STAR, "slope of b": 1 - D_STAR}),
        2,
    ),
    "training_on_a_line": (
        lambda: figures.training_on_a_line([(0, CLOUD[:, 0], D_STAR), (60, CLOUD[:, 1], D_STAR)], LINE, P),
        4,
    ),
    "spiral": (lambda: figures.spiral(ORBITS, {"outwards": 2.0, "inwards": 0.5}, title="eta"), 2),
    "clouds": (lambda: figures.clouds(CLOUD, CLOUD / 9), 1),
    "training_in_the_plane": (lambda: figures.training_in_the_plane([(1, CLOUD), (9, CLOUD)], CENTRES), 2),
    # Two plots, and the scale beside them.
    "warped_grid": (
        lambda: figures.warped_grid(torch.zeros(5, 5, 2), torch.ones(5, 5, 2), LINE[:7], torch.rand(7, 7)),
        3,
    ),
    "runs": (lambda: figures.runs({"fine": ([(1, CLOUD)], TRACE), "broken": ([(1, CLOUD)], TRACE)}, CENTRES), 4),
}


def test_every_figure_of_the_file_is_drawn_here():
    made = {name for name, value in vars(figures).items() if getattr(value, "__module__", "") == figures.__name__}
    assert {name for name in made if name[0].islower() and not name.startswith("_")} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_figure_is_returned_with_its_plots_and_nothing_stays_open(name):
    make, axes = ALL[name]
    figure = make()
    assert len(figure.axes) == axes
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("game", "generator_losses")])
def test_axes_say_what_they_show(name):
    figure = ALL[name][0]()
    for ax in figure.axes:
        # A row or a column of plots shares its labels; of a scale only one side is named.
        named = ax.get_xlabel() or ax.get_ylabel() or ax.get_title()
        assert named, name


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def colours(ax):
    return {name: to_hex(line.get_color()).upper() for name, line in lines(ax).items()}


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_diagram_names_both_networks_and_the_way_back():
    texts = [text.get_text() for text in figures.game().axes[0].texts]
    assert {"generator  $G$", "discriminator  $D$", "real data  $x$", "noise  $z$"} <= set(texts)
    assert any("gradient" in text for text in texts)


def test_the_best_discriminator_is_drawn_as_given():
    top, bottom = figures.densities(LINE, P, Q, D_STAR).axes
    assert words(top) == ["data $p$", "generator $q$"]
    drawn = lines(bottom)["$D^*=p/(p+q)$"]
    assert np.allclose(drawn.get_xdata(), LINE)
    assert np.allclose(drawn.get_ydata(), D_STAR)
    assert to_hex(drawn.get_color()).upper() == GREEN


def test_the_error_is_that_between_network_and_formula():
    top, bottom = figures.trained_against_formula(LINE, D_STAR, D_STAR**2, P + Q).axes
    assert np.allclose(lines(top)["trained on samples"].get_ydata(), D_STAR**2)
    error = lines(bottom)["error $|D-D^*|$"].get_ydata()
    assert np.allclose(error, D_STAR - D_STAR**2)
    heights = bottom.collections[0].get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx(error.max()), "the mass is drawn to the height of the largest error"


def test_the_slope_of_the_divergence_is_its_derivative():
    far = np.linspace(0, 2, 21)
    left, right = figures.saturation(far, far**2).axes
    assert np.allclose(left.lines[0].get_ydata(), far**2)
    assert left.lines[1].get_ydata()[0] == pytest.approx(math.log(2))
    assert np.allclose(right.lines[0].get_ydata(), 2 * far)


def test_the_saturating_loss_comes_first_and_keeps_its_colour():
    left, right = ALL["generator_losses"][0]().axes
    assert colours(left) == {"a": VERMILLION, "b": BLUE}
    assert colours(right) == {"slope of a": VERMILLION, "slope of b": BLUE}
    assert np.allclose(lines(right)["slope of b"].get_ydata(), 1 - D_STAR)
    with pytest.raises(ValueError):
        figures.generator_losses(D_STAR, {"a": P}, {"a": P})


def test_each_moment_on_the_line_has_its_column():
    figure = ALL["training_on_a_line"][0]()
    assert [ax.get_title() for ax in figure.axes] == ["step 0", "step 60", "", ""]
    assert np.allclose(lines(figure.axes[1])["data"].get_ydata(), P)
    assert np.allclose(figure.axes[3].lines[0].get_ydata(), D_STAR)


def test_orbits_and_the_factors_that_were_predicted():
    left, right = ALL["spiral"][0]().axes
    assert left.get_title() == "eta"
    assert np.allclose(lines(left)["outwards"].get_xydata(), ORBITS["outwards"])
    assert np.allclose(lines(right)["outwards"].get_ydata(), [1, 2, 4]), "the distance from the solution"
    dotted = [line.get_ydata() for line in right.lines if line.get_linestyle() == ":"]
    assert np.allclose(dotted[0], [1, 2, 4])
    assert np.allclose(dotted[1], [1, 0.5])
    own = [colours(right)[name] for name in ORBITS]
    assert own == [colours(left)[name] for name in ORBITS] == [VERMILLION, OKABE_ITO["orange"]]
    five = dict.fromkeys("abcde", ORBITS["inwards"])
    with pytest.raises(ValueError):
        figures.spiral(five, dict.fromkeys("abcde", 1.0))


def test_points_are_drawn_where_they_are():
    [ax] = figures.clouds(CLOUD, CLOUD / 9).axes
    data, fakes = (points.get_offsets() for points in ax.collections)
    assert np.allclose(data, CLOUD)
    assert np.allclose(fakes, CLOUD / 9)


def test_moments_in_the_plane_show_circles_and_the_first_thousand_points():
    figure = ALL["training_in_the_plane"][0]()
    assert [ax.get_title() for ax in figure.axes] == ["step 1", "step 9"]
    circles, points = (drawn.get_offsets() for drawn in figure.axes[0].collections)
    assert np.allclose(circles, CENTRES)
    assert np.allclose(points, CLOUD[:1000])


def test_the_field_lies_as_it_was_asked():
    plane = torch.linspace(-1, 1, 3)
    # D at (plane[i], plane[j]) is largest far to the right, and at the bottom.
    field = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    grid = torch.cartesian_prod(plane, plane).reshape(3, 3, 2)
    left, right, scale = figures.warped_grid(grid, 2 * grid, plane, field).axes
    assert scale.get_ylabel() == "$D(x)$"
    assert np.allclose(left.lines[0].get_xydata(), grid[0])
    assert np.allclose(right.lines[1].get_xydata(), 2 * grid[:, 0])
    shown = np.asarray(right.collections[0].get_array()).reshape(3, 3)
    assert shown[0, 2] == 1, "rows of the picture are the second coordinate, columns the first"
    assert shown.sum() == 1


def test_runs_show_their_ends_and_their_traces():
    figure = ALL["runs"][0]()
    assert [ax.get_title() for ax in figure.axes[:2]] == ["fine", "broken"]
    below = lines(figure.axes[2])
    assert below["modes (of 3)"].get_ydata().tolist() == [1, 2, 3]
    assert below["loss_d"].get_ydata().tolist() == [1.75, 1.5, 1.25]
    assert below["loss_d"].get_xdata().tolist() == [10, 20, 30]
    assert words(figure.axes[2]) == ["modes (of 3)", "loss_d"]
