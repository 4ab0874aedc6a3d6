"""Right and wrong answers to the exercise whiten of lesson 04, written as learners write them."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


def whiten_solution(features):
    flat = features.double().flatten(1)
    centred = flat - flat.mean(dim=1, keepdim=True)
    covariance = centred @ centred.T / (centred.shape[1] - 1)
    values, vectors = torch.linalg.eigh(covariance)
    white = vectors @ torch.diag(values.rsqrt()) @ vectors.T @ centred
    return white.reshape(features.shape).to(features.dtype)


def centred_of(features):
    flat = features.double().flatten(1)
    return flat - flat.mean(1, keepdim=True)


def whiten_by(matrix, correction=1):
    """The map, its mean removed, multiplied by this function of the covariance."""

    def whiten(features):
        centred = centred_of(features)
        return (matrix(torch.cov(centred, correction=correction)) @ centred).reshape(features.shape)

    return whiten


def zca(covariance, power=-0.5):
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.pow(power) @ vectors.T


def whiten_svd(features):
    # Without the covariance: of X = U S V^T the white one is sqrt(n - 1) U V^T.
    centred = centred_of(features)
    u, _, vh = torch.linalg.svd(centred, full_matrices=False)
    return (u @ vh * math.sqrt(centred.shape[1] - 1)).reshape(features.shape)


def whiten_svd_of_covariance(covariance):
    u, s, _ = torch.linalg.svd(covariance)
    return u @ torch.diag(1 / s.sqrt()) @ u.mT


def whiten_eig(covariance):
    values, vectors = torch.linalg.eig(covariance)
    return (vectors @ torch.diag(values**-0.5) @ torch.linalg.inv(vectors)).real


def whiten_newton(covariance):
    """Denman and Beavers: no eigenvalues at all."""
    root, inverse = covariance, torch.eye(len(covariance)).to(covariance)
    for _ in range(30):
        root, inverse = (root + inverse.inverse()) / 2, (inverse + root.inverse()) / 2
    return inverse


def whiten_numpy(features):
    x = features.numpy().astype(np.float64)
    c, h, w = x.shape
    flat = x.reshape(c, -1)
    values, vectors = np.linalg.eigh(np.cov(flat))
    white = (vectors / np.sqrt(values + 1e-9)) @ vectors.T @ (flat - flat.mean(axis=1, keepdims=True))
    return torch.from_numpy(white.reshape(c, h, w))


def whiten_single(features):
    flat = features.flatten(1)
    flat = flat - flat.mean(1, keepdim=True)
    values, vectors = torch.linalg.eigh(flat @ flat.T / flat.shape[1])
    return torch.einsum("ij,j,kj,kp->ip", vectors, values.rsqrt(), vectors, flat).view_as(features)


def whiten_places_first(features):
    c, h, w = features.shape
    rows = features.permute(1, 2, 0).reshape(h * w, c).double()
    rows = rows - rows.mean(0)
    values, vectors = torch.linalg.eigh(rows.T @ rows / (h * w - 1))
    return (rows @ vectors / values.sqrt() @ vectors.T).T.reshape(c, h, w)


def whiten_cholesky_symmetric(covariance):
    """The polar factor of a Cholesky factor's inverse."""
    inverse = torch.linalg.cholesky(covariance).inverse()
    u, _, vh = torch.linalg.svd(inverse)
    return (u @ vh).T @ inverse


def pca(covariance):
    values, vectors = torch.linalg.eigh(covariance)
    return torch.diag(values**-0.5) @ vectors.T


def vectors_with(left, right):
    def matrix(covariance):
        values, vectors = torch.linalg.eigh(covariance)
        return left(vectors) @ torch.diag(values**-0.5) @ right(vectors)

    return matrix


def same(matrix):
    return matrix


def whiten_not_centred(features):
    flat = features.double().flatten(1)
    return (zca(torch.cov(flat)) @ flat).reshape(features.shape)


def whiten_moments_only(features):
    flat = features.double().flatten(1)
    return (zca(flat @ flat.T / flat.shape[1]) @ flat).reshape(features.shape)


def whiten_uncentred(features):
    flat = features.double().flatten(1)
    moments = flat @ flat.T / flat.shape[1]
    return (zca(moments) @ centred_of(features)).reshape(features.shape)


def whiten_whole_mean(features):
    flat = features.double().flatten(1)
    return (zca(torch.cov(flat)) @ (flat - flat.mean())).reshape(features.shape)


def whiten_sum(features):
    centred = centred_of(features)
    return (zca(centred @ centred.T) @ centred).reshape(features.shape)


