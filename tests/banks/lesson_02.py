"""Right and wrong answers to the exercises of lesson 02, written as learners write them."""

import copy
import math

import torch
import torch.nn.functional as F
from banks import Bank
from torch import nn

from ganlab.checks import lesson_02


def stub(*args, **kwargs):
    raise NotImplementedError("your code here: replace this line")


# --- 1: conv_transpose_size -----------------------------------------------------------------------------------
def size_by_pytorch(size, kernel, stride, padding):
    return F.conv_transpose1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), stride=stride, padding=padding).shape[-1]


def size_by_stamping(size, kernel, stride, padding):
    last_stamp_begins = (size - 1) * stride
    return last_stamp_begins + kernel - padding - padding


SIZE = Bank(
    lesson_02.conv_transpose_size,
    right=[lambda h, k, s, p: s * (h - 1) + k - 2 * p, size_by_pytorch, size_by_stamping],
    wrong=[
        (stub, "missing"),
        (lambda h, k, s, p: None, "returns_none"),
        (lambda h, k, s, p: (h - 1) * s / 1 - 2 * p + k, "wrong_type"),
        (lambda h, k, s, p: math.floor((h + 2 * p - k) / s) + 1, "convolution"),
        (lambda h, k, s, p: h * s, "doubles"),
        (lambda h, k, s, p: h * s - 2 * p + k, "fence_posts"),
        (lambda h, k, s, p: (h - 1) * s - p + k, "padding_once"),
        (lambda h, k, s, p: (h - 1) * s + 2 * p + k, "padding_sign"),
        (lambda h, k, s, p: (h - 1) * s - 2 * p + k - 1, "wrong_value"),
        (lambda h, k, s, p: 12, "wrong_value"),
    ],
)


# --- 2: init_dcgan --------------------------------------------------------------------------------------------
def make_init(
    convs=(nn.Conv2d, nn.ConvTranspose2d), std=0.02, mean=0.0, gamma=(1.0, 0.02), biases=True, norm_bias=True, linear=False
):
    def init(module):
        if isinstance(module, convs):
            nn.init.normal_(module.weight, mean, std)
            if biases and module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, *gamma)
            if norm_bias:
                nn.init.zeros_(module.bias)
        elif linear and hasattr(module, "weight"):
            nn.init.normal_(module.weight, 0.0, 0.02)
        return module

    return init


def init_by_class_name(module):
    name = module.__class__.__name__
    if "Conv" in name:
        module.weight.data.normal_(0.0, 0.02)
        if module.bias is not None:
            module.bias.data.fill_(0)
    elif "BatchNorm2d" in name:
        module.weight.data.normal_(1.0, 0.02)
        module.bias.data.fill_(0)
    return module


@torch.no_grad()
def init_by_hand(module):
    centres = {nn.Conv2d: 0.0, nn.ConvTranspose2d: 0.0, nn.BatchNorm2d: 1.0}
    if type(module) in centres:
        module.weight.copy_(centres[type(module)] + 0.02 * torch.randn_like(module.weight))
        if module.bias is not None:
            module.bias.zero_()
    return module


def init_needs_a_bias(module):
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    return module


def init_uniform(*kinds):
    """Right in mean and deviation, but uniform for these kinds of module."""

    def init(module):
        init_by_hand(module)
        if isinstance(module, kinds):
            centre, half = round(float(module.weight.detach().mean())), 0.02 * math.sqrt(3)
            nn.init.uniform_(module.weight, centre - half, centre + half)
        return module

    return init


def init_signs(module):
    if isinstance(init_by_hand(module), nn.Conv2d | nn.ConvTranspose2d):
        module.weight.data = 0.02 * module.weight.data.sign()
    return module


def init_laplace(module):
    if isinstance(init_by_hand(module), nn.Conv2d | nn.ConvTranspose2d):
        laplace = torch.distributions.Laplace(0.0, 0.02 / math.sqrt(2))
        module.weight.data = laplace.sample(module.weight.shape)
    return module


