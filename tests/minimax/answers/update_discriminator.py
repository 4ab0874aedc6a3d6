"""Right and wrong answers to the exercise update_discriminator of lesson 01, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.minimax import checks
from tests.checks.bank import Bank, stub


def adversarial(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def update_detached(generator, discriminator, optimizer, real, z):
    loss = adversarial(discriminator(real), discriminator(generator(z).detach()))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def update_no_grad(generator, discriminator, optimizer, real, z):
    optimizer.zero_grad(set_to_none=False)
    with torch.no_grad():
        fake = generator(z)
    logits = discriminator(torch.cat([real, fake]))
    target = torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])
    loss = 2 * F.binary_cross_entropy_with_logits(logits, target)
    loss.backward()
    optimizer.step()
    return loss.item()


def update_by_gradients(generator, discriminator, optimizer, real, z):
    weights = list(discriminator.parameters())
    loss = adversarial(discriminator(real), discriminator(generator(z)))
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.grad = gradient
    optimizer.step()
    return loss.detach()


def step_with(loss_of, *, zero=True, step=True):
    def update(generator, discriminator, optimizer, real, z):
        loss = loss_of(generator, discriminator, real, z)
        if zero:
            optimizer.zero_grad()
        loss.backward()
        if step:
            optimizer.step()
        return loss.detach()

    return update


def usual(generator, discriminator, real, z):
    return adversarial(discriminator(real), discriminator(generator(z).detach()))


def update_and_clear(generator, discriminator, optimizer, real, z):
    loss = adversarial(discriminator(real), discriminator(generator(z)))
    optimizer.zero_grad()
    loss.backward()
    generator.zero_grad()
    optimizer.step()
    return loss.detach()


def update_freezing(generator, discriminator, optimizer, real, z):
    generator.requires_grad_(False)
    return update_detached(generator, discriminator, optimizer, real, z)


def update_both(generator, discriminator, optimizer, real, z):
    loss = adversarial(discriminator(real), discriminator(generator(z)))
    both = torch.optim.SGD([*generator.parameters(), *discriminator.parameters()], lr=0.1)
    both.zero_grad()
    loss.backward()
    both.step()
    return loss.detach()


def update_uphill(generator, discriminator, optimizer, real, z):
    loss = usual(generator, discriminator, real, z)
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    return loss.detach()


def update_twice(generator, discriminator, optimizer, real, z):
    loss = update_detached(generator, discriminator, optimizer, real, z)
    update_detached(generator, discriminator, optimizer, real, z)
    return loss


def update_by_hand(generator, discriminator, optimizer, real, z):
    loss = usual(generator, discriminator, real, z)
    optimizer.zero_grad()
    loss.backward()
    with torch.no_grad():
        for weight in discriminator.parameters():
            weight -= 0.1 * weight.grad
    return loss.detach()


def update_by_hand_at_its_rate(generator, discriminator, optimizer, real, z):
    loss = usual(generator, discriminator, real, z)
    weights = list(discriminator.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
        weight.data -= optimizer.param_groups[0]["lr"] * gradient
    return loss.detach()


def update_with_another(generator, discriminator, optimizer, real, z):
    mine = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    return update_detached(generator, discriminator, mine, real, z)


def loss_after(generator, discriminator, optimizer, real, z):
    update_detached(generator, discriminator, optimizer, real, z)
    return usual(generator, discriminator, real, z).detach()


UPDATE_WRONG = [
    (stub, "missing"),
    (lambda *case: update_detached(*case) and None, "returns_none"),
    (lambda *case: (update_detached(*case), 0), "wrong_type"),
    (step_with(usual, step=False), "no_step"),
    (update_both, "generator_moved"),
    (step_with(lambda g, d, real, z: adversarial(d(real), d(g(z)))), "detach"),
    (update_and_clear, "detach"),
    (update_freezing, "frozen"),
    (step_with(lambda g, d, real, z: adversarial(d(g(z).detach()), d(real))), "swapped"),
    (step_with(lambda g, d, real, z: F.softplus(-d(g(z).detach())).mean()), "generators_loss"),
    (step_with(lambda g, d, real, z: F.softplus(d(g(z).detach())).mean()), "no_real"),
    (step_with(lambda g, d, real, z: adversarial(d(real), d(g(torch.randn_like(z)).detach()))), "loss"),
    (step_with(lambda g, d, real, z: adversarial(d(real), d(real))), "loss"),
    (step_with(lambda g, d, real, z: adversarial(d(real).sigmoid(), d(g(z).detach()).sigmoid())), "loss"),
    (loss_after, "loss"),
    (step_with(usual, zero=False), "old_gradients"),
    (update_uphill, "wrong_update"),
    (update_twice, "wrong_update"),
    (update_by_hand, "other_optimizer"),
    (update_by_hand_at_its_rate, "other_optimizer"),
    (update_with_another, "other_optimizer"),
]


BANK = Bank(checks.update_discriminator, [update_detached, update_no_grad, update_by_gradients], UPDATE_WRONG)
