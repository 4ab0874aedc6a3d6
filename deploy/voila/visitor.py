"""A visitor without a browser: opens the page, and talks to its kernel as the page would, for tests."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
import uuid
from typing import Any

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

V1 = "v1.kernel.websocket.jupyter.org"
PIECE = 1_000_000  # bytes of a file in one message; the page takes as many
PATIENCE = 120.0  # seconds; the computer may be busy with other visitors
KERNEL = re.compile(r'"kernelId": "([0-9a-f-]{36})"')
MODEL = re.compile(r'"model_id": "([0-9a-f]{32})"')


class TurnedAwayError(Exception):
    """The server said that there is no place; the sentence is in the message."""


class Visitor:
    """One page, from opening to closing.

    Attributes
    ----------
    begun_after, page_after : float
        Seconds until the page's first words were there, and until all of it was.
    panes : dict of str to str
        Studio -> number of its widget.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.begun_after = self.page_after = 0.0
        self.kernel = self.model = ""
        self.panes: dict[str, str] = {}
        self._socket: WebSocketClientConnection | None = None
        self._session, self._number = uuid.uuid4().hex, 0

    async def fetch(self, path: str, **settings: Any) -> HTTPResponse:
        """An answer of the server, whatever its status."""
        request = HTTPRequest(self.address + path, request_timeout=PATIENCE, follow_redirects=False, **settings)
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def arrive(self) -> None:
        """Open the page and connect to its kernel.

        Raises
        ------
        TurnedAwayError
            If the server has no place.
        """
        began = time.perf_counter()
        pieces: list[bytes] = []

        def take(piece: bytes) -> None:
            self.begun_after = self.begun_after or time.perf_counter() - began
            pieces.append(piece)

        answer = await self.fetch("/", streaming_callback=take)
        page = b"".join(pieces).decode()
        if answer.code == 503:
            raise TurnedAwayError(re.sub(r"<style>.*?</style>|<[^>]+>|\s+", " ", page, flags=re.S).strip())
        kernel, model = KERNEL.search(page), MODEL.search(page)
        if answer.code != 200 or kernel is None or model is None:
            raise RuntimeError(f"no studio in the page, status {answer.code}")
        self.page_after, self.kernel, self.model = time.perf_counter() - began, kernel[1], model[1]
        await self.connect()

    async def connect(self, subprotocols: tuple[str, ...] = (V1,)) -> WebSocketClientConnection:
        """The page's connection to its kernel, in place of the one before."""
        if self._socket is not None:
            self._socket.close()
        url = f"{self.address.replace('http', 'ws', 1)}/api/kernels/{self.kernel}/channels?session_id={self._session}"
        self._socket = await websocket_connect(url, subprotocols=list(subprotocols), max_message_size=64 << 20)
        return self._socket

    async def say(self, kind: str, content: dict[str, Any], channel: str = "shell") -> None:
        """Send a message of the kernel's protocol."""
        assert self._socket is not None
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self._session, "username": "visitor",
            "date": "2026-01-01T00:00:00Z", "version": "5.3",
        }  # fmt: skip
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        await self._socket.write_message(serialize_msg_to_ws_v1(parts, channel), binary=True)

    async def hear(self, patience: float = PATIENCE) -> tuple[str, dict[str, Any]]:
        """The next message: its kind and its content.

        Raises
        ------
        ConnectionError
            If the server has closed the connection.
        """
        assert self._socket is not None
        message = await asyncio.wait_for(self._socket.read_message(), patience)
        if message is None:
            raise ConnectionError("the server has closed the connection")
        if isinstance(message, str):  # the older way to write messages
            whole = json.loads(message)
            return whole["header"]["msg_type"], whole["content"]
        _, (header, _, _, content, *_) = deserialize_msg_from_ws_v1(message)
        return json.loads(header)["msg_type"], json.loads(content)

    async def ask(self, model: str, **wish: Any) -> dict[str, Any]:
        """What a widget answers to a wish; a message of the kernel that is no answer is passed over."""
        self._number += 1
        state = {"request": json.dumps({"id": self._number, **wish})}
        data = {"method": "update", "state": state, "buffer_paths": []}
        await self.say("comm_msg", {"comm_id": model, "data": data})
        while True:
            kind, content = await self.hear()
            if kind != "comm_msg" or content["comm_id"] != model:
                continue
            answer = json.loads(content["data"].get("state", {}).get("response") or "{}")
            if answer.get("id") == self._number:
                return answer

    async def open(self, pane: str) -> str:
        """Open a studio: the number of its widget."""
        self.panes[pane] = (await self.ask(self.model, action="open", pane=pane))["model"]
        return self.panes[pane]

    async def upload(self, pane: str, file: bytes) -> dict[str, Any]:
        """Give a studio that is open a file of one's own, in pieces: what it answers to the last one."""
        answer: dict[str, Any] = {}
        for start in range(0, len(file), PIECE):
            data = base64.b64encode(file[start : start + PIECE]).decode()
            more = start + PIECE < len(file)
            answer = await self.ask(self.panes[pane], action="upload", data=data, first=start == 0, more=more)
        return answer

    async def send(self, origin: str, tab: str) -> str:
        """Send a result to another tab: the studio that it is in now."""
        answer = await self.ask(self.model, action="send", **{"from": origin, "to": tab})
        if answer["message"]:
            raise RuntimeError(answer["message"])
        self.panes[answer["pane"]] = answer["model"]
        return answer["pane"]

    async def leave(self) -> None:
        """Close the page; as a browser would, it tells the server."""
        if self._socket is not None:
            self._socket.close()
        await self.fetch(f"/voila/api/shutdown/{self.kernel}", method="POST", body="")
