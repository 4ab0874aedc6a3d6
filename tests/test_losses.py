"""Losses against their definitions in float64 NumPy, gradients against finite differences and closed forms."""

import numpy as np
import pytest
import torch

from ganlab import losses

LOGITS = torch.tensor([-3.0, -0.5, 0.0, 0.7, 4.0], dtype=torch.float64)


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def test_discriminator_loss_is_its_definition():
    real, fake = LOGITS.numpy() + 0.3, LOGITS.numpy()[:3] - 1.1
    expected = -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(fake)).mean()
    found = losses.discriminator_loss(real_logits=torch.tensor(real), fake_logits=torch.tensor(fake))
    assert float(found) == pytest.approx(expected, abs=1e-12)


def test_a_blind_discriminator_loses_two_log_two():
    zeros = torch.zeros(4, dtype=torch.float64)
    loss = losses.discriminator_loss(real_logits=zeros, fake_logits=zeros)
    assert float(loss) == pytest.approx(2 * np.log(2), abs=1e-12)


def test_generator_losses_are_their_definitions():
    logits = LOGITS.numpy()
    assert float(losses.generator_loss(fake_logits=LOGITS)) == pytest.approx(
        -np.log(sigmoid(logits)).mean(), abs=1e-12
    )
    assert float(losses.saturating_generator_loss(fake_logits=LOGITS)) == pytest.approx(
        np.log(1 - sigmoid(logits)).mean(), abs=1e-12
    )


def test_gradients_are_the_ones_the_docstrings_state():
    d = torch.sigmoid(LOGITS)
    for loss, expected in ((losses.generator_loss, -(1 - d)), (losses.saturating_generator_loss, -d)):
        logits = LOGITS.clone().requires_grad_()
        loss(fake_logits=logits).backward()
        torch.testing.assert_close(logits.grad, expected / len(LOGITS), rtol=1e-12, atol=0)


def test_the_saturating_loss_saturates_where_the_discriminator_wins():
    confident = torch.tensor([-20.0], requires_grad=True)
    losses.saturating_generator_loss(fake_logits=confident).backward()
    assert abs(float(confident.grad)) < 1e-8
    confident.grad = None
    losses.generator_loss(fake_logits=confident).backward()
    assert float(confident.grad) == pytest.approx(-1, abs=1e-6)


@pytest.mark.parametrize("extreme", [-1e4, 1e4])
def test_losses_stay_finite_where_the_logarithm_of_a_sigmoid_does_not(extreme):
    logits = torch.tensor([extreme], requires_grad=True)
    total = (
        losses.discriminator_loss(real_logits=logits, fake_logits=logits)
        + losses.generator_loss(fake_logits=logits)
        + losses.saturating_generator_loss(fake_logits=logits)
    )
    total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(logits.grad).all()


def test_arguments_are_keyword_only():
    with pytest.raises(TypeError):
        losses.discriminator_loss(LOGITS, LOGITS)


