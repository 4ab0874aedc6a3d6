"""Where and how a lesson runs: the device, the profile with its budgets, the seeds, the arithmetic.

A lesson calls :func:`setup` once and hands the returned :class:`Lab` to whatever needs a device, a budget or a
random generator. Nothing here is global state except what PyTorch itself keeps (its seeds).
"""

from __future__ import annotations

import difflib
import math
import operator
import os
import platform
import random
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch

PROFILES = ("smoke", "cpu", "gpu")
T = TypeVar("T")


@dataclass(frozen=True)
class Lab:
    """The conditions a lesson runs under, as returned by :func:`setup`.

    Attributes
    ----------
    device : torch.device
        Where models and batches live.
    profile : str
        ``"smoke"`` (seconds a lesson, for tests), ``"cpu"`` (a laptop, minutes) or ``"gpu"``.
    seed : int
        The seed everything was seeded with.
    amp_dtype : torch.dtype or None
        ``torch.bfloat16`` where mixed precision makes this machine faster, otherwise None (plain float32).
    """

    device: torch.device
    profile: str
    seed: int
    amp_dtype: torch.dtype | None = None

    def budget(self, *, smoke: T, cpu: T, gpu: T) -> T:
        """Pick the value of the running profile: ``steps = lab.budget(smoke=20, cpu=1500, gpu=20_000)``."""
        return {"smoke": smoke, "cpu": cpu, "gpu": gpu}[self.profile]

    def autocast(self) -> AbstractContextManager[object]:
        """Context for forward passes: bfloat16 autocast where that is faster here, otherwise nothing."""
        if self.amp_dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.amp_dtype)

    def generator(self, offset: int = 0) -> torch.Generator:
        """A fresh CPU random generator seeded ``seed + offset``: independent of every other consumer."""
        return torch.Generator().manual_seed(self.seed + offset)


def pick_device(name: str | None = None) -> torch.device:
    """Choose the device: ``name``, else the environment's ``GANLAB_DEVICE``, else CUDA, else the CPU.

    Apple's MPS is used only when asked for: some operations there differ from the CPU in the last digits or
    are missing, and the course promises the same numbers twice.

    Raises
    ------
    ValueError
        If the device is unknown to PyTorch or absent from this machine.
    """
    wanted = name or os.environ.get("GANLAB_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise ValueError(f"GANLAB_DEVICE: expected 'cpu', 'cuda' or 'mps', got {wanted!r}") from error
    absent = (device.type == "cuda" and not torch.cuda.is_available()) or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if absent:
        raise ValueError(
            f"the device {wanted!r} was asked for, but PyTorch sees none on this machine; "
            "unset GANLAB_DEVICE to run on the CPU"
        )
    return device


def pick_profile(device: torch.device, name: str | None = None) -> str:
    """Choose the profile: ``name``, else ``GANLAB_PROFILE``, else ``gpu`` on an accelerator and ``cpu`` without.

    Raises
    ------
    ValueError
        If the name is not one of ``smoke``, ``cpu`` and ``gpu``.
    """
    wanted = name or os.environ.get("GANLAB_PROFILE") or ("cpu" if device.type == "cpu" else "gpu")
    if wanted not in PROFILES:
        raise ValueError(f"GANLAB_PROFILE: expected one of {', '.join(PROFILES)}, got {wanted!r}")
    return wanted


def mixed_precision_dtype(device: torch.device) -> torch.dtype | None:
    """bfloat16 where it is faster than float32, None elsewhere.

    On a CPU this needs native bfloat16 multiply-add (AVX512-BF16 or AMX): without it bfloat16 is emulated and
    was measured 2.5 to 16 times *slower* than float32. On CUDA it needs compute capability 8.0 (Ampere).
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else None
    if device.type == "cpu":
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return torch.bfloat16 if native else None
    return None


def limit_threads() -> None:
    """Let PyTorch use half of the logical processors, at least one; leave it alone if ``OMP_NUM_THREADS`` is set.

    The lessons' networks are small: measured on two busy virtual processors, a DCGAN step took six times *longer*
    with two threads than with one, because each waits, spinning, for the other to be scheduled. Half the processors
    is what there are in real cores, and leaves room for the browser that shows the lesson.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))


# Torch's generators take what has 64 bits, with or without a sign.
SEEDS = (-(2**63), 2**64 - 1)
# More pictures or points at once than any lesson draws; beyond it a count is a mistake and would take all the memory.
MOST_AT_ONCE = 10_000_000
# More pixels a side than any picture here has; beyond it a size is a mistake, and would ask for all the memory.
MOST_PIXELS = 16_384


def as_integer(name: str, value: Any, *, least: int | None = None, most: int | None = None) -> int:
    """``value`` as a Python int, of whatever type of integers it is: NumPy's and PyTorch's count too, True does not.

    Parameters
    ----------
    name : str
        Which argument is meant, for the message: ``"folder: size"``.
    value : Any
        What was given.
    least, most : int, optional
        The smallest and the largest that will do.

    Raises
    ------
    TypeError, ValueError
        If it is no integer; below ``least`` or above ``most``.
    """
    try:
        if isinstance(value, bool) or getattr(value, "dtype", None) in (torch.bool, np.dtype(bool)):
            raise TypeError
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name}: expected an integer, got {said(value)}") from error
    _in_range(name, number, least, most)
    return number


