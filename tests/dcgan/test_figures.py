"""The figures of transposed convolutions: matrices and counts are shown as they are given."""

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
