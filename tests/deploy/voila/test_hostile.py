"""What nobody should send: broken requests, broken messages. Nothing ends, nobody else notices, nothing is told."""

import asyncio
import contextlib
import json
import random
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from tornado.websocket import WebSocketClosedError

from tests.deploy.voila.conftest import ROOT
from tests.deploy.voila.malformed import message, request
from tests.suite.thorough import everything

REQUESTS = 20_000 if everything() else 400
MESSAGES = 10_000 if everything() else 250
# Paths of the server, or the inside of a program.
TELLING = re.compile(rb"Traceback|site-packages|" + re.escape(str(ROOT)).encode())


def elsewhere(visit):
    """A browser of other tests may have an event loop of its own in this thread."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, visit).result()


def exchange(address, sent, *, end):
    """What the server answers to these bytes; it may also say nothing."""
    host, port = address.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        # A server that has read enough closes, and may do so while we still speak.
        try:
            connection.sendall(sent)
            if end:
                connection.shutdown(socket.SHUT_WR)
            else:
                connection.settimeout(0.05)
            while part := connection.recv(1 << 16):
                answer += part
        except (ConnectionError, TimeoutError):
            pass
    return answer


@pytest.mark.timeout(1800)
def test_malformed_requests_end_nothing(studio):
    from deploy.voila.visitor import Visitor

    rng = random.Random(16)

    async def attack():
        bystander, attacker = Visitor(studio.address), Visitor(studio.address)
        serving = studio.server()
        await bystander.arrive()
        face = await bystander.open("generate")
        await attacker.arrive()
        page = (await bystander.fetch("/nothing")).code
        assert page == 404
        before, answered = studio.log.stat().st_size, 0
        for number in range(REQUESTS):
            sent = request(rng, attacker.kernel, ("/voila/templates/base/static/x.css", "/voila/static/voila.js"))
            answer = await asyncio.to_thread(exchange, studio.address, sent, end=number % 4 > 0)
            answered += bool(answer)
            assert not TELLING.search(answer), sent[:300]
            assert not answer.startswith(b"HTTP/1.1 5"), (sent[:300], answer[:300])
            if number % 100 == 0:
                assert (await bystander.ask(face, action="random"))["image"], "another visitor's kernel goes on"
        assert answered > REQUESTS // 10
        assert studio.server() == serving, "it has not died and been started again"
        assert (await bystander.ask(face, action="random"))["image"]
        with studio.log.open("rb") as log:
            log.seek(before)
            assert not TELLING.search(log.read())
        for visitor in (bystander, attacker):
            await visitor.leave()

    elsewhere(attack())


@pytest.mark.timeout(1800)
def test_malformed_messages_end_nothing_and_tell_nothing(studio):
    from deploy.voila.visitor import Visitor

    rng = random.Random(61)

    async def listen(visitor, heard):
        while (said := await visitor._socket.read_message()) is not None:
            heard.append(said if isinstance(said, bytes) else said.encode())
            assert not TELLING.search(heard[-1]), heard[-1][:500]
            del heard[:-1]

    async def attack():
        bystander, attacker = Visitor(studio.address), Visitor(studio.address)
        serving = studio.server()
        await bystander.arrive()
        face = await bystander.open("generate")
        await attacker.arrive()
        models = [attacker.model, *[await attacker.open(pane) for pane in ("generate", "enlarge")]]
        before, heard = studio.log.stat().st_size, []
        ear = asyncio.ensure_future(listen(attacker, heard))
        for number in range(MESSAGES):
            if ear.done():
                ear.result()
                print("closed at", number, attacker._socket.close_code, attacker._socket.close_reason)
                await attacker.connect()
                ear = asyncio.ensure_future(listen(attacker, heard))
            # The server may close the connection over a message; it may not end the kernel.
            with contextlib.suppress(WebSocketClosedError):
                await attacker._socket.write_message(message(rng, models, number), binary=True)
            if number % 50 == 0:
                assert (await bystander.ask(face, action="random"))["image"], "another visitor's kernel goes on"
        ear.cancel()
        await asyncio.gather(ear, return_exceptions=True)
        # The attacker's own kernel is there, too, and does what it is asked.
        await attacker.connect()
        await attacker.say("kernel_info_request", {})
        while (await attacker.hear())[0] != "kernel_info_reply":
            pass
        assert (await bystander.ask(face, action="random"))["image"]
        assert studio.server() == serving, "it has not died and been started again"
        with studio.log.open("rb") as log:
            log.seek(before)
            lines = log.read()
        assert not TELLING.search(lines)
        assert all(len(line) < 700 for line in lines.splitlines())
        for visitor in (bystander, attacker):
            await visitor.leave()

    elsewhere(attack())


def test_refusals_are_short_and_tell_nothing_of_the_server(studio):
    from deploy.voila.visitor import Visitor

    async def ask():
        visitor = Visitor(studio.address)
        await visitor.arrive()
        face = await visitor.open("generate")
        before = studio.log.stat().st_size
        for path in ("/nothing", "/voila/static/x", "/api/kernels/x", f"/api/kernels/{'0' * 36}", "/voila/templates/lab/static/%00",
                     "/voila/templates/lab/static/%ff", "/%ff", "/voila/labextensions/x/y.js", "/logout"):  # fmt: skip
            answer = await visitor.fetch(path)
            assert answer.code in (400, 403, 404), (path, answer.code)
            assert len(answer.body) < 60, path
        # Each of these made Python fail in the kernel, and the page was sent the lines where.
        for state in ({"request": 5}, {"request": {}}, {"response": None}, {"layout": "IPY_MODEL_x"}):
            await visitor.say("comm_msg", {"comm_id": face, "data": {"method": "update", "state": state}})
        for content in ({}, {"comm_id": face}, {"comm_id": [1], "data": {}}, {"comm_id": face, "data": 5},
                        {"comm_id": face, "data": {"method": "update", "state": {}, "buffer_paths": [["x"]]}}):  # fmt: skip
            await visitor.say("comm_msg", content)
        await visitor.say("comm_msg", {"comm_id": "unknown", "data": {"method": "update", "state": {}}})
        await visitor.say("kernel_info_request", {})
        kinds = []
        while "kernel_info_reply" not in kinds:
            kind, content = await visitor.hear()
            kinds.append(kind)
            assert not TELLING.search(json.dumps(content).encode())
        assert not {"error", "stream", "display_data"} & set(kinds), kinds
        assert (await visitor.ask(face, action="random"))["image"]
        with studio.log.open("rb") as log:
            log.seek(before)
            lines = log.read()
        assert not TELLING.search(lines)
        await visitor.leave()

    elsewhere(ask())
