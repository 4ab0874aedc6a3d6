"""Programs in the sandbox of this machine, for tests; where there is none, they skip and say why."""

import functools
import json
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ganlab_grade.box import Limits, Sandbox, find_sandbox, stop
from ganlab_grade.course import GradingError

ROOT = Path(__file__).resolve().parents[3]
# Every program begins as the worker does; `say` writes one JSON value a line, `error_of` names what stopped a call.
START = """
from ganlab_grade.inside.seccomp import lock_down
lock_down()
import json, os, sys
def say(value):
    print(json.dumps(value), flush=True)
def error_of(action, *args, **options):
    try:
        action(*args, **options)
    except BaseException as error:
        return type(error).__name__
    return ""
"""


class Ended(NamedTuple):
    said: list[Any]
    how: str
    code: int


@functools.cache
def _this_machines() -> Sandbox | str:
    try:
        return find_sandbox()
    except GradingError as error:
        return str(error)


def this_machines_sandbox() -> Sandbox:
    found = _this_machines()
    if isinstance(found, str):
        pytest.skip(found)
    return found


def start(program: str, sandbox: Sandbox | None = None, *, env: dict[str, str] | None = None, **limits: int):
    sandbox = sandbox or this_machines_sandbox()
    return sandbox.start(["-c", START + textwrap.dedent(program)], Limits(**limits), env=env)


def run(program: str, sandbox: Sandbox | None = None, *, env: dict[str, str] | None = None, **limits: int) -> Ended:
    """Run a program to its end."""
    process = start(program, sandbox, env=env, **limits)
    said = process.stdout.read().decode()
    how = stop(process)
    return Ended([json.loads(line) for line in said.splitlines()], how, process.returncode)
