"""Right and wrong answers to the exercise two_losses of lesson 05, written as learners write them."""

import math

import torch
import torch.nn.functional as F

from ganlab import losses
from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub


def losses_solution(discriminator, real, fake):
    loss_d = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake.detach())).mean()
    loss_g = F.softplus(-discriminator(fake)).mean()
    return loss_d, loss_g


def losses_cross_entropy(discriminator, real, fake):
    bce = F.binary_cross_entropy_with_logits
    of_real, of_fake = discriminator(real), discriminator(fake.detach())
    loss_d = bce(of_real, torch.ones_like(of_real)) + bce(of_fake, torch.zeros_like(of_fake))
    again = discriminator(fake)
    return [loss_d, bce(again, torch.ones_like(again))]


def losses_log_sigmoid(discriminator, real, fake):
    loss_d = -F.logsigmoid(discriminator(real)).mean() - F.logsigmoid(-discriminator(fake.detach())).mean()
    return loss_d, -F.logsigmoid(discriminator(fake)).mean()


def losses_log_add_exp(discriminator, real, fake):
    zero = torch.zeros(())
    loss_d = (
        torch.logaddexp(zero, -discriminator(real)) + torch.logaddexp(zero, discriminator(fake.detach()))
    ).mean()
    return loss_d, torch.logaddexp(zero, -discriminator(fake)).mean()


def losses_one_pass(discriminator, real, fake):
    logits = discriminator(torch.cat([real, fake.detach()]))
    of_real, of_fake = logits.chunk(2)
    return F.softplus(-of_real).mean() + F.softplus(of_fake).mean(), F.softplus(-discriminator(fake)).mean()


def losses_frozen_for_a_while(discriminator, real, fake):
    loss_d, _ = losses_solution(discriminator, real, fake)
    discriminator.requires_grad_(False)
    loss_g = F.softplus(-discriminator(fake)).mean()
    discriminator.requires_grad_(True)
    return loss_d, loss_g


def losses_loop(discriminator, real, fake):
    loss_d = loss_g = 0
    for photo, made in zip(real, fake, strict=True):
        of_real = discriminator(photo[None])[0]
        loss_d = loss_d + torch.log1p(torch.exp(-of_real.double().clamp(min=-700)))
        loss_d = loss_d + torch.log1p(torch.exp(discriminator(made.detach()[None])[0].double()))
        loss_g = loss_g + torch.log1p(torch.exp(-discriminator(made[None])[0].double()))
    return loss_d / len(real), loss_g / len(fake)


def losses_cross_entropy_as(label_real, label_fake, label_g, reduction="mean"):
    def two(discriminator, real, fake):
        def bce(logits, label):
            return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label), reduction=reduction)

        loss_d = bce(discriminator(real), label_real) + bce(discriminator(fake.detach()), label_fake)
        return loss_d, bce(discriminator(fake), label_g)

    return two


def losses_of(loss_d, loss_g=lambda r, f: F.softplus(-f).mean()):
    """Of the logits; the fakes' are detached where the discriminator learns."""
    return lambda judge, real, fake: (loss_d(judge(real), judge(fake.detach())), loss_g(judge(real), judge(fake)))


def d_right(r, f):
    return F.softplus(-r).mean() + F.softplus(f).mean()


def losses_probabilities(discriminator, real, fake):
    loss_d = -torch.log(discriminator(real)).mean() - torch.log(1 - discriminator(fake.detach())).mean()
    return loss_d, -torch.log(discriminator(fake)).mean()


def losses_naive(discriminator, real, fake):
    loss_d = (
        -torch.log(discriminator(real).sigmoid()).mean()
        - torch.log(1 - discriminator(fake.detach()).sigmoid()).mean()
    )
    return loss_d, -torch.log(discriminator(fake).sigmoid()).mean()


def losses_epsilon(discriminator, real, fake):
    p, q, again = (discriminator(x).sigmoid() for x in (real, fake.detach(), fake))
    return -(p + 1e-8).log().mean() - (1 - q + 1e-8).log().mean(), -(again + 1e-8).log().mean()


def losses_no_detach(discriminator, real, fake):
    of_fake = discriminator(fake)
    return F.softplus(-discriminator(real)).mean() + F.softplus(of_fake).mean(), F.softplus(-of_fake).mean()


def losses_shared_detached(discriminator, real, fake):
    of_fake = discriminator(fake.detach())
    return F.softplus(-discriminator(real)).mean() + F.softplus(of_fake).mean(), F.softplus(-of_fake).mean()


