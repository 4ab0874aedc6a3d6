"""The process that kernels are copied from: what it is asked, and another one when it has ended."""

import sys

import pytest

from deploy.voila.forking import LONGEST, ForkServer

# It speaks as the real one does, without copies: every kernel is itself. A question with "end" in it ends it.
STUB = """
import json, os, socket, sys
connection = socket.socket(fileno=int(sys.argv[1]))
questions = connection.makefile("rb")
connection.sendall(b"{}\\n")
for line in questions:
    if json.loads(line)["connection_file"] == "end":
        sys.exit()
    connection.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\\n")
"""


@pytest.fixture
def server():
    made = ForkServer([sys.executable, "-c", STUB])
    made.wait_until_ready()
    yield made
    made.stop()


def test_another_one_is_started_when_it_has_ended(server):
    first = server.start("kernel.json", {}).pid
    assert first == server.process.pid
    server.process.kill()
    server.process.wait(20)
    second = server.start("kernel.json", {}).pid
    assert second == server.process.pid != first


def test_a_question_that_ends_it_twice_is_given_up_and_the_next_is_answered(server):
    with pytest.raises(RuntimeError, match="ends whenever it is asked"):
        server.start("end", {})
    assert server.start("kernel.json", {}).pid == server.process.pid


def test_a_question_that_is_too_long_is_not_asked(server):
    before = server.process.pid
    for text in ("x" * LONGEST, "\\\\" * (LONGEST // 2), "\N{SNOWMAN}" * (LONGEST // 6)):
        with pytest.raises(ValueError, match="expected at most 65536 bytes to start a kernel with, got"):
            server.start("kernel.json", {"JPY_X": text})
    assert server.start("kernel.json", {}).pid == before
