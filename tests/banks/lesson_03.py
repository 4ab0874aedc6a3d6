"""Right and wrong answers to the exercises of lesson 03, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from banks import Bank

from ganlab.checks import lesson_03


def stub(*args, **kwargs):
    raise NotImplementedError("your code here: replace this line")


# --- 1: network_input -----------------------------------------------------------------------------------------
def input_indexed(pictures, mask):
    erased = pictures.clone()
    erased[mask.expand_as(pictures) == 1] = 0
    return torch.concatenate((erased, mask), dim=-3)


def input_loop(pictures, mask):
    n, c, h, w = pictures.shape
    out = torch.zeros(n, c + 1, h, w)
    for i in range(n):
        for row in range(h):
            for column in range(w):
                out[i, c, row, column] = mask[i, 0, row, column]
                if mask[i, 0, row, column] == 0:
                    out[i, :c, row, column] = pictures[i, :, row, column]
    return out


def input_numpy(pictures, mask):
    erased = np.where(mask.numpy() > 0.5, 0.0, pictures.numpy())
    return torch.from_numpy(np.concatenate([erased, mask.numpy()], axis=1))  # float64: the values count


def input_grey(pictures, mask):
    erased = pictures.clone()
    erased[mask.bool()] = 0
    return torch.cat([erased, mask], dim=1)


def input_in_place(pictures, mask):
    pictures *= 1 - mask
    return torch.cat([pictures, mask], dim=1)


INPUT = Bank(
    lesson_03.network_input,
    right=[
        lambda p, m: torch.cat([p * (1 - m), m], dim=1),
        lambda p, m: torch.cat([p.masked_fill(m.bool(), 0), m], dim=1),
        input_indexed,
        input_loop,
        input_numpy,
        lambda p, m: (
            F.pad(torch.where(m > 0, torch.zeros_like(p), p), (0, 0, 0, 0, 0, 1))
            + F.pad(m, (0, 0, 0, 0, p.shape[1], 0))
        ),
    ],
    wrong=[
        (stub, "missing"),
        (lambda p, m: None, "returns_none"),
        (lambda p, m: (p * (1 - m), m), "wrong_type"),
        (lambda p, m: torch.cat([p * (1 - m), m]), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m], dim=3), "joined_elsewhere"),
        (lambda p, m: p * (1 - m), "no_mask"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)]), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)], dim=3), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)], dim=2), "joined_elsewhere"),
        (lambda p, m: torch.cat([p * (1 - m), m.expand_as(p)], dim=1), "repeated_mask"),
        (lambda p, m: torch.stack([p * (1 - m), m.expand_as(p)]), "wrong_shape"),
        (lambda p, m: torch.cat([p, m], 4), "error"),
        (input_grey, "colours"),
        (input_in_place, "changes_its_input"),
        (lambda p, m: torch.cat([p.masked_fill_(m > 0, 0), m], dim=1), "changes_its_input"),
        (lambda p, m: torch.cat([m, p * (1 - m)], dim=1), "mask_first"),
        (lambda p, m: torch.cat([p, m], dim=1), "nothing_erased"),
        (lambda p, m: torch.cat([p * m, m], dim=1), "hole_kept"),
        (lambda p, m: torch.cat([torch.where(m == 1, p, 0), 1 - m], dim=1), "hole_kept"),
        (lambda p, m: torch.cat([p * (1 - m), 1 - m], dim=1), "inverted_mask"),
        (lambda p, m: torch.cat([p * (1 - m[0]), m], dim=1), "first_mask"),
        (lambda p, m: torch.cat([p.masked_fill(m > 0, -1), m], dim=1), "filled"),
        (lambda p, m: torch.cat([p.masked_fill(m > 0, 1), m], dim=1), "filled"),
        (lambda p, m: torch.cat([torch.where(m > 0, p.mean((2, 3), keepdim=True), p), m], dim=1), "filled"),
        (lambda p, m: torch.cat([p * (1 - m), m[:1].expand_as(m)], dim=1), "each_mask"),
        (lambda p, m: torch.cat([p * (1 - m), torch.zeros_like(m)], dim=1), "each_mask"),
        (lambda p, m: torch.cat([(p + 1) / 2 * (1 - m), m], dim=1), "wrong_value"),
    ],
)


# --- 2: composite ---------------------------------------------------------------------------------------------
def composite_indexed(pictures, filling, mask):
    out = pictures.clone()
    hole = mask.bool().expand_as(out)
    out[hole] = filling[hole]
    return out


def composite_loop(pictures, filling, mask):
    made = []
    for picture, fill, hole in zip(pictures, filling, mask, strict=True):
        made.append(torch.stack([torch.where(hole[0] == 1, b, a) for a, b in zip(picture, fill, strict=True)]))
    return torch.stack(made)


def composite_index_put(pictures, filling, mask):
    image, row, column = (mask[:, 0] > 0.5).nonzero(as_tuple=True)
    out = torch.empty_like(pictures).copy_(pictures)
    out[image, :, row, column] = filling[image, :, row, column]
    return out


def composite_three_channels(pictures, filling, mask):
    return torch.where(mask.repeat(1, 3, 1, 1) > 0, filling, pictures)


def composite_three_by_three(pictures, filling, mask):
    out = pictures.clone()
    for channel in range(3):
        hole = mask[:, 0] > 0
        out[:, channel][hole] = filling[:, channel][hole]
    return out


def composite_in_place(pictures, filling, mask):
    hole = mask.expand_as(pictures) > 0
    pictures[hole] = filling[hole]
    return pictures


def composite_in_the_filling(pictures, filling, mask):
    known = (mask == 0).expand_as(pictures)
    filling[known] = pictures[known]
    return filling


COMPOSITE = Bank(
    lesson_03.composite,
    right=[
        lambda p, g, m: torch.where(m.bool(), g, p),
        composite_indexed,
        composite_loop,
        composite_index_put,
        lambda p, g, m: torch.from_numpy(np.where(m.numpy() == 1, g.numpy(), p.numpy())),
        lambda p, g, m: p.masked_scatter(m.bool(), g[m.bool().expand_as(g)]),
        lambda p, g, m: p.masked_fill(m > 0, 0) + g.masked_fill(m == 0, 0),
        lambda p, g, m: p * (1 - m) + torch.nan_to_num(g) * m,
    ],
    wrong=[
        (stub, "missing"),
        (lambda p, g, m: None, "returns_none"),
        (lambda p, g, m: (p * (1 - m), g * m), "wrong_type"),
        (lambda p, g, m: g[m.bool().expand_as(g)], "wrong_shape"),
        (composite_in_place, "changes_its_input"),
        (composite_in_the_filling, "changes_its_input"),
        (lambda p, g, m: torch.where(m > 0, p, g), "swapped"),
        (lambda p, g, m: p * m + g * (1 - m), "swapped"),
        (lambda p, g, m: g, "filling_only"),
        (lambda p, g, m: p.clone(), "pictures_only"),
        (lambda p, g, m: p + g, "added"),
        (lambda p, g, m: p * (1 - m) + g, "added"),
        (lambda p, g, m: p + m * g, "added"),
        (lambda p, g, m: torch.where(m > 0, g, torch.zeros_like(g)), "one_part"),
        (lambda p, g, m: p * (1 - m), "one_part"),
        (lambda p, g, m: torch.where(m[0] > 0, g, p), "first_mask"),
        (composite_three_channels, "channels"),
        (composite_three_by_three, "channels"),
        (lambda p, g, m: g + (1 - m) * (p - g), "bit_for_bit"),
        (lambda p, g, m: p * (1 - m) + g * m, "not_a_number"),
        (lambda p, g, m: torch.lerp(p, g, m), "not_a_number"),
        (lambda p, g, m: p + m * (g - p), "not_a_number"),
        (lambda p, g, m: torch.where(m > 0, (p + g) / 2, p), "hole"),
        (lambda p, g, m: torch.where(m > 0, g, p.clamp(-0.5, 0.5)), "known"),
    ],
)


# --- 3: masked_l2 ---------------------------------------------------------------------------------------------
def loss_loop(prediction, target, mask):
    total = 0.0
    for p, t, m in zip(prediction, target, mask, strict=True):
        hole = m.bool().expand_as(p)
        if hole.any():
            total = total + F.mse_loss(p[hole], t[hole])
    return torch.as_tensor(total / len(prediction))


def loss_einsum(prediction, target, mask):
    error = (prediction - target) * mask
    missing = prediction.shape[1] * torch.einsum("nchw->n", mask)
    return (torch.einsum("nchw,nchw->n", error, error) / torch.clamp(missing, min=1)).mean()


def loss_expanded(prediction, target, mask):
    weight = mask.expand_as(prediction).flatten(1)
    squares = (prediction.flatten(1) - target.flatten(1)) ** 2
    return torch.mean((weight * squares).sum(1) / (weight.sum(1) + 1e-8))


def loss_safe_where(prediction, target, mask):
    total = (mask * (prediction - target).pow(2)).sum(dim=(1, 2, 3))
    count = mask.sum(dim=(1, 2, 3)) * target.size(1)
    return (total / torch.where(count == 0, torch.ones_like(count), count)).sum() / len(target)


def loss_with(reduce, power=torch.square, invert=False):
    """A loss from the sum of the errors in the hole, the number of missing pixels, and that of channels."""

    def loss(prediction, target, mask):
        mask = 1 - mask if invert else mask
        error = mask * power(prediction - target)
        return reduce(error.sum((1, 2, 3)), mask.sum((1, 2, 3)), prediction.shape[1])

    return loss


def mean_of(total, pixels, channels):
    return (total / (channels * pixels).clamp(min=1)).mean()


def loss_skips(prediction, target, mask):
    losses = [F.mse_loss(p[m.bool().expand_as(p)], t[m.bool().expand_as(p)])
              for p, t, m in zip(prediction, target, mask, strict=True) if m.any()]  # fmt: skip
    return torch.stack(losses).mean() if losses else torch.tensor(0.0)


def loss_hides_nan(prediction, target, mask):
    total, count = (mask * (prediction - target) ** 2).sum((1, 2, 3)), prediction.shape[1] * mask.sum((1, 2, 3))
    return torch.where(count > 0, total / count, torch.zeros_like(total)).mean()


def first_attached(batch):
    """Only the first picture keeps its graph."""
    return torch.cat([batch[:1], batch[1:].detach()])


def red_attached(batch):
    return torch.cat([batch[:, :1], batch[:, 1:].detach()], dim=1)


MASKED = Bank(
    lesson_03.masked_l2,
    right=[loss_loop, loss_einsum, loss_expanded, loss_safe_where, loss_with(mean_of)],
    wrong=[
        (stub, "missing"),
        (lambda p, t, m: None, "returns_none"),
        (lambda p, t, m: loss_einsum(p, t, m).item(), "wrong_type"),
        (loss_with(lambda s, n, c: s / (c * n)), "wrong_shape"),
        (lambda p, t, m: F.mse_loss(p, t), "no_mask"),
        (lambda p, t, m: loss_einsum(p, t, 1 - m), "inverted"),
        (loss_with(mean_of, invert=True), "inverted"),
        (lambda p, t, m: F.mse_loss(p * (1 - m), t * (1 - m)), "inverted"),
        (lambda p, t, m: F.mse_loss(p * m, t * m), "all_pixels"),
        (loss_with(lambda s, n, c: (s / n).mean()), "channels"),
        (loss_with(lambda s, n, c: s.sum() / n.sum()), "channels"),
        (loss_with(lambda s, n, c: s.sum()), "sum"),
        (loss_with(lambda s, n, c: s.mean()), "sum"),
        (loss_with(lambda s, n, c: (s / (c * n)).sum()), "sum"),
        (loss_with(lambda s, n, c: s.sum() / (c * n.sum())), "joined"),
        (lambda p, t, m: F.mse_loss(p[m.bool().expand_as(p)], t[m.bool().expand_as(p)]), "joined"),
        (loss_with(lambda s, n, c: (s / (c * n)).sqrt().mean()), "root"),
        (loss_with(lambda s, n, c: mean_of(s, n, c).sqrt()), "root"),
        (loss_with(mean_of, power=torch.abs), "absolute"),
        (lambda p, t, m: F.l1_loss(p[m.bool().expand_as(p)], t[m.bool().expand_as(p)]), "absolute"),
        (lambda p, t, m: 0.5 * loss_einsum(p, t, m), "half"),
        (loss_with(lambda s, n, c: (s / (3 * n).clamp(min=1)).mean()), "three_channels"),
        (lambda p, t, m: loss_einsum(p.detach(), t, m), "detach"),
        (lambda p, t, m: torch.tensor(loss_einsum(p, t, m).item()), "detach"),
        (loss_with(lambda s, n, c: (s / (c * n)).mean()), "empty"),
        (loss_skips, "skipped"),
        (loss_with(lambda s, n, c: (s / (c * n)).nanmean()), "skipped"),
        (loss_hides_nan, "nan_gradient"),
        (loss_with(lambda s, n, c: torch.nan_to_num(s / (c * n)).mean()), "nan_gradient"),
        (lambda p, t, m: loss_einsum(p, t, m) + 0.1, "wrong_value"),
        (lambda p, t, m: loss_einsum(first_attached(p), t, m), "gradient"),
        (lambda p, t, m: loss_einsum(red_attached(p), t, m), "gradient"),
        (lambda p, t, m: (loss_einsum(p, t, m) + loss_einsum(p.detach(), t, m)) / 2, "gradient"),
    ],
)


# --- 4: channelwise_linear ------------------------------------------------------------------------------------
def linear_loop(x, weight, bias):
    out = torch.empty_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[n, c] = (weight[c] @ x[n, c].flatten() + bias[c]).reshape(x.shape[2:])
    return out


def linear_channels(x, weight, bias):
    layers = [F.linear(channel.flatten(1), w, b) for channel, w, b in zip(x.unbind(1), weight, bias, strict=True)]
    return torch.stack(layers, dim=1).unflatten(2, x.shape[2:])


def linear_bmm(x, weight, bias):
    flat = x.flatten(2).permute(1, 2, 0)  # (C, HW, N)
    mixed = torch.baddbmm(bias[:, :, None], weight, flat)
    return mixed.permute(2, 0, 1).reshape(x.shape)


def linear_matmul(x, weight, bias):
    return (weight @ x.flatten(2)[..., None] + bias[..., None]).view_as(x)


def linear_grouped(x, weight, bias):
    n, c, h, w = x.shape
    made = F.conv1d(x.reshape(n, c * h * w, 1), weight.reshape(c * h * w, h * w, 1), bias.flatten(), groups=c)
    return made.reshape(n, c, h, w)


def linear_places(x, weight, bias):
    n, c, h, w = x.shape
    out = torch.zeros(n, c, h, w)
    for q in range(h * w):
        for p in range(h * w):
            out[:, :, q // w, q % w] += weight[:, q, p] * x[:, :, p // w, p % w]
        out[:, :, q // w, q % w] += bias[:, q]
    return out


def linear_with(equation, bias_of=lambda b: b, activation=lambda y: y):
    def layer(x, weight, bias):
        return activation(torch.einsum(equation, x.flatten(2), weight) + bias_of(bias)).reshape(x.shape)

    return layer


def linear_columns(x, weight, bias):
    n, c, h, w = x.shape
    flat = x.permute(0, 1, 3, 2).flatten(2)
    return (torch.einsum("cqp,ncp->ncq", weight, flat) + bias).reshape(n, c, w, h).permute(0, 1, 3, 2)


def linear_columns_in(x, weight, bias):
    flat = x.transpose(2, 3).flatten(2)
    return (torch.einsum("cqp,ncp->ncq", weight, flat) + bias).reshape(x.shape)


def linear_columns_out(x, weight, bias):
    n, c, h, w = x.shape
    mixed = torch.einsum("cqp,ncp->ncq", weight, x.flatten(2)) + bias
    return mixed.reshape(n, c, w, h).mT


def linear_summed(x, weight, bias):
    mixed = torch.einsum("cqp,ncp->nq", weight, x.flatten(2))
    return (mixed[:, None] + bias).reshape(x.shape)


LINEAR = Bank(
    lesson_03.channelwise_linear,
    right=[
        linear_with("ncp,cqp->ncq"),
        linear_loop,
        linear_channels,
        linear_bmm,
        linear_matmul,
        linear_grouped,
        linear_places,
    ],
    wrong=[
        (stub, "missing"),
        (lambda x, w, b: None, "returns_none"),
        (lambda x, w, b: linear_loop(x, w, b).numpy(), "wrong_type"),
        (lambda x, w, b: F.linear(x, w, b), "error"),
        (lambda x, w, b: linear_loop(x, w, b).flatten(2), "flat"),
        (lambda x, w, b: linear_loop(x, w, b).flatten(1), "wrong_shape"),
        (lambda x, w, b: linear_loop(x, w, b).mT, "wrong_shape"),
        (lambda x, w, b: linear_loop(x, w, torch.zeros_like(b)), "no_bias"),
        (lambda x, w, b: (F.linear(x.flatten(2), w[0]) + b).reshape(x.shape), "one_matrix"),
        (linear_with("ncp,cpq->ncq"), "transposed"),
        (lambda x, w, b: (torch.einsum("ncp,cpq->ncq", x.flatten(2), w) + b).reshape(x.shape), "transposed"),
        (linear_columns, "columns_first"),
        (linear_columns_in, "columns_first"),
        (linear_columns_out, "columns_first"),
        (linear_summed, "channels_mixed"),
        (linear_with("nkp,cqp->ncq"), "channels_mixed"),
        (linear_with("ncp,cqp->ncq", activation=torch.relu), "activation"),
        (linear_with("ncp,cqp->ncq", bias_of=lambda b: b[0]), "bias_place"),
        (linear_with("ncp,cqp->ncq", bias_of=lambda b: b[:, :1]), "bias_place"),
        (linear_with("ncp,cqp->ncq", bias_of=lambda b: -b), "bias_place"),
        (linear_with("mcp,cqp->cq", bias_of=lambda b: b.expand(2, -1, -1)), "wrong_value"),
        (lambda x, w, b: (x.flatten(2) * w.diagonal(dim1=1, dim2=2) + b).reshape(x.shape), "wrong_value"),
    ],
)


# --- 5: channelwise_parameters --------------------------------------------------------------------------------
def parameters_counted(channels, height, width):
    weight = torch.empty(channels, height * width, height * width)
    bias = torch.empty(channels, height * width)
    return weight.numel() + bias.numel()


def parameters_by_layers(channels, height, width):
    places = height * width
    layers = [torch.nn.Linear(places, places, device="meta") for _ in range(channels)]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


PARAMETERS = Bank(
    lesson_03.channelwise_parameters,
    right=[lambda c, h, w: c * h * w * (h * w + 1), parameters_counted, parameters_by_layers],
    wrong=[
        (stub, "missing"),
        (lambda c, h, w: None, "returns_none"),
        (lambda c, h, w: c * math.pow(h * w, 2) + c * h * w, "wrong_type"),
        (lambda c, h, w: (c * (h * w) ** 2, c * h * w), "wrong_type"),
        (lambda c, h, w: (c * h * w) ** 2 + c * h * w, "full"),
        (lambda c, h, w: (c * h * w) * (c * h * w), "full"),
        (lambda c, h, w: c * (h * w) ** 2, "no_biases"),
        (lambda c, h, w: (h * w) ** 2 + h * w, "one_matrix"),
        (lambda c, h, w: (h * w) ** 2 + c * h * w, "one_matrix"),
        (lambda c, h, w: c * h * w + c * h * w, "one_place"),
        (lambda c, h, w: c * (h * w) ** 2 + c, "too_few_biases"),
        (lambda c, h, w: c * (h * w) ** 2 + h * w, "too_few_biases"),
        (lambda c, h, w: c * h * w**2 + c * h * w, "wrong_value"),
        (lambda c, h, w: 1260, "wrong_value"),
    ],
)


# --- 6: judge_inputs ------------------------------------------------------------------------------------------
def made_whole(real, filling, mask):
    return torch.where(mask > 0, filling, real)


def judged_loop(real, filling, mask):
    seen = []
    for batch in (real, filling):
        seen.append(torch.stack([picture * hole for picture, hole in zip(batch, mask, strict=True)]))
    return seen


def judged_indexed(real, filling, mask):
    known = (mask == 0).expand_as(real)
    real_seen, fake_seen = real.clone(), filling.clone()
    real_seen[known] = 0
    fake_seen[known] = 0
    return real_seen, fake_seen


def judged_in_place(real, filling, mask):
    real *= mask
    return real, filling * mask


JUDGED = Bank(
    lesson_03.judge_inputs,
    right=[
        lambda r, g, m: (r * m, g * m),
        lambda r, g, m: (r.masked_fill(m == 0, 0), torch.where(m > 0, g, torch.zeros_like(g))),
        lambda r, g, m: (r.detach() * m, made_whole(r, g, m) * m),  # the composite's hole is the filling
        lambda r, g, m: torch.einsum("knchw,nxhw->knchw", torch.stack([r, g]), m).unbind(0),
        judged_loop,
        judged_indexed,
    ],
    wrong=[
        (stub, "missing"),
        (lambda r, g, m: None, "returns_none"),
        (lambda r, g, m: torch.stack([r * m, g * m]), "wrong_type"),
        (lambda r, g, m: torch.cat([r * m, g * m]), "wrong_type"),
        (lambda r, g, m: (r * m, g * m, m), "pair"),
        (lambda r, g, m: (torch.cat([r * m, m], 1), torch.cat([g * m, m], 1)), "pair"),
        (lambda r, g, m: (r[m.bool().expand_as(r)], g[m.bool().expand_as(g)]), "pair"),
        (judged_in_place, "changes_its_input"),
        (lambda r, g, m: (g * m, r * m), "order"),
        (lambda r, g, m: (r, g), "nothing_hidden"),
        (lambda r, g, m: (r, made_whole(r, g, m)), "seam"),
        (lambda r, g, m: (r, g * m), "only_fake_masked"),
        (lambda r, g, m: (r * m, g), "only_real_masked"),
        (lambda r, g, m: (r * m, made_whole(r, g, m)), "only_real_masked"),
        (lambda r, g, m: (r * (1 - m), g * (1 - m)), "inverted"),
        (lambda r, g, m: (r * (1 - m), made_whole(r, g, m) * (1 - m)), "inverted"),
        (lambda r, g, m: (r.masked_fill(m == 0, -1), g.masked_fill(m == 0, -1)), "hidden"),
        (lambda r, g, m: (r * m[:1], g * m[:1]), "hidden"),
        (lambda r, g, m: (r * m, (g * m).detach()), "detach"),
        (lambda r, g, m: (r * m, g.data * m), "detach"),
        (lambda r, g, m: (r * m, r * m), "no_filling"),
        (lambda r, g, m: (r * m, g.clamp(-0.3, 0.3) * m), "wrong_value"),
        (lambda r, g, m: (r * m, first_attached(g) * m), "gradient"),
        (lambda r, g, m: (r * m, red_attached(g * m)), "gradient"),
    ],
)


# --- 7: best_guess --------------------------------------------------------------------------------------------
def guess_sorted(values, probabilities, loss):
    if loss == "l2":
        return torch.dot(values, probabilities).item()
    if loss == "l1":
        ordered, index = torch.sort(values)
        half = torch.searchsorted(probabilities[index].cumsum(0), 0.5)
        return ordered[half].item()
    return values[probabilities.argmax()].item()


def guess_plain(values, probabilities, loss):
    pairs = sorted(zip(values.tolist(), probabilities.tolist(), strict=True))
    if loss == "l2":
        return sum(value * probability for value, probability in pairs)
    if loss == "adversarial":
        return max(pairs, key=lambda pair: pair[1])[0]
    below = 0.0
    for value, probability in pairs:
        below += probability
        if below >= 0.5:
            return value
    return pairs[-1][0]


def guess_numpy(values, probabilities, loss):
    v, p = values.numpy(), probabilities.numpy()
    if loss == "l2":
        return np.average(v, weights=p)
    if loss == "l1":
        order = np.argsort(v)
        return v[order][np.argmax(np.cumsum(p[order]) >= 0.5)]
    return v[p.argmax()]


def guess_tried(values, probabilities, loss):
    # The expected absolute error is piecewise linear with its corners at the values: one of them is best.
    if loss == "l2":
        return (values * probabilities).sum()
    distance = (values[:, None] - values[None]).abs()
    cost = distance @ probabilities if loss == "l1" else -probabilities
    return values[cost.argmin()]


def guess_with(**answers):
    """Right, but for the losses named: there, the answer of this function of values and probabilities."""

    def guess(values, probabilities, loss):
        if loss in answers:
            return answers[loss](values, probabilities)
        return guess_sorted(values, probabilities, loss)

    return guess


def guess_always(function):
    return guess_with(l2=function, l1=function, adversarial=function)


def mean(values, probabilities):
    return float((values * probabilities).sum())


def median(values, probabilities):
    return guess_sorted(values, probabilities, "l1")


def mode(values, probabilities):
    return float(values[probabilities.argmax()])


def middle(values, probabilities):
    return float(values.min() + values.max()) / 2


def first_half(values, probabilities):
    return values[int((probabilities.cumsum(0) < 0.5).sum())]


GUESS = Bank(
    lesson_03.best_guess,
    right=[guess_sorted, guess_plain, guess_numpy, guess_tried],
    wrong=[
        (stub, "missing"),
        (lambda v, p, loss: guess_sorted(v, p, loss) if loss == "l1" else None, "returns_none"),
        (lambda v, p, loss: [guess_sorted(v, p, loss)], "wrong_type"),
        (lambda v, p, loss: v * p, "wrong_shape"),
        (lambda v, p, loss: v.mean().item(), "unweighted"),
        (guess_with(l2=middle), "middle"),
        (guess_with(l1=middle), "middle"),
        (guess_with(l2=median), "l2"),
        (guess_with(l2=mode), "l2"),
        (guess_always(mode), "l2"),
        (guess_always(mean), "mean_for_l1"),
        (guess_with(l1=mean), "mean_for_l1"),
        (guess_with(l1=mode), "mode_for_l1"),
        (guess_with(l1=first_half), "unsorted"),
        (guess_with(l1=lambda v, p: first_half(v.sort().values, p)), "misplaced"),
        (guess_with(l1=lambda v, p: v.median()), "unweighted_median"),
        (guess_with(l1=lambda v, p: np.median(v.numpy())), "unweighted_median"),
        (guess_with(l1=lambda v, p: v.sort().values[int((p[v.argsort()].cumsum(0) < 0.5).sum()) - 1]), "l1"),
        (guess_with(adversarial=median), "blurry"),
        (guess_with(adversarial=mean), "blurry"),
        (guess_with(adversarial=lambda v, p: p.max()), "not_the_value"),
        (guess_with(adversarial=lambda v, p: int(p.argmax())), "not_the_value"),
        (guess_with(adversarial=lambda v, p: v[p.argmin()]), "adversarial"),
        (guess_with(adversarial=lambda v, p: v.max()), "wrong_value"),
    ],
)


# --- 8: choose_weight -----------------------------------------------------------------------------------------
def chosen_loop(weights, psnr, distance, allowed_loss):
    best = None
    for weight, quality, far in zip(weights, psnr, distance, strict=True):
        if quality >= max(psnr) - allowed_loss and (best is None or far < best[0]):
            best = far, weight
    return float(best[1])


def chosen_masked(weights, psnr, distance, allowed_loss):
    allowed = psnr >= psnr.max() - allowed_loss
    return weights[allowed][distance[allowed].argmin()].item()


def chosen_sorted(weights, psnr, distance, allowed_loss):
    rows = zip(distance.tolist(), psnr.tolist(), weights.tolist(), strict=True)
    floor = float(psnr.max()) - allowed_loss
    return next(weight for _, quality, weight in sorted(rows) if quality >= floor)


def chosen_numpy(weights, psnr, distance, allowed_loss):
    w, p, d = (np.asarray(column) for column in (weights, psnr, distance))
    return w[np.where(p.max() - p <= allowed_loss, d, np.inf).argmin()]


def chosen_with(floor=lambda p, allowed: p.max() - allowed, pick=lambda w, p, d: w[d.argmin()]):
    def choose(weights, psnr, distance, allowed_loss):
        allowed = psnr >= floor(psnr, allowed_loss)
        return float(pick(weights[allowed], psnr[allowed], distance[allowed]))

    return choose


def chosen_index(weights, psnr, distance, allowed_loss):
    return int(torch.where(psnr >= psnr.max() - allowed_loss, distance, torch.inf).argmin())


def chosen_wrong_lookup(weights, psnr, distance, allowed_loss):
    allowed = psnr >= psnr.max() - allowed_loss
    return weights[distance[allowed].argmin()]


def chosen_until_worse(weights, psnr, distance, allowed_loss):
    """Stops at the first row that is not allowed, as if the rows came in order of falling PSNR."""
    rows = sorted(range(len(weights)), key=lambda row: float(weights[row]))
    start = max(rows, key=lambda row: float(psnr[row]))
    best = start
    for row in range(start, len(weights)):
        if psnr[row] < psnr[start] - allowed_loss:
            break
        best = row if distance[row] < distance[best] else best
    return float(weights[best])


CHOOSE = Bank(
    lesson_03.choose_weight,
    right=[chosen_loop, chosen_masked, chosen_sorted, chosen_numpy, chosen_with()],
    wrong=[
        (stub, "missing"),
        (lambda w, p, d, a: None, "returns_none"),
        (lambda w, p, d, a: (chosen_masked(w, p, d, a), 50.0), "wrong_type"),
        (lambda w, p, d, a: w[p >= p.max() - a], "wrong_shape"),
        (chosen_index, "index"),
        (lambda w, p, d, a: d[p >= p.max() - a].argmin(), "index"),
        (chosen_with(pick=lambda w, p, d: d.min()), "not_in_table"),
        (chosen_with(pick=lambda w, p, d: w.mean()), "not_in_table"),
        (chosen_wrong_lookup, "filtered_index"),
        (lambda w, p, d, a: w[p.argmax()].item(), "best_psnr"),
        (chosen_with(pick=lambda w, p, d: w[d.argmax()]), "largest_distance"),
        (chosen_with(pick=lambda w, p, d: w.max()), "largest_weight"),
        (chosen_with(floor=lambda p, allowed: p[0] - allowed), "first_row"),
        (lambda w, p, d, a: w[d.argmin()], "too_costly"),
        (chosen_with(floor=lambda p, allowed: p.mean() - allowed), "too_costly"),
        (chosen_with(floor=lambda p, allowed: (1 - allowed) * p.max()), "too_costly"),
        (lambda w, p, d, a: w[d.argmax()], "too_costly"),
        (chosen_until_worse, "wrong_value"),
        (lambda w, p, d, a: w[4], "wrong_value"),
    ],
)

BANK = {
    "network_input": INPUT,
    "composite": COMPOSITE,
    "masked_l2": MASKED,
    "channelwise_linear": LINEAR,
    "channelwise_parameters": PARAMETERS,
    "judge_inputs": JUDGED,
    "best_guess": GUESS,
    "choose_weight": CHOOSE,
}