def as_number(name: str, value: Any, *, least: float | None = None, most: float | None = None) -> float:
    """``value`` as a finite Python float, of whatever type of numbers it is.

    Arguments as of :func:`as_integer`.

    Raises
    ------
    TypeError, ValueError
        If it is no number; not finite, below ``least`` or above ``most``.
    """
    expected = f"{name}: expected a number from {least:g} to {most:g}" if None not in (least, most) else ""
    expected = expected or f"{name}: expected a finite number{'' if least is None else f' of at least {least:g}'}"
    try:
        if isinstance(value, bool | str | bytes) or tuple(getattr(value, "shape", ())):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{expected}, got {said(value)}") from None
    low, high = -math.inf if least is None else least, math.inf if most is None else most
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError(
            f"{expected}{'' if math.isinf(high) or least is not None else f' of at most {most:g}'}, got {number:g}"
        )
    return number


def as_count(name: str, value: Any, *, least: int = 1) -> int:
    """How many things to make at once, from ``least`` to ``MOST_AT_ONCE``; errors as of :func:`as_integer`."""
    return as_integer(name, value, least=least, most=MOST_AT_ONCE)


def as_size(name: str, value: Any, *, least: int = 1) -> int:
    """Pixels of a side, from ``least`` to ``MOST_PIXELS``; errors as of :func:`as_integer`."""
    number = as_integer(name, value)
    _in_range(name, number, least, MOST_PIXELS, " pixels")
    return number


def as_seed(name: str, value: Any) -> int:
    """A seed that torch's generators take: an integer of at most 64 bits; errors as of :func:`as_integer`."""
    number = as_integer(name, value)
    if not SEEDS[0] <= number <= SEEDS[1]:
        raise ValueError(f"{name}: expected an integer of at most 64 bits, got {number}")
    return number


def _in_range(name: str, number: float, least: float | None, most: float | None, unit: str = "") -> None:
    if least is not None and number < least:
        raise ValueError(f"{name}: expected at least {least}{unit}, got {number}")
    if most is not None and number > most:
        raise ValueError(f"{name}: expected at most {most}{unit}, got {number}")


def said(value: Any, longest: int = 60) -> str:
    """What was given, as a message can show it: one line, bounded; of arrays and pictures the kind."""
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    try:
        return tame(repr(value), longest)
    # A repr of somebody's own may do anything.
    except Exception:
        return type(value).__name__


def tame(text: Any, length: int = 60) -> str:
    """What a file or a person says, fit for a message: in one line, not long, nothing that would steer a terminal."""
    text = str(text)
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:length])
    return shown if len(text) <= length else f"{shown[:length]}..."


def _for_everything(seed: Any) -> int:
    """A seed that NumPy's old generator takes, too."""
    try:
        return as_integer("seed", seed, least=0, most=2**32 - 1)
    except (TypeError, ValueError):
        raise ValueError(f"seed: expected an integer from 0 to 2**32 - 1, got {said(seed)}") from None


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's (the legacy global one) and PyTorch's generators, on every device.

    Raises
    ------
    ValueError
        If the seed is not an integer in [0, 2**32 - 1], the range NumPy accepts.
    """
    seed = _for_everything(seed)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  libraries a learner adds may still draw from the global generator
    torch.manual_seed(seed)


def setup(seed: int = 0, *, device: str | None = None, profile: str | None = None) -> Lab:
    """Prepare a lesson: choose device and profile, seed everything, print one line, return the :class:`Lab`.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1. The same seed on the same machine's CPU gives bitwise the same losses.
    device, profile : str, optional
        Override the choice; the environment's ``GANLAB_DEVICE`` and ``GANLAB_PROFILE`` do the same from outside.

    Raises
    ------
    ValueError
        If the seed, the device or the profile is not one there is.
    """
    chosen, seed = pick_device(device), _for_everything(seed)
    lab = Lab(chosen, pick_profile(chosen, profile), seed, mixed_precision_dtype(chosen))
    seed_everything(seed)
    if chosen.type == "cpu":
        limit_threads()
    # cuDNN may pick another algorithm, with other rounding, on each run; the course prefers the same numbers twice.
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    if chosen.type == "cuda":
        hardware = torch.cuda.get_device_name(chosen)
    else:
        threads = torch.get_num_threads()
        hardware = f"{threads} thread{'s' if threads > 1 else ''}"
    arithmetic = "bfloat16 mixed precision" if lab.amp_dtype is not None else "float32"
    from ganlab import __version__

    print(
        f"ganlab {__version__} on {lab.device} ({hardware}, {arithmetic}), profile {lab.profile}, seed {seed}, "
        f"PyTorch {torch.__version__.split('+')[0]}, Python {platform.python_version()}"
    )
    return lab


def there_are(name: object, known: Sequence[str]) -> str:
    """The second half of a refusal: the nearest of the known names, if one is near, and all of them."""
    near = difflib.get_close_matches(str(name).lower(), known, n=1)
    return (f"did you mean {near[0]!r}? " if near else "") + f"There are: {', '.join(known) or 'none'}"