INIT = Bank(
    lesson_02.init_dcgan,
    right=[make_init(), init_by_class_name, init_by_hand],
    wrong=[
        (stub, "missing"),
        (lambda module: None, "returns_none"),
        (lambda module: make_init()(module).weight if hasattr(module, "weight") else 0, "wrong_type"),
        (lambda module: make_init()(copy.deepcopy(module)), "in_place"),
        (init_needs_a_bias, "no_bias"),
        (lambda module: module, "spread"),
        (make_init(std=0.02**0.5), "spread"),
        (make_init(std=0.02**2), "spread"),
        (make_init(convs=(nn.Conv2d,)), "transposed"),
        (make_init(mean=0.02), "centre"),
        (make_init(gamma=(0.0, 0.02)), "gamma"),
        (make_init(gamma=(1.0, 0.0)), "gamma_spread"),
        (make_init(gamma=(1.0, 0.2)), "gamma_spread"),
        (init_uniform(nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d), "normal"),
        (init_uniform(nn.ConvTranspose2d), "normal"),
        (init_uniform(nn.BatchNorm2d), "normal"),
        (init_signs, "normal"),
        (init_laplace, "normal"),
        (make_init(biases=False), "biases"),
        (make_init(norm_bias=False), "biases"),
        (make_init(linear=True), "others"),
    ],
)


# --- 3: detached_discriminator_loss -----------------------------------------------------------------------------
def loss_bce(d, g, real, z):
    real_logits, fake_logits = d(real), d(g(z).detach())
    ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
    bce = F.binary_cross_entropy_with_logits
    return bce(real_logits, ones) + bce(fake_logits, zeros)


def loss_no_grad(d, g, real, z):
    with torch.no_grad():
        fake = g(z)
    return -(F.logsigmoid(d(real)).mean() + F.logsigmoid(-d(fake)).mean())


def loss_one_pass(d, g, real, z):
    logits = d(torch.cat([real, g(z).detach()]))
    return F.softplus(-logits[: len(real)]).mean() + F.softplus(logits[len(real) :]).mean()


def loss_with(real_term, fake_term, combine=lambda r, k: r.mean() + k.mean()):
    return lambda d, g, real, z: combine(real_term(d(real)), fake_term(d(g(z).detach())))


def sp(x):
    return F.softplus(x)


def loss_all_frozen(d, g, real, z):
    with torch.no_grad():
        return loss_bce(d, g, real, z)


def loss_freezes(d, g, real, z):
    for parameter in g.parameters():
        parameter.requires_grad_(False)
    return F.softplus(-d(real)).mean() + F.softplus(d(g(z))).mean()


def loss_real_learns(d, g, real, z):
    with torch.no_grad():
        fake_logits = d(g(z))
    return sp(-d(real)).mean() + sp(fake_logits).mean()


def loss_fake_learns(d, g, real, z):
    return sp(-d(real).detach()).mean() + sp(d(g(z).detach())).mean()


def loss_first_pictures(d, g, real, z):
    real_logits = torch.cat([d(real[:1]), d(real[1:]).detach()])
    return sp(-real_logits).mean() + sp(d(g(z).detach())).mean()


def loss_naive(d, g, real, z):
    return -torch.log(torch.sigmoid(d(real))).mean() - torch.log(1 - torch.sigmoid(d(g(z).detach()))).mean()


LOSS = Bank(
    lesson_02.detached_discriminator_loss,
    right=[loss_bce, loss_no_grad, loss_one_pass],
    wrong=[
        (stub, "missing"),
        (lambda d, g, real, z: loss_bce(d, g, real, z).item(), "wrong_type"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: torch.stack([r.mean(), k.mean()])), "wrong_shape"),
        (lambda d, g, real, z: -loss_bce(d, g, real, z), "negative"),
        (loss_with(sp, lambda x: sp(-x)), "swapped"),
        (loss_with(lambda x: sp(-x.sigmoid()), lambda x: sp(x.sigmoid())), "sigmoid_twice"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: r.sum() + k.sum()), "sum"),
        (lambda d, g, real, z: loss_bce(d, g, real, z) / 2, "half"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: torch.cat([r, k]).mean()), "joined"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: k.mean()), "fake_only"),
        (loss_with(lambda x: sp(-x), sp, lambda r, k: r.mean()), "real_only"),
        (loss_all_frozen, "discriminator_learns"),
        (lambda d, g, real, z: sp(-d(real)).mean() + sp(d(g(z))).mean(), "detach"),
        (loss_freezes, "restores"),
        (loss_naive, "stable"),
        (lambda d, g, real, z: loss_bce(d, g, real, z) + 0.1, "wrong_value"),
        (loss_real_learns, "gradient"),
        (loss_fake_learns, "gradient"),
        (loss_first_pictures, "gradient"),
    ],
)


# --- 4: slerp ---------------------------------------------------------------------------------------------------
def slerp_loop(a, b, t):
    rows = []
    for x, y in zip(a, b, strict=True):
        angle = torch.arccos(torch.clamp(x @ y / (x.norm() * y.norm()), -1, 1))
        if torch.sin(angle) < 1e-6:
            rows.append((1 - t) * x + t * y)
        else:
            rows.append((torch.sin((1 - t) * angle) * x + torch.sin(t * angle) * y) / torch.sin(angle))
    return torch.stack(rows)


