"""Voila, cut down to what the studio's one page needs: no files, no directories, no code from outside."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from http.client import responses
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from deploy.voila.kernels import ALLOWED, FullError, PageConnection, PageSocket, StudioKernels

HERE = Path(__file__).resolve().parent
LONGEST_ADDRESS = 2048  # letters; a token is the most that it has to say
MESSAGE, BODY = 4 << 20, 1 << 16  # bytes: of one message from a page (files come in pieces of 1.4 MB), of a request
IDLE = 60  # seconds that a request may take to arrive, and a connection may say nothing
# The page may load from this server only, be it by mistake; widgets come as modules in blob: addresses.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' data: blob: ws: wss:; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
FULL = (
    "All places are taken",
    "{most} people are in the studio at the moment, and this computer serves no more at once. A place is free as "
    "soon as somebody closes the page, at the latest some minutes later.",
)


class Quiet:
    """For all handlers: what goes wrong is answered in a few words, and logged in one line."""

    request: HTTPServerRequest
    log: logging.Logger

    def write_error(self, status_code: int, **_: Any) -> None:
        """The number and its meaning; Jupyter's page would carry the error's message, with paths of the server."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")  # type: ignore[attr-defined]
        said = "There is nothing here." if status_code == 404 else responses.get(status_code, "This cannot be done")
        self.finish(f"{status_code}: {said}")  # type: ignore[attr-defined]

    def log_exception(self, kind: Any, error: Any, _: Any) -> None:
        """One line, and none for what a visitor has done wrong."""
        if not isinstance(error, web.HTTPError) or error.status_code >= 500:
            self.log.error("A %s request could not be answered (%s).", self.request.method, kind.__name__)


class Nothing(Quiet, JupyterHandler):
    """All addresses that do not exist."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Whatever is asked."""
        raise web.HTTPError(404)


def _log_nothing(_: web.RequestHandler) -> None:
    """Tornado would write a line for each request that is refused; anybody could fill the disk with them."""


class StudioPage(TornadoVoilaHandler):
    """The page, for each visitor with a kernel of its own; no path below it."""

    @web.authenticated
    async def get(self, path: str = "") -> None:
        """The page, or a sentence if there is no place."""
        if path:
            self.set_status(404)
            self.finish("There is nothing here.")
            return
        if len(self.request.uri or "") > LONGEST_ADDRESS:
            self.set_status(414)
            self.finish("This address is too long.")
            return
        if not self.is_opened():
            self.set_status(403)
            self.finish(
                f'<!doctype html><meta charset="utf-8"><title>The studio</title><p><a href="{self.base_url}">'
                "Open the studio</a>: another page has asked for it, and only you can open it."
            )
            return
        try:
            await super().get(path="")
        except FullError:
            title, sentence = FULL
            self.clear()
            self.set_status(503)
            self.set_header("Retry-After", "60")
            text = (HERE / "full.html").read_text(encoding="utf-8")
            sentence = sentence.format(most=self.kernel_manager.most)
            self.finish(text.format(title=title, sentence=sentence, base=self.base_url))

    def is_opened(self) -> bool:
        """Whether a person opens the page; a picture, a frame or a script of another page must start no kernel.

        Browsers say so by themselves (Fetch Metadata, a W3C draft); what says nothing is no browser, and no other
        page can make a browser keep silent.
        """
        told = self.request.headers.get
        return (
            told("Sec-Fetch-Site", "none") != "cross-site"
            and told("Sec-Fetch-Dest", "document") == "document"
            and "prefetch" not in told("Sec-Purpose", "")
        )


class KernelModel(KernelHandler):
    """The page asks whether its own kernel, whose number nobody else knows, is there; it cannot end one this way."""

    SUPPORTED_METHODS = ("GET",)  # type: ignore[assignment]


class GoodBye(VoilaShutdownKernelHandler):
    """The page that is closed ends its kernel, whose number nobody else knows: that number is the permission.

    Jupyter's own, a token in a cookie and in a header, is more than a closing page has: Voila never sets the cookie.
    """

    def check_xsrf_cookie(self) -> None:
        """Nothing more to check than the number, and the origin where the browser tells it."""
        if not self.check_origin():
            raise web.HTTPError(404)


class TemplateFiles(TemplateStaticFileHandler):
    """The scripts and styles of Voila's page; Voila's own fails where there is a ``..`` in the path."""

    def parse_url_path(self, path: str) -> str:
        """``TEMPLATE/static/...`` and nothing else."""
        if not path.isprintable():
            raise web.HTTPError(404)
        parts = path.replace("\\", "/").split("/")
        if len(parts) < 3 or parts[1] != "static" or not {"", ".", ".."}.isdisjoint(parts):
            raise web.HTTPError(404)
        return super().parse_url_path(path)


