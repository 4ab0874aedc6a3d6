"""The process that a person starts: it starts the server, and starts it again should it die."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

WATCHED = "GANLAB_STUDIO_WATCHED"  # in the environment of the server: the token, which stays the same all the time
DIED = 70  # what a server ends with that could not go on (EX_SOFTWARE of sysexits.h)
MOST, WITHIN = 5, 60.0  # times that it is started again, within as many seconds; more often is no accident


def watch(command: Sequence[str], again: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> int:
    """Run ``command`` until it ends by itself, and start it again, with ``again`` added, when it dies.

    Ctrl-C reaches both of us, and SIGTERM is handed on; either way the server ends in good order, and we with it.

    Returns
    -------
    int
        What the command ended with.
    """
    env = {**(os.environ if environment is None else environment), WATCHED: secrets.token_urlsafe(16)}
    stopped, died = False, deque[float](maxlen=MOST + 1)
    running: subprocess.Popen[bytes] | None = None

    def stop(*_: Any) -> None:
        nonlocal stopped
        stopped = True
        if running is not None:
            running.terminate()

    before = signal.signal(signal.SIGTERM, stop), signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while not stopped:
            # Ctrl-C is ignored here only.
            running = subprocess.Popen([*command, *(again if died else ())], env=env, preexec_fn=_heed_interrupts)
            if stopped:
                running.terminate()
            code = running.wait()
            if stopped or not (code < 0 or code == DIED):
                return code
            died.append(time.monotonic())
            if len(died) > MOST and died[-1] - died[0] < WITHIN:
                print("The studio's server dies again and again, so it is not started any more.", flush=True)
                return DIED
            print("The studio's server has died. It is being started again ...", flush=True)
        return 0
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