def slerp_atan(a, b, t):
    # Kahan's angle between vectors, exact also where the arc cosine is not
    u, v = F.normalize(a, dim=1), F.normalize(b, dim=1)
    angle = 2 * torch.atan2((u - v).norm(dim=1, keepdim=True), (u + v).norm(dim=1, keepdim=True))
    around = (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    return torch.where(angle < 1e-6, torch.lerp(a, b, t), around)


def slerp_nan(a, b, t, angle_of=None, unit=False, swap=False):
    cosine = ((a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1)))[:, None]
    angle = torch.arccos(cosine.clamp(-1, 1)) if angle_of is None else angle_of(cosine)
    if swap:
        t = 1 - t
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


def slerp_where(a, b, t):
    straight = (1 - t) * a + t * b
    around = slerp_nan(a, b, t)
    return torch.where(torch.isfinite(around) & (F.cosine_similarity(a, b)[:, None] < 1 - 1e-12), around, straight)


def renormalised(a, b, t):
    mixed = (1 - t) * a + t * b
    return mixed / mixed.norm(dim=1, keepdim=True) * ((1 - t) * a.norm(dim=1, keepdim=True) + t * b.norm(dim=1, keepdim=True))


SLERP = Bank(
    lesson_02.slerp,
    right=[slerp_loop, slerp_atan, slerp_where],
    wrong=[
        (stub, "missing"),
        (lambda a, b, t: slerp_loop(a, b, t).numpy().tolist(), "wrong_type"),
        (lambda a, b, t: slerp_loop(a, b, t).mean(0), "wrong_shape"),
        (lambda a, b, t: slerp_nan(a, b, t, swap=True), "ends"),
        (lambda a, b, t: F.normalize(slerp_loop(a, b, t), dim=1), "ends"),
        (lambda a, b, t: a + t * b, "ends"),
        (lambda a, b, t: torch.lerp(a, b, t), "straight"),
        (lambda a, b, t: slerp_nan(a, b, t, angle_of=lambda c: torch.arccos(c.mean())), "per_row"),
        (lambda a, b, t: slerp_nan(a, b, t, angle_of=lambda c: torch.rad2deg(torch.arccos(c))), "keeps_length"),
        (lambda a, b, t: slerp_nan(a, b, t, angle_of=lambda c: torch.arccos(c) / 2), "keeps_length"),
        (renormalised, "even"),
        (slerp_nan, "parallel"),
    ],
)


# --- 5: attribute_direction -----------------------------------------------------------------------------------
def unit(vector):
    return vector / vector.norm()


def direction_weighted(z, has):
    weights = torch.where(has, 1.0 / has.sum(), -1.0 / (~has).sum()).to(z.dtype)
    return F.normalize(weights @ z, dim=0)


def direction_loop(z, has):
    groups = {True: [], False: []}
    for row, label in zip(z, has.tolist(), strict=True):
        groups[label].append(row)
    return unit(torch.stack(groups[True]).mean(0) - torch.stack(groups[False]).mean(0))


DIRECTION = Bank(
    lesson_02.attribute_direction,
    right=[
        direction_weighted,
        direction_loop,
        lambda z, has: unit(z[has].mean(0) - z.mean(0)),  # parallel to the difference of the two means
        lambda z, has: unit(has.float() @ z / has.sum() - (~has).float() @ z / (~has).sum()),
    ],
    wrong=[
        (stub, "missing"),
        (lambda z, has: direction_loop(z, has).tolist(), "wrong_type"),
        (lambda z, has: unit(has.double() @ z / has.sum() - (~has).double() @ z / (~has).sum()), "error"),
        (lambda z, has: z[has] - z[~has].mean(0), "wrong_shape"),
        (lambda z, has: z[has].mean(0) - z[~has].mean(0), "unit_length"),
        (lambda z, has: unit(z[~has].mean(0) - z[has].mean(0)), "reversed"),
        (lambda z, has: unit(z[has].mean(0)), "with_only"),
        (lambda z, has: unit(z[has].sum(0) - z[~has].sum(0)), "sums"),
        (lambda z, has: unit(z[has].median(0).values - z[~has].median(0).values), "median"),
        (lambda z, has: unit(F.normalize(z, dim=1)[has].mean(0) - F.normalize(z, dim=1)[~has].mean(0)), "rows_first"),
        (lambda z, has: unit(z[0] - z[1]), "wrong_value"),
    ],
)