def whiten_over_places(features):
    centred = centred_of(features).T
    return (zca(torch.cov(centred)) @ centred).T.reshape(features.shape)


def whiten_in_place(features):
    features -= features.mean((1, 2), keepdim=True)
    return whiten_solution(features)


def whiten_four(features):
    """Right for four channels."""
    return whiten_solution(torch.cat([features, features])[:4])


BANK = Bank(
    checks.whiten,
    right=[
        whiten_solution,
        whiten_by(zca),
        whiten_by(zca, correction=0),
        whiten_by(whiten_svd_of_covariance),
        whiten_by(whiten_eig),
        whiten_by(whiten_newton),
        whiten_by(whiten_cholesky_symmetric),
        whiten_by(lambda s: zca(s + 1e-5 * torch.eye(len(s)))),
        whiten_by(lambda s: torch.linalg.inv(zca(s, 0.5))),
        whiten_svd,
        whiten_numpy,
        whiten_single,
        whiten_places_first,
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda x: None, "returns_none"),
        (lambda x: whiten_solution(x).numpy(), "wrong_type"),
        (lambda x: torch.linalg.eigh(torch.cov(x.flatten(1))), "wrong_type"),
        (lambda x: torch.linalg.eigh(torch.cov(x))[0], "error"),
        (whiten_by(lambda s: whiten_eig(s) + 0j), "error"),
        (lambda x: whiten_solution(x) + 0j, "complex"),
        (lambda x: whiten_solution(x).flatten(1), "flat"),
        (lambda x: whiten_solution(x)[None], "wrong_shape"),
        (lambda x: torch.cov(whiten_solution(x).flatten(1)), "wrong_shape"),
        (whiten_in_place, "changes_its_input"),
        (whiten_by(lambda s: torch.linalg.inv(s).sqrt()), "finite"),
        (whiten_over_places, "finite"),
        (whiten_not_centred, "not_centred"),
        (whiten_moments_only, "not_centred"),
        (whiten_whole_mean, "not_centred"),
        (lambda x: x, "not_centred"),
        (lambda x: centred_of(x).reshape(x.shape), "only_centred"),
        (whiten_by(lambda s: torch.diag(s.diagonal() ** -0.5)), "instance_norm"),
        (lambda x: F.instance_norm(x[None])[0], "instance_norm"),
        (whiten_by(lambda s: zca(s, 0.5)), "coloured"),
        (whiten_by(same), "coloured"),
        (whiten_by(lambda s: zca(s, 0.5), correction=0), "coloured"),
        (whiten_by(torch.linalg.inv), "inverse"),
        (whiten_by(lambda s: zca(s, -1), correction=0), "inverse"),
        (whiten_by(lambda s: s**-0.5), "entry_by_entry"),
        (whiten_by(lambda s: 1 / s.sqrt(), correction=0), "entry_by_entry"),
        (whiten_by(vectors_with(torch.t, same)), "transposed"),
        (whiten_by(vectors_with(same, same)), "transposed"),
        (whiten_by(vectors_with(torch.t, torch.t)), "transposed"),
        (whiten_uncentred, "uncentred"),
        (whiten_sum, "scaled"),
        (whiten_by(lambda s: zca(s) * 2), "scaled"),
        (whiten_by(lambda s: torch.linalg.eigh(s).eigenvectors.T), "only_decorrelated"),
        (whiten_by(lambda s: torch.linalg.eigh(s).eigenvalues.reciprocal().diag()
                   @ torch.linalg.eigh(s).eigenvectors.T), "only_decorrelated"),
        (whiten_by(lambda s: torch.diag(torch.linalg.eigvalsh(s) ** -0.5)), "covariance"),
        (whiten_by(lambda s: zca(s, -0.25)), "covariance"),
        (whiten_by(lambda s: zca(s + torch.eye(len(s)))), "covariance"),
        (whiten_by(pca), "pca"),
        (whiten_by(lambda s: pca(s).flip(0)), "pca"),
        (whiten_by(pca, correction=0), "pca"),
        (whiten_by(lambda s: torch.linalg.cholesky(s).inverse()), "cholesky"),
        (whiten_by(lambda s: torch.linalg.cholesky(torch.linalg.inv(s)).T), "rotated"),
        (whiten_by(lambda s: -zca(s)), "rotated"),
        (whiten_by(lambda s: zca(s).flip(0)), "rotated"),
        (whiten_four, "wrong_value"),
    ],
)  # fmt: skip
