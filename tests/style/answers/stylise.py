"""Right and wrong answers to the exercise stylise of lesson 04, written as learners write them."""

import torch

from ganlab.layers import adaptive_instance_norm, feature_statistics
from ganlab.style import checks
from tests.checks.bank import Bank, endless, stub


def adain_mixed_statistics(content, style, alpha=1.0):
    # A mixture of both statistics is the same straight line.
    mean_c, std_c = feature_statistics(content, eps=1e-8)
    mean_s, std_s = feature_statistics(style, eps=1e-8)
    mean, std = alpha * mean_s + (1 - alpha) * mean_c, alpha * std_s + (1 - alpha) * std_c
    return (content - mean_c) / std_c * std + mean


def adain_eps_outside(content, style, alpha=1.0):
    def spread(x):
        n = x.shape[2] * x.shape[3]
        return (x - x.mean((2, 3), keepdim=True)).square().sum((2, 3), keepdim=True).div(max(n - 1, 1)).sqrt() + 1e-5

    normalised = (content - content.mean((2, 3), keepdim=True)) / spread(content)
    return content + alpha * (normalised * spread(style) + style.mean((2, 3), keepdim=True) - content)


def stylise_solution(encode, decode, content, style, alpha):
    features = encode(content)
    transferred = adaptive_instance_norm(features, encode(style))
    return decode(alpha * transferred + (1 - alpha) * features)


def stylise_no_grad(encode, decode, content, style, alpha):
    with torch.no_grad():
        found = encode(content)
        return decode(found + alpha * (adaptive_instance_norm(found, encode(style)) - found))


def stylise_each(encode, decode, content, style, alpha):
    pairs = zip(content.split(1), style.split(1), strict=True)
    return torch.cat([stylise_solution(encode, decode, c, s, alpha) for c, s in pairs])


def stylise_from(mix):
    """Decode this mixture of f(c), f(s), the transfer and alpha."""

    def stylise(encode, decode, content, style, alpha):
        c, s = encode(content), encode(style)
        return decode(mix(c, s, adaptive_instance_norm(c, s), alpha))

    return stylise


def stylise_from_pictures(make):
    """Whatever this makes of encode, decode, content, style, the fully stylised picture and alpha."""

    def stylise(encode, decode, content, style, alpha):
        full = decode(adaptive_instance_norm(encode(content), encode(style)))
        return make(encode, decode, content, style, full, alpha)

    return stylise


def stylise_mixed_first(encode, decode, content, style, alpha):
    mixed = encode(alpha * style + (1 - alpha) * content)
    return decode(adaptive_instance_norm(mixed, encode(style)))


def stylise_on_pixels(encode, decode, content, style, alpha):
    return decode(encode(adaptive_instance_norm(content, style, alpha=alpha)))


def stylise_same_size(encode, decode, content, style, alpha):
    both = encode(torch.cat([content, style]))
    c, s = both.chunk(2)
    return decode(adaptive_instance_norm(c, s, alpha=alpha))


def stylise_in_place(encode, decode, content, style, alpha):
    made = stylise_solution(encode, decode, content, style, alpha)
    return content.copy_(made)


BANK = Bank(
    checks.stylise,
    right=[
        stylise_solution,
        stylise_no_grad,
        stylise_each,
        stylise_from(lambda c, s, t, a: torch.lerp(c, t, a)),
        stylise_from(lambda c, s, t, a: adaptive_instance_norm(c, s, alpha=a)),
        stylise_from(lambda c, s, t, a: adain_mixed_statistics(c, s, a)),
        stylise_from(lambda c, s, t, a: a * adain_eps_outside(c, s) + c - a * c),
        lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, a).clamp(-1, 1),
        lambda encode, decode, c, s, a: decode(adaptive_instance_norm(style=encode(s), content=encode(c), alpha=a)),
    ],
    wrong=[
        (stub, "missing"),
        (endless, "error"),
        (lambda encode, decode, c, s, a: None, "returns_none"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, a).numpy(), "wrong_type"),
        (lambda encode, decode, c, s, a: (encode(c), encode(s)), "wrong_type"),
        (lambda encode, decode, c, s, a: decode(adaptive_instance_norm(encode(c), encode(s), a)), "error"),
        (lambda encode, decode, c, s, a: decode(adaptive_instance_norm(c, s)), "error"),
        (lambda encode, decode, c, s, a: adaptive_instance_norm(encode(c), encode(s), alpha=a), "not_decoded"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, a)[0], "wrong_shape"),
        (stylise_in_place, "changes_its_input"),
        (stylise_from(lambda c, s, t, a: t), "alpha_ignored"),
        (stylise_from(lambda c, s, t, a: c), "content_only"),
        (stylise_from(lambda c, s, t, a: s), "style_only"),
        (stylise_from(lambda c, s, t, a: (1 - a) * t + a * c), "alpha_reversed"),
        (stylise_from(lambda c, s, t, a: adaptive_instance_norm(c, s, alpha=1 - a)), "alpha_reversed"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, s, c, a), "swapped"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: a * full + (1 - a) * c), "pixels"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: torch.lerp(c, full, a)), "pixels"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: a * full + (1 - a) * d(e(c))), "decoded_twice"),
        (lambda encode, decode, c, s, a: decode(encode(a * s + (1 - a) * c)), "mixed_before"),
        (stylise_mixed_first, "mixed_before"),
        (stylise_from(lambda c, s, t, a: a * s + (1 - a) * c), "style_features"),
        (stylise_on_pixels, "pixels_normalised"),
        (lambda encode, decode, c, s, a: adaptive_instance_norm(c, s, alpha=a), "pixels_normalised"),
        (stylise_from(lambda c, s, t, a: a * adaptive_instance_norm(c, s, alpha=a) + (1 - a) * c), "alpha_twice"),
        (stylise_from(lambda c, s, t, a: a * t), "alpha_scales"),
        (stylise_from(lambda c, s, t, a: a * t + c), "alpha_adds"),
        (stylise_same_size, "other_size"),
        (stylise_from(lambda c, s, t, a: a * t + (1 - a) * s), "style_features"),
        (stylise_from_pictures(lambda e, d, c, s, full, a: d(a * e(full) + (1 - a) * e(c))), "wrong_value"),
        (lambda encode, decode, c, s, a: stylise_solution(encode, decode, c, s, 0.3), "wrong_value"),
        (stylise_from(lambda c, s, t, a: adaptive_instance_norm(c, s[:1], alpha=a)), "wrong_value"),
    ],
)
