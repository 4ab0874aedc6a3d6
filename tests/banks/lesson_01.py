"""Right and wrong answers to the exercises of lesson 01, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from banks import Bank
from scipy.special import rel_entr

from ganlab.checks import lesson_01


def stub(*args, **kwargs):
    raise NotImplementedError("replace this line by your code")


def returns_nothing(*args, **kwargs):
    sum(args, kwargs.get("eta", 0)) if False else None


# --- 1: optimal_discriminator ---------------------------------------------------------------------------------
def best_where(p, q):
    total = p + q
    return torch.where(total > 0, p / total, 0.5 * torch.ones_like(p))


def best_nan_to_num(p, q):
    return torch.nan_to_num(p / (p + q), nan=0.5)


def best_by_logits(p, q):
    answer = torch.sigmoid(torch.log(p) - torch.log(q))
    answer[(p == 0) & (q == 0)] = 0.5
    return answer


def best_in_a_loop(p, q):
    return torch.tensor([0.5 if a + b == 0 else a / (a + b) for a, b in zip(p.tolist(), q.tolist(), strict=True)])


BEST_WRONG = [
    (stub, "missing"),
    (returns_nothing, "returns_none"),
    (lambda p, q: best_where(p, q).numpy(), "wrong_type"),
    (lambda p, q: best_where(p, q).mean(), "wrong_shape"),
    (lambda p, q: p / q, "probability"),
    (lambda p, q: p - q, "probability"),
    (lambda p, q: p / (p.sum() + q.sum()), "pointwise"),
    (lambda p, q: q / (p + q), "swapped"),
    (lambda p, q: (p > q).float(), "half"),
    (lambda p, q: torch.sigmoid(p / q), "half"),
    (lambda p, q: torch.sigmoid(best_where(p, q)), "half"),
    (lambda p, q: torch.sigmoid(p - q), "scale"),
    (lambda p, q: p / (p + q), "both_zero"),
    (lambda p, q: p / (p + q + 1e-12), "both_zero"),
    (lambda p, q: (p + 1e-12) / (p + q + 2e-12), "tails"),
    (lambda p, q: torch.nan_to_num(p.div_(p + q), nan=0.5), "changes_its_input"),
]


# --- 2: divergence_bound --------------------------------------------------------------------------------------
def bound_softplus(real_logits, fake_logits):
    return math.log(2) - 0.5 * (F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())


def bound_logsigmoid(real_logits, fake_logits):
    return torch.log(torch.tensor(2.0)) + (F.logsigmoid(real_logits).mean() + F.logsigmoid(-fake_logits).mean()) / 2


def bound_cross_entropy(real_logits, fake_logits):
    bce = F.binary_cross_entropy_with_logits
    loss = bce(real_logits, torch.ones_like(real_logits)) + bce(fake_logits, torch.zeros_like(fake_logits))
    return math.log(2) - loss.item() / 2


def bound_logaddexp(real_logits, fake_logits):
    zero = torch.zeros(())
    loss = torch.logaddexp(-real_logits, zero).mean() + torch.logaddexp(fake_logits, zero).mean()
    return (math.log(4) - loss) / 2


def bound_sum(real_logits, fake_logits):
    return math.log(2) - (F.softplus(-real_logits).sum() + F.softplus(fake_logits).sum()) / 2


def bound_together(real_logits, fake_logits):
    return math.log(2) - torch.cat([F.softplus(-real_logits), F.softplus(fake_logits)]).mean()


def bound_naive(real_logits, fake_logits):
    value = torch.log(torch.sigmoid(real_logits)).mean() + torch.log(1 - torch.sigmoid(fake_logits)).mean()
    return math.log(2) + value / 2


def bound_epsilon(real_logits, fake_logits):
    value = torch.log(torch.sigmoid(real_logits) + 1e-8).mean() + torch.log(torch.sigmoid(-fake_logits) + 1e-8).mean()
    return math.log(2) + value / 2


BOUND_WRONG = [
    (stub, "missing"),
    (lambda r, f: bound_softplus(r, f).reshape(1), "wrong_shape"),
    (bound_sum, "sum"),
    (bound_together, "averaged_together"),
    (lambda r, f: bound_softplus(r.sigmoid(), f.sigmoid()), "sigmoid_twice"),
    (lambda r, f: bound_softplus(f, r), "swapped"),
    (lambda r, f: math.log(2) - 2 * (math.log(2) - bound_softplus(r, f)), "clueless"),
    (lambda r, f: math.log(4) - (math.log(2) - bound_softplus(r, f)), "clueless"),
    (lambda r, f: -bound_softplus(r, f), "sign"),
    (lambda r, f: bound_softplus(r, f) / math.log(2), "unit"),
    (lambda r, f: 2 * bound_softplus(r, f), "unit"),
    (bound_naive, "unstable"),
    (bound_epsilon, "unstable"),
]


# --- 3: loss_gradient -----------------------------------------------------------------------------------------
def slope_formula(fake_logits, saturating):
    d = torch.sigmoid(fake_logits)
    return -(d if saturating else 1 - d) / fake_logits.numel()


def slope_branches(fake_logits, saturating):
    n = fake_logits.shape[0]
    if saturating:
        return -1 / (1 + torch.exp(-fake_logits)) / n
    return -1 / (1 + torch.exp(fake_logits)) / n


def slope_tanh(fake_logits, saturating):
    sign = 1 if saturating else -1
    return -(1 + torch.tanh(sign * fake_logits / 2)) / (2 * len(fake_logits))


def slope_by_autograd(fake_logits, saturating):
    logits = fake_logits.clone().requires_grad_()
    loss = -F.softplus(logits).mean() if saturating else F.softplus(-logits).mean()
    return torch.autograd.grad(loss, logits)[0]


def slope_by_probability(fake_logits, saturating):
    d = torch.sigmoid(fake_logits)
    return -1 / (1 - d) / len(d) if saturating else -1 / d / len(d)


def slope_overflowing(fake_logits, saturating):
    e = torch.exp(fake_logits if saturating else -fake_logits)
    return -e / (1 + e) / len(fake_logits)


SLOPE_WRONG = [
    (stub, "missing"),
    (lambda f, s: slope_formula(f, s).tolist(), "wrong_type"),
    (lambda f, s: slope_formula(f, s).sum(), "wrong_shape"),
    (lambda f, s: -slope_formula(f, s), "sign"),
    (slope_by_probability, "by_probability"),
    (lambda f, s: slope_formula(f, s) * len(f), "sum"),
    (lambda f, s: slope_formula(f, not s), "swapped"),
    (lambda f, s: slope_formula(f, False), "swapped"),
    (slope_by_autograd, "autograd"),
    (slope_overflowing, "unstable"),
    (lambda f, s: slope_formula(f, s) * (1 if s else torch.sigmoid(f) + 1), "wrong_value"),
]


# --- 4: jensen_shannon ----------------------------------------------------------------------------------------
def jsd_rel_entr(p, q, x):
    m = (p + q) / 2
    return np.trapezoid(rel_entr(p, m) + rel_entr(q, m), x) / 2


def jsd_masked(p, q, x):
    total = 0.0
    for a in (p, q):
        inside = np.zeros_like(x)
        some = a > 0
        inside[some] = a[some] * np.log(2 * a[some] / (p + q)[some])
        total += 0.5 * np.trapezoid(inside, x)
    return float(total)


def jsd_entropies(p, q, x):
    def entropy(a):
        return -np.trapezoid(a * np.log(np.where(a > 0, a, 1)), x)

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def jsd_sum_by_hand(p, q, x):
    inside = rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)
    return float(((inside[1:] + inside[:-1]) / 2 * np.diff(x)).sum() / 2)


def jsd_one_width(p, q, x):
    m = (p + q) / 2
    return float((rel_entr(p, m) + rel_entr(q, m)).sum() * (x[1] - x[0]) / 2)


def jsd_no_mask(p, q, x):
    m = (p + q) / 2
    return float(np.trapezoid(p * np.log(p / m) + q * np.log(q / m), x) / 2)


JSD_WRONG = [
    (stub, "missing"),
    (lambda p, q, x: torch.tensor(jsd_masked(p, q, x)), "wrong_type"),
    (lambda p, q, x: rel_entr(p, (p + q) / 2), "wrong_type"),
    (lambda p, q, x: np.trapezoid(rel_entr((p + q) / 2, p) + rel_entr((p + q) / 2, q), x) / 2, "reverse_mixture"),
    (lambda p, q, x: np.trapezoid(rel_entr(p, q), x), "symmetric"),
    (lambda p, q, x: np.trapezoid(rel_entr(p, (p + q) / 2), x), "symmetric"),
    (lambda p, q, x: 2 * jsd_masked(p, q, x), "factor"),
    (lambda p, q, x: jsd_masked(p, q, x) / math.log(2), "unit"),
    (lambda p, q, x: jsd_masked(p, q, x) ** 0.5, "square_root"),
    (jsd_one_width, "spacing"),
    (lambda p, q, x: float(np.mean(rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)) * np.ptp(x) / 2), "spacing"),
    (lambda p, q, x: float(np.sum(rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)) / 2), "spacing"),
    (jsd_no_mask, "disjoint"),
    (lambda p, q, x: 0.5 * (jsd_masked(p, q, x) + min(math.log(2), jsd_masked(p, q, x) * 1.01)), "wrong_value"),
]


# --- 5: radius_after ------------------------------------------------------------------------------------------
def radius_loop(steps, eta, radius=1.0):
    x, y = radius, 0.0
    for _ in range(steps):
        x, y = x - eta * y, y + eta * x
    return math.hypot(x, y)


def radius_complex(steps, eta, radius=1.0):
    return radius * abs(1 + 1j * eta) ** steps


def radius_logs(steps, eta, radius=1.0):
    return float(np.exp(np.log(radius) + steps / 2 * np.log1p(eta * eta)))


def radius_sqrt(steps, eta, radius=1.0):
    return radius * math.sqrt((1 + eta**2) ** steps)


def radius_sequential(steps, eta, radius=1.0):
    x, y = radius, 0.0
    for _ in range(steps):
        x = x - eta * y
        y = y + eta * x
    return math.hypot(x, y)


RADIUS_WRONG = [
    (stub, "missing"),
    (lambda steps, eta, radius=1.0: (radius_loop(steps, eta, radius), 0.0), "wrong_type"),
    (lambda steps, eta, radius=1.0: radius_loop(steps, eta), "radius"),
    (lambda steps, eta, radius=1.0: radius_loop(steps + 1, eta, radius), "start"),
    (lambda steps, eta, radius=1.0: radius * (1 - eta**2) ** (steps / 2), "inward"),
    (lambda steps, eta, radius=1.0: radius * (1 + eta**2) ** (-steps / 2), "inward"),
    (lambda steps, eta, radius=1.0: radius * (1 + eta**2) ** steps, "squared"),
    (lambda steps, eta, radius=1.0: radius * (1 + eta) ** steps, "eta_not_squared"),
    (lambda steps, eta, radius=1.0: radius * math.sqrt(1 + eta) ** steps, "eta_not_squared_either"),
    (lambda steps, eta, radius=1.0: radius * (1 + steps * eta**2 / 2), "compound"),
    (lambda steps, eta, radius=1.0: radius * math.sqrt(1 + steps * eta**2), "compound"),
    (radius_sequential, "inward"),
    (lambda steps, eta, radius=1.0: radius * math.exp(steps * eta**2 / 2), "wrong_value"),
]


# --- 6: optimistic_step ---------------------------------------------------------------------------------------
def optimistic_plain(field, point, previous, eta):
    g = field(point)
    return point - 2 * eta * g + eta * previous, g


def optimistic_change(field, point, previous, eta):
    now = field(point)
    guess = now + (now - previous)
    return torch.add(point, guess, alpha=-eta), now


def optimistic_list(field, point, previous, eta):
    g = field(point).clone()
    new = point.clone()
    new -= eta * (2 * g - previous)
    return [new, g]


def extragradient(field, point, previous, eta):
    return point - eta * field(point - eta * field(point)), field(point)


def optimistic_two_players(field, point, previous, eta):
    gx, gy = (g := field(point))[0], g[1]
    x = point[0] - eta * (2 * gx - previous[0])
    y = point[1] - eta * (2 * gy - previous[1])
    return torch.stack([x, y]), torch.stack([gx, gy])


def optimistic_known_field(field, point, previous, eta):
    field(point)
    return optimistic_plain(lambda v: torch.stack([v[1], -v[0]]), point, previous, eta)


def optimistic_turned(field, point, previous, eta):
    g = field(point)
    return point - eta * (2 * torch.stack([point[1], -point[0]]) - previous), g


def optimistic_in_place(field, point, previous, eta):
    g = field(point)
    point -= eta * (2 * g - previous)
    return point, g


OPTIMISTIC_WRONG = [
    (stub, "missing"),
    (lambda field, v, old, eta: optimistic_plain(field, v, old, eta)[0], "wrong_type"),
    (lambda field, v, old, eta: (optimistic_plain(field, v, old, eta)[0],), "pair"),
    (optimistic_in_place, "changes_its_input"),
    (extragradient, "calls"),
    (lambda field, v, old, eta: optimistic_plain(field, v, old, eta)[::-1], "order"),
    (lambda field, v, old, eta: (optimistic_plain(field, v, old, eta)[0], old), "remembers"),
    (lambda field, v, old, eta: (v - eta * (g := 2 * field(v) - old), g), "remembers"),
    (lambda field, v, old, eta: (v + eta * (2 * (g := field(v)) - old), g), "uphill"),
    (lambda field, v, old, eta: (v - eta * (g := field(v)), g), "plain"),
    (lambda field, v, old, eta: (v - eta * ((g := field(v)) + old) / 2, g), "averages"),
    (lambda field, v, old, eta: (v - eta * (2 * old - (g := field(v))), g), "roles"),
    (lambda field, v, old, eta: (v - eta * (2 * (g := field(v)) + old), g), "adds"),
    (lambda field, v, old, eta: (v - (2 * (g := field(v)) - old), g), "diverges"),
    (lambda field, v, old, eta: (v - 0.9 * eta * (2 * (g := field(v)) - old), g), "wrong_value"),
    (optimistic_two_players, "dimensions"),
    (optimistic_known_field, "dimensions"),
    (optimistic_turned, "dimensions"),
]


# --- 7: smoothed_discriminator_loss ---------------------------------------------------------------------------
def smoothed_softplus(*, real_logits, fake_logits, smooth=0.1):
    real = (1 - smooth) * F.softplus(-real_logits) + smooth * F.softplus(real_logits)
    return real.mean() + F.softplus(fake_logits).mean()


def smoothed_bce(*, real_logits, fake_logits, smooth=0.1):
    bce = F.binary_cross_entropy_with_logits
    return bce(real_logits, torch.full_like(real_logits, 1 - smooth)) + bce(
        fake_logits, torch.zeros_like(fake_logits)
    )


def smoothed_linear(*, real_logits, fake_logits, smooth=0.1):
    # softplus(f) = softplus(-f) + f
    return (F.softplus(-real_logits) + smooth * real_logits).mean() - F.logsigmoid(-fake_logits).mean()


def smoothed(real_target, fake_target=lambda s: 0.0, reduction="mean"):
    def loss(*, real_logits, fake_logits, smooth=0.1):
        return sum(
            F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target(smooth)), reduction=reduction)
            for logits, target in ((real_logits, real_target), (fake_logits, fake_target))
        )

    return loss


def smoothed_after_sigmoid(*, real_logits, fake_logits, smooth=0.1):
    return smoothed_bce(real_logits=real_logits.sigmoid(), fake_logits=fake_logits.sigmoid(), smooth=smooth)


def smoothed_half(*, real_logits, fake_logits, smooth=0.1):
    return (1 - smooth) * F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def smoothed_naive(*, real_logits, fake_logits, smooth=0.1):
    d_real, d_fake = real_logits.sigmoid(), fake_logits.sigmoid()
    real = -(1 - smooth) * torch.log(d_real) - smooth * torch.log(1 - d_real)
    return real.mean() - torch.log(1 - d_fake).mean()


def smoothed_no_grad(**case):
    with torch.no_grad():
        return smoothed_softplus(**case)


def smoothed_real_only(*, real_logits, fake_logits, smooth=0.1):
    return smoothed_softplus(real_logits=real_logits, fake_logits=fake_logits.detach(), smooth=smooth)


def smoothed_fixed(*, real_logits, fake_logits, smooth=0.2):
    return smoothed_softplus(real_logits=real_logits, fake_logits=fake_logits, smooth=smooth)


SMOOTHED_WRONG = [
    (stub, "missing"),
    (lambda **case: smoothed_softplus(**case).item(), "wrong_type"),
    (smoothed(lambda s: 1 - s, reduction="none"), "error"),
    (smoothed(lambda s: 1 - s, reduction="sum"), "sum"),
    (smoothed_after_sigmoid, "sigmoid_twice"),
    (smoothed(lambda s: 1.0), "ignored"),
    (smoothed(lambda s: 1 - s, lambda s: s), "both_sides"),
    (smoothed(lambda s: 1.0, lambda s: s), "wrong_side"),
    (smoothed(lambda s: s), "target"),
    (smoothed(lambda s: 0.0, lambda s: 1 - s), "swapped"),
    (smoothed_half, "half"),
    (smoothed_naive, "unstable"),
    (smoothed_fixed, "default"),
    (smoothed(lambda s: 1 - s / 2), "default"),
    (smoothed_no_grad, "no_gradient"),
    (smoothed_real_only, "gradient"),
]


# --- 8: update_discriminator ----------------------------------------------------------------------------------
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

BANK = {
    "optimal_discriminator": Bank(
        lesson_01.optimal_discriminator, [best_where, best_nan_to_num, best_by_logits, best_in_a_loop], BEST_WRONG
    ),
    "divergence_bound": Bank(
        lesson_01.divergence_bound,
        [bound_softplus, bound_logsigmoid, bound_cross_entropy, bound_logaddexp],
        BOUND_WRONG,
    ),
    "loss_gradient": Bank(lesson_01.loss_gradient, [slope_formula, slope_branches, slope_tanh], SLOPE_WRONG),
    "jensen_shannon": Bank(
        lesson_01.jensen_shannon, [jsd_rel_entr, jsd_masked, jsd_entropies, jsd_sum_by_hand], JSD_WRONG
    ),
    "radius_after": Bank(
        lesson_01.radius_after, [radius_loop, radius_complex, radius_logs, radius_sqrt], RADIUS_WRONG
    ),
    "optimistic_step": Bank(
        lesson_01.optimistic_step, [optimistic_plain, optimistic_change, optimistic_list], OPTIMISTIC_WRONG
    ),
    "smoothed_discriminator_loss": Bank(
        lesson_01.smoothed_discriminator_loss, [smoothed_softplus, smoothed_bce, smoothed_linear], SMOOTHED_WRONG
    ),
    "update_discriminator": Bank(
        lesson_01.update_discriminator, [update_detached, update_no_grad, update_by_gradients], UPDATE_WRONG
    ),
}
