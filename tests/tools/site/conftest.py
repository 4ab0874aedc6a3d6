"""The web page, built once, served on loopback, and read with an HTML parser."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[3]

@pytest.fixture(scope="session")
def site():
    """The folder of the page as `make docs` builds it: what has changed; a warning of Sphinx is an error."""
    command = [sys.executable, "-m", "tools.site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return ROOT / "build" / "docs" / "html"


@pytest.fixture(scope="session")
def pages(site):
    """Path below the site -> its parsed HTML."""
    found = {path.relative_to(site): path for path in sorted(site.rglob("*.html"))}
    assert len(found) > 30
    return {name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for name, path in found.items()}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def address(site):
    """The page's address, served on loopback."""
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
