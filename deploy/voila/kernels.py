"""The kernels behind the studio's pages: how they start, how many there are, and what a page may say to them."""

from __future__ import annotations

import asyncio
import json
import time
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Int
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from deploy.voila.forking import ForkServer

# What a page needs to show widgets; above all not `execute_request`, which runs code.
ALLOWED = ("comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request")
# What a kernel may say to its page. Its errors and what it prints are not among it: they tell of the server's files.
ANSWERS = ("comm_open", "comm_close", "comm_msg", "comm_info_reply", "kernel_info_reply", "status")
MOST_PARTS = 64  # of one message; a widget that changes has six, and one for each file that comes with it
WIDGETS_STATE = "jupyter.widget.control"  # the one thing that a page opens: it asks for the widgets that there are
LONGEST_NAME = 200  # letters of the numbers and names in a message
MOST_WAITING, BYTES_WAITING = 200, 8 << 20  # messages of a page that its kernel has not come to yet
UNREAD = 64 << 20  # bytes that a page has asked for and does not read
PATIENCE = 120.0  # seconds that a message waits for its turn


class FullError(Exception):
    """As many people as the computer can serve are here already."""


class StudioKernels(AsyncMappingKernelManager):
    """At most so many kernels; who comes later is told so."""

    most = Int(30, config=True, help="People who can use the studio at the same time.")
    _starting = 0

    async def start_kernel(self, **settings: Any) -> str:
        """A kernel's number.

        Raises
        ------
        FullError
            If there are ``most`` already.
        """
        if len(self) + self._starting >= self.most:
            raise FullError
        self._starting += 1
        try:
            return await super().start_kernel(**settings)
        finally:
            self._starting -= 1


class ForkedProvisioner(LocalProvisioner):
    """Starts a kernel as a copy of a process that has loaded everything."""

    server: ClassVar[ForkServer | None] = None

    @classmethod
    def use(cls, server: ForkServer) -> None:
        """From now on kernels are copies of this server."""
        cls.server = server
        factory = KernelProvisionerFactory.instance()
        factory.provisioners["studio"] = EntryPoint("studio", f"{__name__}:{cls.__name__}", factory.GROUP_NAME)
        factory.default_provisioner_name = "studio"

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Instead of starting ``cmd``."""
        assert self.server is not None
        # Only what a kernel reads. Voila would add the address that was asked for, as long as a stranger likes.
        env = {name: value for name, value in kwargs.get("env", {}).items() if name.startswith("JPY_")}
        self.process = self.server.start(self.parent.connection_file, env)
        self.pid = self.process.pid
        self.pgid = None  # signals go by the file descriptor
        return self.connection_info


class PageConnection(ZMQChannelsWebsocketConnection):
    """What comes from a page is read before it goes to the kernel, and dropped unless it is about widgets."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._waiting: dict[str, int] = {}  # number of a message that the kernel has not dealt with -> its bytes

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Hand on what is allowed, with nothing in it that the kernel does not need."""
        checked = self.checked(incoming_msg)
        if checked is None:
            self.log.warning("A page sent what it may not send; nothing was done.")
            return
        number, message = checked
        if number not in self._waiting and self.channels:
            self._waiting[number] = len(message)
            super().handle_incoming_message(message)

    def may_pass(self, message: Any) -> bool:
        """Whether this is something that the page of a widget has to say."""
        return self.checked(message) is not None

    def checked(self, message: Any) -> tuple[str, bytes] | None:
        """The number of a message that may pass, and the message as the kernel gets it; None if it may not pass."""
        # The other, older way to write messages is not read at all: one way less to get in.
        if self.subprotocol != "v1.kernel.websocket.jupyter.org" or not isinstance(message, bytes):
            return None
        try:
            # Jupyter's reader trusts the number of parts at the start, and fills the memory with as many as it says.
            if not 5 <= int.from_bytes(message[:8], "little") <= MOST_PARTS:
                return None
            channel, (header, _, _, content, *buffers) = deserialize_msg_from_ws_v1(message)
            head, said = json.loads(header), json.loads(content)
            kind = head["msg_type"]
            if channel not in ("shell", "control") or kind not in ALLOWED or not _is_well_formed(kind, said):
                return None
            if not (_is_name(head["msg_id"]) and _is_name(head["session"])):
                return None
            # Dates and other remarks in a header are read by the kernel, too, and can be broken as well.
            head = {"msg_id": head["msg_id"], "msg_type": kind, "session": head["session"], "version": "5.3"}
            parts = [
                json.dumps({**head, "username": "", "date": "2026-01-01T00:00:00Z"}).encode(),
                b"{}",
                b"{}",
                content,
            ]
            return head["msg_id"], serialize_msg_to_ws_v1([*parts, *buffers], channel)
        # Whatever is wrong with a message from outside, it goes no further.
        except Exception:
            return None

    async def has_room(self) -> bool:
        """Wait until the kernel has dealt with what came before; whether it has."""
        until = time.monotonic() + PATIENCE
        while len(self._waiting) >= MOST_WAITING or sum(self._waiting.values()) >= BYTES_WAITING:
            if not self.channels or time.monotonic() > until:
                return False
            await asyncio.sleep(0.05)
        return True

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Hand on what a page needs, and nothing about the inside of the server."""
        _, parts = self.session.feed_identities(outgoing_msg, copy=True)
        head, parent = json.loads(bytes(parts[1])), json.loads(bytes(parts[2]))
        kind = head["msg_type"]
        if kind == "status" and json.loads(bytes(parts[4]))["execution_state"] == "idle":
            self._waiting.pop(parent.get("msg_id", ""), None)
        if kind not in ANSWERS:
            return
        if kind.endswith("_reply") and json.loads(bytes(parts[4])).get("status") != "ok":
            return
        if self.unread() > UNREAD:
            self.websocket_handler.close(1008, "The page does not read what it has asked for.")
            return
        super().handle_outgoing_message(stream, outgoing_msg)

    def unread(self) -> int:
        """Bytes on their way to the page."""
        connection = self.websocket_handler.ws_connection
        stream = getattr(connection, "stream", None)
        return 0 if stream is None else len(stream._write_buffer)


class PageSocket(VoilaKernelWebsocketHandler):
    """A page's connection; who sends faster than the kernel works has to wait, and the server keeps nothing of it."""

    async def on_message(self, ws_message: Any) -> None:
        """Hand the message on when its turn has come."""
        connection = self.connection
        if connection is None:
            return
        if not await connection.has_room():
            self.close(1008, "The kernel does not come to what the page has sent.")
        elif self.connection is connection:
            super().on_message(ws_message)


def _is_name(value: Any) -> bool:
    """A number or a name as messages have them: short text."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


def _is_well_formed(kind: str, said: Any) -> bool:
    """Whether the content has what the kernel will look for."""
    if not isinstance(said, dict):
        return False
    if kind == "kernel_info_request":
        return True
    if kind == "comm_info_request":
        return isinstance(said.get("target_name", ""), str)
    if not _is_name(said["comm_id"]) or not isinstance(said.get("data", {}), dict):
        return False
    if kind == "comm_open":
        return said["target_name"] == WIDGETS_STATE
    return kind == "comm_close" or _is_change(said["data"])


def _is_change(data: dict[str, Any]) -> bool:
    """Whether a widget can be told this: a new state, a wish of its own, or the question for the state."""
    method, paths = data.get("method"), data.get("buffer_paths", [])
    if method not in ("update", "custom", "request_state", "request_states"):
        return False
    # A path leads through dictionaries that are there; widgets of the course send no buffers at all.
    return paths == [] and isinstance(data.get("state", {}), dict)
