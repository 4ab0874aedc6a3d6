"""Right and wrong answers to the exercise normalise_for_vgg of lesson 04, written as learners write them."""

import math

import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF

from ganlab.features.vgg import IMAGENET_MEAN as MEAN
from ganlab.features.vgg import IMAGENET_STD as STD
from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub

# As the notebook gives them to the learner.
IMAGENET_MEAN, IMAGENET_STD = torch.tensor(MEAN), torch.tensor(STD)


def vgg_solution(pictures):
    mean, std = IMAGENET_MEAN.view(1, 3, 1, 1), IMAGENET_STD.view(1, 3, 1, 1)
    return ((pictures + 1) / 2 - mean) / std


def vgg_loop(pictures):
    channels = []
    for i, (mean, std) in enumerate(zip(MEAN, STD, strict=True)):
        channels.append((pictures[:, i] * 0.5 + 0.5 - mean) / std)
    return torch.stack(channels, dim=1)


def vgg_assigned(pictures):
    out = pictures.clone()
    for i in range(3):
        out[:, i] = ((out[:, i] + 1) / 2 - IMAGENET_MEAN[i]) / IMAGENET_STD[i]
    return out


def vgg_moved(pictures):
    last = pictures.permute(0, 2, 3, 1)
    return ((last / 2 + 0.5 - IMAGENET_MEAN) / IMAGENET_STD).permute(0, 3, 1, 2)


def vgg_batch_norm(pictures):
    dtype = pictures.dtype
    mean, std = IMAGENET_MEAN.to(dtype), IMAGENET_STD.to(dtype)
    return F.batch_norm((pictures + 1) / 2, mean, std.square(), eps=0.0)


def vgg_convolution(pictures):
    dtype = pictures.dtype
    weight = torch.diag(0.5 / IMAGENET_STD)[..., None, None].to(dtype)
    return F.conv2d(pictures, weight, ((0.5 - IMAGENET_MEAN) / IMAGENET_STD).to(dtype))


def vgg_einsum(pictures):
    scaled = torch.einsum("nchw,c->nchw", pictures.double() + 1, 0.5 / IMAGENET_STD.double())
    return scaled - (IMAGENET_MEAN / IMAGENET_STD)[:, None, None]


def vgg_in_place(pictures):
    pictures += 1
    pictures /= 2
    return (pictures - IMAGENET_MEAN[:, None, None]) / IMAGENET_STD[:, None, None]


def vgg_with(formula, shape=(3, 1, 1)):
    return lambda x: formula(x, IMAGENET_MEAN.view(shape), IMAGENET_STD.view(shape))


def plain(x, m, s):
    return ((x + 1) / 2 - m) / s


def vgg_red_only(pictures):
    return vgg_solution(torch.cat([pictures[:, :1], pictures[:, 1:].detach()], dim=1))


def vgg_first_only(pictures):
    return vgg_solution(torch.cat([pictures[:1], pictures[1:].detach()]))


BANK = Bank(
    checks.normalise_for_vgg,
    right=[
        vgg_solution,
        vgg_loop,
        vgg_assigned,
        vgg_moved,
        vgg_batch_norm,
        vgg_convolution,
        vgg_einsum,
        vgg_with(plain),
        lambda x: TF.normalize((x + 1) / 2, MEAN, STD),
        lambda x: TF.normalize(x, [2 * m - 1 for m in MEAN], [2 * s for s in STD]),
        lambda x: vgg_solution(x.to(memory_format=torch.channels_last)),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x: None, "returns_none"),
        (lambda x: vgg_solution(x).numpy(), "wrong_type"),
        (lambda x: vgg_solution(x)[0], "wrong_shape"),
        (lambda x: (x + 1) / 2 - IMAGENET_MEAN.view(2, 3), "error"),
        (vgg_in_place, "changes_its_input"),
        (lambda x: TF.normalize(x.add_(1).div_(2), MEAN, STD, inplace=True), "changes_its_input"),
        (lambda x: x, "unchanged"),
        (lambda x: ((x + 1) / 2 - 0.5) / 0.5, "unchanged"),
        (vgg_with(plain, (3,)), "broadcast_axis"),
        (vgg_with(plain, (3, 1)), "broadcast_axis"),
        (vgg_with(plain, (3, 1, 1, 1)), "broadcast_axis"),
        (lambda x: vgg_solution(x).permute(0, 2, 3, 1), "channels_last"),
        (lambda x: vgg_solution(x).flip(1), "bgr"),
        (lambda x: vgg_solution(x[:, [2, 1, 0]]), "bgr"),
        (vgg_with(lambda x, m, s: ((x + 1) / 2 - m.flip(0)) / s.flip(0)), "bgr"),
        (vgg_with(lambda x, m, s: (x - m) / s), "range"),
        (vgg_with(lambda x, m, s: ((x + 1) * 127.5 - m) / s), "bytes"),
        (vgg_with(lambda x, m, s: (x + 1) * 127.5 - m * 255), "bytes"),
        (vgg_with(lambda x, m, s: (x * 2 - 1 - m) / s), "wrong_range"),
        (vgg_with(lambda x, m, s: (x + 1 - m) / s), "wrong_range"),
        (vgg_with(lambda x, m, s: ((x + 1 / 2) - m) / s), "wrong_range"),
        (vgg_with(lambda x, m, s: (x / 2 - m) / s), "wrong_range"),
        (lambda x: (x + 1) / 2, "only_range"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 - m), "no_std"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 / s), "no_mean"),
        (vgg_with(lambda x, m, s: ((x + 1) / 2 - m) * s), "upside_down"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 * s + m), "upside_down"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 - m / s), "order_of_steps"),
        (vgg_with(lambda x, m, s: (x + 1) / 2 / s - m), "order_of_steps"),
        (vgg_with(lambda x, m, s: ((x - m) / s + 1) / 2), "order_of_steps"),
        (vgg_with(lambda x, m, s: ((x + 1) / 2 - m) / s.square()), "squares"),
        (lambda x: F.instance_norm(x, eps=0) * 3 / math.sqrt(8), "wrong_value"),
        (lambda x: (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True), "own_statistics"),
        (lambda x: (x - x.mean()) / x.std(), "own_statistics"),
        (vgg_with(lambda x, m, s: plain(x, m, s).clamp(-1, 1)), "wrong_value"),
        (vgg_with(lambda x, m, s: plain(x, m, s + 1e-2)), "wrong_value"),
        (lambda x: vgg_solution(x.detach()), "detach"),
        (lambda x: torch.from_numpy(vgg_solution(x.detach()).numpy()), "detach"),
        (vgg_red_only, "gradient"),
        (vgg_first_only, "gradient"),
        (lambda x: (vgg_solution(x) + vgg_solution(x.detach())) / 2, "gradient"),
    ],
)  # fmt: skip
