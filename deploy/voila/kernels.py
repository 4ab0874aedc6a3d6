"""The kernels behind the studio's pages: how they start, how many there are, and what a page may say to them."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Int

from deploy.voila.forking import ForkServer

# What a page needs to show widgets; above all not `execute_request`, which runs code.
ALLOWED = ("comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request")
MOST_PARTS = 64  # of one message; a widget that changes has six, and one for each file that comes with it
WIDGETS_STATE = "jupyter.widget.control"  # the one thing that a page opens: it asks for the widgets that there are


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

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Hand on what is allowed."""
        if self.may_pass(incoming_msg):
            super().handle_incoming_message(incoming_msg)
        else:
            self.log.warning("A page sent what it may not send; nothing was done.")

    def may_pass(self, message: Any) -> bool:
        """Whether this is something that the page of a widget has to say."""
        # The other, older way to write messages is not read at all: one way less to get in.
        if self.subprotocol != "v1.kernel.websocket.jupyter.org" or not isinstance(message, bytes):
            return False
        try:
            # Jupyter's reader trusts the number of parts at the start, and fills the memory with as many as it says.
            if not 5 <= int.from_bytes(message[:8], "little") <= MOST_PARTS:
                return False
            channel, (header, _, _, content, *_) = deserialize_msg_from_ws_v1(message)
            kind, said = json.loads(header)["msg_type"], json.loads(content)
            if channel not in ("shell", "control") or kind not in ALLOWED:
                return False
            return kind != "comm_open" or said["target_name"] == WIDGETS_STATE
        # Whatever is wrong with a message from outside, it goes no further.
        except Exception:
            return False
