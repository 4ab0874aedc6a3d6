# The first cell of a lesson under test: nobody reaches the network, every check's verdict is kept, and after a solution
# the kernel goes back to where a learner is who has not solved the exercise. `notebook_runner` puts it there.


class _Watch:
    """What goes on in the kernel while a lesson runs."""

    def __init__(self):
        import re
        import sys

        from ganlab.checks.ladder import Ladder

        self.attempts, self.verdicts, self.changed, self.solved = [], [], [], False
        self.command = re.compile(r"\b(curl|wget|pip|git|conda)\b")
        # IPython's memory of inputs and outputs, and Python's own names, go on by themselves.
        self.history = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_(ih|oh|dh|exit_code)|In|Out|__\w+__")
        call = Ladder.__call__

        def recorded(ladder, answer):
            result = call(ladder, answer)
            self.verdicts.append((self.solved, ladder.exercise, result.rung, result.score))
            return result

        Ladder.__call__ = recorded
        # An audit hook cannot be taken off again and sees every Python socket; the kernel's own channels are ZeroMQ's
        # and do not pass through it.
        sys.addaudithook(self.refuse_the_network)

    def refuse_the_network(self, event, args):
        """Keep what was tried, and say no: a cell that catches the error is found out at the end."""
        if event == "socket.connect" or event == "socket.sendto":
            address = args[1]
            # A path is a socket on this machine.
            host = address[0] if isinstance(address, tuple) else None
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            host = args[0]
        elif event in ("subprocess.Popen", "os.system"):
            command = str(args[0]) + str(args[1:2])
            host = command if self.command.search(command) else None
        else:
            return
        host = host.decode() if isinstance(host, bytes) else host
        if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"):
            self.attempts.append(f"{event} {host}")
            raise OSError(f"the network is switched off in this test: {event} {host}")

    def names(self):
        """What the lesson has given a name so far."""
        return {name: value for name, value in get_ipython().user_ns.items() if not self.history.fullmatch(name)}

    def begin_solution(self):
        """Keep where the learner is: names, the contents of what they name, and the states of chance."""
        import random

        import numpy as np
        import torch

        self.before = self.names()
        self.contents = {name: self.content(value) for name, value in self.before.items()}
        self.chance = random.getstate(), np.random.get_state(), torch.get_rng_state()
        self.solved = True

    def end_solution(self):
        """Go back there: later cells find what they would find in a notebook that nobody has solved."""
        import random

        import numpy as np
        import torch

        for name, content in self.contents.items():
            if self.content(self.before[name]) != content:
                self.changed.append(name)
        space = get_ipython().user_ns
        for name in set(self.names()) - set(self.before):
            del space[name]
        space.update(self.before)
        random.setstate(self.chance[0])
        np.random.set_state(self.chance[1])
        torch.set_rng_state(self.chance[2])
        self.solved = False

    def content(self, value, depth=4):
        """Something that differs if what is in ``value`` has been changed in place."""
        import zlib

        import numpy as np
        import torch

        if isinstance(value, torch.Tensor):
            flat = value.detach().cpu().flatten().clone(memory_format=torch.contiguous_format)
            return value.shape, zlib.crc32(flat.view(torch.uint8).numpy()) if len(flat) else 0
        if isinstance(value, np.ndarray):
            return value.shape, zlib.crc32(np.ascontiguousarray(value).tobytes())
        if isinstance(value, torch.nn.Module):
            return value.training, self.content(value.state_dict(), depth)
        if isinstance(value, int | float | str):
            return value
        if not depth:
            return id(value)
        if isinstance(value, dict):
            return [(self.content(key, 0), self.content(item, depth - 1)) for key, item in value.items()]
        if isinstance(value, list | tuple):
            return [self.content(item, depth - 1) for item in value]
        if type(value).__module__ == "__main__" and value is not self and hasattr(value, "__dict__"):
            return self.content(vars(value), depth - 1)
        return set(value) if isinstance(value, set) else id(value)

    def verdict(self, *, unsolved, solved):
        """Fail the last cell if something was tried in secret, changed by a solution, or not marked as it should be.

        ``unsolved`` and ``solved`` are how many checks have to have said "missing", and "passed".
        """
        wrong = [f"tried: {attempt}" for attempt in self.attempts]
        wrong += [f"a solution has changed {name!r}, which the lesson made, in place" for name in self.changed]
        for phase, count, wanted in ((False, unsolved, ("missing", 0.0)), (True, solved, ("passed", 1.0))):
            found = [verdict[1:] for verdict in self.verdicts if verdict[0] is phase]
            word = "with their solutions" if phase else "unsolved"
            if len(found) < count:
                wrong.append(f"{len(found)} checks ran {word}, expected {count}")
            wrong += [
                f"{name} {word}: {verdict}, expected {wanted}" for name, *verdict in found if (*verdict,) != wanted
            ]
        if unsolved and solved:
            once, twice = (sorted(v[1] for v in self.verdicts if v[0] is phase) for phase in (False, True))
            if once != twice:
                wrong.append(f"checked unsolved: {once}; with their solutions: {twice}")
        assert not wrong, "\n".join(wrong)


_watch = _Watch()
