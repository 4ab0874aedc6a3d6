"""Lesson 03, exercise 6: what the local discriminator may see."""

from __future__ import annotations

from typing import Any

from ganlab.checks.attempt import Attempt, close
from ganlab.checks.ladder import Ladder, returns, rung, value
from ganlab.checks.rungs import gradient, keeps_tensors, pair, unlike, unlike_all
from ganlab.inpainting.checks.holes import example_masks, example_values, filled_hole


def _judge_case() -> tuple[Any, ...]:
    return example_values(7, 3, 3, 4, 5), example_values(8, 3, 3, 4, 5), example_masks()


def _gradient_arrives(f: Attempt) -> bool:
    real, filling, mask = _judge_case()
    return bool(gradient(lambda fake: f(real, fake, mask)[1], filling).any())


def _same_gradient(f: Attempt) -> bool:
    """Whether each missing pixel of the filling, and no other, is corrected as the judge asks."""
    real, filling, mask = _judge_case()
    wish = example_values(9, *filling.shape)
    return close(gradient(lambda fake: f(real, fake, mask)[1] * wish, filling), wish * mask)


def _hidden(f: Attempt) -> bool:
    known = (f.arguments[2] == 0).expand_as(f.arguments[0])
    return not any(bool(part[known].any()) for part in f.result)


judge_inputs = Ladder(
    "judge_inputs",
    example=_judge_case,
    rungs=[
        returns(tuple, list, hint="return the two pictures separated by a comma"),
        pair("expected two tensors of the shape of `real`: first the real one, then the fake",
             lambda real, filling, mask: real.shape),
        keeps_tensors("your function changes an argument in place, which other parts of the loss still need"),
        unlike("order", lambda r, g, m: (g * m, r * m), "real comes before fake"),
        unlike("nothing_hidden", lambda r, g, m: (r, g), "nothing is hidden: both show what the other does not have"),
        unlike("no_filling", lambda r, g, m: (r * m, r * m), "both are the real picture; `filling` has no effect"),
        unlike("seam", lambda r, g, m: (r, filled_hole(r, g, m)),
               "the filling meets real pixels, and the seam at the border of the hole gives the fake away"),
        unlike("only_fake_masked", lambda r, g, m: (r, g * m),
               "only the fake has zeros: where they are tells fake from real, whatever the filling looks like"),
        unlike_all("only_real_masked", [lambda r, g, m: (r * m, g), lambda r, g, m: (r * m, filled_hole(r, g, m))],
                   "only the real picture has zeros: where they are tells real from fake, whatever the filling is"),
        unlike_all("inverted", [lambda r, g, m: (r * (1 - m), g * (1 - m)), lambda r, g, m: (r * (1 - m),) * 2],
                   "this shows the known pixels and hides the hole; the hole is what is to be judged"),
        rung("hidden", _hidden, "where a pixel is known, both pictures should be 0"),
        rung("detach", _gradient_arrives,
             "no gradient reaches `filling` through the fake: a generator could learn nothing from this judge"),
        value(lambda r, g, m: (r * m, g * m)),
        rung("gradient", _same_gradient,
             "both pictures are right, but not every pixel in the holes passes its gradient on to `filling`: some "
             "pictures or channels were cut off from the graph"),
    ],
    praise="the same zeros in both: all that is left to judge is what the hole is filled with",
)  # fmt: skip