def losses_detached_logits(discriminator, real, fake):
    of_fake = discriminator(fake)
    return F.softplus(-discriminator(real)).mean() + F.softplus(of_fake.detach()).mean(), F.softplus(-of_fake).mean()


def losses_real_without_graph(discriminator, real, fake):
    with torch.no_grad():
        of_real = discriminator(real)
    return F.softplus(-of_real).mean() + F.softplus(discriminator(fake.detach())).mean(), F.softplus(
        -discriminator(fake)
    ).mean()


def losses_no_grad_for_g(discriminator, real, fake):
    loss_d, _ = losses_solution(discriminator, real, fake)
    with torch.no_grad():
        loss_g = F.softplus(-discriminator(fake)).mean()
    return loss_d, loss_g


def losses_detached_in_place(discriminator, real, fake):
    fake.detach_()
    return losses_solution(discriminator, real, fake)


def losses_half_of_the_fakes(discriminator, real, fake):
    of_fake = torch.cat([discriminator(fake[:1]), discriminator(fake[1:].detach())])
    return losses_solution(discriminator, real, fake)[0], F.softplus(-of_fake).mean()


def losses_frozen(discriminator, real, fake):
    loss_d, _ = losses_solution(discriminator, real, fake)
    discriminator.requires_grad_(False)
    return loss_d, F.softplus(-discriminator(fake)).mean()


def losses_backward(discriminator, real, fake):
    loss_d, loss_g = losses_solution(discriminator, real, fake)
    loss_d.backward()
    return loss_d, loss_g


def losses_with_step(discriminator, real, fake):
    optimizer = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    losses_solution(discriminator, real, fake)[0].backward()
    optimizer.step()
    optimizer.zero_grad()
    return losses_solution(discriminator, real, fake)


def losses_only_four(discriminator, real, fake):
    loss_d, loss_g = losses_solution(discriminator, real, fake)
    return loss_d * len(real) / 4, loss_g * len(fake) / 4


def losses_clamped(discriminator, real, fake):
    r, f, g = (discriminator(x).clamp(-30, 30) for x in (real, fake.detach(), fake))
    return d_right(r, f), F.softplus(-g).mean()


