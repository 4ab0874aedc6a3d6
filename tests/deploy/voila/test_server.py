"""The server lets a page do what the page needs, and nothing else; whatever is sent to it."""

import asyncio
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from tornado.websocket import WebSocketClosedError

# Every path that Voila or Jupyter's server has beyond the page, and some that nobody should have.
CLOSED = (
    "/studio.ipynb", "/voila/files/studio.ipynb", "/voila/files/server.py", "/files/studio.ipynb", "/view/studio.ipynb",
    "/voila/tree", "/tree", "/voila/render/studio.ipynb", "/nbconvert/html/studio.ipynb", "/lab", "/notebooks/studio.ipynb",
    "/api", "/api/status", "/api/contents", "/voila/api/contents", "/api/contents/studio.ipynb", "/api/terminals",
    "/terminals/websocket/1", "/api/kernels", "/api/kernelspecs", "/api/sessions", "/api/config/x", "/metrics",
    "/voila/static/../app.py", "/voila/static/..%2f..%2fapp.py", "/voila/static/%2e%2e/%2e%2e/app.py", "/static/../../etc/passwd",
    "/voila/templates/lab/static/../index.html.j2", "/voila/templates/lab/static/..%2f..%2f..%2fetc/passwd", "/voila/templates/..%2f..%2fetc/static/passwd",
    "/voila/templates/lab", "/voila/templates/lab/static/",
    "/voila/labextensions/../../../../etc/passwd", "/voila/api/themes/..%2f..%2f..%2fetc/passwd", "/etc/passwd", "//etc/passwd",
)  # fmt: skip


async def _quiet(visitor, seconds=3.0):
    """What comes while nobody answers: the kinds of the messages."""
    kinds = []
    while True:
        try:
            kinds.append((await visitor.hear(seconds))[0])
        except TimeoutError:
            return kinds


async def _send_until_closed(visitor, message):
    await visitor._socket.write_message(message, binary=True)
    while True:
        await visitor.hear(60)


@pytest.mark.timeout(900)
def test_a_page_does_what_a_page_does_and_nothing_else(served, tmp_path):
    from deploy.voila.visitor import TurnedAwayError, Visitor

    async def visit():
        visitor, second, third = (Visitor(served) for _ in range(3))
        await visitor.arrive()
        explorer = await visitor.open("generate")
        assert (await visitor.ask(explorer, action="random"))["image"].startswith("data:image/png;base64,")

        # Code is not run, by none of the ways in which the kernel's protocol could bring it there.
        proof = tmp_path / "proof"
        code = f"open({str(proof)!r}, 'w')"
        run = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {"x": code},
            "allow_stdin": False,
        }
        for channel in ("shell", "control", "stdin"):
            await visitor.say("execute_request", run, channel)
        await visitor.say("comm_open", {"comm_id": uuid.uuid4().hex, "target_name": "jupyter.widget", "data": {}})
        for kind in ("complete_request", "inspect_request", "history_request", "debug_request", "shutdown_request"):
            await visitor.say(kind, {"code": code, "cursor_pos": 3, "command": "evaluate"}, "control")
        # Broken messages do not break the connection either.
        for broken in (b"", b"\xff" * 40, b"\x01" + b"\0" * 7):
            await visitor._socket.write_message(broken, binary=True)
        await visitor._socket.write_message(json.dumps({"header": {"msg_type": "execute_request"}, "content": run}))
        kinds = await _quiet(visitor)
        assert not {"execute_reply", "complete_reply", "inspect_reply", "history_reply", "shutdown_reply"} & set(
            kinds
        ), kinds
        assert not proof.exists()
        assert (await visitor.ask(explorer, action="random"))["image"], "and the page still works"

        # The older way of writing messages is not read at all.
        await visitor.connect(subprotocols=())
        header = {
            "msg_id": "1",
            "msg_type": "execute_request",
            "session": "1",
            "username": "",
            "date": "",
            "version": "5.3",
        }
        old = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": run}
        await visitor._socket.write_message(json.dumps(old))
        assert "execute_reply" not in await _quiet(visitor)
        assert not proof.exists()

        for path in CLOSED:
            answer = await visitor.fetch(path)
            assert answer.code in (403, 404), (path, answer.code)
            assert b"root:" not in answer.body
            assert b"import" not in answer.body
        for method in ("DELETE", "PATCH"):
            body = None if method == "DELETE" else "{}"
            answer = await visitor.fetch(f"/api/kernels/{visitor.kernel}", method=method, body=body)
            assert answer.code in (403, 404, 405)

        # Another site's page, and a name made to point here, are refused.
        foreign = {"Origin": "http://elsewhere.example"}
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "eA==",
        }
        path = f"/api/kernels/{visitor.kernel}/channels"
        assert (await visitor.fetch(path, headers={**foreign, **upgrade})).code == 403
        assert (await visitor.fetch("/", headers={"Host": "elsewhere.example"})).code == 403

        # A message that is too large ends the connection, and only that.
        await visitor.connect()
        with pytest.raises((ConnectionError, WebSocketClosedError)):
            await _send_until_closed(visitor, b"\0" * (5 << 20))
        await visitor.connect()
        assert (await visitor.ask(explorer, action="random"))["image"]

        # Who comes when all places are taken is told so, and gets the place of somebody who leaves.
        await second.arrive()
        with pytest.raises(TurnedAwayError, match="2 people are in the studio at the moment"):
            await third.arrive()
        await visitor.leave()
        await third.arrive()
        explorer = await third.open("generate")
        assert (await third.ask(explorer, action="random"))["image"]
        for each in (second, third):
            await each.leave()

    # In a thread of its own: Playwright keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, visit()).result()