# --- 6: nearest_training_picture ------------------------------------------------------------------------------
def nearest_loop(sample, training):
    distances = [float(((picture - sample) ** 2).sum()) for picture in training]
    return distances.index(min(distances))


def nearest_cdist(sample, training):
    return torch.cdist(sample.reshape(1, -1), training.flatten(1)).argmin().item()


def nearest_expanded(sample, training):
    flat, point = training.flatten(1), sample.flatten()
    return int((flat.square().sum(1) - 2 * flat @ point).topk(1, largest=False).indices)


NEAREST = Bank(
    lesson_02.nearest_training_picture,
    right=[nearest_loop, nearest_cdist, nearest_expanded],
    wrong=[
        (stub, "missing"),
        (lambda s, t: (t - s).square().flatten(1).sum(1).min().item(), "wrong_type"),
        (lambda s, t: int((t - s).square().argmin()), "in_range"),
        (lambda s, t: int((t - s).square().flatten(1).sum(1).argmax()), "farthest"),
        (lambda s, t: int((t - s)[:, 0].square().flatten(1).sum(1).argmin()), "first_channel"),
        (lambda s, t: int((t - s).flatten(1).mean(1).abs().argmin()), "brightness"),
        (lambda s, t: int((t - s).abs().flatten(1).sum(1).argmin()), "absolute"),
        (lambda s, t: int((t - s).abs().flatten(1).amax(1).argmin()), "largest"),
        (lambda s, t: 3, "wrong_value"),
    ],
)


# --- 7: update_average ------------------------------------------------------------------------------------------
def average_with(mix, buffers=True):
    @torch.no_grad()
    def update(average, model, decay):
        for kept, new in zip(average.parameters(), model.parameters(), strict=True):
            kept.copy_(mix(kept, new, decay))
        if buffers:
            for kept, new in zip(average.buffers(), model.buffers(), strict=True):
                kept.copy_(new)
        return average

    return update


@torch.no_grad()
def average_lerp(average, model, decay):
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
    average.load_state_dict(dict(average.state_dict()) | dict(model.named_buffers()))
    return average


def average_state(average, model, decay):
    trained = dict(model.named_parameters())
    state = {key: value.detach().clone() for key, value in model.state_dict().items()}
    for key, kept in average.named_parameters():
        state[key] = decay * kept.detach() + (1 - decay) * trained[key].detach()
    average.load_state_dict(state)
    return average


@torch.no_grad()
def average_everything(average, model, decay):
    for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        kept.copy_(decay * kept + (1 - decay) * new)
    return average


def average_replaces(average, model, decay):
    for mine, theirs in zip(average.modules(), model.modules(), strict=True):
        for name, parameter in list(mine.named_parameters(recurse=False)):
            other = getattr(theirs, name)
            setattr(mine, name, nn.Parameter(decay * parameter.detach() + (1 - decay) * other.detach()))
        for name, buffer in mine.named_buffers(recurse=False):
            buffer.copy_(getattr(theirs, name))
    return average


def average_moves_the_model(average, model, decay):
    average_with(lambda a, m, d: d * m + (1 - d) * a)(model, average, decay)
    return average


def average_builds_a_graph(average, model, decay):
    for kept, new in zip(average.parameters(), model.parameters(), strict=True):
        kept = decay * kept + (1 - decay) * new
    return average


AVERAGE = Bank(
    lesson_02.update_average,
    right=[average_with(lambda a, m, d: d * a + (1 - d) * m), average_lerp, average_state],
    wrong=[
        (stub, "missing"),
        (lambda average, model, decay: None, "returns_none"),
        (lambda average, model, decay: average.state_dict(), "wrong_type"),
        (lambda average, model, decay: average_lerp(copy.deepcopy(average), model, decay), "in_place"),
        (average_moves_the_model, "model_changed"),
        (average_builds_a_graph, "unmoved"),
        (average_with(lambda a, m, d: (1 - d) * a + d * m), "swapped"),
        (average_with(lambda a, m, d: m), "copied"),
        (average_with(lambda a, m, d: d * a + m), "parameters"),
        (average_with(lambda a, m, d: d * a + (1 - d) * m, buffers=False), "buffers"),
        (average_everything, "buffers"),
        (average_replaces, "graph"),
    ],
)

BANK = {
    "conv_transpose_size": SIZE,
    "init_dcgan": INIT,
    "detached_discriminator_loss": LOSS,
    "slerp": SLERP,
    "attribute_direction": DIRECTION,
    "nearest_training_picture": NEAREST,
    "update_average": AVERAGE,
}
