"""Right and wrong answers to the exercise feature_loss of lesson 05, written as learners write them."""

import math

import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF

from ganlab.features.vgg import IMAGENET_MEAN as MEAN
from ganlab.features.vgg import IMAGENET_STD as STD
from ganlab.superres import checks
from tests.checks.bank import Bank, endless, stub

# As the notebook gives them to the learner.
IMAGENET_MEAN, IMAGENET_STD = torch.tensor(MEAN), torch.tensor(STD)


def normalised(pictures):
    return ((pictures + 1) / 2 - IMAGENET_MEAN.view(1, 3, 1, 1)) / IMAGENET_STD.view(1, 3, 1, 1)


def feature_solution(encode, fake, real):
    mean, std = IMAGENET_MEAN.view(1, 3, 1, 1), IMAGENET_STD.view(1, 3, 1, 1)
    found = encode(((fake + 1) / 2 - mean) / std)
    with torch.no_grad():
        wanted = encode(((real + 1) / 2 - mean) / std)
    return (found - wanted).square().mean()


def feature_loop(encode, fake, real):
    def prepared(pictures):
        channels = [(pictures[:, i] / 2 + 0.5 - MEAN[i]) / STD[i] for i in range(3)]
        return torch.stack(channels, 1)

    total, count = 0, 0
    for made, true in zip(fake, real, strict=True):
        difference = encode(prepared(made[None])) - encode(prepared(true[None]))
        total, count = total + (difference**2).sum(), count + difference.numel()
    return total / count


def feature_one_pass(encode, fake, real):
    found, wanted = encode(normalised(torch.cat([fake, real]))).chunk(2)
    return F.mse_loss(found, wanted.detach())


def feature_norm(encode, fake, real):
    gap = (encode(normalised(fake)) - encode(normalised(real))).flatten()
    return gap @ gap / len(gap)


def feature_torchvision(encode, fake, real):
    found, wanted = (encode(TF.normalize(x * 0.5 + 0.5, MEAN, STD)) for x in (fake, real))
    return torch.nn.MSELoss()(found, wanted)


def feature_one_step(encode, fake, real):
    prepared = [TF.normalize(x, [2 * m - 1 for m in MEAN], [2 * s for s in STD]) for x in (fake, real)]
    return F.mse_loss(encode(prepared[0]), encode(prepared[1]))


def feature_double(encode, fake, real):
    return (encode(normalised(fake.double())) - encode(normalised(real.double()))).pow(2).mean()


def features_of(of_fake, of_real=None, distance=lambda d: (d**2).mean()):
    return lambda encode, fake, real: distance(encode(of_fake(fake)) - encode((of_real or of_fake)(real)))


def prepared_by(formula, size=(1, 3, 1, 1)):
    return lambda x: formula(x, IMAGENET_MEAN.view(size), IMAGENET_STD.view(size))


def plain(x, m, s):
    return ((x + 1) / 2 - m) / s


def with_formula(formula, size=(1, 3, 1, 1)):
    return features_of(prepared_by(formula, size))


def feature_no_grad(encode, fake, real):
    with torch.no_grad():
        return F.mse_loss(encode(normalised(fake)), encode(normalised(real)))


def feature_swapped_no_grad(encode, fake, real):
    with torch.no_grad():
        found = encode(normalised(fake))
    return F.mse_loss(encode(normalised(real)), found)


def feature_partly(encode, fake, real):
    red = torch.cat([fake[:, :1], fake[:, 1:].detach()], 1)
    return feature_solution(encode, red, real)


def feature_in_place(encode, fake, real):
    for x in (fake, real):
        x.add_(1).div_(2).sub_(IMAGENET_MEAN.view(3, 1, 1)).div_(IMAGENET_STD.view(3, 1, 1))
    return F.mse_loss(encode(fake), encode(real))


def feature_of_the_difference(encode, fake, real):
    return encode(normalised(fake - real)).square().mean()


def feature_fixed_count(encode, fake, real):
    difference = encode(normalised(fake)) - encode(normalised(real))
    return difference.square().sum() / (3 * 4 * 3 * 3)


