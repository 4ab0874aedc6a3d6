"""Which messages a page's connection hands on, whatever the messages are."""

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("voila", reason="Voila is not installed")

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

from deploy.voila import kernels
from deploy.voila.kernels import ALLOWED, PageConnection
from tests.deploy.voila.malformed import message
from tests.suite.thorough import everything

MESSAGES = 50_000 if everything() else 2000
CHANGE = {"comm_id": "c", "data": {"method": "update", "state": {"request": "{}"}, "buffer_paths": []}}


class Page(PageConnection):
    """A connection without a server behind it."""

    subprotocol = "v1.kernel.websocket.jupyter.org"

    def __init__(self):
        self._waiting, self.channels = {}, {"shell": object()}


def said(content, kind="comm_msg", channel="shell", **header):
    head = {"msg_id": "1", "msg_type": kind, "session": "s", **header}
    parts = [json.dumps(part).encode() for part in (head, {}, {}, content)]
    return bytes(serialize_msg_to_ws_v1(parts, channel))


def test_what_a_page_says_passes():
    page = Page()
    for kind, content in (
        ("comm_msg", CHANGE),
        ("comm_msg", {"comm_id": "c", "data": {"method": "custom", "content": {"x": 1}}}),
        ("comm_msg", {"comm_id": "c", "data": {"method": "request_state"}}),
        ("comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}),
        ("comm_close", {"comm_id": "c", "data": {}}),
        ("comm_info_request", {"target_name": "jupyter.widget"}),
        ("comm_info_request", {}),
        ("kernel_info_request", {}),
    ):
        number, checked = page.checked(said(content, kind))
        channel, (head, parent, metadata, body) = deserialize_msg_from_ws_v1(checked)
        assert (number, channel, parent, metadata) == ("1", "shell", b"{}", b"{}")
        assert json.loads(head)["msg_type"] == kind
        assert json.loads(body) == content


@pytest.mark.parametrize("broken", [
    said({}), said([]), said(None), said({**CHANGE, "comm_id": [1]}), said({**CHANGE, "comm_id": "x" * 201}), said({**CHANGE, "data": 5}),
    said({"comm_id": "c", "data": {}}), said({"comm_id": "c", "data": {"method": "zz"}}),
    said({"comm_id": "c", "data": {"method": "update", "state": 5}}),
    said({"comm_id": "c", "data": {"method": "update", "state": {}, "buffer_paths": [["x"]]}}),
    said(CHANGE, msg_id=None), said(CHANGE, msg_id="x" * 201), said(CHANGE, session={}), said(CHANGE, "execute_request"),
    said(CHANGE, channel="iopub"), said(CHANGE, ["comm_msg"]), said({"target_name": [1]}, "comm_info_request"),
    said({"comm_id": "c", "target_name": "jupyter.widget"}, "comm_open"), b"", b"\xff" * 50, "text", None,
])  # fmt: skip
def test_what_no_page_says_does_not(broken):
    assert Page().checked(broken) is None


def test_of_any_message_either_nothing_passes_or_what_the_kernel_can_read():
    rng, page, passed = random.Random(3), Page(), 0
    for number in range(MESSAGES):
        made = page.checked(message(rng, ["a", "b"], number))
        if made is None:
            continue
        passed += 1
        channel, (head, _, _, content, *_) = deserialize_msg_from_ws_v1(made[1])
        head, content = json.loads(head), json.loads(content)
        assert channel in ("shell", "control")
        assert head["msg_type"] in ALLOWED
        assert head["date"] == "2026-01-01T00:00:00Z"
        assert isinstance(content, dict)
    assert MESSAGES // 10 < passed < MESSAGES * 9 // 10


def test_a_page_that_sends_faster_than_its_kernel_works_has_to_wait(monkeypatch):
    monkeypatch.setattr(kernels, "PATIENCE", 0.2)
    page = Page()

    def has_room() -> bool:
        # In a thread of its own: a browser test in the same process leaves its loop running in this one.
        with ThreadPoolExecutor(1) as apart:
            return apart.submit(lambda: asyncio.run(page.has_room())).result()

    assert has_room()
    page._waiting = dict.fromkeys(map(str, range(kernels.MOST_WAITING)), 1)
    assert not has_room(), "as many as may wait"
    page._waiting = {"1": kernels.BYTES_WAITING}
    assert not has_room(), "as many bytes"
    page._waiting = {"1": kernels.BYTES_WAITING - 1}
    assert has_room()