BANK = Bank(
    checks.two_losses,
    right=[
        losses_solution,
        losses_cross_entropy,
        losses_log_sigmoid,
        losses_log_add_exp,
        losses_one_pass,
        losses_frozen_for_a_while,
        losses_loop,
        losses_cross_entropy_as(1.0, 0.0, 1.0),
        losses_of(d_right),
        losses_of(lambda r, f: F.softplus(torch.cat([-r, f])).mean() * 2),
        lambda judge, real, fake: (
            losses.discriminator_loss(real_logits=judge(real), fake_logits=judge(fake.detach())),
            losses.generator_loss(fake_logits=judge(fake)),
        ),
        lambda judge, real, fake: losses_solution(judge, real.detach(), fake.clone()),
        lambda judge, real, fake: [loss.double() for loss in losses_solution(judge, real, fake)],
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda judge, r, f: None, "returns_none"),
        (lambda judge, r, f: sum(losses_solution(judge, r, f)), "wrong_type"),
        (lambda judge, r, f: torch.stack(losses_solution(judge, r, f)), "wrong_type"),
        (lambda judge, r, f: dict(zip(("loss_d", "loss_g"), losses_solution(judge, r, f), strict=True)), "wrong_type"),
        (lambda judge, r, f: tuple(loss.item() for loss in losses_solution(judge, r, f)), "pair"),
        (lambda judge, r, f: (*losses_solution(judge, r, f), f), "pair"),
        (lambda judge, r, f: (F.softplus(-judge(r)) + F.softplus(judge(f.detach())), F.softplus(-judge(f))), "wrong_shape"),
        (lambda judge, r, f: (losses_solution(judge, r, f)[0], F.softplus(-judge(f))), "wrong_shape"),
        (lambda judge, r, f: losses_solution(r, judge, f), "error"),
        (lambda judge, r, f: (F.binary_cross_entropy(judge(r), torch.ones(4)), judge(f).mean()), "error"),
        (lambda judge, r, f: losses_solution(judge, r, f.detach().mul_(2)), "changes_its_input"),
        (losses_backward, "took_a_step"),
        (losses_with_step, "took_a_step"),
        (losses_frozen, "frozen"),
        (losses_detached_in_place, "frozen"),
        (losses_probabilities, "finite"),
        (lambda judge, r, f: (losses_solution(judge, r, f)[0] * math.nan, losses_solution(judge, r, f)[1]), "finite"),
        (lambda judge, r, f: losses_solution(judge, r, f)[::-1], "order"),
        (losses_of(lambda r, f: d_right(r.sigmoid(), f.sigmoid()), lambda r, f: F.softplus(-f.sigmoid()).mean()),
         "sigmoid_twice"),
        (losses_of(d_right, lambda r, f: F.softplus(-torch.sigmoid(f)).mean()), "sigmoid_twice"),
        (losses_cross_entropy_as(0.0, 1.0, 0.0), "labels"),
        (losses_cross_entropy_as(0.0, 1.0, 1.0), "labels"),
        (losses_of(lambda r, f: F.softplus(-f).mean() + F.softplus(r).mean()), "labels"),
        (lambda judge, r, f: losses_solution(judge, f, r), "labels"),
        (losses_of(d_right, lambda r, f: -F.softplus(f).mean()), "saturating"),
        (losses_of(d_right, lambda r, f: torch.log(1 - f.sigmoid()).mean()), "saturating"),
        (losses_of(d_right, lambda r, f: -d_right(r, f)), "saturating"),
        (losses_cross_entropy_as(1.0, 0.0, 0.0), "wrong_direction"),
        (losses_of(lambda r, f: -d_right(r, f)), "maximised"),
        (losses_of(d_right, lambda r, f: F.logsigmoid(f).mean()), "maximised"),
        (losses_of(lambda r, f: F.softplus(-r).mean()), "one_part"),
        (losses_of(lambda r, f: F.softplus(f).mean()), "one_part"),
        (losses_of(d_right, lambda r, f: F.softplus(-f).mean() + F.softplus(r).mean()), "real_in_g"),
        (losses_of(d_right, lambda r, f: F.softplus(-r).mean()), "real_in_g"),
        (losses_cross_entropy_as(1.0, 0.0, 1.0, "sum"), "sum"),
        (losses_of(lambda r, f: F.softplus(-r).sum() + F.softplus(f).sum()), "sum"),
        (losses_of(d_right, lambda r, f: F.softplus(-f).sum()), "sum"),
        (losses_of(lambda r, f: d_right(r, f) / 2), "half"),
        (losses_of(lambda r, f: F.softplus(torch.cat([-r, f])).mean()), "half"),
        (losses_of(d_right, lambda r, f: F.softplus(-f).mean() / 2), "half"),
        (losses_of(d_right, lambda r, f: 1e-3 * F.softplus(-f).mean()), "weight"),
        (losses_of(lambda r, f: d_right(r - f.mean(), f - r.mean())), "relativistic"),
        (losses_of(lambda r, f: F.softplus(f - r).mean()), "relativistic"),
        (losses_of(lambda r, f: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda r, f: -f.mean()), "other_game"),
        (losses_of(lambda r, f: f.mean() - r.mean(), lambda r, f: -f.mean()), "other_game"),
        (losses_of(lambda r, f: (r - 1).square().mean() + f.square().mean()), "other_game"),
        (losses_of(d_right, lambda r, f: (f - 1).square().mean() / 2), "other_game"),
        (losses_cross_entropy_as(0.9, 0.0, 1.0), "loss_d"),
        (losses_of(lambda r, f: d_right(r, f) + 0.01), "loss_d"),
        (losses_of(lambda r, f: F.softplus(-r.mean()) + F.softplus(f.mean())), "loss_d"),
        (losses_cross_entropy_as(1.0, 0.0, 0.9), "loss_g"),
        (losses_of(d_right, lambda r, f: F.softplus(-f.mean())), "loss_g"),
        (losses_naive, "unstable"),
        (losses_epsilon, "unstable"),
        (losses_clamped, "unstable"),
        (losses_no_detach, "no_detach"),
        (lambda judge, r, f: (d_right(judge(r), judge(f)), F.softplus(-judge(f)).mean()), "no_detach"),
        (losses_shared_detached, "generator_cut_off"),
        (lambda judge, r, f: losses_solution(judge, r, f.detach()), "generator_cut_off"),
        (losses_no_grad_for_g, "generator_cut_off"),
        (losses_detached_logits, "judge_learns"),
        (losses_real_without_graph, "judge_learns"),
        (lambda judge, r, f: (losses_solution(judge, r, f)[0].detach(), losses_solution(judge, r, f)[1]), "judge_learns"),
        (losses_half_of_the_fakes, "generator_learns"),
        (losses_only_four, "wrong_value"),
    ],
)  # fmt: skip
