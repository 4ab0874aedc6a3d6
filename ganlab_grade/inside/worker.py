"""Inside the sandbox: runs a submission's cells and calls its answers, as the marking process asks.

Nothing here decides anything. Whatever the submission does to this process, the other side only ever sees values,
and judges them itself. Requests and replies are frames (:mod:`ganlab_grade.inside.wire`) over what were standard
input and output; the submission's own output goes nowhere.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ganlab.checks.attempt import CHECK_SEED, MISSING, stopped_by
from ganlab_grade.inside.arguments import own_parts, unpack
from ganlab_grade.inside.changes import changes, remember
from ganlab_grade.inside.shell import environment, new_shell, run_cell
from ganlab_grade.inside.wire import Reader, Writer, frame, parse

KEEP_CALLS = 64  # results whose gradients may still be asked for


class Worker:
    """Serves requests from ``source`` to ``sink`` (file descriptors) until they end."""

    def __init__(self, source: int, sink: int) -> None:
        self.source, self.sink = source, sink
        self.answers: dict[str, Any] = {}
        # The notebook's names as they were when an answer was asked for, and how many cells had run by then.
        self.names: dict[str, tuple[int, dict[str, Any]]] = {}
        self.cells = 0
        self.results: dict[int, tuple[list[torch.Tensor], dict[int, torch.Tensor]]] = {}
        self.shell = new_shell()

    def serve(self) -> None:
        """Answer until the other side closes."""
        while True:
            try:
                head, buffers = parse(self._read)
            except EOFError:
                return
            reply, data = getattr(self, f"do_{head['do']}")(head, buffers)
            self._write(frame(reply, data))

    def do_run(self, head: dict[str, Any], buffers: list[memoryview]) -> tuple[dict[str, Any], list[bytes]]:
        """Run one cell; say what stopped it, if anything did, and what was left out."""
        self.cells += 1
        error = run_cell(self.shell, head["source"])
        return {"error": _sentence(error), "left_out": self.shell.left_out}, []

    def do_answer(self, head: dict[str, Any], buffers: list[memoryview]) -> tuple[dict[str, Any], list[bytes]]:
        """What stands under a name: nothing, something that can be called, or a value."""
        name = head["name"]
        if name not in self.shell.user_ns:
            return {"kind": "undefined"}, []
        found = self.answers[name] = self.shell.user_ns[name]
        self.names[name] = self.cells, dict(self.shell.user_ns)
        random.seed(CHECK_SEED)
        np.random.seed(CHECK_SEED)  # noqa: NPY002  the global generator is the one that answers may draw from
        if found is not None and found is not ... and callable(found):
            return {"kind": "callable"}, []
        writer = Writer()
        return {"kind": "value", "value": writer.tree(found)}, writer.buffers

    def do_call(self, head: dict[str, Any], buffers: list[memoryview]) -> tuple[dict[str, Any], list[bytes]]:
        """Call an answer; return its value or what stopped it, and what it did to its arguments."""
        reader = Reader(buffers)
        slots = []
        for number, (tensor, grad) in enumerate(head["tensors"]):
            made = reader.value(tensor)
            slots.append((made.requires_grad_(number in head["needing"]), reader.value(grad)))
        (args, kwargs), tensors = unpack(bytes(buffers[head["arguments"]]), slots)
        parts = own_parts((*args, *kwargs.values()))
        before = remember(parts)
        torch.set_rng_state(reader.value(head["random"]))
        answer = self.answers[head["name"]]
        writer = Writer(parts.objects)
        reply: dict[str, Any] = {}
        dtype = torch.get_default_dtype()
        torch.set_default_dtype(getattr(torch, head["dtype"]))
        try:
            with _mode(head["mode"]), self._as_then(head["name"]):
                value = answer(*args, **kwargs)
            reply["value"] = writer.tree(value)
        except BaseException as error:  # SystemExit and KeyboardInterrupt among them: the answer's, not ours
            reply = {"stopped": _stopped(error, answer), "environment": environment(error, self.shell.gone)}
        finally:
            torch.set_default_dtype(dtype)
        self.results[head["call"]] = writer.tensors, {number: tensors[number] for number in head["needing"]}
        self.results.pop(head["call"] - KEEP_CALLS, None)
        reply |= changes(writer, parts, before)
        reply["random"] = writer.tree(torch.get_rng_state())
        return reply, writer.buffers

    @contextlib.contextmanager
    def _as_then(self, name: str) -> Iterator[None]:
        """Give an answer the helpers it had where its check stands: a later exercise may have taken their names."""
        cells, names = self.names[name]
        if cells == self.cells:
            yield
            return
        now, current = self.shell.user_ns, dict(self.shell.user_ns)
        now.clear()
        now.update(names)
        try:
            yield
        finally:
            self.names[name] = cells, dict(now)
            now.clear()
            now.update(current)

    def do_gradients(self, head: dict[str, Any], buffers: list[memoryview]) -> tuple[dict[str, Any], list[bytes]]:
        """Gradients of an earlier call's results for its arguments (a vector-Jacobian product)."""
        reader, writer = Reader(buffers), Writer()
        made, inputs = self.results[head["call"]]
        outputs = [(made[number], reader.value(tree)) for number, tree in head["outputs"]]
        wanted = [inputs[number] for number in head["inputs"]]
        frozen = [tensor for tensor in wanted if tensor.is_leaf and not tensor.requires_grad]
        try:
            for tensor in frozen:  # by the answer, after it had used them: the graph still leads there
                tensor.requires_grad_(True)
            found = torch.autograd.grad(
                [output for output, _ in outputs], wanted, [grad for _, grad in outputs], retain_graph=True,
                allow_unused=True,
            )  # fmt: skip
        except Exception as error:
            return {"stopped": ["error", _sentence(error)]}, []
        finally:
            for tensor in frozen:
                tensor.requires_grad_(False)
        return {"gradients": [writer.tree(gradient) for gradient in found]}, writer.buffers

    def _read(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            got = os.read(self.source, min(count - len(parts), 1 << 20))
            if not got:
                raise EOFError
            parts += got
        return bytes(parts)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.sink, view) :]


@contextlib.contextmanager
def _mode(name: str) -> Iterator[None]:
    with {"grad": torch.enable_grad, "no_grad": torch.no_grad, "inference": torch.inference_mode}[name]():
        yield


def _stopped(error: BaseException, answer: Any) -> list[str]:
    try:
        stopped = stopped_by(error, answer)
        return [str(stopped.rung), str(stopped)[:500]]
    except BaseException:  # an exception whose own text raises
        return ["error", f"your code stopped with {type(error).__name__}"]


def _sentence(error: BaseException | None) -> str:
    if error is None:
        return ""
    if isinstance(error, NotImplementedError):
        return MISSING
    try:
        text = (str(error).strip().splitlines() or [""])[0]
    except BaseException:
        text = ""
    return f"{type(error).__name__}{': ' + text[:160] if text else ''}"


def main() -> None:
    """Take standard input and output for the requests, send the submission's own nowhere, lock down, serve."""
    from ganlab_grade.inside.seccomp import lock_down

    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sys.stdin, sys.stdout, sys.stderr = (open(os.devnull, mode) for mode in ("r", "w", "w"))  # noqa: SIM115
    torch.set_num_threads(1)
    worker = Worker(source, sink)
    lock_down()
    worker.serve()


if __name__ == "__main__":
    main()
