"""Style losses against loops in float64 NumPy."""

import numpy as np
import pytest
import torch

from ganlab.layers import feature_statistics
from ganlab.losses import total_variation
from ganlab.style.losses import content_loss, gram_loss, gram_matrix, style_loss

EPS = 1e-5


def maps(n, *sizes, seed=0, scale=1.0):
    """Feature maps of 4, 5, ... channels, float64."""
    random = np.random.default_rng(seed)
    return [torch.from_numpy(random.gamma(1.0, scale, (n, 4 + k, *size))) for k, size in enumerate(sizes)]


def moments(x):
    """Mean and deviation of one channel of one picture, from their definitions."""
    values = [float(v) for v in x.reshape(-1)]
    mean = sum(values) / len(values)
    return mean, np.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1) + EPS)


def gram_in_numpy(x):
    c, h, w = x.shape
    found = np.zeros((c, c))
    for i in range(c):
        for j in range(c):
            found[i, j] = sum(x[i, y, z] * x[j, y, z] for y in range(h) for z in range(w)) / (c * h * w)
    return found


def test_content_loss_is_the_mean_square():
    (a,), (b,) = maps(2, (5, 6)), maps(2, (5, 6), seed=1)
    found = content_loss(features=a, target=b)
    assert found.item() == pytest.approx(((a.numpy() - b.numpy()) ** 2).mean(), rel=1e-12)
    assert content_loss(features=a, target=a).item() == 0
    with pytest.raises(ValueError, match=r"of one shape, got \(2, 4, 5, 6\) and \(1, 4, 5, 6\)"):
        content_loss(features=a, target=a[:1])  # broadcasting would compare every picture with the first


@pytest.mark.parametrize("many", [1, 2])
@pytest.mark.parametrize("weights", [None, [0.5, 2.0, 1.0]])
def test_style_loss_is_its_formula(many, weights):
    features, styles = maps(2, (6, 5), (3, 4), (2, 2)), maps(many, (4, 4), (5, 2), (3, 3), seed=1, scale=2.0)
    expected = 0.0
    for level, (f, s) in enumerate(zip(features, styles, strict=True)):
        n, c = f.shape[:2]
        for i in range(n):
            for k in range(c):
                (mean, std), (mean_s, std_s) = moments(f[i, k].numpy()), moments(s[i % many, k].numpy())
                weight = weights[level] if weights else 1.0
                expected += weight * ((mean - mean_s) ** 2 + (std - std_s) ** 2) / (n * c)
    found = style_loss(features=features, targets=styles, weights=weights)
    assert found.item() == pytest.approx(expected, rel=1e-10)
    known = [feature_statistics(s) for s in styles]
    assert style_loss(features=features, targets=known, weights=weights).item() == found.item()
    single = style_loss(features=[f.float() for f in features], targets=[s.float() for s in styles], weights=weights)
    assert single.item() == pytest.approx(expected, rel=1e-5)


def test_style_loss_does_not_see_where_things_are_and_sees_every_level():
    features = maps(1, (4, 6), (3, 5))
    shuffled = [f.flatten(2)[..., torch.randperm(f[0, 0].numel())].view_as(f) for f in features]
    assert style_loss(features=shuffled, targets=features).item() == pytest.approx(0, abs=1e-20)
    assert gram_loss(features=shuffled, targets=features).item() == pytest.approx(0, abs=1e-20)
    other = [features[0], features[1] + 1]  # another mean at the second level only
    assert style_loss(features=other, targets=features).item() == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 6, 1, 1)])
def test_gram_matrix_is_its_definition(shape):
    x = np.random.default_rng(3).normal(size=shape)
    found = gram_matrix(torch.from_numpy(x))
    np.testing.assert_allclose(found.numpy(), [gram_in_numpy(one) for one in x], rtol=1e-11, atol=1e-13)
    assert found.dtype == torch.float64
    trace = found.diagonal(dim1=1, dim2=2).sum(1)
    np.testing.assert_allclose(trace.numpy(), (x**2).mean((1, 2, 3)), rtol=1e-11)


def test_gram_matrix_does_not_depend_on_size_or_width():
    (x,) = maps(1, (4, 5))
    torch.testing.assert_close(gram_matrix(x.repeat(1, 1, 3, 2)), gram_matrix(x))  # a larger picture of the same
    doubled = gram_matrix(x.repeat(1, 2, 1, 1))  # the same channels twice
    assert doubled.norm().item() == pytest.approx(gram_matrix(x).norm().item(), rel=1e-12)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("many", [1, 2])