class StudioServer(Voila):
    """Voila with our handlers, our settings, and nobody else's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config_file_paths = []  # a file in somebody's home cannot open what is closed here

    def setup_template_dirs(self) -> None:
        """Ours first; it is based on Voila's."""
        super().setup_template_dirs()
        self.template_paths = [str(HERE / "templates" / "studio"), *self.template_paths]

    def init_handlers(self) -> list[Any]:
        """Only these; a test asks for all the others."""
        paths = ("/voila/static/", "/voila/api/themes/", "/voila/labextensions/", "/login")
        kept: list[Any] = []
        for handler in super().init_handlers():
            if any(path in handler[0] for path in paths):
                kept.append(handler)
            elif handler[1] is VoilaKernelWebsocketHandler:
                kept.append((handler[0], PageSocket))
            elif handler[1] is TemplateStaticFileHandler:
                kept.append((handler[0], TemplateFiles))
            elif handler[1] is VoilaShutdownKernelHandler:
                kept.append((handler[0], GoodBye))
            elif handler[1] is KernelHandler:
                kept.append((handler[0], KernelModel))
            elif handler[1] is TornadoVoilaHandler:
                kept.append((handler[0], StudioPage, handler[2]))
        return [(path, type(kind.__name__, (Quiet, kind), {}), *rest) for path, kind, *rest in kept]

    def listen(self) -> None:
        """Serve on exactly the given port, with small limits, until interrupted."""
        server = HTTPServer(
            self.app, max_body_size=BODY, max_header_size=BODY, idle_connection_timeout=IDLE, body_timeout=IDLE
        )
        try:
            server.listen(self.port, self.ip)
        except OSError as error:
            self.stop()
            raise SystemExit(f"Port {self.port} of {self.ip} cannot be used: {error.strerror}. Try --port.") from None
        token = f"?token={self.identity_provider.token}" if self.identity_provider.token else ""
        print(f"The studio is open: http://{self.ip}:{self.port}/{token}   (Ctrl-C ends it)", flush=True)
        if self.open_browser:
            self.launch_browser()
        self.ioloop = IOLoop.current()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()
            self.stop()


def is_local(ip: str) -> bool:
    """Whether only this computer can reach that address."""
    try:
        return ip == "localhost" or ipaddress.ip_address(ip).is_loopback
    except ValueError:
        return False


def settings(
    *, ip: str, port: int, most: int, browser: bool, token: str | None, fallback: str | None = None
) -> Config:
    """All settings. Beyond this computer a token is needed: ``fallback``, or one made now, if none is given."""
    if token is None:
        token = "" if is_local(ip) else fallback or secrets.token_urlsafe(16)
    config = Config()
    config.Voila.ip, config.Voila.port, config.Voila.open_browser = ip, port, browser
    config.Voila.token, config.Voila.notebook_path = token, str(HERE / "studio.ipynb")
    config.Voila.log_level = "ERROR"
    logging.getLogger("tornado.general").setLevel(logging.ERROR)  # it warns of Jupyter's own settings
    config.Voila.kernel_websocket_connection_class = PageConnection
    config.Voila.tornado_settings = {
        "headers": {
            "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        },
        "websocket_max_message_size": MESSAGE,
        "default_handler_class": Nothing,
        "log_function": _log_nothing,
        # A page of another site whose name is made to point at this computer is refused by its name.
        "allow_remote_access": not is_local(ip),
        "local_hostnames": ["localhost"],
    }  # fmt: skip
    config.VoilaConfiguration.update(
        strip_sources=True, show_tracebacks=False, file_allowlist=[], file_denylist=[".*"],
        allow_template_override="NO", allow_theme_override="NO", multi_kernel_manager_class=StudioKernels,
        # Of JupyterLab's extensions only those that draw widgets; Voila leaves out the manager that does not fit.
        extension_allowlist=[
            "anywidget", "@jupyter-widgets/jupyterlab-manager",
            "@voila-dashboards/widgets-manager7", "@voila-dashboards/widgets-manager8",
        ],
    )  # fmt: skip
    # The page ends its kernel when it is closed; where it could not (a phone, a cut cable), two minutes do.
    config.StudioKernels.update(
        most=most, cull_idle_timeout=120, cull_interval=30, cull_connected=False, cull_busy=False,
        buffer_offline_messages=False, allowed_message_types=list(ALLOWED),
    )  # fmt: skip
    config.PageConnection.limit_rate = False  # large pictures are no misuse here
    return config
