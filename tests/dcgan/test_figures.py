"""The figures of the DCGAN lesson: what they are given is shown, on one scale where it is to be compared."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot

from ganlab.dcgan import figures

C = np.arange(32.0).reshape(4, 8)
COUNTS = {3: torch.ones(12, 12), 4: 4 * torch.ones(12, 12), 5: 2 * torch.ones(12, 12)}


@pytest.mark.parametrize("kernels", [(3,), (3, 4), (3, 4, 5)])
def test_a_picture_a_kernel_beside_the_two_matrices(kernels):
    figure = figures.stamps(C, C.T, {kernel: COUNTS[kernel] for kernel in kernels})
    *pictures, scale = figure.axes
    assert np.array_equal(pictures[0].images[0].get_array(), C)
    assert np.array_equal(pictures[1].images[0].get_array(), C.T)
    for ax, kernel in zip(pictures[2:], kernels, strict=True):
        assert np.array_equal(ax.images[0].get_array(), COUNTS[kernel])
        assert ax.images[0].get_clim() == (0, 4), "one scale for all"
        assert f"$k={kernel}$" in ax.get_title()
    assert scale.get_yticks().tolist() == [0, 1, 2, 3, 4]
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def test_groups_are_counted_in_the_same_bins():
    groups = {"near": torch.tensor([[0.0], [0.1], [0.9]]), "far": np.array([5.0, 9.9, 10.0, 10.0])}
    figure = figures.shared_histogram(groups, bins=10, xlabel="distance", title="all")
    [ax] = figure.axes
    assert (ax.get_xlabel(), ax.get_title()) == ("distance", "all")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["near", "far"]
    outlines = [patch.get_path().vertices for patch in ax.patches]
    # Bars of width 1 from 0 to 10: three values in the first, one at 5, three in the last.
    for outline, corners in zip(outlines, [{(0, 3), (1, 3)}, {(5, 1), (6, 1), (9, 3), (10, 3)}], strict=True):
        found = {tuple(point) for point in np.round(outline, 6).tolist()}
        assert {corner for corner in found if corner[1] > 0} == corners
        assert {x for x, _ in found} == set(range(11)), "the edges of all groups"
    assert pyplot.get_fignums() == []
