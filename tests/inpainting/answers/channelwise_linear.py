"""Right and wrong answers to the exercise channelwise_linear of lesson 03, written as learners write them."""

import torch
import torch.nn.functional as F

from ganlab.inpainting import checks
from tests.checks.bank import Bank, stub


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
    # (C, HW, N)
    flat = x.flatten(2).permute(1, 2, 0)
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


BANK = Bank(
    checks.channelwise_linear,
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