BANK = Bank(
    checks.feature_loss,
    right=[
        feature_solution,
        feature_loop,
        feature_one_pass,
        feature_norm,
        feature_torchvision,
        feature_one_step,
        feature_double,
        with_formula(plain),
        with_formula(lambda x, m, s: (0.5 * x + (0.5 - m)) / s, (3, 1, 1)),
        features_of(normalised, distance=lambda d: d.flatten(1).square().mean(1).mean()),
        lambda encode, fake, real: F.mse_loss(encode(normalised(real)).detach(), encode(normalised(fake))),
        lambda encode, fake, real: feature_solution(encode, fake, real.detach()),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda encode, fake, real: None, "returns_none"),
        (lambda encode, fake, real: feature_solution(encode, fake, real).item(), "wrong_type"),
        (lambda encode, fake, real: (encode(normalised(fake)), encode(normalised(real))), "wrong_type"),
        (features_of(normalised, distance=torch.square), "wrong_shape"),
        (features_of(normalised, distance=lambda d: d.square().mean((1, 2, 3))), "wrong_shape"),
        (lambda encode, fake, real: encode(fake, real), "error"),
        (with_formula(plain, (2, 3)), "error"),
        (feature_in_place, "changes_its_input"),
        (lambda encode, fake, real: F.mse_loss(fake, real), "pixels"),
        (lambda encode, fake, real: F.mse_loss(normalised(fake), normalised(real)), "pixels"),
        (features_of(lambda x: x, normalised), "only_real_normalised"),
        (features_of(lambda x: (x + 1) / 2, normalised), "only_real_normalised"),
        (features_of(prepared_by(lambda x, m, s: (x - m) / s), normalised), "only_real_normalised"),
        (features_of(normalised, lambda x: x), "only_fake_normalised"),
        (features_of(normalised, lambda x: (x + 1) / 2), "only_fake_normalised"),
        (features_of(lambda x: x), "not_normalised"),
        (features_of(lambda x: (x + 1) / 2), "only_range"),
        (with_formula(lambda x, m, s: (x - m) / s), "range"),
        (with_formula(lambda x, m, s: ((x + 1) * 127.5 - m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: ((x + 1) * 127.5 - 255 * m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: (x + 1 - m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: (x / 2 - m) / s), "wrong_range"),
        (with_formula(lambda x, m, s: (x + 1) / 2 - m), "one_constant"),
        (with_formula(lambda x, m, s: (x + 1) / 2 / s), "one_constant"),
        (with_formula(lambda x, m, s: (x + 1) / 2 / s - m), "order_of_steps"),
        (with_formula(lambda x, m, s: (x + 1) / 2 - m / s), "order_of_steps"),
        (with_formula(lambda x, m, s: ((x - m) / s + 1) / 2), "order_of_steps"),
        (with_formula(lambda x, m, s: ((x + 1) / 2 - m) * s), "upside_down"),
        (with_formula(lambda x, m, s: (x + 1) / 2 * s + m), "upside_down"),
        (with_formula(lambda x, m, s: ((x + 1) / 2 - m) / s.square()), "upside_down"),
        (with_formula(plain, (3,)), "axis"),
        (with_formula(plain, (3, 1)), "axis"),
        (with_formula(plain, (3, 1, 1, 1)), "axis"),
        (features_of(lambda x: normalised(x.flip(1))), "bgr"),
        (features_of(lambda x: normalised(x.clamp(-1, 1))), "clipped"),
        (features_of(lambda x: TF.normalize(((x + 1) / 2).clamp(0, 1), MEAN, STD), normalised), "clipped"),
        (features_of(normalised, distance=lambda d: d.abs().mean()), "absolute"),
        (lambda encode, fake, real: F.l1_loss(encode(normalised(fake)), encode(normalised(real))), "absolute"),
        (features_of(normalised, distance=lambda d: d.mean()), "not_squared"),
        (features_of(normalised, distance=lambda d: d.square().mean().sqrt()), "root"),
        (features_of(normalised, distance=lambda d: d.norm()), "root"),
        (features_of(normalised, distance=lambda d: d.square().sum()), "sum"),
        (lambda encode, fake, real: F.mse_loss(encode(normalised(fake)), encode(normalised(real)), reduction="sum"), "sum"),
        (features_of(normalised, distance=lambda d: d.square().sum((1, 2, 3)).mean()), "sum"),
        (features_of(normalised, distance=lambda d: d.square().sum(1).mean()), "sum"),
        (features_of(normalised, distance=lambda d: d.square().mean() / 2), "half"),
        (features_of(normalised, distance=lambda d: d.mean((2, 3)).square().mean()), "places"),
        (features_of(normalised, distance=lambda d: d.mean(0).square().mean()), "places"),
        (feature_of_the_difference, "numbers"),
        (features_of(normalised, distance=lambda d: d.square().mean() * 1.01), "numbers"),
        (features_of(normalised, distance=lambda d: F.smooth_l1_loss(d, torch.zeros_like(d))), "numbers"),
        (features_of(normalised, distance=lambda d: d.square().mean() * math.nan), "numbers"),
        (lambda encode, fake, real: 0.006 * feature_solution(encode, fake, real), "numbers"),
        (lambda encode, fake, real: feature_solution(encode, fake[:1], real[:1]), "numbers"),
        (feature_no_grad, "detach"),
        (feature_swapped_no_grad, "detach"),
        (lambda encode, fake, real: feature_solution(encode, fake.detach(), real), "detach"),
        (lambda encode, fake, real: torch.tensor(feature_solution(encode, fake, real).item()), "detach"),
        (feature_partly, "gradient"),
        (feature_fixed_count, "wrong_value"),
    ],
)  # fmt: skip
