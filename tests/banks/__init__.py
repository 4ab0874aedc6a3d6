"""Banks of right and wrong answers, one file a lesson: ``BANK = {exercise: Bank(...)}``, run by test_banks.py."""

from dataclasses import dataclass
from typing import Any

from ganlab.checks.ladder import Ladder


@dataclass(frozen=True)
class Bank:
    """Answers to one exercise: at least three right ones, at least five wrong ones with the rung that names each."""

    check: Ladder
    right: list[Any]
    wrong: list[tuple[Any, str]]
