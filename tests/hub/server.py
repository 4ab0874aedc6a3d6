"""A real JupyterHub for tests: the configuration of deploy/hub in its trial mode, on free ports, below one folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.browser.lab import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = ROOT / "deploy" / "hub" / "jupyterhub_config.py"
PASSWORD = "only-for-this-test"
STARTS_IN = 60  # seconds; the machine may be busy

# What the test needs beside the configuration that is handed out: its own ports, and a way to wait for JupyterLab.
ADDED = """
load_subconfig({config!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = [{command!r}]
c.Spawner.args.extend(["--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None",
                   "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"])
c.Spawner.start_timeout = 180
c.LocalProcessSpawner.interrupt_timeout = 2
c.Spawner.http_timeout = 180
"""


def proxy_command() -> str | None:
    """Where configurable-http-proxy is: on the path, in this environment, or put by npm in the repository's folder."""
    places = [
        os.environ.get("PATH", os.defpath),
        str(Path(sys.executable).parent),
        str(ROOT / "node_modules" / ".bin"),
    ]
    return shutil.which("configurable-http-proxy", path=os.pathsep.join(places))


def missing() -> str:
    """What keeps a hub from starting on this machine, in one sentence; "" if nothing does."""
    if find_spec("jupyterhub") is None:
        return "no JupyterHub: pip install -e '.[instructor,hub]'"
    if proxy_command() is None:
        return "no proxy for JupyterHub: npm install configurable-http-proxy"
    return ""


def environment(folder: Path) -> dict[str, str]:
    """This process's environment for a hub in ``folder``, without what would lead its users' servers elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    # The programs of this environment come first, as they do for a person who has activated it.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    kept["OMP_NUM_THREADS"] = "1"
    return kept | {"GANLAB_HUB": str(folder), "GANLAB_HUB_TRIAL": PASSWORD, "PATH": path}


@contextmanager
def jupyterhub(folder: Path, students: list[str], instructors: list[str]) -> Iterator[str]:
    """A hub with these people; gives its address. What it and its users' servers say is in ``folder``/hub.log."""
    (folder / "students.txt").write_text("\n".join(students) + "\n")
    (folder / "instructors.txt").write_text("\n".join(instructors) + "\n")
    ports = {name: free_port() for name in ("public", "hub", "proxy")}
    config = folder / "hub_of_the_test.py"
    config.write_text(ADDED.format(config=str(CONFIG), command=proxy_command(), **ports))
    log = folder / "hub.log"
    with open(log, "w") as said:
        hub = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(config)],
            cwd=folder, env=environment(folder), stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{ports['public']}"
        _wait(hub, f"{address}/hub/api", log)
        yield address
    finally:
        _stop(hub)


def _wait(hub: subprocess.Popen, address: str, log: Path) -> None:
    until = time.monotonic() + STARTS_IN
    while time.monotonic() < until and hub.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the hub did not start:\n{log.read_text()[-3000:]}")


def _stop(hub: subprocess.Popen) -> None:
    """End the hub, which ends its proxy and its users' servers (they are in sessions of their own)."""
    if hub.poll() is None:
        hub.send_signal(signal.SIGTERM)
    try:
        hub.wait(30)
    finally:
        if hub.poll() is None:
            os.killpg(hub.pid, signal.SIGKILL)
            hub.wait(10)
