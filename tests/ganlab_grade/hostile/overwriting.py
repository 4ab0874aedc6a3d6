"""Answers that overwrite their arguments, so that what is expected, if it were computed afterwards, would be theirs."""

from tests.ganlab_grade.hostile.case import Case, hostile

OVERWRITES = """
import torch, numpy


def overwrite(value, depth=0):
    if isinstance(value, torch.Tensor):
        value.data.fill_(FILL)
        value.grad = None
    elif isinstance(value, numpy.ndarray):
        value.fill(FILL)
    elif isinstance(value, torch.nn.Module):
        for weight in value.parameters():
            overwrite(weight)
    elif isinstance(value, dict):
        for item in value.values():
            overwrite(item)
    elif isinstance(value, list):
        value[:] = [type(one)(FILL) if type(one) in (int, float) else one for one in value]
        for item in value:
            overwrite(item)
"""
# Worth the first rungs at the most: some ladders have one for arguments that were changed, and say so.
HONEST = "def NAME(*args, **kwargs):\n    tensors = [one for one in args if isinstance(one, torch.Tensor)]\n"
SAME = HONEST + "    return torch.full_like(tensors[0], FILL) if tensors else FILL"


def _constant(fill: str) -> str:
    return SAME.replace("FILL", fill)


def _overwriting(case: Case, fill: str) -> object:
    answer = _constant(fill).replace(
        "    tensors =", "    overwrite((args, kwargs)) or [overwrite(one) for one in args]\n    tensors ="
    )
    return case.answered(OVERWRITES.replace("FILL", fill) + "\n\n" + answer)


@hostile(share=None, at_most=0.45)
def overwrites_with_zeros(case: Case) -> object:
    """Fills its arguments with zeros and returns zeros."""
    return _overwriting(case, "0.0")


@hostile(share=None, at_most=0.45)
def overwrites_with_halves(case: Case) -> object:
    """Fills its arguments with 0.5 and returns 0.5."""
    return _overwriting(case, "0.5")


@hostile(share=None, at_most=0.45)
def overwrites_with_nothing(case: Case) -> object:
    """Fills its arguments with nan and returns nan: equal to itself for who compares carelessly."""
    return _overwriting(case, "float('nan')")


@hostile(share=1.0)
def works_in_place(case: Case) -> object:
    """Right, and afterwards its arguments are gone: no hidden test may need them. (The ladder may.)"""
    return case.answered(
        f"{OVERWRITES.replace('FILL', '0')}\n\n{case.solution}\n\n\nright = NAME\n\n\ndef NAME(*args, **kwargs):\n"
        "    made = right(*[one.clone() if isinstance(one, torch.Tensor) else one for one in args], **kwargs)\n"
        "    overwrite([one for one in args if isinstance(one, dict)])\n    return made"
    )
