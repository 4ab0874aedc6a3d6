"""A real JupyterLab with a real Chromium in front of it, for tests: open a notebook, run it, look, and clean up."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat

CHROMIUM = "/usr/bin/chromium"
SCREENSHOTS = Path(__file__).resolve().parent.parent.parent / "artifacts" / "screenshots"
WAIT = 60_000  # milliseconds; the machine may be busy
START_WAIT = 240  # seconds for a server to answer


def notebook(path: Path, *sources: str) -> Path:
    """Write a notebook of these code cells."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(folder: Path, command: Sequence[str], address: str) -> Iterator[None]:
    """A server of Jupyter's, from when it answers. Its settings live in the folder, not in the user's home."""
    private = folder / ".jupyter"
    env = os.environ | {
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(private / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(private / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "GANLAB_PROFILE": "smoke",
    }
    env.setdefault("OMP_NUM_THREADS", "1")  # kernels, server and browser share the cores
    notifications = private / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notifications.parent.mkdir(parents=True)
    notifications.write_text('{"fetchNews": "false"}')  # as `make lab` has it: nobody is asked
    with open(private / "server.log", "w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        for _ in range(START_WAIT * 4):
            assert server.poll() is None, f"the server has ended: {(private / 'server.log').read_text()}"
            try:
                urllib.request.urlopen(address, timeout=2).close()
                break
            except urllib.error.HTTPError:
                break  # it says no, so it is there
            except OSError:
                time.sleep(0.25)
        else:
            raise TimeoutError(f"no server after {START_WAIT} seconds: {(private / 'server.log').read_text()}")
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:  # on a machine that is busy beyond measure
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@contextmanager
def jupyterlab(folder: Path, *, notebook7: bool = False) -> Iterator[tuple[str, str]]:
    """Serve ``folder`` with JupyterLab, or with Notebook 7; gives the address and the token."""
    port, token = free_port(), secrets.token_hex(16)
    command = [
        sys.executable, "-m", "notebook" if notebook7 else "jupyterlab", "--no-browser", "--allow-root",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
        f"--{'JupyterNotebookApp' if notebook7 else 'LabApp'}.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--ServerApp.log_level=WARN",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with serving(folder, command, f"{address}/api?token={token}"):
        yield address, token


class Page:
    """One notebook open in the browser, with what went wrong in it."""

    def __init__(self, page, address: str, token: str) -> None:
        self.page, self.address, self.token = page, address, token
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("request", self._note)

    def _note(self, request) -> None:
        ours = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(ours):
            self.foreign.append(request.url)

    def open(self, name: str, place: str = "doc/tree") -> None:
        """Open a notebook of the served folder and wait for its kernel."""
        self.page.goto(f"{self.address}/{place}/{name}?token={self.token}")
        self.page.locator(".jp-Notebook").first.wait_for(timeout=WAIT)
        self.ready()

    def ready(self) -> None:
        """Wait for the application and for the notebook's kernel."""
        # The application knows when it is ready; the buttons do not (clicked too early they do nothing).
        self.page.evaluate(
            """async () => {
              const app = window.jupyterapp; await app.started; await app.restored;
              const nb = app.shell.currentWidget; await nb.context.ready; await nb.sessionContext.ready;
              await nb.sessionContext.session.kernel.info; }"""
        )

    def command(self, name: str) -> None:
        """Run a command of JupyterLab's own and wait until it is done."""
        self.page.evaluate("(name) => window.jupyterapp.commands.execute(name)", name)

    def ask(self, code: str) -> str:
        """Run code in the notebook's kernel, beside its cells, and return what it prints."""
        return self.page.evaluate(
            """async (code) => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              let said = ""; const future = kernel.requestExecute({code, store_history: false});
              future.onIOPub = (m) => { if (m.header.msg_type === "stream") said += m.content.text;
                                        if (m.header.msg_type === "error") said += m.content.evalue; };
              await future.done; return said.trim(); }""",
            code,
        )

    def stop_kernel(self) -> None:
        """Make the kernel hang, as endless native code would: without a word to the page's widgets."""
        pid = int(self.ask("import os; print(os.getpid())"))
        os.kill(pid, signal.SIGSTOP)
        self.stopped = pid

    def revive(self) -> None:
        """Let the stopped kernel go on, so that the server can end it."""
        os.kill(self.stopped, signal.SIGCONT)


def assert_clean(page: Page) -> None:
    """Nothing went wrong in the page, and it asked no other host for anything."""
    assert page.foreign == [], f"requests to other hosts: {page.foreign}"
    assert page.errors == [], f"errors in the page: {page.errors}"