def test_r1_of_a_quadratic_critic_is_its_closed_form():
    # f(x) = a . x + |x|^2 / 2 has the gradient a + x.
    a = torch.randn(3, 4, 4, dtype=torch.float64)
    real = torch.randn(5, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    logits = (a * real).sum((1, 2, 3)) + real.square().sum((1, 2, 3)) / 2
    expected = ((a + real.detach()) ** 2).sum((1, 2, 3)).mean() / 2
    torch.testing.assert_close(losses.r1_penalty(real_logits=logits, real=real), expected)


def test_r1_gradient_reaches_the_parameters_and_agrees_with_finite_differences():
    weight = torch.randn(6, dtype=torch.float64)
    points = torch.randn(7, 6, dtype=torch.float64)

    def penalty(w):
        real = points.clone().requires_grad_()
        return losses.r1_penalty(real_logits=torch.tanh(real @ w), real=real)

    assert torch.autograd.gradcheck(penalty, weight.requires_grad_())


def test_r1_wants_inputs_that_require_a_gradient():
    real = torch.randn(2, 3)
    with pytest.raises(ValueError, match=r"expected `real` with requires_grad=True"):
        losses.r1_penalty(real_logits=real.sum(1), real=real)


def test_r2_is_the_penalty_of_generated_pictures():
    a, fake = torch.randn(6, dtype=torch.float64), torch.randn(5, 6, dtype=torch.float64, requires_grad=True)
    expected = ((a + fake.detach()) ** 2).sum(1).mean() / 2
    found = losses.r2_penalty(fake_logits=fake @ a + fake.square().sum(1) / 2, fake=fake)
    torch.testing.assert_close(found, expected)
    with pytest.raises(ValueError, match=r"expected `fake` with requires_grad=True"):
        losses.r2_penalty(fake_logits=fake.detach().sum(1), fake=fake.detach())


def test_relativistic_losses_are_their_definition_in_numpy():
    real, fake = torch.randn(2, 9, dtype=torch.float64)
    apart = (real - fake).numpy()
    found = losses.relativistic_discriminator_loss(real_logits=real, fake_logits=fake)
    assert float(found) == pytest.approx(np.log1p(np.exp(-apart)).mean())
    found = losses.relativistic_generator_loss(real_logits=real, fake_logits=fake)
    assert float(found) == pytest.approx(np.log1p(np.exp(apart)).mean())


def test_relativistic_losses_do_not_see_what_all_logits_have_in_common():
    real, fake = torch.randn(2, 9, dtype=torch.float64)
    for loss in (losses.relativistic_discriminator_loss, losses.relativistic_generator_loss):
        moved = loss(real_logits=real + 1000, fake_logits=fake + 1000)
        torch.testing.assert_close(moved, loss(real_logits=real, fake_logits=fake))
        assert torch.isfinite(loss(real_logits=1e4 * real, fake_logits=1e4 * fake))
        with pytest.raises(ValueError, match="as many real logits as fake ones"):
            loss(real_logits=real, fake_logits=fake[:1])


def test_masked_losses_are_their_definition_in_numpy():
    torch.manual_seed(0)
    prediction, target = torch.randn(2, 3, 2, 5, 6, dtype=torch.float64)
    mask = (torch.rand(3, 1, 5, 6) < 0.4).double()
    per_picture = {1: [], 2: []}
    for p, t, m in zip(prediction.numpy(), target.numpy(), mask.numpy()[:, 0] > 0, strict=True):
        for power, found in per_picture.items():
            found.append(np.mean(np.abs(p[:, m] - t[:, m]) ** power))
    found_l2 = losses.masked_l2(prediction=prediction, target=target, mask=mask)
    found_l1 = losses.masked_l1(prediction=prediction, target=target, mask=mask)
    assert float(found_l2) == pytest.approx(np.mean(per_picture[2]), rel=1e-12)
    assert float(found_l1) == pytest.approx(np.mean(per_picture[1]), rel=1e-12)


@pytest.mark.parametrize("loss", [losses.masked_l2, losses.masked_l1])
def test_masked_losses_look_nowhere_but_in_the_hole(loss):
    prediction, target = torch.zeros(2, 3, 8, 8, requires_grad=True), torch.rand(2, 3, 8, 8) + 0.5
    mask = torch.zeros(2, 1, 8, 8)
    mask[0, :, 2:5, 2:5] = 1  # the second picture has no hole
    loss(prediction=prediction, target=target, mask=mask).backward()
    assert torch.equal(prediction.grad != 0, (mask > 0).expand_as(prediction))
    assert torch.isfinite(prediction.grad).all()


def test_the_overlap_is_a_ring_of_its_own_weight():
    mask = torch.zeros(1, 1, 9, 9)
    mask[..., 3:6, 3:6] = 1
    ring = torch.zeros_like(mask)
    ring[..., 1:8, 1:8] = 1
    ring -= mask
    prediction, target = torch.randn(2, 1, 3, 9, 9)
    squared = (prediction - target).square().sum(dim=1, keepdim=True)
    expected = (squared * (mask + 10 * ring)).sum() / (3 * (9 + 10 * 40))
    found = losses.masked_l2(prediction=prediction, target=target, mask=mask, overlap=2)
    assert float(found) == pytest.approx(float(expected), rel=1e-5)
    assert float(losses.masked_l2(prediction=prediction, target=target, mask=mask)) != pytest.approx(
        float(found), rel=1e-3
    )