def test_gram_loss_is_its_formula(relative, many):
    features, styles = maps(2, (6, 5), (3, 4)), maps(many, (4, 4), (5, 2), seed=1, scale=2.0)
    expected = 0.0
    for weight, f, s in zip((3.0, 0.5), features, styles, strict=True):
        for i in range(2):
            mine, wanted = gram_in_numpy(f[i].numpy()), gram_in_numpy(s[i % many].numpy())
            distance = ((mine - wanted) ** 2).sum()
            expected += weight * (distance / (wanted**2).sum() if relative else distance) / 2
    found = gram_loss(features=features, targets=styles, weights=[3.0, 0.5], relative=relative)
    assert found.item() == pytest.approx(expected, rel=1e-10)
    grams = [gram_matrix(s) for s in styles]
    again = gram_loss(features=features, targets=grams, weights=[3.0, 0.5], relative=relative)
    assert again.item() == found.item()


def test_relative_gram_loss_has_no_unit():
    features, styles = maps(1, (6, 5), (3, 4)), maps(1, (6, 5), (3, 4), seed=1)
    pairs = [(features, styles), ([30 * f for f in features], [30 * s for s in styles])]
    plain, loud = (gram_loss(features=f, targets=s, relative=True).item() for f, s in pairs)
    assert loud == pytest.approx(plain, rel=1e-9)
    plain, loud = (gram_loss(features=f, targets=s).item() for f, s in pairs)
    assert loud == pytest.approx(30**4 * plain, rel=1e-9)
    nothing = gram_loss(features=[0 * f for f in features], targets=styles, relative=True)
    assert nothing.item() == pytest.approx(2.0)


def test_half_precision_is_summed_in_single():
    loud = [torch.rand(1, 4, 64, 64, generator=torch.Generator().manual_seed(0)) * 300]
    target = [f * 0.5 for f in loud]
    for loss in (style_loss, gram_loss):
        exact, half = (loss(features=[f.to(t) for f in loud], targets=target) for t in (torch.float32, torch.float16))
        assert half.dtype == torch.float32
        assert half.item() == pytest.approx(exact.item(), rel=0.01)
    with torch.autocast("cpu", torch.bfloat16):
        found = gram_matrix(loud[0])
    torch.testing.assert_close(found, gram_matrix(loud[0].double()).float(), atol=0, rtol=1e-5)
    assert total_variation(loud[0].half()).dtype == torch.float32


def test_total_variation_is_its_definition():
    x = np.random.default_rng(5).normal(size=(2, 3, 4, 6))
    expected = np.abs(np.diff(x, axis=3)).mean() + np.abs(np.diff(x, axis=2)).mean()
    assert total_variation(torch.from_numpy(x)).item() == pytest.approx(expected, rel=1e-12)
    ramp = torch.arange(8.0).expand(1, 3, 5, 8)
    assert total_variation(ramp).item() == 1.0  # 1 across, 0 down
    assert total_variation(torch.full((1, 3, 4, 4), 0.7)).item() == 0
    assert total_variation(torch.ones(1, 1, 1, 1)).item() == 0  # no neighbours, no NaN
    assert total_variation(ramp[..., :1, :]).item() == 1.0


def test_every_loss_has_the_gradient_of_finite_differences():
    targets = maps(1, (3, 2), (2, 2), seed=1)
    features = tuple(f.requires_grad_() for f in maps(1, (3, 3), (2, 2)))
    for loss in (
        lambda *f: style_loss(features=f, targets=targets),
        lambda *f: gram_loss(features=f, targets=targets),
        lambda *f: gram_loss(features=f, targets=targets, relative=True),
        lambda *f: content_loss(features=f[0], target=torch.ones_like(f[0])),
        lambda *f: total_variation(f[0]),
    ):
        assert torch.autograd.gradcheck(loss, features)
    flat = torch.ones(1, 2, 3, 3, requires_grad=True)
    style_loss(features=[flat], targets=[torch.rand(1, 2, 4, 4)]).backward()
    assert torch.isfinite(flat.grad).all()


def test_what_does_not_fit_is_refused():
    features = maps(2, (3, 3), (2, 2))
    for loss, name in ((style_loss, "style_loss"), (gram_loss, "gram_loss")):
        with pytest.raises(ValueError, match=f"{name}: expected .* same levels, got 2, 1 and 2"):
            loss(features=features, targets=features[:1])
        with pytest.raises(ValueError, match="got 2, 2 and 3"):
            loss(features=features, targets=features, weights=[1, 1, 1])
        with pytest.raises(ValueError, match="got 0, 0 and 0"):
            loss(features=[], targets=[])
        with pytest.raises(ValueError, match=f"{name}: .* 2 pictures or for 1, with 4 channels, got 3 with 4"):
            loss(features=features, targets=maps(3, (3, 3), (2, 2)))
        with pytest.raises(ValueError, match="with 4 channels, got 2 with 5"):
            loss(features=features[:1], targets=features[1:])
