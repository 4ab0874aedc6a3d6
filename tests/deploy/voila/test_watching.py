"""A server that dies is started again; one that ends, or cannot begin, is not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.voila.watching import DIED, MOST, WATCHED, watch

ROOT = Path(__file__).resolve().parents[3]
# It writes down how it was called, and does as the number of its calls says.
STUB = """
import os, signal, sys
with open(sys.argv[1], "a") as notes:
    notes.write(f"{os.environ['WATCHED']} {sys.argv[3:]}\\n")
called = sum(1 for _ in open(sys.argv[1]))
how = sys.argv[2].split(",")[min(called, len(sys.argv[2].split(","))) - 1]
os.kill(os.getpid(), int(how[1:])) if how[0] == "k" else sys.exit(int(how))
""".replace("WATCHED", WATCHED)


@pytest.mark.parametrize(("ends", "calls", "code"), [
    ("0", 1, 0), ("1", 1, 1), ("2", 1, 2), ("k9,0", 2, 0), ("k11,k6,0", 3, 0), (f"{DIED},1", 2, 1), ("k9", MOST + 1, DIED),
])  # fmt: skip
def test_what_has_died_is_started_again(tmp_path, ends, calls, code):
    notes = tmp_path / "notes"
    assert watch([sys.executable, "-c", STUB, str(notes), ends], again=["--no-browser"]) == code
    lines = notes.read_text().splitlines()
    assert len(lines) == calls
    assert len({line.split()[0] for line in lines}) == 1, "the token stays the same, and so do people's addresses"
    assert ["--no-browser" in line for line in lines] == [False] + [True] * (calls - 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_it_ends_the_server(tmp_path, number):
    child = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "try:\n    print('here', flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    sys.exit(0)\n"
    )
    script = (
        f"import sys; from deploy.voila.watching import watch; sys.exit(watch([sys.executable, '-c', {child!r}]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout.readline() == "here\n"
        # A terminal sends Ctrl-C to all of a group, an init system sends SIGTERM to the first process.
        os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stdout.read() == ""


@pytest.mark.thorough(when=["deploy/voila/*"])
@pytest.mark.timeout(300)
def test_a_studio_that_is_killed_serves_again(studio):
    from urllib.request import urlopen

    first = studio.server()
    first.kill()
    until = time.monotonic() + 120
    while True:
        try:
            with urlopen(studio.address + "/login", timeout=20):
                break
        # 404 is an answer.
        except OSError as error:
            if getattr(error, "code", None) == 404:
                break
            assert time.monotonic() < until, "nobody has started it again"
            time.sleep(0.2)
    assert studio.server() != first
