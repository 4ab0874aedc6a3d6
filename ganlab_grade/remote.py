"""Outside the sandbox: an answer that lives inside, called like a function of this process.

A check calls the answer with tensors, networks, optimisers and callbacks, looks at what comes back, at what happened
to the arguments, and at gradients. All of this works across the border::

    value = answer(network, optimizer, batch)     # copied in, run there, the value copied out
    value.backward()                              # a vector-Jacobian product, computed there
    batch.grad, next(network.parameters()).grad   # here, as if nothing had been between

The value is data (:mod:`ganlab_grade.inside.wire`): it has no code, and cannot claim to equal everything.
"""

from __future__ import annotations

import math
import time
from typing import Any

import torch

from ganlab.checks.attempt import MISSING, Attempt, Stopped
from ganlab_grade.channel import Channel, Ended
from ganlab_grade.inside.arguments import own_parts, pack
from ganlab_grade.inside.changes import apply_changes
from ganlab_grade.inside.wire import Reader, Writer

MOST_LACKING, LONGEST_LACKING = 20, 200  # notes of a cell or an answer, and characters of one


class Undefined:
    """Stands for an answer whose name the submission never defined."""


class Session:
    """One submission's process: run its cells, call its answers.

    Parameters
    ----------
    channel : Channel
        To a process that runs :mod:`ganlab_grade.inside.worker`.
    seconds : float
        For one request; the first may take ``start`` seconds more, while the process imports what it needs.
    """

    def __init__(self, channel: Channel, *, seconds: float = 20.0, start: float = 60.0) -> None:
        self.channel, self.seconds, self.calls = channel, seconds, 0
        self.until = math.inf  # on the monotonic clock: no request waits longer
        # What cells and answers needed that is not here: a package, a GPU. From the other side, so only for a person.
        self.lacking: list[str] = []
        self.ask({"do": "run", "source": "pass"}, seconds=seconds + start)

    def ask(self, head: dict[str, Any], buffers: Any = (), *, seconds: float = 0.0) -> Any:
        """One request; replies are checked where they are read, and nonsense ends the session."""
        seconds = min(seconds or self.seconds, max(0.0, self.until - time.monotonic()))
        return self.channel.ask(head, buffers, seconds=seconds)

    def run(self, source: str) -> str:
        """Run a cell; return what stopped it, "" if nothing did."""
        reply, _ = self.ask({"do": "run", "source": source})
        left_out = reply.get("left_out")
        self.note(left_out if isinstance(left_out, list) else [])
        return str(reply.get("error", ""))[:500]

    def note(self, lacking: list[Any]) -> None:
        """Keep what the other side says that it lacks, as short text."""
        room = MOST_LACKING - len(self.lacking)
        self.lacking += [str(one)[:LONGEST_LACKING] for one in lacking[: max(0, room)] if one]

    def answer(self, name: str) -> Any:
        """What the submission has under a name: a :class:`RemoteAnswer`, a plain value, or ``Undefined``."""
        reply, buffers = self.ask({"do": "answer", "name": name})
        match reply.get("kind"):
            case "undefined":
                return Undefined
            case "callable":
                return RemoteAnswer(self, name)
        return self.read(Reader(buffers), reply.get("value"))

    def read(self, reader: Reader, tree: Any) -> Any:
        """Read a value; a tree that is none ends the session."""
        try:
            return reader.value(tree)
        except Exception:
            self.channel.close()
            raise Ended("protocol", "what came back from your notebook was no answer") from None

    def close(self) -> None:
        """End the process."""
        self.channel.close()


