"""Blending and baselines against oracles that are solved or counted another way."""

import numpy as np
import pytest
import torch

from ganlab import data
from ganlab.inpainting.blending import alpha_blend, feather, poisson_blend
from ganlab.inpainting.masks import brush_masks, centre_masks


def dense_poisson(x, g, hole):
    """The same equations as a dense matrix over all pixels, known ones included, solved by NumPy."""
    height, width = hole.shape
    a, b = np.eye(height * width), x.reshape(-1).copy()
    for r in range(height):
        for c in range(width):
            if not hole[r, c]:
                continue
            row = r * width + c
            a[row], b[row] = 0, 0
            for y, k in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if 0 <= y < height and 0 <= k < width:
                    a[row, row] += 1
                    a[row, y * width + k] -= 1
                    b[row] += g[r, c] - g[y, k]
    return np.linalg.solve(a, b).reshape(height, width)


@pytest.mark.parametrize("kind", ["inside", "edge", "brush"])
def test_poisson_solves_the_poisson_equation(kind):
    random = torch.Generator().manual_seed(0)
    x, g = (torch.rand(2, 1, 3, 12, 14, generator=random) - 0.5) * 0.4
    mask = torch.zeros(1, 1, 12, 14)
    if kind == "inside":
        mask[..., 3:9, 4:10] = 1
    elif kind == "edge":
        mask[..., :6, 8:] = 1
    else:
        mask = brush_masks(1, 16, random)[..., :12, :14]
    blended = poisson_blend(x, g, mask)
    hole = mask[0, 0].numpy() > 0
    for channel in range(3):
        expected = dense_poisson(x[0, channel].double().numpy(), g[0, channel].double().numpy(), hole)
        np.testing.assert_allclose(blended[0, channel].numpy(), expected.clip(-1, 1), atol=1e-5)
    assert torch.equal(blended[0, :, ~hole], x[0, :, ~hole])


def test_poisson_forgets_a_constant_difference_and_a_plain_paste_does_not():
    face = data.faces(1, size=32, seed=3).images * 0.5
    mask = centre_masks(1, 32)
    blended = poisson_blend(face, face + 0.2, mask)
    torch.testing.assert_close(blended, face, atol=1e-5, rtol=0)


def test_poisson_refuses_what_it_cannot_solve():
    with pytest.raises(ValueError, match="expected some known pixels"):
        poisson_blend(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8), torch.ones(1, 1, 8, 8))
    with pytest.raises(ValueError, match="expected two equal shapes"):
        poisson_blend(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 9), torch.zeros(1, 1, 8, 8))
    nothing = torch.rand(1, 3, 8, 8)
    assert torch.equal(poisson_blend(nothing, -nothing, torch.zeros(1, 1, 8, 8)), nothing)


def test_feather_rises_linearly_from_the_border_and_is_exactly_zero_outside():
    mask = torch.zeros(1, 1, 9, 20)
    mask[..., 4:16] = 1
    soft = feather(mask, 3)[0, 0, 4]
    torch.testing.assert_close(soft[:10], torch.tensor([0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]))
    assert not feather(mask, 3)[mask == 0].any()
    with pytest.raises(ValueError, match="width above 0"):
        feather(mask, 0)
    x, y = torch.rand(2, 1, 3, 9, 20)
    torch.testing.assert_close(alpha_blend(x, y, feather(mask, 2)), (1 - feather(mask, 2)) * x + feather(mask, 2) * y)
    assert torch.equal(alpha_blend(x, y, feather(mask, 2))[..., :4], x[..., :4])