@pytest.mark.parametrize(
    ("ip", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("x", False),
    ],
)
def test_other_computers_need_a_token(ip, local):
    from deploy.voila.server import settings

    config = settings(ip=ip, port=1, most=30, browser=False, token=None)
    assert bool(config.Voila.token) is not local
    assert config.Voila.tornado_settings["allow_remote_access"] is not local
    assert settings(ip=ip, port=1, most=30, browser=False, token="chosen-by-us").Voila.token == "chosen-by-us"


def test_the_command_has_safe_defaults():
    from deploy.voila.__main__ import options

    chosen = options([])
    assert (chosen.ip, chosen.most, chosen.token) == ("127.0.0.1", 30, None)
    for wrong in (["--most", "0"], ["--token", "short"], ["--port", "x"]):
        with pytest.raises(SystemExit):
            options(wrong)


def test_a_long_address_gets_an_answer_and_the_next_visitor_a_page(served):
    """Forty thousand backslashes in an address once ended the process that kernels are copied from."""
    from deploy.voila.visitor import Visitor

    async def visit():
        for tail in ("?" + "\\" * 40_000, "?" + "%5c" * 15_000, "?" + "x" * 2100, "?token=" + "\N{SNOWMAN}" * 9000):
            answer = await Visitor(served).fetch("/" + tail)
            # Tornado itself refuses the longest by closing the connection (599 here).
            assert answer.code in (400, 414, 431, 599), answer.code
        visitor = Visitor(served)
        await visitor.arrive()
        await visitor.leave()

    # A browser of other tests may have an event loop of its own in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, visit()).result()


def test_only_a_page_that_is_opened_starts_a_kernel(served):
    """Images, frames and scripts of other pages, and links that a browser follows in advance: they take no place."""
    from deploy.voila.visitor import Visitor

    async def visit():
        asked = [
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"},
            {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image"},
            {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"},
        ]
        for headers in asked:
            answer = await Visitor(served).fetch("/", headers=headers)
            assert answer.code == 403
            assert "Open the studio</a>" in answer.body.decode()
        # Both places of this server are still free, and a link on a page of its own opens one.
        visitors = [Visitor(served) for _ in range(2)]
        for visitor in visitors:
            await visitor.arrive()
        for visitor in visitors:
            await visitor.leave()

    # A browser of other tests may have an event loop of its own in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, visit()).result()