class RemoteAnswer:
    """The answer as a function. Raises :class:`~ganlab.checks.attempt.Stopped` when it stops, and ``Ended``."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.name = session, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there, with what happens to the arguments happening here too."""
        session, writer = self.session, Writer()
        data, tensors = pack((args, kwargs))
        slots = [[writer.tree(tensor.detach()), writer.tree(_grad_of(tensor))] for tensor in tensors]
        needing = [number for number, tensor in enumerate(tensors) if tensor.requires_grad]
        random = writer.tree(torch.get_rng_state())
        session.calls += 1
        call = session.calls
        inference, grad = torch.is_inference_mode_enabled(), torch.is_grad_enabled()
        head = {
            "do": "call",
            "name": self.name,
            "call": call,
            "tensors": slots,
            "needing": needing,
            "arguments": len(writer.buffers),
            "mode": "inference" if inference else "grad" if grad else "no_grad",
            "dtype": str(torch.get_default_dtype()).removeprefix("torch."),
            "random": random,
        }
        reply, buffers = session.ask(head, [*writer.buffers, data])
        parts = own_parts((*args, *kwargs.values()))
        reader = Reader(buffers, parts.objects)
        try:
            apply_changes(reader, parts, reply)
            # Whether numbers were drawn is taken over, and not which come next: those are this side's to know.
            if not torch.equal(reader.value(reply["random"]), torch.get_rng_state()):
                torch.rand(1)
        except Exception:
            session.channel.close()
            raise Ended("protocol", "what came back from your notebook was no answer") from None
        reader.needing.clear()  # of the changes: none of them carries a graph over
        if "stopped" in reply:
            session.note([reply.get("environment")])
            raise stopped(reply["stopped"])
        value = session.read(reader, reply.get("value"))
        if not (grad and reader.needing):
            return value
        numbers = sorted(reader.needing & reader.tensors.keys())
        bridge = (session, call, numbers, needing)
        leaves = [tensors[number] for number in needing]
        # The anchor: a result may require a gradient that comes from none of the arguments.
        anchor = torch.zeros((), requires_grad=True)
        made = _Bridge.apply(bridge, [reader.tensors[number] for number in numbers], anchor, *leaves)
        replaced = {id(reader.tensors[number]): new for number, new in zip(numbers, made, strict=True)}
        return _replace(value, replaced)


class _Bridge(torch.autograd.Function):
    """Results of a call as a function of the call's arguments: the backward pass is a request."""

    @staticmethod
    def forward(ctx: Any, bridge: Any, outputs: list[torch.Tensor], *leaves: torch.Tensor) -> Any:
        ctx.bridge = bridge
        ctx.set_materialize_grads(False)
        return tuple(output.clone() for output in outputs)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor | None) -> Any:
        session, call, numbers, inputs = ctx.bridge
        writer = Writer()
        given = [[n, writer.tree(grad)] for n, grad in zip(numbers, grads, strict=True) if grad is not None]
        found: list[Any] = [None] * len(inputs)
        if given and inputs:
            head = {"do": "gradients", "call": call, "outputs": given, "inputs": inputs}
            reply, buffers = session.ask(head, writer.buffers)
            if "stopped" in reply:
                raise stopped(reply["stopped"])
            reader = Reader(buffers)
            found = [session.read(reader, tree) for tree in reply.get("gradients", [])]
            if len(found) != len(inputs):
                raise Ended("protocol", "what came back from your notebook was no answer")
        return None, None, None, *found  # bridge, outputs, anchor


class RemoteAttempt(Attempt):
    """A ladder's :class:`~ganlab.checks.attempt.Attempt` whose answer is in the sandbox."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the answer; what stopped it has been put into a sentence there."""
        if self._example is None:
            return self.result
        return self._value(self._lent(args, kwargs))


def stopped(found: Any) -> Stopped:
    """The rung and the sentence that the other side gave, if they are such."""
    rung, message = (found if isinstance(found, list) and len(found) == 2 else ("error", "your code stopped"))[:2]
    if rung == "missing":
        return Stopped("missing", MISSING)
    return Stopped("error", str(message)[:500])


def _grad_of(tensor: torch.Tensor) -> torch.Tensor | None:
    return tensor.grad if tensor.is_leaf else None


def _replace(value: Any, new: dict[int, Any]) -> Any:
    if id(value) in new:
        return new[id(value)]
    if type(value) in (tuple, list):
        return type(value)(_replace(item, new) for item in value)
    if type(value) is dict:
        return {key: _replace(item, new) for key, item in value.items()}
    return value
