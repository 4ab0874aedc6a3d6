"""A worker without a sandbox, for tests of what travels: it can import the tests, and starts at once.

Each is a copy of one process that has imported PyTorch already. (Copies of the test process itself would not do: after
its first backward pass PyTorch refuses one in a copy.)
"""

import multiprocessing
import os
import sys
from multiprocessing.reduction import DupFd
from pathlib import Path

from ganlab_grade.channel import Channel
from ganlab_grade.remote import Session

ROOT = Path(__file__).resolve().parents[3]


def serve(source: DupFd, sink: DupFd) -> None:
    """In the new process: be a worker."""
    sys.path.insert(0, str(ROOT))
    source, sink = source.detach(), sink.detach()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    import torch

    torch.set_num_threads(1)
    from ganlab_grade.inside.worker import Worker

    try:
        Worker(source, sink).serve()
    finally:
        os._exit(1)


class Copy:
    """What `Channel` needs of a `subprocess.Popen`."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, "ganlab_grade.inside.worker", "torch.optim", "torch._dynamo"])
        there, here = os.pipe(), os.pipe()
        self.process = context.Process(target=serve, args=(DupFd(there[0]), DupFd(here[1])), daemon=True)
        self.process.start()
        os.close(there[0]), os.close(here[1])
        self.stdin, self.stdout = os.fdopen(there[1], "wb", buffering=0), os.fdopen(here[0], "rb", buffering=0)

    def poll(self) -> int | None:
        return self.process.exitcode


def ended(copy: Copy) -> str:
    copy.process.kill()
    copy.process.join()
    return "died"


def session(seconds: float = 20.0) -> Session:
    return Session(Channel(Copy(), ended), seconds=seconds)
